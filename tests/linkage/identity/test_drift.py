"""Drift is told in words, and only where chance does not explain it."""

from __future__ import annotations

import numpy as np
import pytest

from cem_cli.linkage.identity import drift
from cem_cli.linkage.identity.drift import Seen
from cem_cli.linkage.identity.numbers import IDENTITY_NUMBERS


@pytest.mark.parametrize(("now", "words"), [
    (Seen(1000, 0.61, 900, {"city": [0.3, 0.7]}), []),
    (Seen(1000, 0.30, 900, {"city": [0.3, 0.7]}), ["30% of the new records found a partner, 60% did"]),
    (Seen(1000, 0.61, 900, {"city": [0.8, 0.2], "new": [1.0]}), ["50% of the linked pairs compare differently in 'city'"]),
    (Seen(1000, 0.61, 100, {"city": [0.8, 0.2]}), []),
    (Seen(100, 0.10, 900, {"city": [0.8, 0.2]}), []),
])
def test_what_moved_is_told(project, now: Seen, words: list[str]) -> None:
    drift.keep(project.con, Seen(5000, 0.6, 4000, {"city": [0.3, 0.7]}), full=True)
    found = drift.warnings(project.con, now)
    assert len(found) == len(words)
    assert all(told.startswith(start) for told, start in zip(found, words, strict=True))


def test_changed_records_are_observed(linked) -> None:
    class Levels:
        def levels(self, model: object, pattern: np.ndarray) -> dict[str, np.ndarray]:
            return {"word": pattern + 1}

    linked.con.execute("CREATE OR REPLACE TEMP TABLE changed AS SELECT 1 AS record_id, 1 AS import_id, true AS alive UNION ALL SELECT 9, 1, true")
    assert drift.observe(linked.con, Levels(), object(), learned_from=True) == Seen(2, 0.5, 1, {"word": [0.0, 1.0]})
    assert drift.observe(linked.con, Levels(), object(), learned_from=False) == Seen(2, 0.5, 0, {})  # too few to tell about


def test_numbers_for_assertions(linked) -> None:
    linked.ask("link", "crm:K1", "crm:K2")
    linked.ask("separate", "crm:K4", "crm:K5")
    drift.keep(linked.con, Seen(5000, 0.6, 4000, {}), full=True)
    drift.keep(linked.con, Seen(500, 0.9, 400, {}), full=False)
    found = {name: float(linked.rows(sql)[0][0]) for name, sql in IDENTITY_NUMBERS.items()}
    assert found == {"largest_customer": 2, "share_merged": 0.8, "under_review": 0, "open_cuts": 0, "precision_on_decisions": 0.5,
                     "match_rate_drift": pytest.approx(0.3)}
