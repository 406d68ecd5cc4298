"""The identity log: what happened to customers and records, why, and the tables brought in line with it.

Reads `planned` and `customer_before` (see `assign`), `cause` (record_id, rank, cause, detail: why a record was looked at,
most telling cause = smallest rank), `scope_edge` (record_id_l, record_id_r, weight), `identity`. `plan_log` writes the
temporary table `planned_log`, a preview that a dry run can show; `apply` writes `identity`, `customer`, `last_member`,
`identity_log`, `touched_customer`.

`touched_customer` (customer_id) collects whose members or member records changed, until a consumer empties it.

Acts: `created`, `revived`, `retired` (no record left), `merged` (into other_id), `split` (off other_id) tell of
customers; `joined` (from other_id, if any) and `left` of records. The last `joined` or `left` of every record is the
identity: `REPLAY_SQL`.
"""

from __future__ import annotations

from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps

REPLAY_SQL = """
    SELECT record_id, last.customer_id FROM (
        SELECT record_id, arg_max({'act': act, 'customer_id': customer_id}, seq) AS last
        FROM cem.identity_log WHERE act IN ('joined', 'left') GROUP BY record_id)
    WHERE last.act = 'joined' ORDER BY record_id"""
"""The identity as the log alone tells it."""

_PLAN = (
    Step("moved", """
        CREATE OR REPLACE TEMP TABLE moved AS
        SELECT record_id, customer_id, old_id FROM planned WHERE customer_id IS DISTINCT FROM old_id"""),
    Step("customer_cause", """
        CREATE OR REPLACE TEMP TABLE customer_cause AS
        SELECT customer_id, arg_min({'cause': cause, 'detail': detail}, (rank, detail)) AS why FROM (
            SELECT p.customer_id, c.* FROM planned p JOIN cause c USING (record_id)
            UNION ALL SELECT m.old_id, c.* FROM moved m JOIN cause c USING (record_id))
        WHERE customer_id IS NOT NULL GROUP BY customer_id"""),
    Step("retiring", """
        CREATE OR REPLACE TEMP TABLE retiring AS
        WITH survivor AS (
            SELECT p.old_id AS customer_id, p.customer_id AS other_id, count(*) AS held
            FROM planned p JOIN (
                SELECT DISTINCT old_id FROM moved WHERE old_id IS NOT NULL
                EXCEPT SELECT customer_id FROM planned) r USING (old_id)
            GROUP BY ALL)
        SELECT customer_id, arg_min(other_id, (-held, created_run, other_id)) FILTER (other_id IS NOT NULL) AS redirect_to
        FROM survivor s LEFT JOIN (SELECT customer_id AS other_id, created_run FROM customer_before) c USING (other_id)
        GROUP BY customer_id"""),
    Step("starting", """
        CREATE OR REPLACE TEMP TABLE starting AS
        SELECT p.customer_id, min(p.cluster) AS founding_record_id, bool_or(c.customer_id IS NOT NULL) AS known
        FROM planned p LEFT JOIN customer_before c USING (customer_id)
        WHERE p.customer_id IS NOT NULL AND (c.customer_id IS NULL OR c.retired_run IS NOT NULL) GROUP BY p.customer_id"""),
    Step("joining_edge", """
        CREATE OR REPLACE TEMP TABLE joining_edge AS
        WITH merging AS (
            SELECT record_id, customer_id, old_id FROM planned
            WHERE customer_id IN (SELECT redirect_to FROM retiring) AND old_id IS NOT NULL)
        SELECT customer_id, arg_max({'l': l, 'r': r}, (weight, -l, -r)) AS edge FROM (
            SELECT unnest([a.old_id, b.old_id]) AS customer_id, e.record_id_l AS l, e.record_id_r AS r, e.weight
            FROM scope_edge e JOIN merging a ON a.record_id = e.record_id_l JOIN merging b ON b.record_id = e.record_id_r
            WHERE a.customer_id = b.customer_id AND a.old_id != b.old_id)
        GROUP BY customer_id"""),
)
_PLANNED_LOG_SQL = """
    CREATE OR REPLACE TEMP TABLE planned_log AS
    WITH happening AS (
        SELECT 1 AS step, CASE WHEN known THEN 'revived' ELSE 'created' END AS act, customer_id, NULL AS other_id,
               founding_record_id AS record_id, customer_id AS blamed FROM starting
        UNION ALL
        SELECT DISTINCT 2, 'split', m.customer_id, m.old_id, NULL, m.customer_id
        FROM moved m SEMI JOIN starting s USING (customer_id)
        ANTI JOIN retiring r ON r.customer_id = m.old_id WHERE m.old_id IS NOT NULL
        UNION ALL
        SELECT 3, CASE WHEN redirect_to IS NULL THEN 'retired' ELSE 'merged' END, customer_id, redirect_to, NULL, customer_id
        FROM retiring
        UNION ALL
        SELECT 4, CASE WHEN customer_id IS NULL THEN 'left' ELSE 'joined' END, coalesce(customer_id, old_id),
               CASE WHEN customer_id IS NOT NULL THEN old_id END, record_id, coalesce(customer_id, old_id) FROM moved)
    SELECT row_number() OVER (ORDER BY step, h.customer_id, other_id, record_id) AS number, act, h.customer_id, other_id,
           record_id, coalesce(why.cause, $otherwise) AS cause,
           CASE WHEN act = 'merged' AND edge IS NOT NULL AND why.cause IS DISTINCT FROM 'decision'
                THEN json_merge_patch(coalesce(why.detail, '{}'), json_object('edge', [edge.l, edge.r]))
                ELSE coalesce(why.detail, '{}') END AS detail
    FROM happening h LEFT JOIN customer_cause w ON w.customer_id = h.blamed
    LEFT JOIN joining_edge j ON j.customer_id = h.blamed"""


