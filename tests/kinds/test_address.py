from cem_cli.kinds import Context
from cem_cli.kinds.address import house_number_sql, street_name_sql


def test_italian_streets(engine):
    engine.table("street", {
        "VIA ROMA, 12": "Via Roma 12", "via roma 12": "Via Roma 12", "V.LE MONZA 12/b": "Viale Monza 12/B", "P.zza Duomo n. 3": "Piazza Duomo 3",
        "c.so Buenos Aires 45": "Corso Buenos Aires 45", "v.Garibaldi 3": "Via Garibaldi 3", "L.go Augusto N°7": "Largo Augusto 7",
        "Via Roma 12 B": "Via Roma 12/B", "PIAZZA DELLA REPUBBLICA 1": "Piazza della Repubblica 1", "Via Verdi": "Via Verdi", "12345": None,
        "Via Roma, snc": "Via Roma, snc", "loc. Poggio 4": "Località Poggio 4", "12 Rue de la Paix": "12 Rue de la Paix", "Via Dante civico 9": "Via Dante 9",
    })


def test_street_types_follow_the_country(engine):
    engine.table("street", {"C/ Mayor 5": "Calle Mayor 5", "Avda. Diagonal, 7": "Avenida Diagonal 7"}, Context(country="ES"))
    engine.table("street", {"C. Kent 5": "C. Kent 5"}, Context(country="GB"))


def test_house_numbers(engine):
    engine.table("house_number", {"12": "12", "12b": "12/B", "n. 12/B": "12/B", "S.N.C.": "SNC", "12 bis": "12/BIS", "12/14": "12/14", "abc": None})


def test_house_number_is_found_at_either_end(engine):
    raw = ["Via Roma 12/B", "Via Roma, 12", "12 Rue de la Paix", "Via Verdi", "Via 4 Novembre 3", "Via 25 Aprile", None]
    assert engine.values(house_number_sql("x"), raw) == ["12/B", "12", "12", None, "3", None, None]
    assert engine.values(street_name_sql("x"), raw) == ["Via Roma", "Via Roma", "Rue de la Paix", "Via Verdi", "Via 4 Novembre", "Via 25 Aprile", None]


def test_whole_addresses(engine):
    engine.table("address", {" Via Roma 12, 20121  Milano (MI); ": "Via Roma 12, 20121 Milano (MI)", "12345": None})
