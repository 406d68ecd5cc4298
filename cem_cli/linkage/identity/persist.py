"""What a link run leaves behind: state for the next one, model, edges, join keys, decisions applied, flags and counts.

Reads the temporary tables of the run; writes `meta` (keys `link_*`), `match_model`, `term_frequency`, `edge`, `join_key`,
`connected`, `linked_decision`, `run_customer`, the flags of `customer`, and (through `log`, `guards`, `review`) their tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from cem_cli.base.sql import Step, literal
from cem_cli.engines.arrow import fetch_columns
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.contract import IdArray
from cem_cli.linkage.identity import guards, log, review
from cem_cli.linkage.identity.scoring import Scored, StoredModel
from cem_cli.linkage.identity.settings import LinkSettings, Run
from cem_cli.store.meta import write_meta
from cem_cli.store.tables import BY_NAME, create_sql


@dataclass(frozen=True)
class State:
    """What the last link saw."""

    last_import: int
    """Newest import; -1 before the first link."""
    settings: str
    """Fingerprint of the settings."""
    sequence: int
    """Number of links that changed somebody's identity: part of every new customer id."""


def read_state(con: Connection) -> State:
    """Return what the last link left in `meta`."""
    meta = dict(con.execute("SELECT key, value FROM cem.meta WHERE key IN ('link_import', 'link_settings', 'link_sequence')").fetchall())
    return State(int(meta.get("link_import", -1)), meta.get("link_settings", ""), int(meta.get("link_sequence", 0)))


def read_model(con: Connection) -> StoredModel | None:
    """Return the model in force with its term frequencies, or None before the first training."""
    rows = con.execute("SELECT model_id, fingerprint, model FROM cem.match_model ORDER BY model_id DESC LIMIT 1").fetchall()
    if not rows:
        return None
    model_id, fingerprint, model = rows[0]
    return StoredModel(model, fingerprint, _read_terms(con, model_id))


def _read_terms(con: Connection, model_id: int) -> dict[str, tuple[IdArray, IdArray]]:
    """Return per field value hashes, ascending, and rows; they are stored field by field."""
    parts = con.execute("""
        SELECT field, count(*), min(rowid), max(rowid) FROM cem.term_frequency WHERE model_id = ? GROUP BY field ORDER BY min(rowid)""",
        [model_id]).fetchall()
    apart = all(last < first for (*_, last), (_, _, first, _) in pairwise(parts))
    order = "" if apart else f"ORDER BY list_position([{', '.join(literal(field) for field, *_ in parts)}], field)"
    found = fetch_columns(con, f'SELECT value_hash, "rows" AS held FROM cem.term_frequency WHERE model_id = {model_id:d} {order}')
    key, held = found["value_hash"].values, found["held"].values
    ends = np.cumsum([count for _, count, *_ in parts], dtype=np.int64).tolist()
    return {
        field: _ascending(key[end - count : end], held[end - count : end]) for (field, count, *_), end in zip(parts, ends, strict=True)
    }


def _ascending(key: IdArray, held: IdArray) -> tuple[IdArray, IdArray]:
    """Return both in the order of the keys, in which they should be stored."""
    if (key[1:] > key[:-1]).all():
        return key, held
    order = np.argsort(key, kind="stable")
    return key[order], held[order]


@dataclass(frozen=True)
class Result:
    """What a run scored."""

    scored: Scored
    full: bool
    """Whether all pairs were scored, or those of the records in scope."""


_LINKED_DECISIONS = (
    Step("forget decisions", "DELETE FROM cem.linked_decision"),
    Step("linked_decision", """
        INSERT INTO cem.linked_decision SELECT decision_id FROM cem.decision WHERE undone_at IS NULL ORDER BY 1"""),
)
_OLD_EDGE_SQL = """
    CREATE OR REPLACE TEMP TABLE old_edge AS
    WITH kept AS MATERIALIZED (SELECT record_id FROM {records} ANTI JOIN known USING (record_id))
    SELECT rowid AS place, record_id_l, record_id_r FROM cem.edge
    WHERE record_id_l IN (SELECT record_id FROM kept) AND record_id_r IN (SELECT record_id FROM kept)"""
_STALE_EDGE = Step("stale_edge", """
    CREATE OR REPLACE TEMP TABLE stale_edge AS SELECT place FROM old_edge ANTI JOIN fresh_edge USING (record_id_l, record_id_r)
    WHERE record_id_l IN (SELECT record_id FROM scope) AND record_id_r IN (SELECT record_id FROM scope)""")
_NEW_EDGES = Step("edge", """
    INSERT INTO cem.edge SELECT * FROM fresh_edge ANTI JOIN old_edge USING (record_id_l, record_id_r) ORDER BY record_id_l, record_id_r""")
_CONNECTED = Step("connected", "INSERT INTO cem.connected SELECT record_id, component FROM planned_connected ORDER BY record_id")
_KNOWN_EDGES_SQL = """
    DELETE FROM cem.edge WHERE record_id_l IN (SELECT record_id FROM known) OR record_id_r IN (SELECT record_id FROM known)"""
