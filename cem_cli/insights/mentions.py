"""Mentions: which brands, products, stores and themes people talk about, and how.

Definition: one row per text and thing it names, linked to the customer and, for a product, to its sku.

Formula: names are those of the dimension tables, found as whole words whatever their case, the longest first; themes come from the text
engine's list (delivery, price, staff ...). A review names the product it is about (property `sku`) even where its words do
not. The feeling is that of the whole text.

Source: `sentiment`, `event`, `product`, `store`.

Units: feeling -1 (worst) to 1 (best).

Refuses: as `sentiment`.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters


class MentionsParameters(Parameters):
    """Settings of mentions: none."""


def select_sql(_params: MentionsParameters, _as_of: datetime) -> str:
    """Return one row per text and name."""
    return """
        WITH known AS (
            SELECT 'product' AS kind, name, min(sku) AS ref FROM cem.product WHERE name IS NOT NULL GROUP BY name
            UNION ALL SELECT 'brand', brand, NULL FROM cem.product WHERE brand IS NOT NULL GROUP BY brand
            UNION ALL SELECT 'store', name, min(store_id) FROM cem.store WHERE name IS NOT NULL GROUP BY name),
        told AS (
            SELECT s.event_id, k.kind, k.name, k.ref
            FROM (SELECT event_id, unnest(mentions) AS name FROM cem.measure_sentiment) s JOIN known k USING (name)
            UNION SELECT event_id, 'theme', unnest(themes), NULL FROM cem.measure_sentiment
            UNION SELECT s.event_id, 'product', p.name, min(p.sku) OVER (PARTITION BY p.name)
            FROM cem.measure_sentiment s JOIN cem.event e USING (event_id)
            JOIN cem.product p ON p.sku = json_extract_string(e.properties, '$.sku') WHERE p.name IS NOT NULL)
        SELECT m.event_id, s.customer_id, s."at", m.kind, m.name, m.ref, s.score AS feeling, s.label
        FROM told m JOIN cem.measure_sentiment s USING (event_id)"""


MEASURE = Measure(
    name="mentions",
    title="Mentions of brands, products, stores and themes",
    doc=__doc__,
    parameters=MentionsParameters,
    key=("event_id", "kind", "name"),
    columns=(
        Column("event_id", "BIGINT", "event with the text"),
        CUSTOMER,
        Column("at", "TIMESTAMP", "when (UTC)"),
        Column("kind", "VARCHAR", "brand, product, store or theme"),
        Column("name", "VARCHAR", "what is named"),
        Column("ref", "VARCHAR", "sku of a product, id of a store"),
        Column("feeling", "DOUBLE", "score of the text, -1 to 1"),
        Column("label", "VARCHAR", "positive, neutral or negative"),
    ),
    select_sql=select_sql,
    needs=("sentiment",),
)
