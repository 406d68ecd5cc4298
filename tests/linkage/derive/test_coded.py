"""What a tax code says of its owner."""

from __future__ import annotations

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage import fields
from cem_cli.linkage.derive.cells import derived_sql

KINDS = {"given": "given_name", "surname": "surname", "code": "tax_code", "sex": "sex"}


def derived() -> dict[str, list[str | None]]:
    """Return the features of four records: names and code, names alone, a code alone, an initial."""
    with connect_memory() as con:
        con.execute("""CREATE TABLE people AS SELECT * FROM (VALUES
            (1, 'Anna', 'Rossi', 'RSSNNA85D53H501Q', NULL), (2, 'Gianfranco', 'De Luca', NULL, 'M'),
            (3, NULL, NULL, 'DLCGFR70A01F205X', NULL), (4, 'G.', 'Fo', NULL, NULL)) AS p(link_key, given, surname, code, sex)""")
        con.execute("ALTER TABLE people ADD COLUMN record_id BIGINT")
        con.execute("UPDATE people SET record_id = link_key")
        specs = [s for s in fields.features(con, "people", KINDS) if s.name == "sex" or "coded" in s.name or "written" in s.name]
        found = con.execute(f"FROM ({derived_sql(con, 'people', list(KINDS), specs)}) ORDER BY link_key").fetchall()
    return {spec.name: [row[place] for row in found] for place, spec in enumerate(specs, start=1)}


def test_letters_of_a_code_are_those_that_the_names_give():
    found = derived()
    assert found["coded given"] == ["nna", None, "gfr", None]
    assert found["coded surname"] == ["rss", None, "dlc", None]
    assert found["written given"] == ["nna", "gfr", None, None]  # an initial gives none
    assert found["written surname"] == ["rss", "dlc", None, "fox"]


def test_a_code_tells_the_sex_that_is_missing():
    assert derived()["sex"] == ["f", "m", "m", None]
