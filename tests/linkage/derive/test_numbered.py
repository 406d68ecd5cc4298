"""Birth dates inside numbers of persons."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from cem_cli.base.sql import literal
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.numbered import Place, find_places, number_sql, with_numbers

BORN = [date(1941, 3, 2) + timedelta(days=521 * k) for k in range(45)]
"""From 1941 to 2003."""
RANDOM = random.Random(5)
KNOWN = "(year(born::DATE) * 65536 + month(born::DATE) * 256 + day(born::DATE))"
SERIAL = [f"{RANDOM.randrange(10000):04}" for _ in BORN]


def table(con, numbers: list[str], born: list[date | None] | None = None) -> None:
    con.execute("CREATE TABLE people (record_id BIGINT, number VARCHAR, born VARCHAR)")
    rows = zip(numbers, born or [None] * len(numbers), strict=True)
    con.executemany("INSERT INTO people VALUES (?, ?, ?)", [(k, n, b and b.isoformat()) for k, (n, b) in enumerate(rows)])


def coded(day: date) -> int:
    return day.year * 65536 + day.month * 256 + day.day


@pytest.mark.parametrize("form", [
    lambda b, s: f"{b:%y%m%d}-{s}", lambda b, s: f"{b:%Y%m%d}{s}", lambda b, s: f"{b:%d%m%y}{s}", lambda b, s: f"{s}{b:%d%m%y}",
    lambda b, s: f"{1 + b.year // 2000}{b:%y%m%d}{s}{s[:2]}", lambda b, s: f"{b.year % 100:02}{b.month + 20 * (b.year > 1999):02}{b.day:02}{s}1",
    lambda b, s: f"{b.year % 100:02}{b.month + 50 * (int(s) % 2):02}{b.day:02}/{s}", lambda b, s: f"{b:%y.%m.%d}-{s[:3]}.{s[2:]}",
    lambda b, s: f"GOMA{b:%y%m%d}HDF{s}", lambda b, s: f"1101{s[:2]}{b:%Y%m%d}{s}",
])
def test_the_number_tells_the_birth_date(form):
    """Swedish, with century, Danish, Austrian, Romanian, Polish, Czech, Belgian, Mexican and Chinese numbers, by their digits alone."""
    with connect_memory() as con:
        table(con, list(map(form, BORN, SERIAL)), [None, *BORN[1:]])
        birth, places = with_numbers(con, "people", ["number"], KNOWN)
        assert list(places) == ["number"]
        found = con.execute(f"SELECT {birth} FROM people ORDER BY record_id").fetchall()
    assert found[0] == (coded(BORN[0]),)


@pytest.mark.parametrize("numbers", [
    [f"{100000 + k}" for k in range(45)], [f"33{RANDOM.randrange(10**8):08}" for _ in range(45)],
    [f"{date(2023, 1, 1) + timedelta(days=k):%Y%m%d}-{k}" for k in range(45)],
])
def test_numbers_of_rows_phones_and_orders_hold_no_birth_date(numbers):
    with connect_memory() as con:
        table(con, numbers)
        assert find_places(con, "people", ["number"]) == {}


def test_few_years_are_dates_of_birth_where_they_are_those_known():
    children = [date(2010, 1, 1) + timedelta(days=40 * k) for k in range(45)]
    numbers = [f"{b:%d%m%y}{s}" for b, s in zip(children, SERIAL, strict=True)]
    with connect_memory() as con:
        table(con, numbers, children)
        assert find_places(con, "people", ["number"]) == {}
        assert find_places(con, "people", ["number"], KNOWN) == {"number": (Place(10, 0, "dmyy", ()),)}
        assert find_places(con, "people", ["number"], f"{KNOWN} + 1") == {}


def test_numbers_with_and_without_century_are_one_and_a_date_alone_is_none():
    places = (Place(6, 0, "yymd", ()), Place(12, 0, "ymd", ()))
    with connect_memory() as con:
        found = [con.execute(f"SELECT {number_sql(literal(n), places)}").fetchall()[0][0] for n in ("8504131234", "198504131234", "850413")]
    assert found == ["8504131234", "8504131234", None]


def test_numbers_of_one_form_are_compared_themselves():
    with connect_memory() as con:
        table(con, [f"{b:%y%m%d}{s}" for b, s in zip(BORN, SERIAL, strict=True)])
        assert with_numbers(con, "people", ["number"], None)[0] is None
