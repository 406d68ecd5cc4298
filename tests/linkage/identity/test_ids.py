"""Ids over long lives: merges, undoing, splits, deletion and return of records in any order, under old names, too.

After every link each decision in force is kept and obeyed, no id belongs to strangers, and every id ever given leads on.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from cem_cli.base.errors import CemError
from cem_cli.engines.duck import connect_memory
from cem_cli.store.lookup import resolve_customer
from tests.linkage.identity.test_histories import check, holds, no_strangers

LIVES = 24
STEPS = 7
PEOPLE = 10
REFUSED = {"E-DECISION-CONFLICT", "E-DECISION-NONE", "E-DECISION-SAME", "E-CUSTOMER-RETIRED"}


@pytest.mark.parametrize("half", range(2))
def test_ids_and_decisions_outlive_everything(make_project: Any, half: int) -> None:
    for seed in range(half, LIVES, 2):
        with connect_memory(threads=1) as con:
            live(make_project(con), random.Random(1000 + seed))


def live(project: Any, rng: random.Random) -> None:
    """Let ten records, whose words make them pairs, be merged, parted, deleted and brought back."""
    last: dict[str, set[int]] = {}
    for record in range(1, PEOPLE + 1):
        put(project, record, 1)
    project.link(1)
    no_strangers(project, last)
    for step in range(2, STEPS):
        for _ in range(rng.choice((1, 1, 2, 3))):
            rng.choice((decide, decide, delete, bring_back))(project, rng, step)
        decided = in_force(project)
        project.link(step)
        assert decided <= in_force(project), "a link takes no decision back"
        check(project)
        holds(project)
        no_strangers(project, last)
        everybody_is_found(project, last)


def put(project: Any, record: int, step: int, *, deleted: bool = False) -> None:
    project.put(step, record, chr(97 + record // 2) * 4 + "xy"[record % 2], deleted=deleted)


def decide(project: Any, rng: random.Random, step: int) -> None:
    """Link, separate or undo two names: records, or customers living or retired."""
    names = [name for (name,) in project.rows("SELECT customer_id FROM cem.customer ORDER BY created_run, customer_id")]
    a, b = (rng.choice(names) if rng.random() < 0.6 else f"crm:K{rng.randint(1, PEOPLE)}" for _ in range(2))
    try:
        project.ask(rng.choice(("link", "separate", "undo")), a, b)
    except CemError as err:
        if err.id not in REFUSED:
            raise


def delete(project: Any, rng: random.Random, step: int) -> None:
    """Let a record go."""
    record = rng.randint(1, PEOPLE)
    put(project, record, step, deleted=True)


def bring_back(project: Any, rng: random.Random, step: int) -> None:
    """Deliver a record again, whether it was deleted or not."""
    put(project, rng.randint(1, PEOPLE), step)


def in_force(project: Any) -> set[tuple[object, ...]]:
    return set(project.rows("SELECT decision_id, kind, record_id_l, record_id_r, who FROM cem.decision WHERE undone_at IS NULL"))


def everybody_is_found(project: Any, last: dict[str, set[int]]) -> None:
    """Every id ever given leads to a living customer, or is known to have lost its records."""
    living = set(project.identity().values())
    for name in last:
        try:
            assert resolve_customer(project.con, name) in living
        except CemError as err:
            assert err.id == "E-CUSTOMER-RETIRED"  # noqa: PT017 - both ends are right, others are not
