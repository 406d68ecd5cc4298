"""Spend: how much each customer spent, and how much was given back.

Definition: per customer, the money of all purchases and refunds up to the clock, online and in stores, with the number
of purchases kept and the margin where every cost is known.

Formula: total = purchases + refunds (refunds negative); average = total / kept purchases; margin = total - cost of the
goods bought and not returned. Cancelled purchases count nowhere.

Source: `base_purchase` (revenue-bearing events only, so that an order, its payment and its receipt count once). Where,
how and in which currency: `spend_by`.

Units: money in the project's currency, purchases.

Refuses: several currencies without rates. Margin is empty where the cost of any line is unknown.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, texts_sql


class SpendParameters(Parameters):
    """Settings of spend."""

    online: tuple[str, ...] = ("web", "app", "email", "sms", "social", "chat")
    """Channels that count as online."""
    physical: tuple[str, ...] = ("store", "kiosk")
    """Channels that count as stores."""


def select_sql(params: SpendParameters, _as_of: datetime) -> str:
    """Return one row per customer with a purchase or a refund."""
    return f"""
        SELECT customer_id, sum(amount) AS total,
               coalesce(sum(amount) FILTER (WHERE kind = 'purchase'), 0) AS bought,
               coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded,
               coalesce(sum(amount) FILTER (WHERE channel IN {texts_sql(params.online)}), 0) AS online,
               coalesce(sum(amount) FILTER (WHERE channel IN {texts_sql(params.physical)}), 0) AS in_stores,
               count(*) FILTER (WHERE kept) AS orders,
               CASE WHEN count(*) FILTER (WHERE kept) > 0
                    THEN round(sum(amount) / count(*) FILTER (WHERE kept), 2) END::DECIMAL(18,2) AS average,
               CASE WHEN count(*) = count(cost) THEN sum(margin) END AS margin,
               min("at") FILTER (WHERE kind = 'purchase') AS first_at, max("at") FILTER (WHERE kind = 'purchase') AS last_at
        FROM cem.base_purchase WHERE customer_id IS NOT NULL AND kind <> 'cancelled' GROUP BY customer_id"""


MEASURE = Measure(
    name="spend",
    title="Spend, net of refunds",
    doc=__doc__,
    parameters=SpendParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("total", "DECIMAL(18,2)", "money spent, net of refunds"),
        Column("bought", "DECIMAL(18,2)", "money of purchases before refunds"),
        Column("refunded", "DECIMAL(18,2)", "money given back (negative)"),
        Column("online", "DECIMAL(18,2)", "net spend through online channels"),
        Column("in_stores", "DECIMAL(18,2)", "net spend in stores"),
        Column("orders", "BIGINT", "purchases that were not wholly refunded"),
        Column("average", "DECIMAL(18,2)", "net spend per kept purchase"),
        Column("margin", "DECIMAL(18,2)", "net spend less cost of goods; empty where a cost is unknown"),
        Column("first_at", "TIMESTAMP", "first purchase (UTC)"),
        Column("last_at", "TIMESTAMP", "last purchase (UTC)"),
    ),
    select_sql=select_sql,
    money=True,
    local=True,
)
