import pytest

from cem_cli.kinds.detect import detect_kinds

GIVEN = ["Mario", "Anna", "Luca", "Giulia", "Paolo", "Chiara", "Marco", "Sara", "Andrea", "Elena"]
SURNAMES = ["Rossi", "Bianchi", "Esposito", "Ferrari", "Russo", "Colombo", "Ricci", "Marino", "Greco", "Conti"]
ROWS = 30


def column(make):
    return [make(i) for i in range(ROWS)]


VALUES = {
    "given": column(lambda i: GIVEN[i % 10]),
    "surname": column(lambda i: SURNAMES[i * 7 % 10]),
    "full": column(lambda i: f"{GIVEN[i % 10]} {SURNAMES[i * 7 % 10]}"),
    "email": column(lambda i: f"user{i}@example.it"),
    "phone": column(lambda i: f"+39 333 12345{i:02}"),
    "ip": column(lambda i: f"151.38.192.{i}"),
    "tax": column(lambda i: f"RSSMRA85T{i % 28 + 1:02}A562S"),
    "iso": column(lambda i: f"19{50 + i}-05-12"),
    "italian": column(lambda i: f"{i % 28 + 1:02}/05/1980"),
    "american": column(lambda i: f"5/{i % 28 + 1}/80"),
    "street": column(lambda i: f"Via Roma {i}"),
    "postcode": column(lambda i: f"{20121 + i}"),
    "code": column(lambda i: f"AB-{i:05}"),
    "few": column(lambda i: ("gold", "silver", "bronze")[i % 3]),
    "long": column(lambda i: f"The parcel came late and nobody answered the phone on day {i}"),
    "empty": [None] * ROWS,
    "number": column(lambda i: str(i % 28 + 1)),
    "year": column(lambda i: str(1950 + i)),
    "cents": column(lambda i: f"{i},90"),
    "order": column(lambda i: f"#{1000 + i}"),
}


@pytest.fixture
def detect(engine):
    """Detect the kinds of a table whose columns are named series of VALUES."""

    def run(columns: dict[str, str]):
        parts = ", ".join(f'unnest($v{i}::VARCHAR[]) AS "{header}"' for i, header in enumerate(columns))
        values = {f"v{i}": VALUES[series] for i, series in enumerate(columns.values())}
        engine.con.execute(f"CREATE OR REPLACE TABLE detected AS SELECT {parts}", values).fetchall()
        return detect_kinds(engine.con, "detected", list(columns))

    yield run
    engine.con.execute("DROP TABLE IF EXISTS detected").fetchall()


def kinds(found):
    return {column: detection.kind for column, detection in found.items()}


def test_headers_and_values_agree(detect):
    found = detect({"ID": "code", "Nome": "given", "Cognome": "surname", "E-Mail": "email", "Cellulare": "phone", "Data di nascita": "italian",
                    "Indirizzo": "street", "CAP": "postcode", "Codice Fiscale": "tax", "Livello": "few"})
    assert kinds(found) == {
        "ID": "row_id", "Nome": "given_name", "Cognome": "surname", "E-Mail": "email", "Cellulare": "phone", "Data di nascita": "birth_date",
        "Indirizzo": "street", "CAP": "postcode", "Codice Fiscale": "tax_code", "Livello": "category",
    }
    assert min(detection.confidence for detection in found.values()) > 0.8
    assert found["Data di nascita"].date_format == "%d/%m/%Y"


def test_unknown_headers_are_decided_by_values(detect):
    found = detect({"c1": "code", "c2": "full", "c3": "email", "c4": "phone", "c5": "tax", "c6": "iso", "c7": "few", "c8": "long", "c9": "empty", "c10": "street",
                    "c11": "given", "c12": "cents"})
    assert list(kinds(found).values()) == [
        "row_id", "full_name", "email", "phone", "tax_code", "date", "category", "text", "ignore", "street", "given_name", "amount",
    ]
    assert max(detection.confidence for detection in found.values()) <= 0.8


