"""Paths: by which ways people come to an order, to a complaint, to leaving.

Definition: for each goal the commonest sequences of touchpoints before it, the last `length` of them, repeats joined. An order
is a kept purchase; a complaint is a ticket that is no question or a bad voice; leaving is the begin of the stage lapsed.

Formula: the touches of the same customer within `lookback_days` before the goal and after the customer's goal of that kind
before it; share of all such goals of known customers. A goal with no touch before it has the path `(none)`. Days from the first
of these touches.

Source: `base_touch` (acts of the person, and the company's deliveries and solutions), `base_purchase`, `friction_moments`,
`stage_history`.

Units: goals, customers, days, shares 0 to 1.

Refuses: nothing; only the `most` commonest paths of each goal are listed, the share is of all.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import Column, Measure, Parameters, texts_sql
from cem_cli.insights.touchpoints import touchpoint_sql


class PathsParameters(Parameters):
    """Settings of paths."""

    lookback_days: int = Field(60, ge=1)
    length: int = Field(4, ge=1, le=10)
    most: int = Field(20, ge=1)
    company_types: tuple[str, ...] = ("shipped", "ticket_solved")
    """Acts of the company that are part of the way."""
    trace_types: tuple[str, ...] = ("web_purchase", "payment", "points_earned", "points_spent")
    """What an order leaves behind in other systems: no step of its own."""


def _goals_sql() -> str:
    """Every goal of a known customer; a leaving is dated a moment after the last act, not on the day it was noticed."""
    return """
        SELECT 'order' AS goal, event_id AS goal_id, customer_id, "at" FROM cem.base_purchase WHERE kept AND customer_id IS NOT NULL
        UNION ALL
        SELECT 'complaint', event_id, customer_id, "at" FROM cem.measure_friction_moments
        WHERE kind = 'complaint' AND hits > 0 AND customer_id IS NOT NULL
        UNION ALL
        SELECT 'leaving', l.goal_id, l.customer_id, t."at" + INTERVAL 1 SECOND
        FROM (SELECT customer_id, began_at, row_number() OVER (ORDER BY customer_id, began_at) AS goal_id
              FROM cem.measure_stage_history WHERE stage = 'lapsed') l
        ASOF JOIN (SELECT customer_id, "at" FROM touch
                   WHERE customer_id IN (SELECT customer_id FROM cem.measure_stage_history WHERE stage = 'lapsed')) t
             ON t.customer_id = l.customer_id AND t."at" <= l.began_at"""


def select_sql(params: PathsParameters, _as_of: datetime) -> str:
    """Return the commonest paths of each goal."""
    return f"""
        WITH touch AS (
            SELECT customer_id, "at", event_id, type, {touchpoint_sql("type")} AS touchpoint FROM cem.base_touch
            WHERE customer_id IS NOT NULL AND (active OR type IN {texts_sql(params.company_types)})
                  AND type NOT IN {texts_sql(params.trace_types)}),
        bounded AS (
            SELECT *, greatest("at" - INTERVAL {params.lookback_days} DAY, coalesce(lag("at") OVER (
                       PARTITION BY goal, customer_id ORDER BY "at", goal_id), TIMESTAMP '-infinity')) AS since
            FROM ({_goals_sql()}) WHERE "at" IS NOT NULL),
        walked AS (
            SELECT b.goal, b.goal_id, b.customer_id, b."at" AS goal_at, t."at", t.touchpoint, t.event_id
            FROM bounded b JOIN touch t ON t.customer_id = b.customer_id AND t."at" > b.since AND t."at" < b."at"
            QUALIFY t.touchpoint IS DISTINCT FROM lag(t.touchpoint) OVER (PARTITION BY b.goal, b.goal_id ORDER BY t."at", t.event_id)),
        recent AS (
            SELECT * FROM walked
            QUALIFY row_number() OVER (PARTITION BY goal, goal_id ORDER BY "at" DESC, event_id DESC) <= {params.length}),
        way AS (
            SELECT goal, goal_id, string_agg(touchpoint, ' > ' ORDER BY "at", event_id) AS path,
                   date_diff('second', min("at"), any_value(goal_at)) / 86400.0 AS days
            FROM recent GROUP BY goal, goal_id)
        SELECT b.goal, coalesce(w.path, '(none)') AS path, count(*) AS times, count(DISTINCT b.customer_id) AS customers,
               round(count(*) / sum(count(*)) OVER (PARTITION BY b.goal), 4)::DOUBLE AS share,
               round(quantile_disc(w.days, 0.5), 2)::DOUBLE AS median_days,
               row_number() OVER (PARTITION BY b.goal ORDER BY count(*) DESC, coalesce(w.path, '(none)')) AS place
        FROM bounded b LEFT JOIN way w USING (goal, goal_id) GROUP BY b.goal, coalesce(w.path, '(none)')
        QUALIFY place <= {params.most}"""


MEASURE = Measure(
    name="paths",
    title="Commonest paths to an order, a complaint, leaving",
    doc=__doc__,
    parameters=PathsParameters,
    key=("goal", "place"),
    columns=(
        Column("goal", "VARCHAR", "order, complaint or leaving"),
        Column("place", "BIGINT", "1 = commonest"),
        Column("path", "VARCHAR", "touchpoints in order"),
        Column("times", "BIGINT", "goals reached that way"),
        Column("customers", "BIGINT", "customers who went it"),
        Column("share", "DOUBLE", "share of all goals of that kind"),
        Column("median_days", "DOUBLE", "median days from the first of these touches to the goal"),
    ),
    select_sql=select_sql,
    needs=("friction_moments", "stage_history"),
)
