"""Up-selling ladder: who is ready for the next price step of a category.

Definition: the products of each category are sorted by price into `steps` steps (quantiles; the same price is the same step).
A customer stands on the highest step they bought in a category, and is a candidate for the next one after at least
`min_purchases` kept purchases there without having climbed.

Formula: climbed = share of those who once stood on a step with `min_purchases` purchases of the category and later bought a higher
step; next_sku = the product of the next step bought by most customers (ties: the smaller code).

Source: `base_line` of kept purchases, `product` (price, category).

Units: steps from 1, purchases, shares 0 to 1, money (price).

Refuses: no products with category and price; `climbed` is empty where fewer than `min_people` stood on the step.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, Refusal, at_least, count


class UpsellParameters(Parameters):
    """Settings of the ladder."""

    steps: int = Field(3, ge=2, le=10)
    min_purchases: int = Field(2, ge=1)
    min_people: int = Field(20, ge=1)


def gates(con: Connection, _params: UpsellParameters, _as_of: datetime) -> Refusal | None:
    """Refuse without priced products in categories."""
    priced = count(con, "SELECT count(*) FROM cem.product WHERE price IS NOT NULL AND category IS NOT NULL")
    return at_least(priced, 2, "products with category and price", "load the product table")


def select_sql(params: UpsellParameters, _as_of: datetime) -> str:
    """Return one row per candidate and category."""
    below = "rank() OVER (PARTITION BY category ORDER BY price) - 1"
    equal = "count(*) OVER (PARTITION BY category, price)"
    size = "count(*) OVER (PARTITION BY category)"
    return f"""
        WITH ladder AS (
            SELECT sku, name, category, price,
                   (1 + ({params.steps} * (2 * ({below}) + {equal})) // (2 * {size}))::TINYINT AS step
            FROM cem.product WHERE price IS NOT NULL AND category IS NOT NULL),
        bought AS (
            SELECT l.customer_id, d.category, l.event_id, any_value(l."at") AS "at", max(d.step) AS step
            FROM cem.base_line l JOIN cem.base_purchase p USING (event_id) JOIN ladder d ON d.sku = l.sku
            WHERE p.kept AND l.quantity > 0 AND l.customer_id IS NOT NULL GROUP BY l.customer_id, d.category, l.event_id),
        walked AS (
            SELECT *, row_number() OVER (PARTITION BY customer_id, category ORDER BY "at", event_id) AS place,
                   max(step) OVER (PARTITION BY customer_id, category ORDER BY "at", event_id
                                   ROWS UNBOUNDED PRECEDING) AS highest FROM bought),
        stood AS (
            SELECT customer_id, category, highest FROM walked WHERE place = {params.min_purchases}),
        now AS (SELECT customer_id, category, max(step) AS step, count(*) AS purchases FROM bought GROUP BY ALL),
        climbing AS (
            SELECT s.category, s.highest AS step, count(*) AS people, count(*) FILTER (WHERE n.step > s.highest) AS climbed
            FROM stood s JOIN now n USING (customer_id, category) GROUP BY ALL),
        popular AS (
            SELECT d.category, d.step, d.sku, d.name, d.price FROM cem.base_line l JOIN ladder d USING (sku)
            WHERE l.quantity > 0 AND l.kind = 'purchase'
            GROUP BY d.category, d.step, d.sku, d.name, d.price
            QUALIFY row_number() OVER (PARTITION BY d.category, d.step ORDER BY count(DISTINCT l.customer_id) DESC, d.sku) = 1)
        SELECT n.customer_id, n.category, n.step, n.purchases, p.step AS next_step, p.sku AS next_sku, p.name AS next_name,
               p.price AS next_price,
               CASE WHEN c.people >= {params.min_people} THEN round(c.climbed / c.people, 4) END AS climbed, c.people
        FROM now n JOIN popular p ON p.category = n.category AND p.step > n.step
        LEFT JOIN climbing c ON c.category = n.category AND c.step = n.step
        WHERE n.purchases >= {params.min_purchases}
        QUALIFY row_number() OVER (PARTITION BY n.customer_id, n.category ORDER BY p.step) = 1"""


MEASURE = Measure(
    name="upsell",
    title="Up-selling ladder",
    doc=__doc__,
    parameters=UpsellParameters,
    key=("customer_id", "category"),
    columns=(
        CUSTOMER,
        Column("category", "VARCHAR", "product category"),
        Column("step", "TINYINT", "highest price step bought"),
        Column("purchases", "BIGINT", "kept purchases in the category"),
        Column("next_step", "TINYINT", "the next step for which there are products"),
        Column("next_sku", "VARCHAR", "its product bought by most customers"),
        Column("next_name", "VARCHAR", "that product's name"),
        Column("next_price", "DECIMAL(18,2)", "that product's price"),
        Column("climbed", "DOUBLE", "share of people on this step who later bought a higher one"),
        Column("people", "BIGINT", "people this share is of"),
    ),
    select_sql=select_sql,
    gates=gates,
)