def test_values_overrule_a_header_they_contradict(detect):
    found = detect({"phone": "email", "note": "long", "email": "phone"})
    assert kinds(found) == {"phone": "email", "note": "text", "email": "phone"}
    assert "header says phone number, but 100% of the values look like e-mail address" in found["phone"].reason


def test_a_birth_date_in_three_columns(detect):
    assert kinds(detect({"birth_day": "number", "birth_month": "number", "birth_year": "year"})) == {
        "birth_day": "birth_day", "birth_month": "birth_month", "birth_year": "birth_year",
    }


@pytest.mark.parametrize(("columns", "expected"), [
    ({"Name": "surname", "Vorname": "given"}, {"Name": "surname", "Vorname": "given_name"}),
    ({"Name": "given", "Surname": "surname"}, {"Name": "given_name", "Surname": "surname"}),
    ({"Name": "full", "Email": "email"}, {"Name": "full_name", "Email": "email"}),
    ({"Nome": "full", "Email": "email"}, {"Nome": "full_name", "Email": "email"}),
    ({"Name": "order", "Email": "email"}, {"Name": "external_id", "Email": "email"}),
])
def test_a_name_means_what_stands_beside_it(detect, columns, expected):
    assert kinds(detect(columns)) == expected


def test_only_one_column_is_the_key_and_personal_identifiers_never_are(detect):
    assert kinds(detect({"ssn": "code", "customer_id": "order"})) == {"ssn": "external_id", "customer_id": "row_id"}
    assert kinds(detect({"id": "code", "customer_id": "order"})) == {"id": "row_id", "customer_id": "external_id"}
    assert kinds(detect({"id": "few"})) == {"id": "category"}


def test_other_things_attributes_are_categories(detect):
    assert kinds(detect({"store city": "few", "passport_country": "few", "birth_place": "few", "occupation": "few", "campaign name": "few"})) == dict.fromkeys(
        ["store city", "passport_country", "birth_place", "occupation", "campaign name"], "category"
    )


def test_shares_and_american_dates(detect):
    found = detect({"birthday": "american", "nothing": "empty", "tier": "few"})
    assert (found["birthday"].kind, found["birthday"].date_format) == ("birth_date", "%m/%d/%y")
    assert (found["nothing"].fill, found["tier"].fill, found["tier"].distinct) == (0.0, 1.0, 0.1)


def test_reasons_hold_no_values(detect):
    found = detect({"c1": "email", "c2": "full", "tier": "few"})
    told = " ".join(detection.reason for detection in found.values())
    assert not any(value in told for series in ("email", "full", "few") for value in VALUES[series])


def test_internet_addresses_are_no_phones(detect):
    found = kinds(detect({"IP Address": "ip", "c": "phone"}))
    assert found["IP Address"] != "phone"
    assert found["c"] == "phone"


