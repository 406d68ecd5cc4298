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


def _slope_sql(value: str) -> str:
    centred = f"sum((2 * (place - first_place) - (k - 1)) * {value})"
    return f"round(6 * {centred}::DOUBLE / (k * (k * k - 1)), 4)"


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
            SELECT customer_id, {place} AS place, sum(amount) AS spend, sum(orders) AS orders, sum(acts) AS acts
            FROM happened, window_ WHERE "at" >= start AND "at" < stop AND customer_id IS NOT NULL GROUP BY ALL),
        told AS (
            SELECT k.customer_id, k.first_place, {params.periods} - k.first_place AS k, p.place, coalesce(c.spend, 0) AS spend,
                   coalesce(c.orders, 0) AS orders, coalesce(c.acts, 0) AS acts
            FROM known k JOIN (SELECT unnest(range({params.periods})) AS place) p ON p.place >= k.first_place
            LEFT JOIN cell c ON c.customer_id = k.customer_id AND c.place = p.place),
        summed AS (
            SELECT customer_id, k AS periods, list(spend ORDER BY place) AS spend, list(orders::BIGINT ORDER BY place) AS orders,
                   list(acts::BIGINT ORDER BY place) AS acts, {_slope_sql("spend")} AS spend_slope,
                   {_slope_sql("orders")} AS orders_slope, {_slope_sql("acts")} AS acts_slope
            FROM told GROUP BY customer_id, k)
        SELECT customer_id, periods, spend, orders, acts,
               {', '.join(f'CASE WHEN periods >= {params.min_periods} THEN {m}_slope END AS {m}_slope' for m in _METRICS)}
        FROM summed"""


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
