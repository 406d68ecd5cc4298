from datetime import date

import pytest

from cem_cli.kinds import KINDS, Context
from cem_cli.kinds.dates import date_from_parts_sql


def test_iso_and_what_can_be_read_in_one_way_only(engine):
    engine.table("birth_date", {
        "1980-05-12": "1980-05-12", "1980-05-12 00:00:00": "1980-05-12", "1980-05-12T10:00:00Z": "1980-05-12", "1980/5/2": "1980-05-02",
        "19800512": "1980-05-12", "13051980": "1980-05-13", "13/05/1980": "1980-05-13", "05/13/1980": "1980-05-13", "5.5.1980": "1980-05-05",
        "12/05/1980": None, "12 maggio 1980": "1980-05-12", "May 12, 1980": "1980-05-12", "12-Dez-1980": "1980-12-12", "1er août 1980": "1980-08-01",
        "31/02/1980": None, "1980-13-01": None, "29/02/2000": "2000-02-29", "29/02/1900": None, "13/05/80": "1980-05-13", "13/05/12": "2012-05-13",
        "1900-01-01": None, "01/01/1900": None, "0000-00-00": None, "hello": None, "12": None,
    })


@pytest.mark.parametrize(("date_format", "clean"), [("%d/%m/%Y", "1980-05-12"), ("%m/%d/%Y", "1980-12-05"), ("%d/%m/%y", "1980-05-12")])
def test_a_declared_format_decides(engine, date_format, clean):
    context = Context(date_format=date_format)
    engine.table("birth_date", {"12/05/1980": clean, "12/05/80": clean, "1980-05-12": "1980-05-12", "12/05/1980 10:30": clean}, context)


def test_no_birth_lies_in_the_future(engine):
    context = Context(as_of=date(2026, 6, 30))
    engine.table("birth_date", {"2026-06-30": "2026-06-30", "2026-07-01": None, "13/05/26": "2026-05-13", "13/05/27": "1927-05-13"}, context)
    engine.table("date", {"2026-07-01": "2026-07-01"}, context)


def test_reasons(engine):
    engine.reasons("birth_date", {
        "1900-01-01": "placeholder_date", "12/05/1980": "ambiguous_date", "31/02/1980": "impossible_date", "n/d": "junk", "ieri": "invalid",
        "1980-05-12": None,
    })
    engine.reasons("birth_date", {"2030-01-01": "future_or_implausible_date"}, Context(as_of=date(2026, 6, 30)))


def test_parts(engine):
    engine.table("birth_year", {"1980": "1980", "80": "1980", "12": "2012", "1900": None, "19": "2019", "abc": None})
    engine.table("birth_month", {"5": "5", "05": "5", "maggio": "5", "juin": "6", "juillet": "7", "Dezember": "12", "13": None})
    engine.table("birth_day", {"31": "31", "01": "1", "32": None, "0": None})
    sql = date_from_parts_sql("split_part(x, '-', 1)", "split_part(x, '-', 2)", "split_part(x, '-', 3)", Context())
    assert engine.values(sql, ["1980-5-2", "1980-2-30", None]) == [date(1980, 5, 2), None, None]


def test_typed(engine):
    assert engine.values(KINDS["birth_date"].typed_sql("x", Context()), ["1980-05-12", "x"]) == [date(1980, 5, 12), None]
