"""Spend by channel, store, tender and currency: how much, where and how.

Definition: per customer and dimension (channel, store, tender, currency), the money and the purchases of each of its
values; customer NULL holds what nobody is known for.

Formula: net = sum of purchases and refunds. In every dimension the values add up, to the cent, to all revenue known at
the clock; what a source does not say is the value `(not stated)`.

Source: `base_purchase`; the tender is the property `tender_property` of the revenue event. `net` is in the project's
currency, `original` in the currency of the event (only meaningful within the dimension currency).

Units: money, purchases.

Refuses: several currencies without rates.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.base.sql import literal
from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters


class SpendByParameters(Parameters):
    """Settings of spend by dimension."""

    tender_property: str = "tender"
    """Property of a revenue event that says how it was paid."""


def select_sql(params: SpendByParameters, _as_of: datetime) -> str:
    """Return one row per customer (or nobody), dimension and value."""
    tender = f"json_extract_string(e.properties, '$.' || {literal(params.tender_property)})"
    return f"""
        WITH told AS (
            SELECT p.customer_id, p.amount, p.original, p.kind, p.kept,
                   unnest([('channel', p.channel), ('store', p.store_id), ('tender', {tender}), ('currency', p.currency)]) AS said
            FROM cem.base_purchase p JOIN cem.event e USING (event_id) WHERE p.kind <> 'cancelled' AND e.revenue)
        SELECT customer_id, said[1] AS dimension, coalesce(said[2], '(not stated)') AS value, sum(amount) AS net,
               CASE WHEN said[1] = 'currency' THEN sum(original) END AS original,
               coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded, count(*) FILTER (WHERE kept) AS orders
        FROM told GROUP BY customer_id, said"""


MEASURE = Measure(
    name="spend_by",
    title="Spend by channel, store, tender and currency",
    doc=__doc__,
    parameters=SpendByParameters,
    key=("customer_id", "dimension", "value"),
    columns=(
        CUSTOMER,
        Column("dimension", "VARCHAR", "channel, store, tender or currency"),
        Column("value", "VARCHAR", "the channel, store, tender or currency"),
        Column("net", "DECIMAL(18,2)", "money, net of refunds"),
        Column("original", "DECIMAL(18,2)", "of a currency: the same money in it"),
        Column("refunded", "DECIMAL(18,2)", "money given back (negative)"),
        Column("orders", "BIGINT", "purchases not wholly refunded"),
    ),
    select_sql=select_sql,
    money=True,
    local=True,
)
