"""Sentiment per customer: how somebody feels about us, and where it is going.

Definition: per customer with a text or a rating, how many there are, their mean feeling, the last one, and the change between the older
and the newer half.

Formula: a voice is a text's score, or the answer brought to -1 to 1 (`voices`); mean over voices of the last `window_days`;
change = mean of the newer half - mean of the older half, from `min_voices` voices on.

Source: `voices`.

Units: -1 (worst) to 1 (best), voices, UTC instants.

Refuses: as `voices`; customers who said nothing in the window have no row.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql


class SentimentCustomerParameters(Parameters):
    """Settings of sentiment per customer."""

    window_days: int = Field(730, ge=1)
    min_voices: int = Field(4, ge=2)
    """Voices from which a change is told."""


def select_sql(params: SentimentCustomerParameters, as_of: datetime) -> str:
    """Return one row per customer with a voice in the window."""
    return f"""
        WITH told AS (
            SELECT customer_id, "at", event_id, feeling, ntile(2) OVER (PARTITION BY customer_id ORDER BY "at", event_id) AS half
            FROM cem.measure_voices
            WHERE customer_id IS NOT NULL AND "at" > {instant_sql(as_of)} - INTERVAL {params.window_days} DAY)
        SELECT customer_id, count(*) AS voices, round(avg(feeling), 4)::DOUBLE AS mean, max("at") AS last_at,
               arg_max(feeling, (("at", event_id))) AS last, count(*) FILTER (WHERE feeling < -0.2) AS negative,
               CASE WHEN count(*) >= {params.min_voices}
                    THEN round(avg(feeling) FILTER (WHERE half = 2) - avg(feeling) FILTER (WHERE half = 1), 4) END::DOUBLE AS change
        FROM told GROUP BY customer_id"""


MEASURE = Measure(
    name="sentiment_customer",
    title="Sentiment per customer",
    doc=__doc__,
    parameters=SentimentCustomerParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("voices", "BIGINT", "texts and ratings in the window"),
        Column("mean", "DOUBLE", "mean feeling, -1 to 1"),
        Column("last", "DOUBLE", "feeling of the last voice"),
        Column("last_at", "TIMESTAMP", "last voice (UTC)"),
        Column("negative", "BIGINT", "voices clearly below zero"),
        Column("change", "DOUBLE", "newer half less older half"),
    ),
    select_sql=select_sql,
    needs=("voices",),
    local=True,
)
