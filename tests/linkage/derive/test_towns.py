"""Columns of towns that say more than the town."""

from __future__ import annotations

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.towns import bare_towns


@pytest.fixture
def bared():
    """Return the towns of a column after `bare_towns`, and whether it was taken for one that says more."""

    def run(values: list[str]) -> tuple[list[str], bool]:
        with connect_memory() as con:
            con.execute("CREATE TABLE link_sample AS SELECT unnest(range(?)) AS record_id, unnest(?) AS town", [len(values), values])
            con.execute("CREATE VIEW link_people AS SELECT * FROM link_sample")
            found = bare_towns(con, ["town"])
            return [v for (v,) in con.execute("SELECT town FROM link_people ORDER BY record_id").fetchall()], bool(found)

    return run


def test_state_country_and_postcode_are_left_out(bared):
    written = ["Austin, TX 78701", "Austin TX", "10115 Berlin", "D-10115 Berlin", "Paris, France", "SAN JOSE CA 90210-1234", "Aix-en-Provence"]
    assert bared(written) == (["Austin", "Austin", "Berlin", "Berlin", "Paris", "SAN JOSE", "Aix-en-Provence"], True)


def test_towns_alone_stay(bared):
    towns = ["New York", "LA PAZ", "St. Paul", "San José", "Villa-Sur"]
    assert bared(towns) == (towns, False)
