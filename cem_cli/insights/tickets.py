"""Tickets per customer: how often they needed help, how long it took, what is still open.

Definition: per customer, the number of tickets, of open ones, of tickets opened again, the first and last of them, and the
median time to solve.

Formula: counts over `ticket_history`; median over its solved tickets.

Source: `ticket_history`.

Units: tickets, hours, UTC instants.

Refuses: nothing; a customer without tickets has no row, one without a solved ticket no median.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters


class TicketsParameters(Parameters):
    """Settings of tickets per customer: none."""


def select_sql(_params: TicketsParameters, _as_of: datetime) -> str:
    """Return one row per customer with a ticket."""
    return """
        SELECT customer_id, count(*) AS tickets, count(*) FILTER (WHERE open) AS open,
               count(*) FILTER (WHERE reopened > 0) AS reopened, min(opened_at) AS first_at, max(opened_at) AS last_at,
               round(median(hours), 2) AS median_hours,
               max({'at': opened_at, 'ticket': ticket_id, 'channel': channel}).channel AS last_channel
        FROM cem.measure_ticket_history WHERE customer_id IS NOT NULL GROUP BY customer_id"""


MEASURE = Measure(
    name="tickets",
    title="Tickets per customer",
    doc=__doc__,
    parameters=TicketsParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("tickets", "BIGINT", "tickets opened"),
        Column("open", "BIGINT", "tickets still open"),
        Column("reopened", "BIGINT", "tickets that had to be solved again"),
        Column("first_at", "TIMESTAMP", "first ticket (UTC)"),
        Column("last_at", "TIMESTAMP", "last ticket (UTC)"),
        Column("median_hours", "DOUBLE", "median hours to solve"),
        Column("last_channel", "VARCHAR", "channel of the last ticket"),
    ),
    select_sql=select_sql,
    needs=("ticket_history",),
    local=True,
)
