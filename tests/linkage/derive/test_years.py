"""Dates in one file, years in another."""

from __future__ import annotations

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.years import find_years, to_years


@pytest.fixture
def con():
    """A file of releases with dates, another one with years and counts."""
    with connect_memory() as con:
        con.execute("""CREATE VIEW link_people AS
            SELECT 'one' AS source, 'Aug ' || (k % 28 + 1) || ', ' || (2000 + k % 20) AS released, NULL AS year, NULL AS sold FROM range(60) t (k)
            UNION ALL SELECT 'two', NULL, (2000 + k % 20)::VARCHAR, (1000 + 37 * k)::VARCHAR FROM range(60) t (k)""")
        yield con


def test_dates_are_read_as_years_where_another_file_has_no_more(con):
    assert find_years(con, ["released"], ["year", "sold"]) == ["released"]
    to_years(con, ["released"])
    assert con.execute("SELECT DISTINCT released FROM link_people WHERE released IS NOT NULL ORDER BY ALL LIMIT 2").fetchall() == [("2000",), ("2001",)]


def test_dates_stay_where_nothing_else_holds_their_years(con):
    assert find_years(con, ["released"], ["sold"]) == []
    assert find_years(con, [], ["year"]) == []
    con.execute("ALTER VIEW link_people RENAME TO link_own")
    con.execute("CREATE VIEW link_people AS SELECT * REPLACE ((year::INTEGER - 200)::VARCHAR AS year) FROM link_own")
    assert find_years(con, ["released"], ["year"]) == []  # other centuries


def test_a_file_with_both_keeps_its_dates(con):
    con.execute("ALTER VIEW link_people RENAME TO link_own; CREATE VIEW link_people AS SELECT * REPLACE ('2001' AS year) FROM link_own")
    assert find_years(con, ["released"], ["year"]) == []
