from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.it import codicefiscale, iva

from cem_cli.kinds import tax_code as tax

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_codes(engine):
    engine.table("tax_code", {
        "RSSMRA85T10A562S": "RSSMRA85T10A562S", "rss mra 85t10 a562s": "RSSMRA85T10A562S", "RSSMRA85T10A562X": None, "RSSMRA85T10A562": None,
        "RSSMRA85T10A56NH": "RSSMRA85T10A56NH", "12345678901": None,
    })
    engine.reasons("tax_code", {"RSSMRA85T10A562X": "check_character", "RSS": "invalid", "RSSMRA85T10A562S": None})


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(
    st.text(LETTERS, min_size=6, max_size=6), st.from_regex(r"[0-9]{2}[ABCDEHLMPRST](0[1-9]|[12][0-9]|4[1-9]|5[0-9])[A-Z][0-9]{3}", fullmatch=True)), min_size=1, max_size=50))
def test_check_character_equals_stdnum(engine, parts):
    bodies = ["".join(part) for part in parts]
    assert engine.values(tax.check_character_sql("x"), bodies) == [codicefiscale.calc_check_digit(body) for body in bodies]


def test_what_a_code_says(engine):
    codes = ["RSSMRA85T10A562S", "BNCNNA15B50F205X", "RSSMRA85T1LA562S", None]
    assert engine.values(tax.tax_code_birth_date_sql("x", date(2026, 6, 30)), codes) == [date(1985, 12, 10), date(2015, 2, 10), date(1985, 12, 10), None]
    assert engine.values(tax.tax_code_birth_date_sql("x", date(2014, 6, 30)), codes[1:2]) == [date(1915, 2, 10)]
    assert engine.values(tax.tax_code_sex_sql("x"), codes) == ["M", "F", "M", None]
    assert engine.values(tax.tax_code_surname_sql("x"), codes[:2]) == ["RSS", "BNC"]
    assert engine.values(tax.tax_code_given_sql("x"), codes[:2]) == ["MRA", "NNA"]
    assert engine.values(tax.tax_code_place_sql("x"), codes[:2]) == ["A562", "F205"]


def test_codes_of_names(engine):
    assert engine.values(tax.surname_code_sql("x"), ["rossi", "fo", "aie", "de luca"]) == ["RSS", "FOX", "AIE", "DLC"]
    assert engine.values(tax.given_code_sql("x"), ["mario", "gianfranco", "anna", "ugo"]) == ["MRA", "GFR", "NNA", "GUO"]


def test_vat_numbers(engine):
    valid = [n for n in (f"0074311015{d}" for d in range(10)) if iva.is_valid(n)]
    assert valid == ["00743110157"]
    engine.table("vat_number", {
        "00743110157": "IT00743110157", "IT 00743110157": "IT00743110157", "00743110158": None, "00000000000": None, "DE123456789": "DE123456789", "abc": None,
    })
    engine.reasons("vat_number", {"00743110158": "check_digit"})
