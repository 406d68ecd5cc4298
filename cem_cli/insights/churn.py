"""Churn risk: who has fallen silent for longer than is usual for them.

Definition: per customer with a kept purchase, the silence since the last one against their own rhythm, and the risk that they are
gone. An opt-out from a newsletter is not churn.

Formula: gap = median days between own purchase days (with fewer than `own_gaps` gaps: the median of all customers' gaps);
overdue = days since the last purchase / gap; overdue above `overdue_limit` counts as gone quiet. risk = 1 - P(alive) of `clv`
where that model speaks and the customer bought again (basis p_alive); else the share of all returns that came sooner,
measured in the customers' own gaps (basis gap). Bands: low below 0.33, medium, high above 0.66.

Source: `base_purchase`, and `clv` where it was not refused.

Units: days, ratio, risk 0 to 1.

Refuses: no customer who ever came back: then there is no rhythm to compare with.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, Refusal, at_least, count, instant_sql


class ChurnParameters(Parameters):
    """Settings of churn risk."""

    own_gaps: int = Field(2, ge=1)
    """Gaps from which a customer's own median is used."""
    overdue_limit: float = Field(3.0, gt=1)
    """Times the usual gap after which somebody has gone quiet."""


_GAPS = """
    SELECT customer_id, day, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap
    FROM (SELECT DISTINCT customer_id, "at"::DATE AS day FROM cem.base_purchase WHERE kept AND customer_id IS NOT NULL)"""


def gates(con: Connection, _params: ChurnParameters, _as_of: datetime) -> Refusal | None:
    """Refuse where nobody ever came back."""
    return at_least(count(con, f"SELECT count(gap) FROM ({_GAPS})"), 1, "customers who came back")


def select_sql(params: ChurnParameters, as_of: datetime) -> str:
    """Return one row per customer with a kept purchase."""
    return f"""
        WITH gaps AS ({_GAPS}),
        everybody AS (SELECT greatest(median(gap), 1) AS gap FROM gaps),
        own AS (
            SELECT customer_id, count(gap) AS gaps, max(day) AS last_on,
                   CASE WHEN count(gap) >= {params.own_gaps} THEN median(gap) END AS own_gap
            FROM gaps GROUP BY customer_id),
        rhythm AS (
            SELECT o.*, coalesce(o.own_gap, e.gap) AS gap, {instant_sql(as_of)}::DATE - o.last_on AS silent_days,
                   round(({instant_sql(as_of)}::DATE - o.last_on) / coalesce(o.own_gap, e.gap), 4) AS overdue
            FROM own o, everybody e),
        returned AS (
            SELECT overdue, sum(count(*)) OVER (ORDER BY overdue) / sum(count(*)) OVER () AS sooner
            FROM (SELECT round(g.gap / r.gap, 4) AS overdue FROM gaps g JOIN rhythm r USING (customer_id) WHERE g.gap IS NOT NULL)
            GROUP BY overdue),
        judged AS (
            SELECT r.*, v.p_alive, CASE WHEN v.p_alive IS NOT NULL AND r.gaps > 0 THEN 'p_alive' ELSE 'gap' END AS basis,
                   coalesce(s.sooner, 0) AS sooner
            FROM rhythm r LEFT JOIN cem.measure_clv v USING (customer_id) ASOF LEFT JOIN returned s ON r.overdue > s.overdue)
        SELECT customer_id, silent_days, gaps, round(gap, 1) AS gap, overdue, overdue > {params.overdue_limit} AS quiet, p_alive, basis,
               round(CASE basis WHEN 'p_alive' THEN 1 - p_alive ELSE sooner END, 4)::DOUBLE AS risk,
               CASE WHEN risk < 0.33 THEN 'low' WHEN risk <= 0.66 THEN 'medium' ELSE 'high' END AS band
        FROM judged"""


MEASURE = Measure(
    name="churn",
    title="Churn risk",
    doc=__doc__,
    parameters=ChurnParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("silent_days", "BIGINT", "days since the last kept purchase"),
        Column("gaps", "BIGINT", "gaps between own purchase days"),
        Column("gap", "DOUBLE", "usual gap in days: the own median, or everybody's"),
        Column("overdue", "DOUBLE", "silence in usual gaps"),
        Column("quiet", "BOOLEAN", "silent for longer than the limit"),
        Column("p_alive", "DOUBLE", "probability of still being a customer, where the model speaks"),
        Column("basis", "VARCHAR", "what the risk rests on: p_alive or gap"),
        Column("risk", "DOUBLE", "risk of being gone, 0 to 1"),
        Column("band", "VARCHAR", "low, medium or high"),
    ),
    select_sql=select_sql,
    gates=gates,
    after=("clv",),
)
