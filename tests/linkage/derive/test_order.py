"""In which order whole names are written."""

from __future__ import annotations

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive import order
from cem_cli.linkage.derive.order import find_orders, turn

GIVEN = ["Ottokar", "Zdenka", "Ruslana", "Milos", "Vlasta", "Anna"]
FAMILY = ["Prohaska", "Zeman", "Kubat", "De Luca", "Hruby", "Mala", "Sykora"]
PEOPLE = [(g, s) for g in GIVEN for s in FAMILY]


@pytest.fixture
def written():
    """Return what becomes of names, given per source; nobody needs to know the words but `Anna`."""

    def names_of(**sources: list[str]) -> dict[str, list[str]]:
        with connect_memory() as con:
            rows = [(k, source, name) for source, names in sources.items() for k, name in enumerate(names)]
            con.execute("CREATE TABLE rows (record_id BIGINT, source VARCHAR, who VARCHAR)")
            con.executemany("INSERT INTO rows VALUES (?, ?, ?)", rows)
            con.execute("CREATE VIEW link_people AS SELECT * FROM rows")
            turn(con, find_orders(con, {"who": "full_name"}))
            return {s: [n for (n,) in con.execute("SELECT who FROM link_people WHERE source = ? ORDER BY record_id", [s]).fetchall()]
                    for s in sources}

    return names_of


def test_a_file_that_puts_the_surname_first_is_turned_round(written):
    found = written(shop=[f"{g} {s}" for g, s in PEOPLE], club=[f"{s} {g}" for g, s in PEOPLE])
    assert found["club"] == found["shop"] == [f"{g} {s}" for g, s in PEOPLE]


def test_of_a_mixed_file_only_those_names_are_turned_that_stand_surname_first(written):
    mixed = [f"{s} {g}" if k % 3 == 0 else f"{g} {s}" for k, (g, s) in enumerate(PEOPLE)]
    assert written(shop=[f"{g} {s}" for g, s in PEOPLE], club=mixed)["club"] == [f"{g} {s}" for g, s in PEOPLE]


def test_names_in_the_usual_order_and_names_with_a_comma_stay(written):
    names = [f"{g} {s}" for g, s in PEOPLE]
    slips = ["Zeman Anna", "Kubat, Anna", "Anna"]
    assert written(shop=names, club=[*names, *slips]) == {"shop": names, "club": [*names, *slips]}


def test_further_given_names_move_with_the_first(written):
    longer = [f"{s} {g} Anna" for g, s in PEOPLE]
    assert written(shop=[f"{g} {s}" for g, s in PEOPLE], club=longer)["club"] == [f"{g} Anna {s}" for g, s in PEOPLE]


def test_which_rows_are_looked_at_does_not_depend_on_their_order(monkeypatch):
    monkeypatch.setattr(order, "ROWS", 12)
    rows = [(k * 7919 % 1009, "ab"[k % 2], f"{s} {g}", g if k % 2 else s) for k, (g, s) in enumerate(PEOPLE)]
    found = []
    for listed in (rows, rows[::-1]):
        with connect_memory() as con:
            con.execute("CREATE TABLE link_people (record_id BIGINT, source VARCHAR, who VARCHAR, called VARCHAR)")
            con.executemany("INSERT INTO link_people VALUES (?, ?, ?, ?)", listed)
            found.append(find_orders(con, {"who": "full_name", "called": "given_name"}))
    assert found[0] == found[1]


def test_a_column_may_be_called_as_part_of_the_query_is():
    with connect_memory() as con:
        rows = [(k, "shop", f"{g} {s}") for k, (g, s) in enumerate(PEOPLE)]
        con.execute('CREATE TABLE link_people (record_id BIGINT, source VARCHAR, "Last" VARCHAR)')
        con.executemany("INSERT INTO link_people VALUES (?, ?, ?)", rows)
        assert find_orders(con, {"Last": "full_name"}).share == {("Last", "shop"): 0.0}