_OLD_CONNECTED_SQL = """
    DELETE FROM cem.connected WHERE record_id IN (SELECT record_id FROM scope UNION ALL SELECT record_id FROM gone)"""
_OLD_PLACES_SQL = """
    DELETE FROM cem.connected WHERE rowid IN (
        SELECT place FROM near_connected WHERE record_id IN (SELECT record_id FROM scope UNION ALL SELECT record_id FROM gone))"""


def keep(con: Connection, settings: LinkSettings, run: Run, result: Result, before: State) -> None:
    """Apply a planned run in the caller's transaction."""
    if result.full and result.scored.model is not None:
        _keep_model(con, run, result.scored.model)
    _keep_keys(con, result)
    if result.full:
        _keep_all_edges(con)
    else:
        _keep_new_edges(con, near=result.scored.near)
    run_steps(con, [
        Step("drop old join keys", "DELETE FROM cem.join_key WHERE record_id IN (SELECT record_id FROM changed)"),
        Step("join_key", "INSERT INTO cem.join_key SELECT kind, value_hash, record_id FROM fresh_key ORDER BY ALL"),
    ])
    if con.execute("SELECT EXISTS (FROM decided) OR EXISTS (FROM guard_decision)").fetchall()[0][0]:
        guards.keep_decisions(con, run)
        run_steps(con, _LINKED_DECISIONS)
    changed_identity = con.execute("SELECT count(*) FROM planned_log").fetchall()[0][0] > 0
    log.apply(con, run.run_id)
    review.keep_queue(con, run.run_id)
    if con.execute(_FLAGS_SQL).fetchall()[0][0]:
        run_steps(con, _FLAGGED)
    keep_seen(con, run, before, {
        "link_settings": settings.fingerprint(), "link_sequence": str(before.sequence + int(changed_identity)),
    })


def keep_seen(con: Connection, run: Run, before: State, state: Mapping[str, str] = MappingProxyType({})) -> None:
    """Note customers with new events as touched, the newest import as seen, `state`, and the run's numbers for `cem diff`."""
    con.execute(_TOUCH_BUYERS_SQL, {"since": before.last_import}).fetchall()
    newest = con.execute("""
        SELECT greatest(coalesce((SELECT max(import_id) FROM cem.record), -1), coalesce((SELECT max(import_id) FROM cem.event), -1))
        """).fetchall()[0][0]
    write_meta(con, {**state, "link_import": str(max(int(newest), before.last_import))})
    con.execute(_RUN_CUSTOMER_SQL, {"run_id": run.run_id}).fetchall()


def totals(con: Connection, *, planned: bool) -> dict[str, int]:
    """Return numbers of records, customers, open reviews and edges, as they are or (dry run) would be."""
    if planned:
        rows = con.execute("""
            WITH now AS (SELECT record_id, customer_id FROM cem.identity ANTI JOIN planned USING (record_id)
                         UNION ALL SELECT record_id, customer_id FROM planned WHERE customer_id IS NOT NULL)
            SELECT count(*), count(DISTINCT customer_id), (SELECT count(*) FROM planned_review), (SELECT count(*) FROM edge_now)
            FROM now""").fetchall()
    else:
        rows = con.execute("""
            SELECT (SELECT count(*) FROM cem.identity), (SELECT count(*) FROM cem.customer WHERE retired_run IS NULL),
                   (SELECT count(*) FROM cem.review WHERE state = 'open'), (SELECT count(*) FROM cem.edge)""").fetchall()
    return dict(zip(("records", "customers", "review", "edges"), map(int, rows[0]), strict=True))


_FLAGS_SQL = """
    SELECT EXISTS (FROM cem.review WHERE state = 'open' AND kind = 'cut')
        OR EXISTS (FROM cem.decision WHERE kind = 'freeze' AND undone_at IS NULL)
        OR EXISTS (FROM cem.customer WHERE retired_run IS NULL AND (review_reason IS NOT NULL OR frozen))"""
_FLAG = Step("flag", """
        CREATE OR REPLACE TEMP TABLE flag AS
        WITH due AS (
            SELECT customer_id, min(reason) AS reason, bool_or(frozen) AS frozen FROM (
                SELECT unnest([record_id_l, record_id_r]) AS record_id, reason, false AS frozen FROM cem.review
                WHERE state = 'open' AND kind = 'cut'
                UNION ALL SELECT record_id_l, NULL, true FROM cem.decision WHERE kind = 'freeze' AND undone_at IS NULL)
            JOIN cem.identity USING (record_id) GROUP BY customer_id
        ), set_now AS (
            SELECT customer_id, review_reason, frozen FROM cem.customer WHERE retired_run IS NULL AND (review_reason IS NOT NULL OR frozen))
        SELECT customer_id, d.reason, coalesce(d.frozen, false) AS frozen FROM due d FULL JOIN set_now s USING (customer_id)
        WHERE s.review_reason IS DISTINCT FROM d.reason OR coalesce(s.frozen, false) != coalesce(d.frozen, false)""")