def plan_log(con: Connection, otherwise: str = "edge") -> None:
    """Write `planned_log`: what applying `planned` would do, one row per act, in the order of the log.

    `otherwise` is the cause of what no changed record and no decision explains: `edge`, `retrain` or `settings`.
    """
    run_steps(con, _PLAN)
    con.execute(_PLANNED_LOG_SQL, {"otherwise": otherwise}).fetchall()


_REVIVE = (
    Step("forget last members of the revived", """
        DELETE FROM cem.last_member WHERE customer_id IN (SELECT customer_id FROM starting WHERE known)"""),
    Step("revive", """
        UPDATE cem.customer SET retired_run = NULL, redirect_to = NULL
        WHERE customer_id IN (SELECT customer_id FROM starting WHERE known)"""),
)
_JOIN = (
    Step("leave", "DELETE FROM cem.identity WHERE record_id IN (SELECT record_id FROM moved WHERE old_id IS NOT NULL)"),
    Step("join", """
        INSERT INTO cem.identity
        SELECT record_id, customer_id FROM moved WHERE customer_id IS NOT NULL ORDER BY record_id"""),
)
_CREATE_SQL = """
    INSERT INTO cem.customer SELECT customer_id, founding_record_id, $run_id, NULL, NULL, false, NULL, false
    FROM starting WHERE NOT known ORDER BY customer_id"""
_LOG_SQL = """
    INSERT INTO cem.identity_log
    SELECT number + (SELECT coalesce(max(seq), 0) FROM cem.identity_log), $run_id, act, customer_id, other_id, record_id, cause, detail
    FROM planned_log ORDER BY number"""
_TOUCH = (
    Step("touched_customer", """
        INSERT INTO cem.touched_customer
        SELECT DISTINCT customer_id FROM (
            SELECT unnest([customer_id, old_id]) AS customer_id FROM moved
            UNION ALL SELECT customer_id FROM customer_cause)
        WHERE customer_id IS NOT NULL AND customer_id NOT IN (SELECT customer_id FROM cem.touched_customer)
        ORDER BY customer_id"""),
)


def apply(con: Connection, run_id: int) -> None:
    """Bring the identity tables in line with `planned` and append `planned_log` to the log, in the caller's transaction."""
    run: dict[str, object] = {"run_id": run_id}
    retiring, reviving = con.execute("SELECT EXISTS (FROM retiring), EXISTS (FROM starting WHERE known)").fetchall()[0]
    run_steps(con, [
        *(_REVIVE if reviving else ()), *_JOIN, Step("create", _CREATE_SQL, run), *(_retire(run) if retiring else ()),
        Step("log", _LOG_SQL, run), *_TOUCH,
    ])


def _retire(run: dict[str, object]) -> tuple[Step, ...]:
    return (
        Step("keep last members", """
            INSERT INTO cem.last_member
            SELECT p.old_id, p.record_id FROM planned p SEMI JOIN retiring r ON r.customer_id = p.old_id ORDER BY ALL"""),
        Step("retire", """
            UPDATE cem.customer c SET retired_run = $run_id, redirect_to = r.redirect_to FROM retiring r
            WHERE r.customer_id = c.customer_id""", run),
    )
