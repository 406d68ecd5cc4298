"""The records whose cluster may differ from the last run: everything connected with what changed.

Reads the tables of `changed` and `joins`, `connected`, `decision`, or (`engine_scoring` wrote them) `near_living` and
`near_connected`. Writes the temporary tables `reached` (record_id), `scope` (record_id, source, kind, tax_code: living records),
`fresh_edge` (edges that touch changed records, and those of `scope`, as `edge`), `scope_edge` (the latter), `planned_connected`
(the components of `scope`, as `connected`) and the temporary view `edge_now` (all edges in force).

Two records are connected by an edge that speaks for a link (weight > 0), by an identifier that joins, by a decision to
link: clusters never reach further. `connected` keeps the components, so that a run finds its scope by two look-ups. Why
this is enough: a record whose component changed was connected with a changed record before, or is now, or with an end of
a decision that came or went, or with a holder of an identifier whose use changed.
"""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.cluster.agglomerate import components
from cem_cli.linkage.contract import Edges, IdArray
from cem_cli.linkage.identity import joins
from cem_cli.linkage.identity.scoring import Ties
from cem_cli.linkage.sorting import contains, distinct

_EDGE_NOW = Step("edge_now", """
        CREATE OR REPLACE TEMP VIEW edge_now AS
        SELECT * FROM cem.edge WHERE record_id_l NOT IN (SELECT record_id FROM changed)
            AND record_id_r NOT IN (SELECT record_id FROM changed)
        UNION ALL SELECT * FROM fresh_edge""")
_TOUCHED_VALUE = Step("touched_value", """
        CREATE OR REPLACE TEMP TABLE touched_value AS
        SELECT kind, value_hash, max(before.held) AS held_before FROM (
            SELECT kind, value_hash FROM fresh_key
            UNION SELECT kind, value_hash FROM cem.join_key SEMI JOIN changed USING (record_id))
        LEFT JOIN (SELECT kind, value_hash, count(*) AS held FROM cem.join_key GROUP BY ALL) before USING (kind, value_hash)
        GROUP BY ALL""")
_REACHED = Step("reached", """
    CREATE OR REPLACE TEMP TABLE reached AS
    SELECT DISTINCT record_id FROM (
        SELECT record_id FROM changed
        UNION ALL SELECT unnest([record_id_l, record_id_r]) FROM decided
        UNION ALL SELECT unnest([record_id_l, record_id_r]) FROM cem.decision WHERE undone_at IS NULL AND kind != 'separate'
                  AND (record_id_l IN (SELECT record_id FROM changed) OR record_id_r IN (SELECT record_id FROM changed))
        UNION ALL SELECT record_id FROM key_now JOIN touched_value v USING (kind, value_hash)
                  LEFT JOIN value_use u USING (kind, value_hash) JOIN join_rule j USING (kind)
                  WHERE coalesce(u.usable, true) OR v.held_before <= j.max_records)""")
_LIVING_SQL = "SELECT record_id, source, kind, tax_code FROM cem.record WHERE NOT coalesce(deleted, false)"
_SCOPE_SQL = """
    CREATE OR REPLACE TEMP TABLE scope AS
    WITH frontier AS MATERIALIZED (
        SELECT record_id FROM reached UNION SELECT record_id FROM met)
    FROM ({living}) WHERE record_id IN (
        SELECT record_id FROM frontier
        UNION ALL SELECT record_id FROM {connected} SEMI JOIN (
            SELECT component FROM {connected} SEMI JOIN frontier USING (record_id)) USING (component))"""
_ASKED_VALUE = Step("asked_value", """
    CREATE OR REPLACE TEMP TABLE asked_value AS
    SELECT DISTINCT kind, value_hash FROM key_now SEMI JOIN scope USING (record_id)""")


def find_reached(con: Connection) -> None:
    """Write `reached`: who changed, and whom decisions and identifiers connect with them."""
    run_steps(con, [_TOUCHED_VALUE])
    joins.weigh(con, "touched_value")
    run_steps(con, [_REACHED])


def find_scope(con: Connection, touching: Edges, *, near: bool) -> None:
    """Write `scope` for an incremental run out of the edges of changed records; `near`: by `near_living` and `near_connected`."""
    living, connected = ("FROM near_living", "near_connected") if near else (_LIVING_SQL, "cem.connected")
    con.register("met", {"record_id": np.concatenate(_linked(touching))})
    run_steps(con, [Step("scope", _SCOPE_SQL.format(living=living, connected=connected)), _ASKED_VALUE])
    con.unregister("met")
    joins.weigh(con, "asked_value")


def _linked(edges: Edges) -> tuple[IdArray, IdArray]:
    """Return the two sides of the edges that speak for a link."""
    speaking = edges.weight > 0
    return edges.record_id_l[speaking], edges.record_id_r[speaking]


def find_connected(con: Connection, within: Edges, ties: Ties) -> None:
    """Write `planned_connected` from the edges and the ties among the records in scope."""
    left, right = (np.append(side, tied) for side, tied in zip(_linked(within), (ties.record_id_l, ties.record_id_r), strict=True))
    ids = distinct(np.append(left, right))
    first = components(len(ids), np.searchsorted(ids, left), np.searchsorted(ids, right))
    con.register("connected_arrays", {"record_id": ids, "component": ids[first]})
    con.execute("CREATE OR REPLACE TEMP TABLE planned_connected AS SELECT record_id, component FROM connected_arrays").fetchall()
    con.unregister("connected_arrays")


def _write_edges(con: Connection, edges: Edges, table: str) -> None:
    """Write a table like `edge` from arrays."""
    con.register("edge_arrays", {
        "record_id_l": edges.record_id_l, "record_id_r": edges.record_id_r, "pattern": edges.pattern, "weight": edges.weight,
        "probability": edges.probability,
    })
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT *, 'model' AS origin FROM edge_arrays").fetchall()
    con.unregister("edge_arrays")


def put_edges(con: Connection, touching: Edges, within: Edges) -> None:
    """Write `scope_edge` (`within`: all edges among the records of `scope`), `fresh_edge` (and what else is `touching`), `edge_now`."""
    inside = np.sort(con.execute("SELECT record_id FROM scope").fetchnumpy()["record_id"])
    beyond = ~(contains(inside, touching.record_id_l) & contains(inside, touching.record_id_r))
    fresh = Edges(*(np.append(getattr(touching, f.name)[beyond], getattr(within, f.name)) for f in fields(Edges)))
    _write_edges(con, within, "scope_edge")
    _write_edges(con, fresh, "fresh_edge")
    run_steps(con, [_EDGE_NOW])


def take_everything(con: Connection) -> None:
    """Write `scope` for a full run."""
    run_steps(con, [Step("scope", f"CREATE OR REPLACE TEMP TABLE scope AS {_LIVING_SQL}")])


def take_edges(con: Connection, edges: Edges) -> None:
    """Write `fresh_edge`, `scope_edge` and `edge_now` for a full run."""
    _write_edges(con, edges, "fresh_edge")
    run_steps(con, [
        Step("edge_now", "CREATE OR REPLACE TEMP VIEW edge_now AS SELECT * FROM fresh_edge"),
        Step("scope_edge", "CREATE OR REPLACE TEMP TABLE scope_edge AS SELECT * FROM fresh_edge"),
    ])