_FLAGGED = (
    _FLAG,
    Step("flags of customers", """
        UPDATE cem.customer c SET under_review = f.reason IS NOT NULL, review_reason = f.reason, frozen = f.frozen
        FROM flag f WHERE f.customer_id = c.customer_id"""),
    Step("touch flagged customers", """
        INSERT INTO cem.touched_customer SELECT customer_id FROM flag
        WHERE customer_id NOT IN (SELECT customer_id FROM cem.touched_customer) ORDER BY customer_id"""),
)
_TOUCH_BUYERS_SQL = """
    INSERT INTO cem.touched_customer
    SELECT DISTINCT customer_id FROM cem.event e JOIN cem.identity USING (record_id) WHERE e.import_id > $since
    AND customer_id NOT IN (SELECT customer_id FROM cem.touched_customer) ORDER BY customer_id"""
_RUN_CUSTOMER_SQL = """
    INSERT INTO cem.run_customer
    SELECT $run_id, act, count(DISTINCT customer_id) FROM cem.identity_log
    WHERE run_id = $run_id AND act NOT IN ('joined', 'left') GROUP BY act
    UNION ALL SELECT $run_id, 'moved', count(*) FROM cem.identity_log
    WHERE run_id = $run_id AND act = 'joined' AND other_id IS NOT NULL
    UNION ALL SELECT $run_id, 'records', count(*) FROM cem.identity
    UNION ALL SELECT $run_id, 'customers', count(*) FROM cem.customer WHERE retired_run IS NULL
    UNION ALL SELECT $run_id, 'under_review', count(*) FROM cem.customer WHERE retired_run IS NULL AND under_review
    ORDER BY ALL"""


def _keep_model(con: Connection, run: Run, model: StoredModel) -> None:
    """Append the model where it is a new one; only the newest model's term frequencies are kept."""
    known = con.execute("SELECT model_id, model = ? FROM cem.match_model ORDER BY model_id DESC LIMIT 1", [model.model]).fetchall()
    if known and known[0][1]:
        return
    model_id = known[0][0] + 1 if known else 1
    con.execute("INSERT INTO cem.match_model VALUES (?, ?, ?, ?)", [model_id, run.run_id, model.fingerprint, model.model]).fetchall()
    con.execute("DELETE FROM cem.term_frequency").fetchall()
    for name, (value_hash, held) in sorted(model.terms.items()):
        con.register("term_arrays", {"value_hash": value_hash, "held": held})
        con.execute("INSERT INTO cem.term_frequency SELECT ?, ?, value_hash, held FROM term_arrays ORDER BY value_hash",
                    [model_id, name]).fetchall()
        con.unregister("term_arrays")


def _keep_all_edges(con: Connection) -> None:
    """Write `edge` and `connected` anew: rows that are only deleted would be read over by every later link."""
    for name in ("edge", "connected"):
        con.execute(create_sql(BY_NAME[name], anew=True)).fetchall()
    run_steps(con, [_CONNECTED, Step("edge", "INSERT INTO cem.edge SELECT * FROM fresh_edge ORDER BY record_id_l, record_id_r")])


def read_edges(con: Connection, records: str) -> None:
    """Write `old_edge`: the edges so far among `records` (a table: those in scope, more do no harm) that did not change."""
    run_steps(con, [Step("old_edge", _OLD_EDGE_SQL.format(records=records))])


def _keep_new_edges(con: Connection, *, near: bool) -> None:
    """Bring `edge` and `connected` up to date for the records in scope; `near`: `old_edge` and `near_connected` tell what they held.

    Edges of changed records go; of two others, nearly all stay in their place: under one model they weigh what they did.
    """
    if con.execute("SELECT 1 FROM known LIMIT 1").fetchall():
        con.execute(_KNOWN_EDGES_SQL).fetchall()
    if not near:
        read_edges(con, "scope")
    run_steps(con, [_STALE_EDGE])
    if con.execute("SELECT 1 FROM stale_edge LIMIT 1").fetchall():
        con.execute("DELETE FROM cem.edge WHERE rowid IN (SELECT place FROM stale_edge)").fetchall()
    run_steps(con, [_NEW_EDGES, Step("drop old connections", _OLD_PLACES_SQL if near else _OLD_CONNECTED_SQL), _CONNECTED])


def _keep_keys(con: Connection, result: Result) -> None:
    """Bring `block_key` up to date; it is empty while the workspace is small."""
    if result.full:
        con.execute(create_sql(BY_NAME["block_key"], anew=True)).fetchall()
    elif con.execute("SELECT 1 FROM known LIMIT 1").fetchall():
        con.execute("DELETE FROM cem.block_key WHERE record_id IN (SELECT record_id FROM known)").fetchall()
    keys = result.scored.keys
    if keys is not None:
        con.register("key_arrays", {"key_hash": keys.key_hash, "record_id": keys.record_id})
        con.execute("INSERT INTO cem.block_key SELECT key_hash, record_id FROM key_arrays").fetchall()
        con.unregister("key_arrays")
