"""First and last contact: since when somebody is with us, what started it, and when they were last heard of.

Definition: per customer, the first and the last act of the person, each with its touchpoint (type, channel, source,
campaign, store). Deliveries, bounces and the company's own notes are not acts.

Formula: first = min over active events by (instant, event id), last = max; `days` = whole days between them.

Source: `base_touch` where `active`. Acts of an anonymous device belong to the visitor, until the login.

Units: UTC instants, days, acts.

Refuses: nothing; a customer without any act has no row.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql


class ContactParameters(Parameters):
    """Settings of contacts: none."""


_ACT = """{'at': "at", 'event_id': event_id, 'type': type, 'channel': channel, 'source': source,
           'campaign_id': campaign_id, 'store_id': store_id}"""


def select_sql(_params: ContactParameters, as_of: datetime) -> str:
    """Return one row per customer with an act; structs compare by instant, then event, and carry the rest along."""
    return f"""
        WITH acts AS (
            SELECT customer_id, min({_ACT}) AS first, max({_ACT}) AS last, count(*) AS acts
            FROM cem.base_touch WHERE active AND customer_id IS NOT NULL GROUP BY customer_id)
        SELECT customer_id, first."at" AS first_at, first.type AS first_type, first.channel AS first_channel,
               first.source AS first_source, first.campaign_id AS first_campaign, first.store_id AS first_store,
               first.event_id AS first_event, last."at" AS last_at, last.type AS last_type, last.channel AS last_channel,
               acts, date_diff('day', first."at", last."at") AS days,
               date_diff('day', last."at", {instant_sql(as_of)}) AS days_silent
        FROM acts"""


MEASURE = Measure(
    name="contact",
    title="First and last contact",
    doc=__doc__,
    parameters=ContactParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("first_at", "TIMESTAMP", "first act of the person (UTC)"),
        Column("first_type", "VARCHAR", "what the first act was: the touchpoint that started the relation"),
        Column("first_channel", "VARCHAR", "channel of the first act"),
        Column("first_source", "VARCHAR", "source of the first act"),
        Column("first_campaign", "VARCHAR", "campaign of the first act"),
        Column("first_store", "VARCHAR", "store of the first act"),
        Column("first_event", "BIGINT", "event of the first act"),
        Column("last_at", "TIMESTAMP", "last act of the person (UTC)"),
        Column("last_type", "VARCHAR", "what the last act was"),
        Column("last_channel", "VARCHAR", "channel of the last act"),
        Column("acts", "BIGINT", "acts of the person"),
        Column("days", "BIGINT", "days from the first act to the last"),
        Column("days_silent", "BIGINT", "days since the last act"),
    ),
    select_sql=select_sql,
    local=True,
)
