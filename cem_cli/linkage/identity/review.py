"""The review queue: pairs the model is least sure of and merges that were cut, ordered by what an answer changes.

Reads `scope_edge`, `part`, `guard_decision`, `event`, `decision`; writes `review` (states: open, yes, no, skip).
Answering is in `answers`; a stratified sample of pairs for the estimate is in `estimate`.
"""

from __future__ import annotations

from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.identity.partition import Refused
from cem_cli.linkage.identity.settings import LinkSettings

MOST_NEAR = 2000
"""Near pairs queued by one run: more than anybody answers, few enough to weigh by people and money."""

_CANDIDATE_SQL = """
    CREATE OR REPLACE TEMP TABLE candidate AS
    WITH scored AS (
        SELECT e.record_id_l, e.record_id_r, e.weight, e.probability, l.cluster AS cluster_l, r.cluster AS cluster_r
        FROM scope_edge e JOIN part l ON l.record_id = e.record_id_l JOIN part r ON r.record_id = e.record_id_r
        WHERE e.probability >= $from AND (e.probability <= 1 - $from OR l.cluster != r.cluster)
    ), near AS (
        SELECT 'pair' AS kind, record_id_l, record_id_r, weight, probability, cluster_l, cluster_r,
               CASE WHEN cluster_l = cluster_r THEN 'joined on thin evidence'
                    WHEN weight > 0 THEN 'kept apart by other pairs' ELSE 'nearly linked' END AS reason,
               4 * probability * (1 - probability) AS uncertainty
        FROM scored
        QUALIFY row_number() OVER (PARTITION BY least(cluster_l, cluster_r), greatest(cluster_l, cluster_r)
                                   ORDER BY abs(probability - 0.5), record_id_l, record_id_r) = 1
    ), cut AS (
        SELECT 'cut' AS kind, min(record_id_l) AS record_id_l, arg_min(record_id_r, (record_id_l, record_id_r)) AS record_id_r,
               NULL::DOUBLE AS weight, NULL::DOUBLE AS probability, cluster_l, cluster_r, min(reason) AS reason, 1.0 AS uncertainty
        FROM (SELECT c.*, l.cluster AS cluster_l, r.cluster AS cluster_r FROM cut_pair c
              JOIN part l ON l.record_id = c.record_id_l JOIN part r ON r.record_id = c.record_id_r)
        WHERE cluster_l != cluster_r GROUP BY cluster_l, cluster_r
    )
    SELECT * FROM cut UNION ALL SELECT * FROM (SELECT * FROM near ORDER BY uncertainty DESC, record_id_l, record_id_r LIMIT $most)"""
_PLAN = (
    Step("affected", """
        CREATE OR REPLACE TEMP TABLE affected AS
        WITH member AS (SELECT cluster, record_id FROM part SEMI JOIN (
            SELECT cluster_l AS cluster FROM candidate UNION SELECT cluster_r FROM candidate) USING (cluster))
        SELECT m.cluster, count(DISTINCT m.record_id) AS records, coalesce(sum(e.amount), 0) AS money
        FROM member m LEFT JOIN (SELECT record_id, sum(amount) AS amount FROM cem.event
            WHERE revenue AND coalesce(active, true) AND record_id IN (SELECT record_id FROM member) GROUP BY record_id) e
        USING (record_id) GROUP BY m.cluster"""),
    Step("planned_review", """
        CREATE OR REPLACE TEMP TABLE planned_review AS
        SELECT c.kind, least(c.record_id_l, c.record_id_r) AS record_id_l, greatest(c.record_id_l, c.record_id_r) AS record_id_r,
               c.weight, c.probability, c.reason,
               c.uncertainty * (1 + log2(a.records + CASE WHEN c.cluster_l = c.cluster_r THEN 0 ELSE b.records END)
                                + log10(1 + greatest(0, a.money + CASE WHEN c.cluster_l = c.cluster_r THEN 0 ELSE b.money END))) AS priority
        FROM candidate c JOIN affected a ON a.cluster = c.cluster_l JOIN affected b ON b.cluster = c.cluster_r
        ANTI JOIN (SELECT record_id_l, record_id_r FROM cem.decision WHERE undone_at IS NULL AND who != 'cem') d
            ON d.record_id_l = least(c.record_id_l, c.record_id_r) AND d.record_id_r = greatest(c.record_id_l, c.record_id_r)"""),
)


def plan_queue(con: Connection, settings: LinkSettings, refused: list[Refused]) -> None:
    """Write `planned_review`: what this run would queue for the records in scope.

    Priority = uncertainty (4 p (1 - p); 1 for a cut) x (1 + log2 records + log10 (1 + money)) of the customers concerned.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE cut_pair (record_id_l BIGINT, record_id_r BIGINT, reason VARCHAR)").fetchall()
    if refused:
        con.executemany("INSERT INTO cut_pair VALUES (?, ?, ?)", [[r.record_id_l, r.record_id_r, r.reason] for r in refused])
    con.execute("""
        INSERT INTO cut_pair SELECT record_id_l, record_id_r, why FROM (
            SELECT record_id_l, record_id_r, why FROM guard_decision UNION ALL
            SELECT record_id_l, record_id_r, why FROM cem.decision WHERE undone_at IS NULL AND who = 'cem')""").fetchall()
    con.execute(_CANDIDATE_SQL, {"from": settings.review_from, "most": MOST_NEAR}).fetchall()
    run_steps(con, _PLAN)


def keep_queue(con: Connection, run_id: int) -> None:
    """Replace the open items that concern records in scope; pairs that somebody answered do not come back.

    Pairs of `planned_sample` are marked as such: the estimate must know which answers were drawn at random.
    """
    con.execute("""
        DELETE FROM cem.review WHERE state = 'open' AND (record_id_l IN (SELECT record_id FROM scope) OR
            record_id_r IN (SELECT record_id FROM scope) OR record_id_l IN (SELECT record_id FROM changed)
            OR record_id_r IN (SELECT record_id FROM changed))""").fetchall()
    con.execute("""
        INSERT INTO cem.review
        WITH item AS (
            SELECT * FROM planned_review
            UNION ALL SELECT 'sample', record_id_l, record_id_r, weight, probability, 'drawn to estimate quality', 0 FROM planned_sample
        ), one AS (
            SELECT CASE WHEN bool_or(kind = 'cut') THEN 'cut' ELSE max(kind) END AS kind, record_id_l, record_id_r,
                   max(weight) AS weight, max(probability) AS probability, arg_min(reason, kind) AS reason, max(priority) AS priority
            FROM item ANTI JOIN cem.review USING (record_id_l, record_id_r) GROUP BY ALL
        )
        SELECT row_number() OVER (ORDER BY priority DESC, record_id_l, record_id_r) + (SELECT coalesce(max(review_id), 0) FROM cem.review),
               $run_id, kind, record_id_l, record_id_r, weight, probability, reason, priority, 'open' FROM one ORDER BY ALL""",
        {"run_id": run_id}).fetchall()
