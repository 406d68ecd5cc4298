"""Historic lifetime value: what a customer has been worth so far.

Definition: per customer, all money spent net of refunds since the first purchase, the margin made, and both per year of the
relation.

Formula: value = purchases + refunds; years = days from the first purchase to the clock / 365.25, at least one; per_year = value /
years (whoever came last week is not made to look like a fortune).

Source: `base_purchase`.

Units: money in the project's currency, days.

Refuses: several currencies without rates. Margin is empty where a cost is unknown; customers without a purchase have no row.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql


class ClvHistoricParameters(Parameters):
    """Settings of historic value: none."""


def select_sql(_params: ClvHistoricParameters, as_of: datetime) -> str:
    """Return one row per customer with a purchase."""
    return f"""
        WITH so_far AS (
            SELECT customer_id, sum(amount) AS value, CASE WHEN count(*) = count(cost) THEN sum(margin) END AS margin,
                   date_diff('day', min("at") FILTER (WHERE kind = 'purchase'), {instant_sql(as_of)}) AS days
            FROM cem.base_purchase WHERE customer_id IS NOT NULL AND kind <> 'cancelled'
            GROUP BY customer_id HAVING count(*) FILTER (WHERE kind = 'purchase') > 0)
        SELECT *, round(value / greatest(days / 365.25, 1), 2) AS per_year,
               round(margin / greatest(days / 365.25, 1), 2) AS margin_per_year
        FROM so_far"""


MEASURE = Measure(
    name="clv_historic",
    title="Historic lifetime value",
    doc=__doc__,
    parameters=ClvHistoricParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("value", "DECIMAL(18,2)", "money spent so far, net of refunds"),
        Column("margin", "DECIMAL(18,2)", "value less cost of goods"),
        Column("days", "BIGINT", "days since the first purchase"),
        Column("per_year", "DECIMAL(18,2)", "value per year of the relation"),
        Column("margin_per_year", "DECIMAL(18,2)", "margin per year of the relation"),
    ),
    select_sql=select_sql,
    money=True,
    local=True,
)
