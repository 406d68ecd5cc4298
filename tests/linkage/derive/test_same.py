"""Columns of different files that are one under different headers."""

from __future__ import annotations

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive import same
from cem_cli.linkage.derive.same import find_same, unite

FILMS = ["The Red Lantern", "Night of Glass", "A Quiet Harbour", "Seven Winters", "The Last Ferry", "Iron Meadow"]


@pytest.fixture
def con():
    """Two shops: one lists title, price, code and town, the other name, cost, sku and a note."""
    with connect_memory() as con:
        con.execute("CREATE TABLE shop (record_id BIGINT, source VARCHAR, title VARCHAR, price VARCHAR, code VARCHAR, town VARCHAR)")
        con.execute("CREATE TABLE mall (record_id BIGINT, source VARCHAR, name VARCHAR, cost VARCHAR, sku VARCHAR, place VARCHAR)")
        for row in range(60):
            film, town = FILMS[row % 6], ("Milano", "Torino", "Genova")[row % 3]
            con.execute("INSERT INTO shop VALUES (?, 'shop', ?, ?, ?, ?)", [row, film, f"{10 + row % 7}.50", f"AB-{1000 + row}", town])
            con.execute("INSERT INTO mall VALUES (?, 'mall', ?, ?, ?, ?)",
                        [100 + row, film.upper(), f"{10 + row % 5},50 EUR", f"AB-{2000 + row}", town])
        con.execute("CREATE VIEW link_people AS FROM shop UNION ALL BY NAME FROM mall")
        yield con


KINDS = {"title": "text", "price": "amount", "code": "external_id", "town": "city", "name": "text", "cost": "amount", "sku": "external_id",
         "place": "category"}


def test_columns_with_the_same_words_numbers_and_shapes_are_one(con):
    found = find_same(con, KINDS, frozenset())
    assert found.into == {"name": "title", "cost": "price", "sku": "code"}


def test_a_column_under_an_unknown_header_takes_the_kind_of_another_files_column(con):
    assert find_same(con, KINDS, frozenset()).kind["place"] == "city"
    assert "place" not in find_same(con, KINDS, frozenset({"place"})).kind  # its own header says what it is


def test_a_state_is_no_address_although_it_stands_in_each(con):
    for source, columns in {"one": "['NY', 'TX', 'WA'][k % 3 + 1] AS State", "two": "k || ' High Street, Leeds, ' || ['NY', 'TX'][k % 2 + 1] AS addr"}.items():
        con.execute(f"CREATE TABLE {source} AS SELECT k + {len(columns)}000 AS record_id, '{source}' AS source, {columns} FROM range(60) t (k)")
    con.execute("CREATE OR REPLACE VIEW link_people AS SELECT * FROM one UNION ALL BY NAME SELECT * FROM two")
    assert find_same(con, {"State": "category", "addr": "address"}, frozenset()).kind == {}


def test_columns_of_one_file_stay_apart(con):
    con.execute("CREATE OR REPLACE VIEW link_people AS SELECT *, title AS name FROM shop")
    assert find_same(con, {"title": "text", "name": "text"}, frozenset()).into == {}


def test_one_column_holds_the_values_of_both(con):
    unite(con, {"name": "title"})
    columns = [c for c, *_ in con.execute("DESCRIBE link_people").fetchall()]
    assert "name" not in columns
    assert con.execute("SELECT count(title), count(DISTINCT lower(title)) FROM link_people").fetchall() == [(120, 6)]


def test_hundreds_of_columns_are_left_as_they_are(con, monkeypatch):
    """Each is held against each other, which takes time: bounded, whatever the files are."""
    monkeypatch.setattr(same, "MOST", len(KINDS) - 1)
    assert find_same(con, KINDS, frozenset()).into == {}
