"""Experience map: what happens at every touchpoint in every stage, in volume, waiting, feeling, drop-out and money.

Definition: one row per stage (of the customer at that instant; unknown where nobody is known) and touchpoint where something
happened or was said, and one per touchpoint for all stages: events, people, acts of the person, waiting for the company,
feeling, how often people were not seen again, and money.

Formula: events add up over stages to those of stage `all`, and these to all events known at the clock; money so to all revenue.
wait = median hours from order to delivery (delivery), from ticket to last solving (help), from goods sent back to money
(return). feeling = mean of the voices about the touchpoint. dropped = share of the people's days there after which no act
followed within `drop_days` (days too recent to know are left out). friction_money (stage `all` only) = money of the friction
kinds that are felt there.

Source: `timeline`, `base_touch`, `event`, `stage_history`, `voices`, `ticket_history`, `friction`.

Units: events, people, hours, -1 to 1, shares 0 to 1, money in the project's currency.

Refuses: no events; several currencies without rates. Feeling and friction are empty where `voices` or `friction` refuse.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, at_least, count, instant_sql
from cem_cli.insights.touchpoints import instant_of_text_sql, property_sql, staged_sql, touchpoint_sql

FRICTION_AT = {
    "slow_delivery": "delivery", "checkout_error": "checkout", "failed_payment": "checkout", "returned": "return",
    "empty_search": "web_visit", "cart_left": "checkout", "complaint": "feedback", "unsolved": "help", "repeated_contact": "help",
}
"""Kind of friction -> touchpoint where it is felt."""


class ExperienceMapParameters(Parameters):
    """Settings of the experience map."""

    drop_days: int = Field(90, ge=1)


def gates(con: Connection, _params: ExperienceMapParameters, _as_of: datetime) -> Refusal | None:
    """Refuse without events."""
    return at_least(count(con, "SELECT count(*) FROM cem.base_touch"), 1, "events", "cem import")


def _waits_sql(as_of: datetime) -> str:
    """Hours the customer waited, told at the instant the waiting began, with the touchpoint that kept them waiting."""
    delivered = instant_of_text_sql(property_sql("e.properties", "delivered_at"))
    return f"""
        SELECT customer_id, "at", 'delivery' AS touchpoint, date_diff('second', "at", done_at) / 3600.0 AS hours
        FROM (SELECT t.customer_id, t."at", {delivered} AS done_at
              FROM cem.base_touch t JOIN cem.event e USING (event_id) WHERE t.type = 'order' AND e.type = 'order')
        WHERE done_at <= {instant_sql(as_of)}
        UNION ALL SELECT customer_id, opened_at, 'help', hours FROM cem.measure_ticket_history WHERE hours IS NOT NULL
        UNION ALL
        SELECT b.customer_id, b."at", 'return', date_diff('second', b."at", min(r."at")) / 3600.0
        FROM cem.base_touch b JOIN cem.base_touch r ON r.parent_id = b.parent_id AND r."at" > b."at"
        WHERE b.type = 'return' AND r.type = 'refund' GROUP BY b.event_id, b.customer_id, b."at" """


def _drops_sql(params: ExperienceMapParameters, as_of: datetime) -> str:
    """Days of people at a touchpoint that are old enough to be judged: gone where silence followed."""
    horizon = f"INTERVAL {params.drop_days} DAY"
    return f"""
        SELECT customer_id, touchpoint, "at", coalesce(next_at > "at" + {horizon}, true) AS gone FROM (
            SELECT customer_id, touchpoint, "at", lead("at") OVER (PARTITION BY customer_id ORDER BY "at", touchpoint) AS next_at
            FROM (SELECT customer_id, {touchpoint_sql("type")} AS touchpoint, min("at") AS "at" FROM cem.base_touch
                  WHERE active AND customer_id IS NOT NULL GROUP BY customer_id, touchpoint, "at"::DATE))
        WHERE "at" + {horizon} <= {instant_sql(as_of)}"""


def _both_sql(touches_sql: str) -> str:
    """Return staged rows twice: in the stage of the customer then, and in the stage `all`."""
    return f"(SELECT * REPLACE (unnest([stage, 'all']) AS stage) FROM ({staged_sql(touches_sql)}))"


def select_sql(params: ExperienceMapParameters, as_of: datetime) -> str:
    """Return one row per stage and touchpoint, and one per touchpoint for all stages."""
    voices = 'SELECT customer_id, "at", touchpoint, feeling FROM cem.measure_voices'
    placed = " ".join(f"WHEN '{kind}' THEN '{touchpoint}'" for kind, touchpoint in FRICTION_AT.items())
    return f"""
        WITH met AS (
            SELECT customer_id, touchpoint, stage, count(*) AS events, count(*) FILTER (WHERE active) AS acts, sum(money) AS money
            FROM cem.measure_timeline GROUP BY customer_id, touchpoint, stage),
        met_at_all AS (
            SELECT customer_id, touchpoint, 'all', sum(events), sum(acts), sum(money) FROM met GROUP BY customer_id, touchpoint),
        volume AS (
            SELECT stage, touchpoint, sum(events)::BIGINT AS events, count(customer_id) AS people, sum(acts)::BIGINT AS acts,
                   coalesce(sum(money), 0) AS money
            FROM (FROM met UNION ALL FROM met_at_all) GROUP BY stage, touchpoint),
        waited AS (SELECT stage, touchpoint, median(hours) AS hours FROM {_both_sql(_waits_sql(as_of))} GROUP BY stage, touchpoint),
        felt AS (SELECT stage, touchpoint, count(*) AS voices, avg(feeling) AS feeling FROM {_both_sql(voices)} GROUP BY stage, touchpoint),
        dropped AS (
            SELECT stage, touchpoint, avg(gone::INT) AS dropped FROM {_both_sql(_drops_sql(params, as_of))} GROUP BY stage, touchpoint),
        hurt AS (
            SELECT 'all' AS stage, CASE kind {placed} END AS touchpoint, sum(money) AS friction_money FROM cem.measure_friction
            WHERE dimension = 'all' GROUP BY ALL)
        SELECT stage, touchpoint, coalesce(events, 0) AS events, coalesce(people, 0) AS people, coalesce(acts, 0) AS acts,
               round(hours, 2)::DOUBLE AS wait_hours, coalesce(voices, 0) AS voices, round(feeling, 4)::DOUBLE AS feeling,
               round(dropped, 4)::DOUBLE AS dropped, coalesce(money, 0) AS money, friction_money
        FROM volume FULL JOIN felt USING (stage, touchpoint) FULL JOIN hurt USING (stage, touchpoint)
        LEFT JOIN waited USING (stage, touchpoint) LEFT JOIN dropped USING (stage, touchpoint)"""


MEASURE = Measure(
    name="experience_map",
    title="Experience map",
    doc=__doc__,
    parameters=ExperienceMapParameters,
    key=("stage", "touchpoint"),
    columns=(
        Column("stage", "VARCHAR", "stage of the customers then, unknown, or all"),
        Column("touchpoint", "VARCHAR", "where it happened"),
        Column("events", "BIGINT", "events"),
        Column("people", "BIGINT", "known customers and devices"),
        Column("acts", "BIGINT", "events that are acts of the person"),
        Column("wait_hours", "DOUBLE", "median hours of waiting for the company"),
        Column("voices", "BIGINT", "voices about the touchpoint"),
        Column("feeling", "DOUBLE", "their mean, -1 to 1"),
        Column("dropped", "DOUBLE", "share of days there after which nothing followed"),
        Column("money", "DECIMAL(18,2)", "revenue net of refunds"),
        Column("friction_money", "DECIMAL(18,2)", "what friction there costs (stage all)"),
    ),
    select_sql=select_sql,
    gates=gates,
    needs=("timeline", "stage_history", "ticket_history"),
    after=("voices", "friction"),
    money=True,
)
