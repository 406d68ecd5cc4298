"""Random histories: incremental equals full, the same history gives the same ids, the log replays to the identity.

After every step each decision holds, every living record has one customer, and no id is given to strangers.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from cem_cli.base.errors import CemError
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.identity.log import REPLAY_SQL

HISTORIES = 200


def live(project: Any, seed: int, *, told_again: bool = False) -> None:
    """Write a random history into a project: batches of new, changed and deleted records, cards, decisions, links."""
    rng = random.Random(seed)
    last: dict[str, set[int]] = {}
    for step in range(1, rng.randint(2, 4)):
        for _ in range(rng.choice((0, 1, 1, 3, 6))):
            act(project, rng, step)
        if rng.random() < 0.5:
            decide(project, rng)
        project.link(step)
        if not told_again:
            check(project)
            holds(project)
            no_strangers(project, last)


def act(project: Any, rng: random.Random, step: int) -> None:
    """Let one record come, change, go, or be erased with its row."""
    record_id = rng.randint(1, 14)
    word = "".join(rng.choice("ab") for _ in range(5))
    project.con.execute("DELETE FROM cem.identifier WHERE record_id = ?", [record_id])
    fate = rng.random()
    if fate < 0.06:
        project.con.execute("DELETE FROM cem.record WHERE record_id = ?", [record_id])
        return
    tax_code = rng.choice((None, None, None, "T1", "T2"))
    project.put(step, record_id, word, deleted=fate < 0.2, tax_code=tax_code, surname=rng.choice("RST"))
    if rng.random() < 0.4:
        project.con.execute(
            "INSERT INTO cem.identifier (record_id, kind, value) VALUES (?, 'loyalty_card', ?)", [record_id, rng.choice(("A1", "A2"))])


def decide(project: Any, rng: random.Random) -> None:
    """Ask for a random decision; conflicts and unknown records are refused."""
    kind = rng.choice(("link", "separate", "undo", "freeze"))
    a, b = (f"crm:K{n}" for n in rng.sample(range(1, 15), 2))
    if kind == "freeze":
        known = sorted(set(project.identity().values()))
        a, b = (rng.choice(known), "") if known else (a, b)
    try:
        project.ask(kind, a, b)
    except CemError as err:
        if err.id not in {"E-DECISION-CONFLICT", "E-RECORD-UNKNOWN", "E-DECISION-NONE", "E-DECISION-FREEZE"}:
            raise


def check(project: Any) -> None:
    identity = project.rows("SELECT record_id, customer_id FROM cem.identity ORDER BY record_id")
    assert identity == project.rows(REPLAY_SQL)
    living = project.rows("SELECT record_id FROM cem.record WHERE NOT deleted ORDER BY record_id")
    assert [(record,) for record, _ in identity] == living, "every living record has exactly one customer"
    current = {customer for _, customer in identity}
    assert current == {c for (c,) in project.rows("SELECT customer_id FROM cem.customer WHERE retired_run IS NULL")}


def holds(project: Any) -> None:
    """Decisions between living records are obeyed."""
    for kind, one, other in project.rows("""
            SELECT kind, l.customer_id, r.customer_id FROM cem.decision JOIN cem.identity l ON l.record_id = record_id_l
            JOIN cem.identity r ON r.record_id = record_id_r WHERE undone_at IS NULL"""):
        assert (one == other) == (kind != "separate"), kind


def no_strangers(project: Any, last: dict[str, set[int]]) -> None:
    """An id that comes back, or stays, keeps at least one of its last members."""
    now: dict[str, set[int]] = {}
    for record, customer in project.identity().items():
        now.setdefault(customer, set()).add(record)
    for customer, members in now.items():
        assert members & last.get(customer, members)
    last.update(now)


@pytest.mark.parametrize("part", range(4))
def test_incremental_is_full_and_histories_repeat(make_project: Any, part: int) -> None:
    for seed in range(part, HISTORIES, 4):
        with connect_memory(threads=1) as con:
            project = make_project(con)
            live(project, seed)
            partition, identity = project.customers(), project.identity()
            log = project.rows("SELECT count(*) FROM cem.identity_log")
            assert project.link(98).changed == 0, "the same input twice"
            assert project.rows("SELECT count(*) FROM cem.identity_log") == log
            edges = project.rows("SELECT record_id_l, record_id_r, weight FROM cem.edge ORDER BY ALL")
            full = project.link(99, full=True)
            assert project.customers() == partition, f"history {seed}: a full link sees other customers"
            assert project.identity() == identity
            assert full.mode == "full"
            assert project.rows("SELECT record_id_l, record_id_r, weight FROM cem.edge ORDER BY ALL") == edges
        with connect_memory(threads=1) as con:
            again = make_project(con)
            live(again, seed, told_again=True)
            assert again.identity() == identity, f"history {seed}: other ids when told again"
