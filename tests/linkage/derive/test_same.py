"""Columns of different files that are one under different headers."""

from __future__ import annotations

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive import same
from cem_cli.linkage.derive.same import find_same, find_whole_names, unite

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


GIVEN, SURNAMES = ("Anna", "Bea", "Carlo", "Dario", "Elsa"), ("Rossi", "Bianchi", "Verdi", "Neri")


@pytest.fixture
def school(con):
    """Two files of pupils: one with given name and surname, the other with whole names, surname first, and those of their mothers."""
    con.execute("CREATE TABLE office AS SELECT k AS record_id, 'office' AS source, $1[k % 5 + 1] AS first, $2[k % 4 + 1] AS last FROM range(60) t (k)",
                [GIVEN, SURNAMES])
    con.execute("""CREATE TABLE sport AS SELECT 100 + k AS record_id, 'sport' AS source, $2[k % 4 + 1] || ', ' || $1[k % 5 + 1] AS leerling,
                $1[(k + 2) % 5 + 1] || ' ' || $2[k % 3 + 1] || CASE WHEN k % 4 = 0 THEN ' Lee' ELSE '' END AS moeder, 'Lago Rossi ' || k AS club
                FROM range(60) t (k)""", [GIVEN, SURNAMES])
    con.execute("CREATE OR REPLACE VIEW link_people AS SELECT * FROM office UNION ALL BY NAME SELECT * FROM sport")
    return con


NAMES = {"first": "given_name", "last": "surname", "leerling": "text", "moeder": "category", "club": "text"}


def test_whole_names_under_an_unknown_header_are_told_by_the_names_of_another_file(school):
    assert find_whole_names(school, NAMES, frozenset()) == ["leerling"]  # of pupil and mother, that which names the same persons


def test_a_header_that_says_what_it_holds_is_believed(school):
    assert find_whole_names(school, NAMES, frozenset({"leerling", "moeder"})) == []


def test_whole_names_need_names_of_another_file(school):
    assert find_whole_names(school, NAMES | {"last": "city"}, frozenset()) == []
    school.execute("CREATE OR REPLACE VIEW link_people AS FROM sport")
    assert find_whole_names(school, {k: v for k, v in NAMES.items() if k not in ("first", "last")}, frozenset()) == []


@pytest.mark.parametrize(("years", "kind"), [(1940, "birth_year"), (2001, "integer")])
def test_years_are_of_birth_where_another_file_says_so_and_they_are_the_same(years, kind):
    with connect_memory() as con:
        con.execute("CREATE TABLE one AS SELECT k AS record_id, 'one' AS source, (1940 + k % 60)::VARCHAR AS birth_year FROM range(300) t (k)")
        con.execute(f"CREATE TABLE two AS SELECT 900 + k AS record_id, 'two' AS source, ({years} + k % 60)::VARCHAR AS year FROM range(300) t (k)")
        con.execute("CREATE VIEW link_people AS FROM one UNION ALL BY NAME FROM two")
        found = find_same(con, {"birth_year": "birth_year", "year": "integer"}, frozenset({"birth_year"}))
        assert found.kind.get("year", "integer") == kind


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
