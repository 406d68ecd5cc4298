"""Channel models of the business: how many customers, and how much money, are online, in stores, or both.

Definition: the customers of each model of `channel_mix`, their purchases and money, with their share.

Formula: shares of all customers with a kept purchase, and of their net money. The model NULL holds the money of customers
without a kept purchase and of nobody known, so that money adds up to all revenue.

Source: `channel_mix`, `base_purchase`.

Units: customers, purchases, money in the project's currency, shares 0 to 1.

Refuses: several currencies without rates.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import Column, Measure, Parameters


class ChannelModelsParameters(Parameters):
    """Settings of channel models: none (channels are those of `channel_mix`)."""


def select_sql(_params: ChannelModelsParameters, _as_of: datetime) -> str:
    """Return one row per model."""
    return """
        WITH told AS (
            SELECT m.model, count(DISTINCT m.customer_id) AS customers, count(*) FILTER (WHERE p.kept AND m.model IS NOT NULL) AS orders,
                   sum(p.amount) AS net
            FROM cem.base_purchase p LEFT JOIN cem.measure_channel_mix m USING (customer_id)
            WHERE p.kind <> 'cancelled' GROUP BY m.model)
        SELECT *, round(customers / nullif(sum(customers) OVER (), 0), 6) AS customer_share,
               CASE WHEN model IS NOT NULL
                    THEN round(net / nullif(sum(net) FILTER (WHERE model IS NOT NULL) OVER (), 0), 6) END::DOUBLE AS net_share,
               round(net / nullif(customers, 0), 2) AS per_customer
        FROM told"""


MEASURE = Measure(
    name="channel_models",
    title="Channel models of the business",
    doc=__doc__,
    parameters=ChannelModelsParameters,
    key=("model",),
    columns=(
        Column("model", "VARCHAR", "online, store, hybrid or other"),
        Column("customers", "BIGINT", "customers of the model"),
        Column("customer_share", "DOUBLE", "their share of all customers with a kept purchase"),
        Column("orders", "BIGINT", "kept purchases"),
        Column("net", "DECIMAL(18,2)", "money, net of refunds"),
        Column("net_share", "DOUBLE", "share of all customers' money"),
        Column("per_customer", "DECIMAL(18,2)", "money per customer"),
    ),
    select_sql=select_sql,
    needs=("channel_mix",),
    money=True,
)
