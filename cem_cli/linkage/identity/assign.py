"""Customer ids for clusters: a cluster takes the id whose last members it holds most of.

Reads the temporary tables `part` (record_id, cluster: the new partition of the records in scope, a cluster named by its
smallest record), `gone` (record_id: records that were customers and no longer exist) and those that `read_members` writes out
of `identity`, `last_member` and `customer`. Writes the temporary table `planned` (record_id, cluster, customer_id, old_id).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cem_cli.base.ids import customer_id_sql, keyed_hash_sql
from cem_cli.base.sql import Step, literal
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.sorting import among

IntArray = npt.NDArray[np.int64]

_BEFORE = (
    Step("member_before", """
        CREATE OR REPLACE TEMP TABLE member_before AS
        SELECT record_id, customer_id FROM cem.identity SEMI JOIN (
            SELECT record_id FROM {records} UNION ALL SELECT record_id FROM gone) USING (record_id)"""),
    Step("held_before", """
        CREATE OR REPLACE TEMP TABLE held_before AS
        SELECT record_id, customer_id FROM member_before
        UNION ALL SELECT record_id, customer_id FROM cem.last_member WHERE record_id IN (SELECT record_id FROM {records})"""),
    Step("customer_before", """
        CREATE OR REPLACE TEMP TABLE customer_before AS
        SELECT customer_id, founding_record_id, created_run, retired_run FROM cem.customer
        SEMI JOIN held_before USING (customer_id)"""),
)
_OVERLAP_SQL = """
    WITH overlap AS (
        SELECT p.cluster, m.customer_id, count(*) AS held, list(p.record_id) AS records
        FROM part p JOIN held_before m USING (record_id) GROUP BY ALL
    )
    SELECT o.cluster, ('0x' || substr(o.customer_id, 2))::UBIGINT::BIGINT AS customer
    FROM overlap o JOIN customer_before c USING (customer_id)
    ORDER BY o.held DESC, c.created_run, o.customer_id, list_contains(o.records, c.founding_record_id) DESC, o.cluster"""


def pair_off(cluster: IntArray, customer: IntArray) -> IntArray:
    """Return the rows that a greedy reader would take: best row first, each cluster and each customer once.

    `cluster` and `customer` are candidate pairs, best first. Every round takes all rows that are the best both of their
    cluster and of their customer, which is what one-by-one greed takes too: the order is the same for both sides.
    """
    left = np.arange(len(cluster))
    taken = [left[:0]]
    while len(left):
        best_of_cluster = np.unique(cluster[left], return_index=True)[1]
        best_of_customer = np.unique(customer[left], return_index=True)[1]
        mutual = left[np.intersect1d(best_of_cluster, best_of_customer, assume_unique=True)]
        taken.append(mutual)
        settled = among(cluster[left], cluster[mutual]) | among(customer[left], customer[mutual])
        left = left[~settled]
    return np.sort(np.concatenate(taken))


def read_members(con: Connection, records: str = "scope") -> None:
    """Write what is known of `records` (a table: those in scope, more do no harm) and of those `gone`.

    `member_before` (record_id, customer_id): their identity so far; `held_before`: that, and whose last members they were;
    `customer_before`: the rows of `customer` of both.
    """
    run_steps(con, [Step(step.name, step.sql.format(records=records)) for step in _BEFORE])


def plan_assignment(con: Connection, key: str, sequence: int) -> None:
    """Give every cluster of `part` its customer id and write `planned`, gone records with a null id included.

    The rule: most last members, retired ids included; ties go to the oldest id (created_run, then id), and of two parts
    holding equally much of one id to the part with its founding record. A new id is the keyed hash of the cluster's
    smallest record and the link `sequence` number, so the same history gives the same ids.
    """
    candidate = con.execute(_OVERLAP_SQL).fetchnumpy()
    rows = pair_off(candidate["cluster"], candidate["customer"])
    con.register("assigned", {"cluster": candidate["cluster"][rows], "customer": candidate["customer"][rows]})
    new_id = customer_id_sql(keyed_hash_sql(key, "p.cluster::VARCHAR", literal(str(sequence))))
    run_steps(con, [
        Step("planned_cluster", f"""
            CREATE OR REPLACE TEMP TABLE planned_cluster AS
            SELECT p.cluster, CASE WHEN a.customer IS NULL THEN {new_id} ELSE {customer_id_sql("a.customer")} END AS customer_id
            FROM (SELECT DISTINCT cluster FROM part) p LEFT JOIN assigned a USING (cluster)"""),
        Step("planned", """
            CREATE OR REPLACE TEMP TABLE planned AS
            SELECT p.record_id, p.cluster, c.customer_id, i.customer_id AS old_id
            FROM part p JOIN planned_cluster c USING (cluster) LEFT JOIN member_before i USING (record_id)
            UNION ALL
            SELECT g.record_id, NULL, NULL, i.customer_id FROM gone g JOIN member_before i USING (record_id)"""),
    ])
    con.unregister("assigned")
