from decimal import Decimal

import pytest

from cem_cli.kinds import KINDS, Context


def test_amounts_of_an_italian_source(engine):
    engine.table("amount", {
        "12.50": "12.50", "12,50": "12.50", "12,5": "12.50", "1.234,56": "1234.56", "1,234.56": "1234.56", "1.234": "1234.00", "€ 1.234": "1234.00",
        "(12,50)": "-12.50", "12,50-": "-12.50", "-3": "-3.00", "−3,00": "-3.00", "1 234,56": "1234.56", "1'234.56": "1234.56", "EUR 5": "5.00",
        "0": "0.00", "0.125": "0.13", "1.234.567": "1234567.00", "+7": "7.00", "abc": None, "1E5": None, "12.5.1980x": None, "": None,
    })


@pytest.mark.parametrize(("language", "clean"), [("it", "1234.00"), ("en", "1.23")])
def test_three_digits_after_a_point_depend_on_the_language(engine, language, clean):
    engine.table("amount", {"1.234": clean}, Context(language=language))


def test_typed_is_exact(engine):
    assert engine.values(KINDS["amount"].typed_sql("x", Context()), ["0,10", "x"]) == [Decimal("0.10"), None]


def test_quantities_and_integers(engine):
    engine.table("quantity", {"2": "2", "2,000": "2", "0,5": "0.5", "1.250": "1.25", "-1": "-1", "x1": None})
    engine.table("integer", {"12": "12", "1.000": "1000", "3,0": "3", "-7": "-7", "2,5": None, "abc": None})


def test_currencies(engine):
    engine.table("currency", {"€": "EUR", "eur": "EUR", "Euro": "EUR", "$": "USD", "??": None})
