from cem_cli.kinds import Context


def test_cities(engine):
    engine.table("city", {
        "MILANO": "Milano", "Milano (MI)": "Milano", "20121 Milano": "Milano", "REGGIO NELL'EMILIA": "Reggio nell'Emilia", "l'aquila": "L'Aquila",
        "SESTO SAN GIOVANNI": "Sesto San Giovanni", "Forlì": "Forlì", "CASTELLAMMARE DI STABIA": "Castellammare di Stabia", "00100": None,
    })


def test_postcodes_keep_their_zeros(engine):
    engine.table("postcode", {
        "20121": "20121", "00118": "00118", "118": "00118", "0118": "00118", "118.0": "00118", "'00118": "00118", "I-20121": "20121", "00000": None,
        "ex4 4pw": "EX4 4PW", "EX44PW": "EX4 4PW", "'1234AB": "1234 AB", "94105-1234": "94105", "abc": None,
    })
    engine.table("postcode", {"8001": "8001", "CH-8001": "8001"}, Context(country="CH"))


def test_provinces(engine):
    engine.table("province", {"mi": "MI", "Milano": "MI", "(MI)": "MI", "NA": "NA", "Forlì-Cesena": "FC", "L'Aquila": "AQ", "reggio nell'emilia": "RE", "BAVARIA": "Bavaria"})
    engine.table("province", {"ca": "CA", "california": "California"}, Context(country="US"))


def test_countries(engine):
    engine.table("country", {"Italia": "IT", "it": "IT", "ITA": "IT", "United Kingdom": "GB", "uk": "GB", "Österreich": "AT", "U.S.A.": "US", "Svizzera": "CH", "Narnia": None})


def test_sex(engine):
    engine.table("sex", {"F": "F", "male": "M", "Femmina": "F", "1": "M", "2": "F", "0": None, "x": "X", "Sig.ra": "F", "weiblich": "F", "boh": None})
