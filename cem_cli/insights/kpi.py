"""Key figures per period: revenue, orders, customers, loyalty and cost.

Definition: for every calendar period from the first revenue event to the clock, what came in and who bought.

Formula: net = purchases + refunds; average = money of kept purchases / orders (kept purchases); retention = customers who
bought in this period and the one before / customers of the one before; new = customers whose first purchase this is;
refund_rate = money given back / money of purchases; margin = net - cost of goods. The last period runs until the clock
(`complete` false).

Source: `base_purchase`; revenue of nobody known is in `net` and shown as `unattributed`.

Units: money in the project's currency, purchases, customers, shares 0 to 1.

Refuses: no revenue events; several currencies without rates. Margin is empty where a cost is unknown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, at_least, count, instant_sql


class KpiParameters(Parameters):
    """Settings of key figures."""

    period: Literal["day", "week", "month", "quarter", "year"] = "month"


def gates(con: Connection, _params: KpiParameters, _as_of: datetime) -> Refusal | None:
    """Refuse without revenue events."""
    return at_least(count(con, "SELECT count(*) FROM cem.base_purchase WHERE kind <> 'cancelled'"), 1, "revenue events")


def select_sql(params: KpiParameters, as_of: datetime) -> str:
    """Return one row per period, empty ones included."""
    one = f"INTERVAL 1 {params.period}"
    return f"""
        WITH sold AS (
            SELECT *, date_trunc('{params.period}', "at") AS period FROM cem.base_purchase WHERE kind <> 'cancelled'),
        calendar AS (
            SELECT unnest(generate_series(min(period), date_trunc('{params.period}', {instant_sql(as_of)}), {one})) AS period
            FROM sold),
        buyer AS (
            SELECT DISTINCT customer_id, period, min(period) OVER (PARTITION BY customer_id) AS born
            FROM sold WHERE kind = 'purchase' AND customer_id IS NOT NULL),
        people AS (
            SELECT b.period, count(*) AS customers, count(*) FILTER (WHERE b.born = b.period) AS new, count(l.customer_id) AS stayed
            FROM buyer b LEFT JOIN buyer l ON l.customer_id = b.customer_id AND l.period = b.period - {one} GROUP BY b.period),
        money AS (
            SELECT period, count(*) FILTER (WHERE kept) AS orders, sum(amount) FILTER (WHERE kept) AS kept_money,
                   sum(amount) FILTER (WHERE kind = 'purchase') AS bought,
                   sum(amount) FILTER (WHERE kind = 'refund') AS refunded, sum(amount) AS net,
                   sum(amount) FILTER (WHERE customer_id IS NULL) AS unattributed,
                   CASE WHEN count(*) = count(cost) THEN sum(margin) END AS margin
            FROM sold GROUP BY period)
        SELECT c.period::DATE AS period, coalesce(m.net, 0) AS net, coalesce(m.bought, 0) AS bought,
               coalesce(m.refunded, 0) AS refunded, round(-m.refunded / nullif(m.bought, 0), 6)::DOUBLE AS refund_rate,
               coalesce(m.unattributed, 0) AS unattributed, CASE WHEN m.net IS NULL THEN 0 ELSE m.margin END AS margin,
               coalesce(m.orders, 0) AS orders, round(m.kept_money / nullif(m.orders, 0), 2) AS average,
               coalesce(p.customers, 0) AS customers, coalesce(p.new, 0) AS new,
               round(coalesce(p.stayed, 0) / nullif(lag(p.customers) OVER (ORDER BY c.period), 0), 6) AS retention,
               c.period + {one} <= {instant_sql(as_of)} AS complete
        FROM calendar c LEFT JOIN money m USING (period) LEFT JOIN people p USING (period)"""


MEASURE = Measure(
    name="kpi",
    title="Key figures per period",
    doc=__doc__,
    parameters=KpiParameters,
    key=("period",),
    columns=(
        Column("period", "DATE", "first day of the period"),
        Column("net", "DECIMAL(18,2)", "money, net of refunds"),
        Column("bought", "DECIMAL(18,2)", "money of purchases"),
        Column("refunded", "DECIMAL(18,2)", "money given back (negative)"),
        Column("refund_rate", "DOUBLE", "money given back per money of purchases"),
        Column("unattributed", "DECIMAL(18,2)", "net money of nobody known"),
        Column("margin", "DECIMAL(18,2)", "net money less cost of goods"),
        Column("orders", "BIGINT", "purchases not wholly refunded"),
        Column("average", "DECIMAL(18,2)", "money of purchases kept, per order"),
        Column("customers", "BIGINT", "known customers who bought"),
        Column("new", "BIGINT", "of them, those who bought for the first time"),
        Column("retention", "DOUBLE", "share of the last period's customers who bought again"),
        Column("complete", "BOOLEAN", "the period has ended"),
    ),
    select_sql=select_sql,
    gates=gates,
    money=True,
)
