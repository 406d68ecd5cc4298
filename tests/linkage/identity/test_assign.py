"""Ids follow members: hand-made histories, and the greedy rule against a reader that takes one row at a time."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.engines.duck import Connection
from cem_cli.linkage.identity.assign import pair_off, plan_assignment, read_members
from cem_cli.linkage.identity.log import REPLAY_SQL, apply, plan_log

KEY = "k" * 32


def link(con: Connection, run: int, clusters: list[set[int]]) -> dict[int, str]:
    """Give `clusters` their ids as run number `run` and return the identity."""
    con.execute("CREATE OR REPLACE TEMP TABLE part (record_id BIGINT, cluster BIGINT)")
    con.executemany("INSERT INTO part VALUES (?, ?)", [[r, min(c)] for c in clusters for r in c])
    con.execute("CREATE OR REPLACE TEMP TABLE gone AS SELECT record_id FROM cem.identity ANTI JOIN part USING (record_id)")
    con.execute("CREATE OR REPLACE TEMP TABLE cause AS SELECT record_id, 2 AS rank, 'file' AS cause, '{}' AS detail FROM part")
    con.execute("CREATE OR REPLACE TEMP TABLE scope_edge (record_id_l BIGINT, record_id_r BIGINT, weight DOUBLE)")
    con.execute("INSERT INTO scope_edge VALUES (2, 3, 5.0), (1, 4, 9.0)")
    con.execute("CREATE OR REPLACE TEMP VIEW scope AS SELECT record_id FROM part")
    read_members(con)
    plan_assignment(con, KEY, run)
    plan_log(con)
    apply(con, run)
    now = dict(con.execute("SELECT record_id, customer_id FROM cem.identity").fetchall())
    assert list(now.items()) != [] or not clusters
    assert now == dict(con.execute(REPLAY_SQL).fetchall())
    assert {frozenset(r for r in now if now[r] == c) for c in now.values()} == {frozenset(c) for c in clusters}
    return now


def acts(con: Connection, run: int) -> list[tuple[str, str, str | None]]:
    return con.execute(
        """SELECT act, customer_id, other_id FROM cem.identity_log
           WHERE run_id = ? AND act NOT IN ('joined', 'left') ORDER BY seq""", [run]).fetchall()


def test_a_merge_keeps_the_id_of_most_members_and_leaves_a_redirect(project) -> None:
    con = project.con
    first = link(con, 1, [{1, 2}, {3, 4, 5}])
    second = link(con, 2, [{1, 2, 3, 4, 5}])
    assert set(second.values()) == {first[3]}
    assert acts(con, 2) == [("merged", first[1], first[3])]
    found = con.execute("SELECT retired_run, redirect_to FROM cem.customer WHERE customer_id = ?", [first[1]]).fetchall()
    assert found == [(2, first[3])]
    detail = con.execute("SELECT detail FROM cem.identity_log WHERE act = 'merged'").fetchall()[0][0]
    assert json.loads(detail)["edge"] == [1, 4]


def test_undoing_a_merge_of_equals_gives_both_ids_back(project) -> None:
    con = project.con
    first = link(con, 1, [{4, 5, 6}])
    both = link(con, 2, [{4, 5, 6}, {1, 2, 3}])
    merged = link(con, 3, [{1, 2, 3, 4, 5, 6}])
    assert set(merged.values()) == {first[4]}, "a tie goes to the older id"
    assert link(con, 4, [{1, 2, 3}, {4, 5, 6}]) == both
    assert acts(con, 4) == [("revived", both[1], None), ("split", both[1], both[4])]
    assert con.execute("SELECT count(*) FROM cem.last_member").fetchall() == [(0,)]


def test_a_split_keeps_the_id_on_the_larger_part(project) -> None:
    con = project.con
    first = link(con, 1, [{1, 2, 3}])
    second = link(con, 2, [{1}, {2, 3}])
    assert second[2] == second[3] == first[1]
    assert acts(con, 2) == [("created", second[1], None), ("split", second[1], first[1])]


def test_a_deleted_record_that_returns_has_its_id_again(project) -> None:
    con = project.con
    first = link(con, 1, [{1, 2}, {3}])
    link(con, 2, [{3}])
    assert acts(con, 2) == [("retired", first[1], None)]
    assert link(con, 3, [{1, 2}, {3}]) == first
    assert acts(con, 3) == [("revived", first[1], None)]


def test_nothing_new_changes_nothing(project) -> None:
    con = project.con
    first = link(con, 1, [{1, 2}, {3}])
    assert link(con, 2, [{1, 2}, {3}]) == first
    assert con.execute("SELECT count(*) FROM cem.identity_log WHERE run_id = 2").fetchall() == [(0,)]


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), unique=True, max_size=40))
@settings(max_examples=300, deadline=None)
def test_rounds_take_the_same_rows_as_one_by_one(pairs: list[tuple[int, int]]) -> None:
    clusters: set[int] = set()
    customers: set[int] = set()
    expected = []
    for row, (cluster, customer) in enumerate(pairs):
        if cluster not in clusters and customer not in customers:
            expected.append(row)
            clusters.add(cluster)
            customers.add(customer)
    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    assert pair_off(array[:, 0], array[:, 1]).tolist() == expected
