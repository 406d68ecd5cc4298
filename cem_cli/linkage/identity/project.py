"""`cem link` in a project: full or incremental as needed, ids that last, a log of what changed and why.

Partition = f(records, model, decisions). The model freezes what would otherwise drift, so computing only what is
connected with a change gives what linking everything again would give. See the package docstring for the tables.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.contract import IdArray, LinkInput
from cem_cli.linkage.identity import changed, guards, joins, log, persist, review, scope
from cem_cli.linkage.identity.assign import plan_assignment
from cem_cli.linkage.identity.partition import Refused, partition
from cem_cli.linkage.identity.scoring import Scored, Scorer, StoredModel
from cem_cli.linkage.identity.settings import LinkOutcome, LinkSettings, Run

MOST_GUARD_ROUNDS = 5
"""Each round of guards can only separate more; a sixth would mean thousands of contradictory merges in one run."""


@dataclass(frozen=True)
class _Mode:
    """How this run links: `reason` is empty for an incremental run; `cause` explains moves that no change explains."""

    reason: str
    cause: str
    model: StoredModel | None

    @property
    def full(self) -> bool:
        return bool(self.reason)


def link_project(con: Connection, settings: LinkSettings, run: Run, scorer: Scorer) -> LinkOutcome:
    """Bring identity up to date with records and decisions, in the caller's transaction; a dry run only tells.

    Raises CemError for a stored model that does not fit its own file. Every living record has exactly one customer
    afterwards.
    """
    before = persist.read_state(con)
    given = _linkable(con, settings)
    mode = _mode(con, settings, before, given, scorer)
    changed.find_changes(con, before.last_import, settings.joins, full=mode.full)
    count = int(con.execute("SELECT count(DISTINCT record_id) FROM cause").fetchall()[0][0])
    scored = _score(con, given, mode, scorer)
    in_scope = _scope(con, settings, full=mode.full)
    refused = _cluster(con, settings)
    plan_assignment(con, settings.key, before.sequence + 1)
    log.plan_log(con, mode.cause)
    counts = _counts(con)
    review.plan_queue(con, settings, refused)
    if not settings.dry_run:
        persist.keep(con, settings, run, scored if mode.full else None, before)
    counts |= persist.totals(con, planned=settings.dry_run)
    return LinkOutcome(
        "full" if mode.full else "incremental", mode.reason, counts["records"], count, in_scope, counts,
        (*(scored.warnings if scored else ()), *joins.over_limit(con)),
    )


def _linkable(con: Connection, settings: LinkSettings) -> LinkInput:
    """Make the view of living records that linkage reads."""
    columns = ", ".join(f"{quote(column)}::VARCHAR AS {quote(column)}" for column in settings.kinds)
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW link_record AS SELECT record_id, source, {columns} FROM cem.record "
        "WHERE NOT coalesce(deleted, false)"
    ).fetchall()
    return LinkInput("link_record", settings.kinds, clean_sources=settings.clean_sources)


def _mode(con: Connection, settings: LinkSettings, before: persist.State, given: LinkInput, scorer: Scorer) -> _Mode:
    model = persist.read_model(con)
    if model is None or settings.retrain:
        return _Mode("a new model was asked for" if model else "no model was trained yet", "retrain" if model else "edge", None)
    misfit = scorer.misfit(con, given, model)
    if misfit:
        return _Mode(misfit, "retrain", None)
    if before.settings != settings.fingerprint():
        return _Mode("the linkage settings changed", "settings", model)
    return _Mode("asked for" if settings.full else "", "edge", model)


def _score(con: Connection, given: LinkInput, mode: _Mode, scorer: Scorer) -> Scored | None:
    """Write `fresh_edge`: all scored pairs, or in an incremental run those that touch changed records."""
    scored = None
    if mode.full or mode.model is None:
        scored = scorer.score(con, given, mode.model)
    else:
        ids: IdArray = con.execute("SELECT record_id FROM changed WHERE alive ORDER BY record_id").fetchnumpy()["record_id"]
        if len(ids):
            scored = scorer.score_touching(con, given, mode.model, ids)
    none = np.empty(0)
    edges = scored.edges if scored else None
    con.register("edge_arrays", {
        "record_id_l": edges.record_id_l if edges else none, "record_id_r": edges.record_id_r if edges else none,
        "pattern": edges.pattern if edges else none, "weight": edges.weight if edges else none,
        "probability": edges.probability if edges else none,
    })
    con.execute("""
        CREATE OR REPLACE TEMP TABLE fresh_edge AS
        SELECT record_id_l::BIGINT AS record_id_l, record_id_r::BIGINT AS record_id_r, pattern::BIGINT AS pattern,
               weight, probability, 'model' AS origin FROM edge_arrays""").fetchall()
    con.unregister("edge_arrays")
    return scored


def _scope(con: Connection, settings: LinkSettings, *, full: bool) -> int:
    joins.start(con, settings.joins)
    if not full:
        return scope.find_scope(con)
    joins.weigh_all(con)
    return scope.take_everything(con)


def _cluster(con: Connection, settings: LinkSettings) -> list[Refused]:
    """Write `part`; where a guard objects to a merge, separate and cluster again."""
    guards.start(con)
    refused = partition(con, settings)
    for _ in range(MOST_GUARD_ROUNDS):
        if not guards.cut_contradictory_merges(con):
            break
        refused = partition(con, settings)
    return refused


def _counts(con: Connection) -> dict[str, int]:
    acts = dict(con.execute("SELECT act, count(DISTINCT customer_id) FROM planned_log GROUP BY act").fetchall())
    named = {act: int(acts.get(act, 0)) for act in ("created", "revived", "split", "merged", "retired")}
    moved = con.execute("SELECT count(*) FROM moved WHERE old_id IS NOT NULL AND customer_id IS NOT NULL").fetchall()[0][0]
    return {**named, "moved": int(moved)}