THINGS = {
    "product": column(lambda i: f"{('Sony', 'LG', 'Bose')[i % 3]} Wireless Speaker X{i}"),
    "firm": column(lambda i: f"{SURNAMES[i % 10]} Trasporti {('srl', 'SpA', 'Ltd')[i % 3]}"),
    "song": column(lambda i: f"{('Night', 'River', 'Blue')[i % 3]} of the Sun {i}"),
    "road": column(lambda i: f"{i + 1} Castle Street"),
    "mixed": column(lambda i: f"{i + 1} Castle Street" + (f", Leeds, WA {10100 + i}" if i % 5 == 0 else "")),
    "whole": column(lambda i: f"{i + 1} Castle Street, Leeds, LS{i % 9 + 1} 4AB"),
    "inn": column(lambda i: f"{('The Golden', 'Cafe', 'Trattoria da')[i % 3]} {SURNAMES[i % 10]}{('', ' Grill')[i % 2]}"),
    "initials": column(lambda i: f"{SURNAMES[i % 10]}, {'ABKPT'[i % 5]}." if i % 2 else f"{'ABKPT'[i % 5]}. {SURNAMES[i % 10]}"),
    "strange": column(lambda i: f"Xub{'aeiou'[i % 5]}l Krt{'aeiou'[i % 4]}n{'aeiou'[i % 3]}"),
    "tokyo": column(lambda i: f"{100 + i}-{1001 + i}"),
    "line": column(lambda i: f"{('Leeds', 'St. Paul', 'New Haven')[i % 3]}, {('WA', 'NY')[i % 2]} {10100 + i}"),
    "budapest": column(lambda i: f"{1950 + i % 50}.{i % 12 + 1:02d}.{i % 28 + 1:02d}."),
    "styles": column(lambda i: ("Racing", "Action", "Sports", "Shooter", "Puzzle")[i % 5]),
    "packs": column(lambda i: f"{10 * (i % 4 + 1)} St"),
    "weight": column(lambda i: f"{60 + i}.{i % 10}"),
    "wage": column(lambda i: f"{131000 + 137 * i}"),
    "comma": column(lambda i: f"{('Quiros Vela', 'Ortiz')[i % 2]}, {('Abel', 'Nerea', 'Izan')[i % 3]}"),
    "settled": column(lambda i: f"{i + 1} rue de la Paix {69001 + i} Lyon"),
    "lisbon": column(lambda i: f"{1000 + i}-{101 + i}"),
    "warsaw": column(lambda i: f"{10 + i}-{101 + i}"),
}


@pytest.mark.parametrize(("columns", "expected"), [
    ({"Name": "product", "price": "cents"}, {"Name": "text", "price": "amount"}),
    ({"Name": "firm", "city": "few"}, {"Name": "company", "city": "city"}),
    ({"Name": "product", "email": "email"}, {"Name": "full_name", "email": "email"}),
    ({"Name": "product", "Date of birth": "iso"}, {"Name": "full_name", "Date of birth": "birth_date"}),
    ({"title": "song", "artist": "few"}, {"title": "text", "artist": "category"}),
    ({"address": "road", "addr": "whole", "shipping_address": "road"}, {"address": "street", "addr": "address", "shipping_address": "street"}),
    ({"c": "code", "place": "road"}, {"c": "row_id", "place": "street"}),
    ({"address line 1": "mixed"}, {"address line 1": "address"}),
    ({"few": "few", "weight_kg": "weight", "yearly": "wage", "member no": "wage"},
     {"few": "category", "weight_kg": "quantity", "yearly": "integer", "member no": "external_id"}),
    ({"Születési idő": "budapest", "Kontakt": "strange"}, {"Születési idő": "birth_date", "Kontakt": "full_name"}),
    ({"csz": "line", "c": "phone"}, {"csz": "address", "c": "phone"}),
    ({"name": "inn", "city": "few"}, {"name": "text", "city": "city"}),
    ({"naam": "initials", "telefoon": "phone"}, {"naam": "full_name", "telefoon": "phone"}),
    ({"Guest": "strange", "Zip": "tokyo"}, {"Guest": "full_name", "Zip": "postcode"}),
    ({"Paciente": "comma", "F. Nac.": "italian"}, {"Paciente": "full_name", "F. Nac.": "birth_date"}),
    ({"Adresse": "settled", "rue": "road"}, {"Adresse": "address", "rue": "street"}),
    ({"prenume": "given", "nume": "surname"}, {"prenume": "given_name", "nume": "surname"}),
    ({"Model": "strange"}, {"Model": "category"}),
    ({"Genre": "styles", "Name": "song"}, {"Genre": "category", "Name": "text"}),
    ({"packing": "packs"}, {"packing": "category"}),
    ({"Código postal": "lisbon", "Kod pocztowy": "warsaw"}, {"Código postal": "postcode", "Kod pocztowy": "postcode"}),
])
def test_files_of_companies_and_things_and_other_countries(detect, columns, expected, monkeypatch):
    for series, values in THINGS.items():
        monkeypatch.setitem(VALUES, series, values)
    assert kinds(detect(columns)) == expected
