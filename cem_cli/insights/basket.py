"""Basket composition: what is in a purchase, and what is bought together with other things.

Definition: for every product category, and for all, in how many baskets it is, how many pieces and how much money, and how
often it comes with something else. A basket is a kept purchase with at least one line of positive quantity.

Formula: pieces_per_basket = pieces / baskets; share = net / net of all categories; bundle_rate = share of its baskets that also
hold another category (for `(all)`: another product). `net` is the money of all lines, returned ones (negative) included,
so that categories add up to `(all)`, and that to all lines of purchases and refunds.

Source: `base_line`; lines of unknown products are `(unknown)`; baskets of nobody known count.

Units: baskets, pieces, money in the project's currency, shares 0 to 1.

Refuses: no order lines at all; several currencies without rates.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, at_least, count


class BasketParameters(Parameters):
    """Settings of basket composition: none."""


def gates(con: Connection, _params: BasketParameters, _as_of: datetime) -> Refusal | None:
    """Refuse without order lines."""
    return at_least(count(con, "SELECT count(*) FROM cem.base_line"), 1, "order lines", "map the lines of orders")


def select_sql(_params: BasketParameters, _as_of: datetime) -> str:
    """Return one row per category and one for all."""
    return """
        WITH line AS (
            SELECT event_id, coalesce(category, '(unknown)') AS category, sku, quantity, amount, kind = 'purchase' AND quantity > 0
                   AND event_id IN (SELECT event_id FROM cem.base_purchase WHERE kept) AS bought
            FROM cem.base_line),
        held AS (
            SELECT event_id, category, sum(quantity) FILTER (WHERE bought) AS pieces, sum(amount) AS net,
                   sum(amount) FILTER (WHERE amount < 0) AS returned, bool_or(bought) AS bought,
                   min(sku) FILTER (WHERE bought) AS first_sku, max(sku) FILTER (WHERE bought) AS last_sku
            FROM line GROUP BY event_id, category),
        basket AS (
            SELECT event_id, sum(pieces) AS pieces, sum(net) AS net, sum(returned) AS returned, bool_or(bought) AS bought,
                   min(first_sku) <> max(last_sku) AS several, count(*) FILTER (WHERE bought) AS categories
            FROM held GROUP BY event_id),
        cut AS (
            SELECT h.category, h.pieces, h.net, h.returned, h.bought, b.categories > 1 AS bundled, false AS whole
            FROM held h JOIN basket b USING (event_id)
            UNION ALL SELECT '(all)', pieces, net, returned, bought, several, true FROM basket)
        SELECT category, count(*) FILTER (WHERE bought) AS baskets, coalesce(sum(pieces), 0) AS pieces,
               round(sum(pieces) / nullif(count(*) FILTER (WHERE bought), 0), 3)::DOUBLE AS pieces_per_basket,
               sum(net) AS net, coalesce(sum(returned), 0) AS returned,
               round(sum(net) / nullif(sum(sum(net)) FILTER (WHERE whole) OVER (), 0), 6)::DOUBLE AS share,
               round(count(*) FILTER (WHERE bought AND bundled) / nullif(count(*) FILTER (WHERE bought), 0), 6) AS bundle_rate
        FROM cut GROUP BY category, whole"""


MEASURE = Measure(
    name="basket",
    title="Basket composition",
    doc=__doc__,
    parameters=BasketParameters,
    key=("category",),
    columns=(
        Column("category", "VARCHAR", "product category, or (all)"),
        Column("baskets", "BIGINT", "kept purchases that hold it"),
        Column("pieces", "DECIMAL(18,3)", "pieces bought in them"),
        Column("pieces_per_basket", "DOUBLE", "pieces per basket that holds it"),
        Column("net", "DECIMAL(18,2)", "money of its lines, net of returned ones"),
        Column("returned", "DECIMAL(18,2)", "money of its returned lines (negative)"),
        Column("share", "DOUBLE", "share of all net money"),
        Column("bundle_rate", "DOUBLE", "share of its baskets that hold something else too"),
    ),
    select_sql=select_sql,
    gates=gates,
    money=True,
)
