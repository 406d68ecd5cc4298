"""Lifecycle stage: where in the relation a customer stands now.

Definition: one stage per profile: anonymous (a device), prospect (known, never bought), first_time, repeat, loyal, at_risk,
lapsed, ended. How people got there is the measure `stage_history`.

Formula: by days since the last kept purchase, ended above `ended_days`, else lapsed above `lapsed_days`, else at_risk above
`at_risk_days`; else by the number of kept purchases, loyal from `loyal_orders`, repeat from 2, first_time with 1. `since` is
the day the stage began: the purchase that reached it, or the day the limit was passed.

Source: `profile`, `base_purchase`. A newsletter opt-out is not an end: it is a wish about one channel.

Units: days, purchases, UTC instants.

Refuses: nothing; a profile without acts has a stage without `since`.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql


class LifecycleParameters(Parameters):
    """Settings of the lifecycle."""

    loyal_orders: int = Field(4, ge=3)
    """Kept purchases from which a customer is loyal."""
    at_risk_days: int = Field(180, ge=1)
    lapsed_days: int = Field(365, ge=1)
    ended_days: int = Field(730, ge=1)


def select_sql(params: LifecycleParameters, as_of: datetime) -> str:
    """Return one row per profile."""
    return f"""
        WITH bought AS (
            SELECT customer_id, count(*) AS orders, max("at") AS last_at, list("at" ORDER BY "at", event_id) AS moments
            FROM cem.base_purchase WHERE kept AND customer_id IS NOT NULL GROUP BY customer_id),
        known AS (
            SELECT p.customer_id, p.kind, p.first_seen_at, coalesce(b.orders, 0) AS orders, b.last_at, b.moments,
                   date_diff('day', b.last_at, {instant_sql(as_of)}) AS days
            FROM cem.profile p LEFT JOIN bought b USING (customer_id)),
        staged AS (
            SELECT *, CASE WHEN orders = 0 AND kind = 'anonymous' THEN 'anonymous' WHEN orders = 0 THEN 'prospect'
                           WHEN days > {params.ended_days} THEN 'ended' WHEN days > {params.lapsed_days} THEN 'lapsed'
                           WHEN days > {params.at_risk_days} THEN 'at_risk' WHEN orders >= {params.loyal_orders} THEN 'loyal'
                           WHEN orders >= 2 THEN 'repeat' ELSE 'first_time' END AS stage
            FROM known)
        SELECT customer_id, stage, orders, last_at, days AS days_since_purchase,
               CASE stage WHEN 'ended' THEN last_at + INTERVAL {params.ended_days} DAY
                          WHEN 'lapsed' THEN last_at + INTERVAL {params.lapsed_days} DAY
                          WHEN 'at_risk' THEN last_at + INTERVAL {params.at_risk_days} DAY
                          WHEN 'loyal' THEN moments[{params.loyal_orders}] WHEN 'repeat' THEN moments[2]
                          WHEN 'first_time' THEN moments[1] ELSE first_seen_at END AS since
        FROM staged"""


MEASURE = Measure(
    name="lifecycle",
    title="Lifecycle stage now",
    doc=__doc__,
    parameters=LifecycleParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("stage", "VARCHAR", "anonymous, prospect, first_time, repeat, loyal, at_risk, lapsed or ended"),
        Column("since", "TIMESTAMP", "when this stage began (UTC)"),
        Column("orders", "BIGINT", "kept purchases"),
        Column("last_at", "TIMESTAMP", "last kept purchase (UTC)"),
        Column("days_since_purchase", "BIGINT", "days since the last kept purchase"),
    ),
    select_sql=select_sql,
    local=True,
)
