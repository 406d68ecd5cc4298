"""`cem link` in a project: full or incremental as needed, ids that last, a log of what changed and why.

Partition = f(records, model, decisions). The model freezes what would otherwise drift, so computing only what is
connected with a change gives what linking everything again would give. See the package docstring for the tables.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from cem_cli.engines.duck import Connection
from cem_cli.linkage.contract import IdArray, Labels, LinkInput
from cem_cli.linkage.identity import changed, drift, estimate, guards, joins, log, persist, review, scope
from cem_cli.linkage.identity.assign import plan_assignment, read_members
from cem_cli.linkage.identity.engine_scoring import EngineScorer
from cem_cli.linkage.identity.living import show_living
from cem_cli.linkage.identity.partition import Refused, partition
from cem_cli.linkage.identity.scoring import Scored, Scorer, StoredModel, Ties, no_edges
from cem_cli.linkage.identity.settings import GUARD, LinkOutcome, LinkSettings, Run

MOST_GUARD_ROUNDS = 5
"""Each round of guards can only separate more; a sixth would mean thousands of contradictory merges in one run."""

LARGE = 20_000
"""Living records from which it matters which way is less work."""
SHARE = 0.3
"""Share of the records that changed from which linking everything is less work (measured at 15,000 to 100,000 records)."""
_DECIDED_SQL = """
    SELECT record_id_l, record_id_r, kind = 'link' AS same, who = $guard AS guard FROM cem.decision
    SEMI JOIN link_record l ON l.record_id = record_id_l SEMI JOIN link_record r ON r.record_id = record_id_r
    WHERE undone_at IS NULL AND kind != 'freeze' ORDER BY decision_id"""
ACTS = ("created", "revived", "split", "merged", "retired")
"""What can happen to a customer."""


@dataclass(frozen=True)
class _Mode:
    """How this run links: `reason` is empty for an incremental run; `cause` explains moves that no change explains."""

    reason: str
    cause: str
    model: StoredModel | None
    less_work: bool = False
    """Whether everything is linked only because that is less work: what changed is still all that is news."""

    @property
    def full(self) -> bool:
        return bool(self.reason)


def link_project(con: Connection, settings: LinkSettings, run: Run, scorer: Scorer | None = None) -> LinkOutcome:
    """Bring identity up to date with records and decisions, in the caller's transaction; a dry run only tells.

    Raises CemError for a stored model that does not fit its own file. Every living record has exactly one customer
    afterwards.
    """
    scorer = scorer or EngineScorer(settings.options)
    before = persist.read_state(con)
    given = linkable(con, settings)
    mode = _mode(con, settings, before, given, scorer)
    changed.find_changes(con, before.last_import, settings.joins, full=mode.full)
    count, touched, records = con.execute("""
        SELECT (SELECT count(DISTINCT record_id) FROM cause), (SELECT count(*) FROM changed),
               (SELECT count(*) FROM cem.record WHERE NOT coalesce(deleted, false))""").fetchall()[0]
    if not count and not mode.full:
        return _unchanged(con, settings, run, before)
    mode = _less_work(mode, touched, records)
    joins.start(con, settings.joins)
    scored = _score(con, given, mode, scorer)
    if scored.outgrown:
        reason = "a value is shared by far more records than the model knew (cem link --retrain learns it)"
        mode = replace(mode, reason=reason, less_work=False)
        changed.find_changes(con, before.last_import, settings.joins, full=True)
        scored = _score(con, given, mode, scorer)
    if not scored.near:
        read_members(con)
    learned_from = mode.full and not mode.less_work
    seen = drift.observe(con, scorer, scored.model, learned_from=learned_from)
    moved = () if learned_from else drift.warnings(con, seen)
    refused = _cluster(con, settings)
    plan_assignment(con, settings.key, before.sequence + 1)
    log.plan_log(con, mode.cause)
    counts = _counts(con)
    review.plan_queue(con, settings, refused)
    estimate.draw_sample(con, drawn=mode.full)
    if not settings.dry_run:
        persist.keep(con, settings, run, persist.Result(scored, mode.full), before)
        drift.keep(con, seen, full=learned_from)
    counts |= persist.totals(con, planned=settings.dry_run)
    return LinkOutcome(
        "full" if mode.full else "incremental", mode.reason, counts["records"], count, counts.pop("scope"), counts,
        (*scored.warnings, *moved, *joins.over_limit(con)), len(given.labels) if given.labels and mode.model is None else 0,
    )


def _unchanged(con: Connection, settings: LinkSettings, run: Run, before: persist.State) -> LinkOutcome:
    if not settings.dry_run:
        persist.keep_seen(con, run, before)
    counts = {**dict.fromkeys((*ACTS, "moved"), 0), **persist.totals(con, planned=False)}
    return LinkOutcome("incremental", "", counts["records"], 0, 0, counts)


def linkable(con: Connection, settings: LinkSettings) -> LinkInput:
    """Make the view of living records that linkage reads."""
    kinds = show_living(con, settings.kinds, "link_record")
    decided = con.execute(_DECIDED_SQL, {"guard": GUARD}).fetchall() if con.execute("SELECT 1 FROM cem.decision LIMIT 1").fetchall() else []
    judged = np.array([(a, b, same) for a, b, same, guard in decided if not guard], np.int64).reshape(-1, 3)
    return LinkInput(
        "link_record", kinds, tuple((a, b) for a, b, same, _ in decided if same),
        tuple((a, b) for a, b, same, _ in decided if not same), settings.clean_sources,
        labels=Labels(judged[:, 0], judged[:, 1], judged[:, 2].astype(bool)) if len(judged) else None,
    )


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


def _less_work(mode: _Mode, touched: int, records: int) -> _Mode:
    """Return a mode in which everything is linked where so much changed that looking for what hangs together with it costs more."""
    if mode.full or records < LARGE or touched < SHARE * records:
        return mode
    return replace(mode, reason=f"less work: {touched} of {records} records are new or changed", less_work=True)


def _score(con: Connection, given: LinkInput, mode: _Mode, scorer: Scorer) -> Scored:
    """Write `fresh_edge`, `scope`, `scope_edge` and `planned_connected`; return what was scored.

    An incremental run scores twice: the pairs of changed records, to find what they are connected with; then all pairs
    among these, because records that meet only now were never looked at side by side.
    """
    if mode.full or mode.model is None:
        scope.take_everything(con)
        joins.weigh_all(con)
        joins.pair_up(con)
        ties = _ties(con)
        scored = scorer.score(con, given, mode.model, ties)
        scope.take_edges(con, scored.edges)
        scope.find_connected(con, scored.edges, ties)
        return scored
    scope.find_reached(con)
    ids: IdArray = con.execute("SELECT record_id FROM changed WHERE alive ORDER BY record_id").fetchnumpy()["record_id"]
    touching = Scored(no_edges(), mode.model)
    if len(ids):
        touching = scorer.score_touching(con, given, mode.model, ids, partial(_read_before, con))
    scope.find_scope(con, touching.edges, near=touching.near)
    joins.pair_up(con)
    ties = _ties(con)
    con.execute(f"CREATE OR REPLACE TEMP VIEW scope_record AS SELECT * FROM {given.table} SEMI JOIN scope USING (record_id)").fetchall()
    within = no_edges()
    if con.execute("SELECT 1 FROM scope LIMIT 1").fetchall():
        within = scorer.score_within(con, replace(given, table="scope_record"), mode.model, ties)
    scope.put_edges(con, touching.edges, within)
    scope.find_connected(con, within, ties)
    return touching


def _read_before(con: Connection, records: str) -> None:
    """Read what the last link left of these records, those in scope among them."""
    read_members(con, records)
    persist.read_edges(con, records)


def _ties(con: Connection) -> Ties:
    """Return the joins by identifiers and decisions among the records in scope."""
    pair = con.execute("""
        WITH pair AS (SELECT record_id_l, record_id_r FROM join_pair UNION ALL
            SELECT record_id_l, record_id_r FROM cem.decision WHERE undone_at IS NULL AND kind != 'separate')
        SELECT record_id_l, record_id_r FROM pair WHERE record_id_l IN (SELECT record_id FROM scope)
            AND record_id_r IN (SELECT record_id FROM scope)""").fetchnumpy()
    return Ties(pair["record_id_l"], pair["record_id_r"])


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
    named = {act: int(acts.get(act, 0)) for act in ACTS}
    moved, in_scope = con.execute("""
        SELECT count(*) FILTER (old_id IS NOT NULL AND customer_id IS NOT NULL), (SELECT count(*) FROM scope) FROM moved""").fetchall()[0]
    return {**named, "moved": int(moved), "scope": int(in_scope)}
