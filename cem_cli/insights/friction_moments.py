"""Friction moments: every chance for something to go wrong, and whether it did.

Definition: one row per chance or mishap of these kinds: slow_delivery (orders delivered after the days promised),
checkout_error, failed_payment, returned (lines brought back), empty_search (no results), cart_left, complaint (tickets that are
no questions, bad reviews, comments and survey answers), unsolved (tickets without a solution in time), repeated_contact (a
second ticket about the same). With customer, channel, store, region, product category and sku.

Formula: `chances` and `hits` add up to rates. `lost` is money known to be gone: the value of lines brought back; of checkouts
and payments that failed and were not made good within `recover_days`, the mean purchase; of carts left, `cart_intent` of it.
The region is the store's, else that of the customer's province.

Source: `base_touch`, `base_purchase`, `base_line`, `event`, `order_line`, `product`, `store`, `profile`, `voices`,
`ticket_history`.

Units: chances and hits (0 or 1), money in the project's currency, UTC instants.

Refuses: several currencies without rates; a kind of which nothing is known has no row.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.friction_kinds import KINDS, FrictionParameters, shared_sql
from cem_cli.insights.measure import CUSTOMER, Column, Measure
from cem_cli.insights.regions import regions_sql


def select_sql(params: FrictionParameters, as_of: datetime) -> str:
    """Return one row per chance or mishap."""
    moments = " UNION ALL ".join(f"({kind(params, as_of)})" for kind in KINDS)
    return f"""
        WITH {shared_sql()}, moment AS ({moments}), province AS ({regions_sql()}),
        placed AS (
            SELECT s.store_id, coalesce(s.region, r.region, s.province) AS region
            FROM cem.store s LEFT JOIN province r ON r.province = s.province),
        living AS (
            SELECT p.customer_id, coalesce(r.region, p.province) AS region
            FROM cem.profile p LEFT JOIN province r ON r.province = p.province WHERE p.province IS NOT NULL)
        SELECT m.*, coalesce(s.region, p.region) AS region
        FROM moment m LEFT JOIN placed s USING (store_id) LEFT JOIN living p ON p.customer_id = m.customer_id"""


MEASURE = Measure(
    name="friction_moments",
    title="Friction moments",
    doc=__doc__,
    parameters=FrictionParameters,
    key=("kind", "event_id", "item"),
    columns=(
        Column("kind", "VARCHAR", "what could go wrong"),
        Column("event_id", "BIGINT", "event that was the chance or the mishap"),
        Column("item", "BIGINT", "line of that event, or 0"),
        CUSTOMER,
        Column("at", "TIMESTAMP", "when (UTC)"),
        Column("channel", "VARCHAR", "by which channel"),
        Column("store_id", "VARCHAR", "in which store"),
        Column("region", "VARCHAR", "in which region"),
        Column("category", "VARCHAR", "product category (of an order: that of its dearest line)"),
        Column("sku", "VARCHAR", "product"),
        Column("chances", "TINYINT", "1 where it counts as a chance"),
        Column("hits", "TINYINT", "1 where it went wrong"),
        Column("lost", "DECIMAL(18,2)", "money known to be gone"),
    ),
    select_sql=select_sql,
    needs=("ticket_history",),
    after=("voices",),
    money=True,
)
