"""The records whose cluster may differ from the last run: everything connected with what changed.

Reads the tables of `changed` and `joins`, `edge`, `identity`, `decision`, and the temporary table `fresh_edge` (edges that
touch changed records, as `edge`). Writes the temporary view `edge_now` (all edges in force) and the temporary tables
`scope` (record_id) and `scope_edge`.

Only edges that speak for a link (weight > 0) connect: clusters never reach further than these. Why this is enough: a
record whose component of edges, joins and decisions changed is connected, over connections that remain, with a changed
record, with an end of a connection that vanished, or with one that appeared.
"""

from __future__ import annotations

from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.contract import Edges
from cem_cli.linkage.identity import joins

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
_START = Step("frontier", """
    CREATE OR REPLACE TEMP TABLE frontier AS
    SELECT DISTINCT record_id FROM (
        SELECT record_id FROM changed WHERE alive
        UNION ALL SELECT record_id_r FROM cem.edge WHERE weight > 0 AND record_id_l IN (SELECT record_id FROM changed)
        UNION ALL SELECT record_id_l FROM cem.edge WHERE weight > 0 AND record_id_r IN (SELECT record_id FROM changed)
        UNION ALL SELECT unnest([record_id_l, record_id_r]) FROM fresh_edge WHERE weight > 0
        UNION ALL SELECT unnest([record_id_l, record_id_r]) FROM decided
        UNION ALL SELECT record_id FROM key_now JOIN touched_value v USING (kind, value_hash)
                  LEFT JOIN value_use u USING (kind, value_hash) JOIN join_rule j USING (kind)
                  WHERE coalesce(u.usable, true) OR v.held_before <= j.max_records)
    WHERE record_id NOT IN (SELECT record_id FROM changed WHERE NOT alive)""")
_NEXT = (
    Step("asked_value", """
        CREATE OR REPLACE TEMP TABLE asked_value AS
        SELECT DISTINCT kind, value_hash FROM key_now SEMI JOIN frontier USING (record_id)"""),
)
_SPREAD = (
    Step("reached", """
        CREATE OR REPLACE TEMP TABLE reached AS
        SELECT DISTINCT record_id FROM (
            SELECT record_id_r AS record_id FROM edge_now WHERE weight > 0 AND record_id_l IN (SELECT record_id FROM frontier)
            UNION ALL SELECT record_id_l FROM edge_now WHERE weight > 0 AND record_id_r IN (SELECT record_id FROM frontier)
            UNION ALL SELECT k.record_id FROM key_now k SEMI JOIN (
                SELECT a.* FROM asked_value a JOIN value_use u USING (kind, value_hash) WHERE u.usable) USING (kind, value_hash)
            UNION ALL SELECT unnest([record_id_l, record_id_r]) FROM cem.decision
                WHERE undone_at IS NULL AND kind != 'separate'
                AND (record_id_l IN (SELECT record_id FROM frontier) OR record_id_r IN (SELECT record_id FROM frontier))
            UNION ALL SELECT i.record_id FROM cem.identity i SEMI JOIN (
                SELECT DISTINCT customer_id FROM cem.identity SEMI JOIN frontier USING (record_id)) USING (customer_id))
        WHERE record_id NOT IN (SELECT record_id FROM scope) AND record_id NOT IN (SELECT record_id FROM changed WHERE NOT alive)"""),
    Step("frontier", "CREATE OR REPLACE TEMP TABLE frontier AS SELECT record_id FROM reached"),
)
_SCOPE_EDGE = Step("scope_edge", """
    CREATE OR REPLACE TEMP TABLE scope_edge AS
    SELECT e.* FROM edge_now e SEMI JOIN scope l ON l.record_id = e.record_id_l SEMI JOIN scope r ON r.record_id = e.record_id_r
    ORDER BY record_id_l, record_id_r""")


def find_scope(con: Connection) -> int:
    """Write `scope` and `scope_edge` for an incremental run and return the number of records in scope."""
    run_steps(con, [_EDGE_NOW, _TOUCHED_VALUE])
    joins.weigh(con, "touched_value")
    run_steps(con, [_START])
    con.execute("CREATE OR REPLACE TEMP TABLE scope (record_id BIGINT)").fetchall()
    while con.execute("INSERT INTO scope SELECT record_id FROM frontier").fetchall()[0][0]:
        run_steps(con, _NEXT)
        joins.weigh(con, "asked_value")
        run_steps(con, _SPREAD)
    run_steps(con, [_SCOPE_EDGE])
    return int(con.execute("SELECT count(*) FROM scope").fetchall()[0][0])


def put_edges(con: Connection, edges: Edges) -> None:
    """Write `fresh_edge` from arrays."""
    con.register("edge_arrays", {
        "record_id_l": edges.record_id_l, "record_id_r": edges.record_id_r, "pattern": edges.pattern, "weight": edges.weight,
        "probability": edges.probability,
    })
    con.execute("CREATE OR REPLACE TEMP TABLE fresh_edge AS SELECT *, 'model' AS origin FROM edge_arrays").fetchall()
    con.unregister("edge_arrays")


def replace_edges(con: Connection, within: Edges) -> None:
    """Take `within`, all edges among the records of `scope`, as `scope_edge`, and into `fresh_edge` for what it held there."""
    con.execute("CREATE OR REPLACE TEMP TABLE outside_edge AS SELECT * FROM fresh_edge "
                "WHERE record_id_l NOT IN (SELECT record_id FROM scope) OR record_id_r NOT IN (SELECT record_id FROM scope)").fetchall()
    put_edges(con, within)
    con.execute("CREATE OR REPLACE TEMP TABLE scope_edge AS SELECT * FROM fresh_edge").fetchall()
    con.execute("INSERT INTO fresh_edge SELECT * FROM outside_edge").fetchall()


def take_everything(con: Connection) -> int:
    """Write `scope` and `scope_edge` for a full run and return the number of records."""
    run_steps(con, [
        _EDGE_NOW,
        Step("scope", "CREATE OR REPLACE TEMP TABLE scope AS SELECT record_id FROM changed WHERE alive"),
        Step("scope_edge", "CREATE OR REPLACE TEMP TABLE scope_edge AS SELECT * FROM fresh_edge"),
    ])
    return int(con.execute("SELECT count(*) FROM scope").fetchall()[0][0])
