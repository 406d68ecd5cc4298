"""Open loops: complaints without an end, how old they are, and what is at stake.

Definition: tickets nobody solved; tickets whose last rating is bad although solved (badly_ended); other bad voices of known
customers (reviews, comments, survey answers) after which the company did nothing and nothing good was heard (unheard). Only
those that are still open at the clock.

Formula: age in whole days; a loop closes with a solving, with a good voice of that customer later, and an unheard one also with
any later ticket solved or refund. value_at_risk = the customer's yearly spend (`clv_historic`), counted on each of the
customer's loops.

Source: `ticket_history`, `voices`, `base_touch`, `clv_historic`.

Units: days, money in the project's currency, UTC instants.

Refuses: several currencies without rates. Loops of nobody known have no value; unheard voices need `voices`.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql


class OpenLoopsParameters(Parameters):
    """Settings of open loops."""

    window_days: int = Field(365, ge=1)
    """Complaints older than this are no longer listed."""


def select_sql(params: OpenLoopsParameters, as_of: datetime) -> str:
    """Return one row per open loop."""
    return f"""
        WITH loop AS (
            SELECT ticket_id AS event_id, customer_id, opened_at AS "at", channel, 'ticket' AS type,
                   CASE WHEN open OR solved_at IS NULL THEN 'unsolved' ELSE 'badly_ended' END AS why, reopened
            FROM cem.measure_ticket_history WHERE open OR solved_at IS NULL OR lower(rating) = 'bad'
            UNION ALL
            SELECT event_id, customer_id, "at", channel, type, 'unheard', 0 FROM cem.measure_voices
            WHERE bad AND customer_id IS NOT NULL AND type IN ('review', 'comment', 'nps_answer', 'survey_answer')),
        good AS (
            SELECT customer_id, max("at") AS last_at FROM cem.measure_voices WHERE good AND customer_id IS NOT NULL GROUP BY customer_id),
        acted AS (
            SELECT customer_id, max("at") AS last_at FROM cem.base_touch
            WHERE type IN ('ticket_solved', 'refund') AND customer_id IS NOT NULL GROUP BY customer_id)
        SELECT l.event_id, l.customer_id, l."at" AS opened_at, l.type, l.channel, l.why, l.reopened,
               date_diff('day', l."at", {instant_sql(as_of)}) AS age_days, v.per_year AS value_at_risk
        FROM loop l LEFT JOIN good g USING (customer_id) LEFT JOIN acted a ON a.customer_id = l.customer_id
        LEFT JOIN cem.measure_clv_historic v ON v.customer_id = l.customer_id
        WHERE l."at" > {instant_sql(as_of)} - INTERVAL {params.window_days} DAY
              AND (l.why = 'unsolved' OR coalesce(g.last_at <= l."at", true))
              AND (l.why <> 'unheard' OR coalesce(a.last_at <= l."at", true))"""


MEASURE = Measure(
    name="open_loops",
    title="Complaints without an end",
    doc=__doc__,
    parameters=OpenLoopsParameters,
    key=("event_id",),
    columns=(
        Column("event_id", "BIGINT", "event of the complaint"),
        CUSTOMER,
        Column("opened_at", "TIMESTAMP", "when it was made (UTC)"),
        Column("type", "VARCHAR", "ticket, review, comment, nps_answer or survey_answer"),
        Column("channel", "VARCHAR", "by which channel"),
        Column("why", "VARCHAR", "unsolved, badly_ended or unheard"),
        Column("reopened", "BIGINT", "times a ticket had to be solved again"),
        Column("age_days", "BIGINT", "days since then"),
        Column("value_at_risk", "DECIMAL(18,2)", "the customer's yearly spend"),
    ),
    select_sql=select_sql,
    needs=("ticket_history", "clv_historic"),
    after=("voices",),
    money=True,
)
