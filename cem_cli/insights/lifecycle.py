"""Lifecycle stage: where in the relation a customer stands now.

Definition: one stage per profile: anonymous (a device), prospect (known, never bought), first_time, repeat, loyal, at_risk,
lapsed, ended. It is the stage in which `stage_history`, which holds the rules and their limits, ends.

Formula: the last interval of the stage history; `since` is when it began. A profile without any date is a prospect, or
anonymous. orders, last_at and days_since_purchase count kept purchases.

Source: `profile`, `stage_history`, `base_purchase`. A newsletter opt-out is not an end: it is a wish about one channel.

Units: days, purchases, UTC instants.

Refuses: nothing; a profile without acts has a stage without `since`.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql


class LifecycleParameters(Parameters):
    """Settings of the lifecycle: none of its own, the limits are those of `stage_history`."""


def select_sql(_params: LifecycleParameters, as_of: datetime) -> str:
    """Return one row per profile."""
    return f"""
        SELECT p.customer_id, coalesce(h.stage, CASE p.kind WHEN 'anonymous' THEN 'anonymous' ELSE 'prospect' END) AS stage,
               h.began_at AS since, coalesce(b.orders, 0) AS orders, b.last_at,
               date_diff('day', b.last_at, {instant_sql(as_of)}) AS days_since_purchase
        FROM cem.profile p
        LEFT JOIN (SELECT customer_id, stage, began_at FROM cem.measure_stage_history WHERE ended_at IS NULL) h USING (customer_id)
        LEFT JOIN (SELECT customer_id, count(*) AS orders, max("at") AS last_at FROM cem.base_purchase
                   WHERE kept AND customer_id IS NOT NULL GROUP BY customer_id) b USING (customer_id)"""


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
    needs=("stage_history",),
    local=True,
)
