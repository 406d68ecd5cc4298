"""Cohorts: do customers stay, and do they become more profitable the longer they do.

Definition: customers grouped by the period of their first purchase; for each group and each period since, how many bought,
and what came in.

Formula: period 0 is the first purchase's own; retention = customers who bought in the period / customers of the cohort;
revenue is net of refunds, counted in the period of the event (before the first purchase: in period 0); per_customer = revenue
so far / customers of the cohort. A period is `complete` once it has ended for the whole cohort. The cohort NULL holds money of
nobody known, or of customers without any purchase, so that revenue adds up to all revenue, to the cent.

Source: `base_purchase`. Margin is empty where the cost of any line of the cell is unknown.

Units: customers, money in the project's currency, shares 0 to 1, periods.

Refuses: no purchase by anybody known; several currencies without rates.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, at_least, count, instant_sql


class CohortsParameters(Parameters):
    """Settings of cohorts."""

    period: Literal["month", "quarter", "year"] = "month"


def gates(con: Connection, _params: CohortsParameters, _as_of: datetime) -> Refusal | None:
    """Refuse without a purchase by a known customer."""
    known = count(con, "SELECT count(*) FROM cem.base_purchase WHERE kind = 'purchase' AND customer_id IS NOT NULL")
    return at_least(known, 1, "purchases by known customers")


def select_sql(params: CohortsParameters, as_of: datetime) -> str:
    """Return one row per cohort and period since, periods without purchases included."""
    return f"""
        WITH born AS (
            SELECT customer_id, date_trunc('{params.period}', min("at")) AS cohort
            FROM cem.base_purchase WHERE kind = 'purchase' AND customer_id IS NOT NULL GROUP BY customer_id),
        size AS (SELECT cohort, count(*) AS customers FROM born GROUP BY cohort),
        earned AS (
            SELECT b.cohort, CASE WHEN b.cohort IS NOT NULL THEN greatest(date_diff('{params.period}', b.cohort, p."at"), 0) END AS period,
                   count(DISTINCT p.customer_id) FILTER (WHERE p.kind = 'purchase') AS active,
                   count(*) FILTER (WHERE p.kept) AS orders, sum(p.amount) AS revenue,
                   CASE WHEN count(*) = count(p.cost) THEN sum(p.margin) END AS margin
            FROM cem.base_purchase p LEFT JOIN born b USING (customer_id) WHERE p.kind <> 'cancelled' GROUP BY ALL),
        cell AS (
            SELECT cohort, customers, unnest(range(date_diff('{params.period}', cohort, {instant_sql(as_of)}) + 1)) AS period
            FROM size UNION ALL SELECT NULL, NULL, NULL WHERE EXISTS (SELECT 1 FROM earned WHERE cohort IS NULL)),
        filled AS (
            SELECT c.cohort, c.period, c.customers, coalesce(e.active, 0) AS active, coalesce(e.orders, 0) AS orders,
                   coalesce(e.revenue, 0) AS revenue, CASE WHEN e.revenue IS NULL THEN 0 ELSE e.margin END AS margin
            FROM cell c LEFT JOIN earned e ON e.cohort IS NOT DISTINCT FROM c.cohort AND e.period IS NOT DISTINCT FROM c.period)
        SELECT cohort::DATE AS cohort, period, customers, CASE WHEN cohort IS NOT NULL THEN active END AS active,
               round(active / customers, 6) AS retention, orders, revenue, margin,
               round(sum(revenue) OVER (PARTITION BY cohort ORDER BY period) / customers, 2) AS per_customer,
               cohort + (period + 1) * INTERVAL 1 {params.period} <= {instant_sql(as_of)} AS complete
        FROM filled"""


MEASURE = Measure(
    name="cohorts",
    title="Cohorts: retention and margin",
    doc=__doc__,
    parameters=CohortsParameters,
    key=("cohort", "period"),
    columns=(
        Column("cohort", "DATE", "first day of the period of the first purchase"),
        Column("period", "BIGINT", "periods since"),
        Column("customers", "BIGINT", "customers of the cohort"),
        Column("active", "BIGINT", "customers who bought in the period"),
        Column("retention", "DOUBLE", "their share"),
        Column("orders", "BIGINT", "kept purchases"),
        Column("revenue", "DECIMAL(18,2)", "money, net of refunds"),
        Column("margin", "DECIMAL(18,2)", "revenue less cost of goods"),
        Column("per_customer", "DECIMAL(18,2)", "revenue so far per customer of the cohort"),
        Column("complete", "BOOLEAN", "the period has ended"),
    ),
    select_sql=select_sql,
    gates=gates,
    money=True,
)
