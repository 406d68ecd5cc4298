"""Channel mix per customer: pure e-commerce, stores only, or both.

Definition: per customer with a kept purchase, how purchases and money split between online and stores, and the model that
makes: online, store, hybrid (both), other (neither).

Formula: online_share = kept purchases online / kept purchases of the customer online or in stores; hybrid where both occur.

Source: `base_purchase`; which channel is which is a parameter.

Units: purchases, shares 0 to 1.

Refuses: nothing; a purchase whose channel is not stated counts for neither.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, texts_sql
from cem_cli.insights.spend import SpendParameters


class ChannelMixParameters(SpendParameters):
    """Settings of the channel mix: which channels are online, which are stores."""


def select_sql(params: ChannelMixParameters, _as_of: datetime) -> str:
    """Return one row per customer with a kept purchase."""
    return f"""
        WITH bought AS (
            SELECT customer_id, count(*) AS orders, count(*) FILTER (WHERE channel IN {texts_sql(params.online)}) AS online,
                   count(*) FILTER (WHERE channel IN {texts_sql(params.physical)}) AS in_stores,
                   arg_min(channel, {{'at': "at", 'event_id': event_id}}) AS first_channel,
                   arg_max(channel, {{'at': "at", 'event_id': event_id}}) AS last_channel
            FROM cem.base_purchase WHERE kept AND customer_id IS NOT NULL GROUP BY customer_id)
        SELECT *, round(online / nullif(online + in_stores, 0), 6) AS online_share,
               CASE WHEN online > 0 AND in_stores > 0 THEN 'hybrid' WHEN online > 0 THEN 'online'
                    WHEN in_stores > 0 THEN 'store' ELSE 'other' END AS model
        FROM bought"""


MEASURE = Measure(
    name="channel_mix",
    title="Channel mix per customer",
    doc=__doc__,
    parameters=ChannelMixParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("model", "VARCHAR", "online, store, hybrid or other"),
        Column("orders", "BIGINT", "kept purchases"),
        Column("online", "BIGINT", "of them online"),
        Column("in_stores", "BIGINT", "of them in stores"),
        Column("online_share", "DOUBLE", "share online of those online or in stores"),
        Column("first_channel", "VARCHAR", "channel of the first kept purchase"),
        Column("last_channel", "VARCHAR", "channel of the last kept purchase"),
    ),
    select_sql=select_sql,
    local=True,
)
