"""Ticket history: every request for help, when it was answered, and how it was rated.

Definition: one row per ticket with the customer (NULL where nobody is known), when it was opened, by which channel, when it
was solved for the last time, how often it was opened again, and its rating.

Formula: hours = last solving - opening, from the instants themselves (export columns of durations are often empty);
reopened = solvings after the first, or the helpdesk's own count (property `reopens`) where that is higher; a ticket is open
while nothing solved it and its status is none of `closed_statuses`.

Source: events `ticket_opened`, with `ticket_solved` and `ticket_rating` that name it as parent, up to the clock.

Units: UTC instants, hours.

Refuses: nothing; a solving dated before the opening leaves the hours empty.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, texts_sql


class TicketHistoryParameters(Parameters):
    """Settings of the ticket history."""

    closed_statuses: tuple[str, ...] = ("solved", "closed")
    """Statuses of a ticket that mean nothing is owed any more."""


def select_sql(params: TicketHistoryParameters, _as_of: datetime) -> str:
    """Return one row per ticket."""
    return f"""
        WITH answered AS (
            SELECT parent_id, max("at") FILTER (WHERE type = 'ticket_solved') AS solved_at,
                   count(*) FILTER (WHERE type = 'ticket_solved') AS solvings,
                   max({{'at': "at", 'event_id': event_id, 'status': status}}) FILTER (WHERE type = 'ticket_rating') AS rated
            FROM cem.base_touch WHERE type IN ('ticket_solved', 'ticket_rating') AND parent_id IS NOT NULL GROUP BY parent_id)
        SELECT t.event_id AS ticket_id, t.customer_id, t."at" AS opened_at, t.channel, t.source, a.solved_at,
               CASE WHEN a.solved_at >= t."at"
                    THEN round(date_diff('second', t."at", a.solved_at) / 3600.0, 2) END AS hours,
               a.solved_at IS NULL AND coalesce(lower(t.status) NOT IN {texts_sql(params.closed_statuses)}, true) AS open,
               greatest(coalesce(a.solvings, 0) - 1, coalesce(try_cast(json_extract_string(e.properties, '$.reopens') AS BIGINT), 0), 0)
                   AS reopened, a.rated.status AS rating
        FROM cem.base_touch t JOIN cem.event e USING (event_id) LEFT JOIN answered a ON a.parent_id = t.event_id
        WHERE t.type = 'ticket_opened' AND e.type = 'ticket_opened'"""


MEASURE = Measure(
    name="ticket_history",
    title="Ticket history",
    doc=__doc__,
    parameters=TicketHistoryParameters,
    key=("ticket_id",),
    columns=(
        Column("ticket_id", "BIGINT", "event that opened the ticket"),
        CUSTOMER,
        Column("opened_at", "TIMESTAMP", "when it was opened (UTC)"),
        Column("channel", "VARCHAR", "by which channel"),
        Column("source", "VARCHAR", "source of the ticket"),
        Column("solved_at", "TIMESTAMP", "when it was last solved (UTC)"),
        Column("hours", "DOUBLE", "hours from opening to the last solving"),
        Column("open", "BOOLEAN", "still open"),
        Column("reopened", "BIGINT", "times it was solved again after a first solving"),
        Column("rating", "VARCHAR", "last rating given"),
    ),
    select_sql=select_sql,
)
