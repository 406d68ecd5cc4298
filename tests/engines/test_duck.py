"""Connections that work takes turns with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cem_cli.engines.duck import Connection, Turns, connect_memory, in_any_order


@pytest.fixture
def con() -> Iterator[Connection]:
    with connect_memory(2) as opened:
        opened.execute("CREATE TABLE people AS SELECT range AS id FROM range(1000)").fetchall()
        yield opened


def count(con: Connection, rest: int) -> int:
    """Return how many ids of the table leave a rest, by way of a temporary table that no other connection may see."""
    con.execute(f"CREATE TEMP TABLE mine AS SELECT id FROM people WHERE id % 7 = {rest}").fetchall()
    found = con.execute("SELECT count(*) FROM mine").fetchall()[0][0]
    con.execute("DROP TABLE mine").fetchall()
    return int(found)


@pytest.mark.parametrize("connections", [1, 2, 3])
def test_each_piece_of_work_has_a_connection_of_its_own(con, connections):
    with Turns(con, connections) as turns:
        begun = [turns.begin(count, rest) for rest in range(7)]
        assert [one.result() for one in begun] == [143, 143, 143, 143, 143, 143, 142]
    assert count(con, 0) == 143


def test_what_fails_is_told_where_its_result_is_asked_for(con):
    def fail(_: Connection) -> None:
        raise ValueError("no")

    with Turns(con, 2) as turns:
        failed, fine = turns.begin(fail), turns.begin(count, 0)
        with pytest.raises(ValueError, match="no"):
            failed.result()
        assert fine.result() == 143


def test_order_is_kept_again_once_it_mattered_to_nobody(con):
    with in_any_order(con):
        con.execute("CREATE TABLE twice AS WITH few AS MATERIALIZED (FROM people) SELECT 2 * id AS id FROM few").fetchall()
    assert con.execute("SELECT count(*), sum(id) FROM twice").fetchall() == [(1000, 999000)]
    assert con.execute("SELECT current_setting('preserve_insertion_order')").fetchall() == [(True,)]
