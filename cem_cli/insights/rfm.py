"""Recency, frequency, monetary value: who bought lately, often, and for how much.

Definition: for every customer with a kept purchase in the window, the days since the last one, their number, the money
spent net of refunds; each scored 1 to 5 (5 best) against the other customers, and a segment named from the scores.

Formula: score = 1 + floor(5 p) with p the mid-distribution rank, (customers below + half of those equal) / customers:
equal values always score the same, and all equal means 3. With FM = (F + M) / 2 rounded up, the segment is champion
(R >= 4, FM >= 4), loyal (R >= 3, FM >= 3), recent (R >= 4), cooling (R = 3), at_risk (R <= 2, FM >= 4), else hibernating.

Source: purchases and refunds (`base_purchase`) of the last `window_days`. Quantiles, not equal widths, because spend is
skewed. Not to be confused with the *recency* of lifetime value models, which is the span from first to last purchase.

Units: days, purchases, money in the project's currency, scores 1 to 5.

Refuses: fewer than `min_customers` customers with a purchase in the window (quintiles of few people are noise), and
several currencies without rates. Customers without a kept purchase in the window have no row.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, Refusal, at_least, count, instant_sql


class RfmParameters(Parameters):
    """Settings of RFM."""

    window_days: int = Field(730, ge=1)
    """Only purchases of this many days before `as_of` count; at least one season."""
    min_customers: int = Field(50, ge=1)


def _window_sql(params: RfmParameters, as_of: datetime) -> str:
    return f"""customer_id IS NOT NULL AND kind <> 'cancelled'
        AND "at" > {instant_sql(as_of)} - INTERVAL {params.window_days} DAY"""


def gates(con: Connection, params: RfmParameters, as_of: datetime) -> Refusal | None:
    """Refuse below `min_customers` customers with a kept purchase in the window."""
    buyers = count(con, f"SELECT count(DISTINCT customer_id) FROM cem.base_purchase WHERE {_window_sql(params, as_of)} AND kept")
    return at_least(buyers, params.min_customers, f"customers with a purchase in {params.window_days} days")


def _score_sql(value: str, order: str) -> str:
    """Return the 1 to 5 score of a column in whole numbers, so that ties and threads cannot disagree."""
    below = f"rank() OVER (ORDER BY {value} {order}) - 1"
    equal = f"count(*) OVER (PARTITION BY {value})"
    return f"(1 + (5 * (2 * ({below}) + {equal})) // (2 * count(*) OVER ()))::TINYINT"


def select_sql(params: RfmParameters, as_of: datetime) -> str:
    """Return one row per customer with a kept purchase in the window."""
    return f"""
        WITH bought AS (
            SELECT customer_id, date_diff('day', max("at") FILTER (WHERE kept), {instant_sql(as_of)}) AS recency_days,
                   count(*) FILTER (WHERE kept) AS frequency, sum(amount) AS monetary
            FROM cem.base_purchase WHERE {_window_sql(params, as_of)}
            GROUP BY customer_id HAVING count(*) FILTER (WHERE kept) > 0),
        scored AS (
            SELECT *, {_score_sql("recency_days", "DESC")} AS r, {_score_sql("frequency", "ASC")} AS f,
                   {_score_sql("monetary", "ASC")} AS m
            FROM bought)
        SELECT *, CASE WHEN r >= 4 AND f + m >= 7 THEN 'champion' WHEN r >= 3 AND f + m >= 5 THEN 'loyal'
                       WHEN r >= 4 THEN 'recent' WHEN r = 3 THEN 'cooling'
                       WHEN f + m >= 7 THEN 'at_risk' ELSE 'hibernating' END AS segment
        FROM scored"""


MEASURE = Measure(
    name="rfm",
    title="Recency, frequency, monetary value",
    doc=__doc__,
    parameters=RfmParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("recency_days", "BIGINT", "days since the last kept purchase"),
        Column("frequency", "BIGINT", "kept purchases in the window"),
        Column("monetary", "DECIMAL(18,2)", "money spent in the window, net of refunds"),
        Column("r", "TINYINT", "recency score, 5 = most recent"),
        Column("f", "TINYINT", "frequency score, 5 = most often"),
        Column("m", "TINYINT", "monetary score, 5 = most money"),
        Column("segment", "VARCHAR", "champion, loyal, recent, cooling, at_risk or hibernating"),
    ),
    select_sql=select_sql,
    gates=gates,
    money=True,
)
