"""Timeline: everything that happened between a customer and us, over all silos, in order.

Definition: one row per event known at the clock, of every source: when, at which touchpoint, by which channel, in which stage
of the relation, with its money and the feeling that was expressed. Events of nobody known are there too, without a customer, so
that totals reconcile.

Formula: stage = that of `stage_history` at that instant; money = net revenue of the event (refunds negative, cancelled ones
nothing); feeling = that of `voices`.

Source: `base_touch`, `base_purchase`, `stage_history`, `voices`.

Units: UTC instants, money in the project's currency, -1 (worst) to 1 (best).

Refuses: nothing. Money is empty where it cannot be converted, feeling where nothing was said.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters
from cem_cli.insights.touchpoints import staged_sql, touchpoint_sql


class TimelineParameters(Parameters):
    """Settings of the timeline: none."""


def select_sql(_params: TimelineParameters, _as_of: datetime) -> str:
    """Return one row per event."""
    touches = f'''SELECT event_id, customer_id, "at", {touchpoint_sql("type")} AS touchpoint, type, channel, source, store_id, active
                  FROM cem.base_touch'''
    return f"""
        SELECT t.*, p.amount AS money, v.feeling
        FROM ({staged_sql(touches)}) t
        LEFT JOIN cem.base_purchase p ON p.event_id = t.event_id AND p.kind <> 'cancelled'
        LEFT JOIN cem.measure_voices v ON v.event_id = t.event_id"""


MEASURE = Measure(
    name="timeline",
    title="Timeline over all silos",
    doc=__doc__,
    parameters=TimelineParameters,
    key=("customer_id", "at", "event_id"),
    columns=(
        CUSTOMER,
        Column("at", "TIMESTAMP", "when (UTC)"),
        Column("event_id", "BIGINT", "event"),
        Column("stage", "VARCHAR", "stage of the customer then, or unknown"),
        Column("touchpoint", "VARCHAR", "where it happened"),
        Column("type", "VARCHAR", "what happened"),
        Column("channel", "VARCHAR", "by which channel"),
        Column("source", "VARCHAR", "source that tells it"),
        Column("store_id", "VARCHAR", "in which store"),
        Column("active", "BOOLEAN", "an act of the person"),
        Column("money", "DECIMAL(18,2)", "net revenue"),
        Column("feeling", "DOUBLE", "feeling expressed, -1 to 1"),
    ),
    select_sql=select_sql,
    needs=("stage_history",),
    after=("voices",),
)
