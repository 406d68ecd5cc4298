import pytest

from cem_cli.kinds import Context, settle_phones


def test_italian_numbers(engine):
    engine.table("phone", {
        "333 1234567": "+393331234567", "+39 333-1234567": "+393331234567", "00393331234567": "+393331234567", "393331234567": "+393331234567",
        "p:+393331234567": "+393331234567", "'+393331234567": "+393331234567", "tel. 333.1234567": "+393331234567", "(333) 1234567": "+393331234567",
        "02/12345678": "+390212345678", "+39 02 12345678": "+390212345678", "0371 123456": "+390371123456", "340 1234567 int. 12": "+393401234567",
        "333 1234567 / 02 12345678": "+393331234567", "3331234567; 3401234567": "+393331234567",
        "+44 (0)20 7946 0958": "+442079460958", "+31612345678": "+31612345678", "+39 2 1234567": None, "12345": None, "abc": None,
        "0000000": None, "3333333333": None, "123456789": None, "3.93E+11": None, "+39": None, "712 261378": None,
    })


@pytest.mark.parametrize(("country", "raw", "clean"), [
    ("DE", "0171 1234567", "+491711234567"), ("GB", "020 7946 0958", "+442079460958"), ("FR", "06 12 34 56 78", "+33612345678"),
    ("US", "(212) 555-0123", "+12125550123"), ("ES", "612 345 678", "+34612345678"), ("DE", "+39 333 1234567", "+393331234567"),
    ("UG", "712 261378", None), ("UG", "+39 333 1234567", "+393331234567"),
])
def test_other_countries(engine, country, raw, clean):
    engine.table("phone", {raw: clean}, Context(country=country))


def test_reasons(engine):
    engine.reasons("phone", {"3,93E+11": "scientific_notation", "abc": "no_digits", "0000000": "junk", "712 261378": "invalid", "333 1234567": None})


def test_open_numbers_are_settled_once(engine):
    engine.con.execute(
        "CREATE OR REPLACE TABLE raw_phone AS SELECT unnest(['712 261378', '712 261378', '+44 020 7946 0958', '+39 333 1234567', 'abc', '0000000', NULL]) AS value"
    ).fetchall()
    assert settle_phones(engine.con, "raw_phone", "settled_phone", Context(country="UG")) == 2
    found = engine.con.execute("SELECT value, phone FROM settled_phone ORDER BY value").fetchall()
    assert found == [("+44 020 7946 0958", "+442079460958"), ("712 261378", "+256712261378")]
