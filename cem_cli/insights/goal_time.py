"""Time to a goal and to resolution: how long customers wait, by what, channel and month.

Definition: spans between two instants: to_order (begin of the web attempt to the order), dispatch (order to parcel handed
over), delivery (order to parcel delivered), first_answer (ticket to the helpdesk's first reply), resolution (ticket to its last
solving), cause (first contact about something to the last solving, repeats included), refund (goods sent back to the money).

Formula: hours between the events' own instants, never the exports' columns of durations, except first_answer, for which exports
have no instant. p50 and p90 are the times that half and nine of ten did not exceed (the smallest observed time with that
property); an end before its begin is left out and counted (`odd`).

Source: `base_touch`, `event` (properties delivered_at, reply_minutes), `ticket_history`.

Units: hours.

Refuses: nothing; spans of which no end is known have no row. Waiting that has not ended is not in it: see `open_loops`.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.causes import causes_sql
from cem_cli.insights.measure import Column, Measure, Parameters, instant_sql
from cem_cli.insights.touchpoints import instant_of_text_sql, property_sql


class GoalTimeParameters(Parameters):
    """Settings of time to a goal."""

    pause_minutes: int = Field(30, ge=1)
    """Pause after which a web visit is another attempt."""
    repeat_days: int = Field(14, ge=1)
    """Days within which a second request about the same is a repeat."""


def _web_sql(params: GoalTimeParameters) -> str:
    """From the first act of a web visit to its order."""
    return f"""
        SELECT 'to_order' AS span, channel, begun_at AS from_at, "at" AS to_at FROM (
            SELECT type, channel, "at", last_value(CASE WHEN new THEN "at" END IGNORE NULLS) OVER (
                       PARTITION BY customer_id ORDER BY "at", event_id) AS begun_at
            FROM (SELECT *, coalesce("at" > lag("at") OVER one + INTERVAL {params.pause_minutes} MINUTE, true) AS new
                  FROM cem.base_touch
                  WHERE customer_id IS NOT NULL AND active AND type IN (
                      'session_start', 'page_view', 'search', 'view_item', 'add_to_cart', 'login', 'begin_checkout', 'web_purchase')
                  WINDOW one AS (PARTITION BY customer_id ORDER BY "at", event_id)))
        WHERE type = 'web_purchase'"""


def _spans_sql(params: GoalTimeParameters, as_of: datetime) -> str:
    delivered = instant_of_text_sql(property_sql("e.properties", "delivered_at"))
    reply = f"try_cast({property_sql('e.properties', 'reply_minutes')} AS DOUBLE)"
    return f"""
        {_web_sql(params)}
        UNION ALL
        SELECT 'dispatch', p.channel, p."at", s."at" FROM cem.base_touch s JOIN cem.base_touch p ON p.event_id = s.parent_id
        WHERE s.type = 'shipped'
        UNION ALL
        SELECT 'delivery', channel, "at", to_at FROM (
            SELECT t.channel, t."at", {delivered} AS to_at FROM cem.base_touch t JOIN cem.event e USING (event_id)
            WHERE t.type = 'order' AND e.type = 'order')
        WHERE to_at <= {instant_sql(as_of)}
        UNION ALL
        SELECT 'first_answer', t.channel, t."at", t."at" + to_seconds({reply} * 60)
        FROM cem.base_touch t JOIN cem.event e USING (event_id)
        WHERE t.type = 'ticket_opened' AND e.type = 'ticket_opened' AND {reply} IS NOT NULL
        UNION ALL
        SELECT 'resolution', channel, opened_at, solved_at FROM cem.measure_ticket_history WHERE solved_at IS NOT NULL
        UNION ALL
        SELECT 'cause', arg_min(channel, ((opened_at, ticket_id))), min(opened_at), max(solved_at) FROM (
            SELECT h.*, c.cause FROM cem.measure_ticket_history h JOIN ({causes_sql(params.repeat_days)}) c USING (ticket_id))
        GROUP BY cause HAVING bool_and(solved_at IS NOT NULL)
        UNION ALL
        SELECT 'refund', b.channel, b."at", min(r."at")
        FROM cem.base_touch b JOIN cem.base_touch r ON r.parent_id = b.parent_id AND r."at" > b."at"
        WHERE b.type = 'return' AND r.type = 'refund' GROUP BY b.event_id, b.channel, b."at" """


def select_sql(params: GoalTimeParameters, as_of: datetime) -> str:
    """Return one row per span, dimension (all, channel, month) and value."""
    return f"""
        WITH span AS (
            SELECT span, unnest([('all', 'all'), ('channel', channel), ('month', strftime(from_at, '%Y-%m'))]) AS cut,
                   date_diff('second', from_at, to_at) / 3600.0 AS hours
            FROM ({_spans_sql(params, as_of)}))
        SELECT span, cut[1] AS dimension, cut[2] AS value, count(*) FILTER (WHERE hours >= 0) AS n,
               round(quantile_disc(hours, 0.5) FILTER (WHERE hours >= 0), 2)::DOUBLE AS p50,
               round(quantile_disc(hours, 0.9) FILTER (WHERE hours >= 0), 2)::DOUBLE AS p90,
               count(*) FILTER (WHERE hours < 0) AS odd
        FROM span WHERE cut[2] IS NOT NULL GROUP BY span, cut"""


MEASURE = Measure(
    name="goal_time",
    title="Time to a goal and to resolution",
    doc=__doc__,
    parameters=GoalTimeParameters,
    key=("span", "dimension", "value"),
    columns=(
        Column("span", "VARCHAR", "to_order, dispatch, delivery, first_answer, resolution, cause or refund"),
        Column("dimension", "VARCHAR", "all, channel or month (of the begin)"),
        Column("value", "VARCHAR", "the channel or month"),
        Column("n", "BIGINT", "spans measured"),
        Column("p50", "DOUBLE", "hours that half did not exceed"),
        Column("p90", "DOUBLE", "hours that nine of ten did not exceed"),
        Column("odd", "BIGINT", "spans left out, because they end before they begin"),
    ),
    select_sql=select_sql,
    needs=("ticket_history",),
)
