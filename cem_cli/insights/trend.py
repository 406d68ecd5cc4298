"""Trend: how a customer's spend, purchases and acts change from period to period.

Definition: per customer, the series of the last `periods` whole periods (calendar months, weeks, quarters or years), from the
period of the first act or purchase on, and the slope of the straight line through it.

Formula: slope = sum (x - mean x) y / sum (x - mean x)^2 over x = 0 .. k-1 (least squares); per period. With whole numbers:
6 sum (2x - k + 1) y / (k (k^2 - 1)). The running period is left out: it is not over.

Source: `base_purchase` (spend net of refunds, kept purchases by date), `base_touch` (acts of the person).

Units: money, purchases and acts per period; slope in the same per period.

Refuses: customers known for fewer than `min_periods` whole periods have series but no slopes; several currencies without rates.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql


class TrendParameters(Parameters):
    """Settings of trends."""

    period: Literal["week", "month", "quarter", "year"] = "month"
    periods: int = Field(12, ge=2)
    min_periods: int = Field(3, ge=2)


def _told_sql(metric: str, periods: int) -> str:
    """The series of a metric, and its slope where it is long enough to have one; k = periods known, moment = sum (place x metric)."""
    centred = f"(2 * coalesce({metric}_moment, 0) - (first_place + {periods} - 1) * coalesce({metric}_sum, 0))"
    return f"""list_transform(cells, lambda cell: coalesce(cell.{metric}, 0)) AS {metric},
               round(6 * {centred}::DOUBLE / (k * (k * k - 1)), 4) AS {metric}_slope"""


def select_sql(params: TrendParameters, as_of: datetime) -> str:
    """Return one row per customer with a whole period behind them; places count periods from the oldest, 0."""
    place = f"date_diff('{params.period}', start, date_trunc('{params.period}', happened.\"at\"))"
    return f"""
        WITH window_ AS (
            SELECT date_trunc('{params.period}', {instant_sql(as_of)}) AS stop,
                   date_trunc('{params.period}', {instant_sql(as_of)}) - {params.periods} * INTERVAL 1 {params.period} AS start),
        happened AS (
            SELECT customer_id, "at", amount, kept::INT AS orders, 0 AS acts FROM cem.base_purchase WHERE kind <> 'cancelled'
            UNION ALL SELECT customer_id, "at", 0, 0, 1 FROM cem.base_touch WHERE active),
        known AS (
            SELECT customer_id, greatest(date_diff('{params.period}', any_value(start), date_trunc('{params.period}', min("at"))), 0)
                   AS first_place
            FROM happened, window_ WHERE customer_id IS NOT NULL AND "at" < stop GROUP BY customer_id),
        cell AS (
            SELECT customer_id, {place} AS place, sum(amount) AS spend, sum(orders)::BIGINT AS orders, sum(acts)::BIGINT AS acts
            FROM happened, window_ WHERE "at" >= start AND "at" < stop AND customer_id IS NOT NULL GROUP BY ALL),
        gathered AS (
            SELECT customer_id, list({{'place': place, {', '.join(f"'{m}': {m}" for m in _METRICS)}}}) AS cells,
                   {', '.join(f'sum({m}) AS {m}_sum, sum(place * {m}) AS {m}_moment' for m in _METRICS)}
            FROM cell GROUP BY customer_id),
        filled AS (
            SELECT * REPLACE (list_transform(range(first_place, {params.periods}),
                                             lambda i: list_filter(cells, lambda cell: cell.place = i)[1]) AS cells),
                   {params.periods} - first_place AS k
            FROM known LEFT JOIN gathered USING (customer_id))
        SELECT customer_id, k AS periods, {', '.join(_METRICS)},
               {', '.join(f'CASE WHEN k >= {params.min_periods} THEN {m}_slope END AS {m}_slope' for m in _METRICS)}
        FROM (SELECT customer_id, k, {', '.join(_told_sql(m, params.periods) for m in _METRICS)} FROM filled)"""


_METRICS = ("spend", "orders", "acts")

MEASURE = Measure(
    name="trend",
    title="Trend per customer",
    doc=__doc__,
    parameters=TrendParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("periods", "BIGINT", "whole periods the customer has been known, at most those asked for"),
        Column("spend", "DECIMAL(18,2)[]", "net spend per period, oldest first"),
        Column("orders", "BIGINT[]", "kept purchases per period, oldest first"),
        Column("acts", "BIGINT[]", "acts of the person per period, oldest first"),
        Column("spend_slope", "DOUBLE", "change of net spend per period"),
        Column("orders_slope", "DOUBLE", "change of purchases per period"),
        Column("acts_slope", "DOUBLE", "change of acts per period"),
    ),
    select_sql=select_sql,
    money=True,
    local=True,
)
