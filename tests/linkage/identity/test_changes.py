"""What changed between runs, with causes; what a dry run would change."""

from __future__ import annotations

import pytest

from cem_cli.base.errors import CemError
from cem_cli.linkage.identity.changes import diff, planned


@pytest.fixture
def told(linked):
    """Run 2 merges two customers by decision and takes a new record in; run 3 deletes one."""
    for run in (1, 2, 3):
        linked.con.execute("INSERT INTO cem.run (run_id) VALUES (?)", [run])
    linked.ask("link", "crm:K1", "crm:K3")
    linked.put(2, 6, "zzzzz")
    linked.link(2)
    linked.put(3, 6, "zzzzz", deleted=True)
    linked.link(3)
    linked.con.execute("INSERT INTO cem.segment_member VALUES ('loyal', 'C1', 2, NULL), ('loyal', 'C2', 1, 2), ('new', 'C3', 1, NULL)")
    return linked


def test_changes_between_runs_have_causes(told) -> None:
    found = diff(told.con, 1, 2)
    assert [(c.act, c.cause) for c in found.changes] == [("created", "file"), ("merged", "decision")]
    assert found.changes[0].detail == {"import": 2}
    assert found.changes[1].detail == {"decision": 1}
    assert [(s.segment, s.entered, s.left) for s in found.segments] == [("loyal", 1, 1)]
    assert found.counts["merged"] == found.counts["created"] == found.counts["entered"] == 1
    assert diff(told.con, 3, 2).counts["retired"] == 1
    assert diff(told.con, 2, 2).counts["changes"] == 0


def test_an_unknown_run_is_named(told) -> None:
    with pytest.raises(CemError, match="no run 30"):
        diff(told.con, 1, 30)


def test_a_dry_run_says_what_it_would_do(told) -> None:
    told.ask("undo", "crm:K1", "crm:K3")
    told.link(4, dry_run=True)
    assert [(c.act, c.cause) for c in planned(told.con)] == [("revived", "decision"), ("split", "decision")]
    assert diff(told.con, 1, 3).counts["revived"] == 0
