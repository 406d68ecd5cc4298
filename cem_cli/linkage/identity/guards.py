"""Guards on merges: two customers who both bought and whose evidence contradicts are not united without a person's word.

The guard decides like a person would, by a separation with its reason (`who` is `cem`), so that the partition stays a
function of records, model and decisions; a person's link overrules it. Other guards are limits of clusters themselves:
two tax codes and too many records (`constrained`), values shared by too many (`joins`).

Reads `part`, `member_before`, `record`, `event`, `decision`; writes the temporary table `guard_decision` (decision_id,
record_id_l, record_id_r, why).
"""

from __future__ import annotations

from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.identity.settings import GUARD, Run

_UNITING = Step("uniting", """
    CREATE OR REPLACE TEMP TABLE uniting AS
    SELECT cluster FROM part JOIN member_before USING (record_id) GROUP BY cluster HAVING min(customer_id) != max(customer_id)""")
_BOUGHT = Step("bought", """
    CREATE OR REPLACE TEMP TABLE bought AS
    WITH member AS (
        SELECT record_id, cluster, customer_id FROM part SEMI JOIN uniting USING (cluster) JOIN member_before USING (record_id))
    SELECT cluster, unnest(list(DISTINCT customer_id)) AS customer_id FROM member SEMI JOIN (
        SELECT record_id FROM cem.event SEMI JOIN member USING (record_id) WHERE revenue AND coalesce(active, true)) USING (record_id)
    GROUP BY cluster HAVING min(customer_id) != max(customer_id)""")
_SIDE = Step("side", """
    CREATE OR REPLACE TEMP TABLE side AS
    SELECT p.cluster, i.customer_id, list(record_id ORDER BY record_id) AS records,
           list(DISTINCT r.birth_date) FILTER (r.birth_date IS NOT NULL) AS births, list(DISTINCT r.sex) FILTER (r.sex IS NOT NULL) AS sexes
    FROM part p JOIN member_before i USING (record_id) SEMI JOIN bought b ON b.cluster = p.cluster AND b.customer_id = i.customer_id
    JOIN cem.record r USING (record_id) GROUP BY ALL""")
_CONTRADICTIONS_SQL = """
    SELECT a.records, b.records, CASE WHEN births THEN 'both bought, and their birth dates differ'
                                      ELSE 'both bought, and one is a man, the other a woman' END
    FROM (SELECT a, b, len(a.births) > 0 AND len(b.births) > 0 AND NOT list_has_any(a.births, b.births) AS births,
                 len(a.sexes) = 1 AND len(b.sexes) = 1 AND a.sexes[1] != b.sexes[1] AS sexes
          FROM side a JOIN side b ON a.cluster = b.cluster AND a.customer_id < b.customer_id)
    WHERE births OR sexes ORDER BY a.records[1], b.records[1]"""


def start(con: Connection) -> None:
    """Write an empty `guard_decision`."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE guard_decision
        (decision_id BIGINT, record_id_l BIGINT, record_id_r BIGINT, why VARCHAR)""").fetchall()


def cut_contradictory_merges(con: Connection) -> int:
    """Add separations for the merges in `part` that need a person's word; return how many there are.

    What people linked stays linked: a separation that contradicts their decisions is not made.
    """
    for step in (_UNITING, _BOUGHT):
        run_steps(con, [step])
        if not con.execute(f"SELECT 1 FROM {step.name} LIMIT 1").fetchall():
            return 0
    run_steps(con, [_SIDE])
    found = con.execute(_CONTRADICTIONS_SQL).fetchall()
    if not found:
        return 0
    from cem_cli.linkage.identity.decisions import active  # most links never get here, and start without
    from cem_cli.linkage.identity.judgements import Judgement

    judgements = active(con)
    held = {(row[0], row[1]) for row in con.execute("SELECT record_id_l, record_id_r FROM guard_decision").fetchall()}
    next_id = int(con.execute("""
        SELECT coalesce(max(decision_id), 0) + 1 FROM (
            SELECT decision_id FROM cem.decision UNION ALL SELECT decision_id FROM guard_decision)""").fetchall()[0][0])
    rows = []
    for left, right, why in found:
        if any(judgements.conflict("separate", a, b) for a in left for b in right):
            continue
        for pair in sorted({(min(a, b), max(a, b)) for a in left for b in right} - held):
            judgements.add(Judgement(next_id, "separate", *pair))
            rows.append([next_id, *pair, why])
            next_id += 1
    if rows:
        con.executemany("INSERT INTO guard_decision VALUES (?, ?, ?, ?)", rows)
    return len(rows)


def keep_decisions(con: Connection, run: Run) -> None:
    """Append the guard's separations to `decision`, under its own name."""
    con.execute(
        """INSERT INTO cem.decision SELECT decision_id, 'separate', record_id_l, record_id_r, $who, $at, why, NULL, NULL
           FROM guard_decision ORDER BY decision_id""", {"who": GUARD, "at": run.as_of.replace(tzinfo=None)}).fetchall()
