"""Churn risk: who has fallen silent for longer than is usual for them.

Definition: per customer with a kept purchase, the silence since the last one against their own rhythm, and the risk that they are
gone. An opt-out from a newsletter is not churn.

Formula: gap = median days between own purchase days (with fewer than `own_gaps` gaps: the median of all customers' gaps);
overdue = days since the last purchase / gap; overdue above `overdue_limit` counts as gone quiet. risk = 1 - P(alive). Basis
p_alive: of customers who came back, by BG/NBD (`clv`). Basis first: of those with one purchase day, of whom BG/NBD says
nothing, with its parameters and leaving possible after the first purchase too: 1 / (1 + (b / a) (alpha / (alpha + T))^r), T the
weeks since. Basis gap, where that model is refused: the share of all returns that came sooner, measured in the
customers' own gaps. Bands: low below 0.33, medium, high above 0.66.

Source: `base_purchase`, and `clv`, `clv_model` where they were not refused.

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
        model AS (
            SELECT any_value(estimate) FILTER (WHERE parameter = 'r') AS r, any_value(estimate) FILTER (WHERE parameter = 'a') AS a,
                   any_value(estimate) FILTER (WHERE parameter = 'b') AS b,
                   any_value(estimate) FILTER (WHERE parameter = 'alpha') AS alpha
            FROM cem.measure_clv_model),
        judged AS (
            SELECT y.*, CASE WHEN v.p_alive IS NULL THEN 'gap' WHEN y.gaps > 0 THEN 'p_alive' ELSE 'first' END AS basis,
                   CASE basis WHEN 'gap' THEN coalesce(s.sooner, 0) WHEN 'p_alive' THEN 1 - v.p_alive
                              ELSE 1 / (1 + m.b / m.a * (m.alpha / (m.alpha + y.silent_days / 7)) ** m.r) END AS chance
            FROM rhythm y CROSS JOIN model m LEFT JOIN cem.measure_clv v USING (customer_id)
            ASOF LEFT JOIN returned s ON y.overdue > s.overdue)
        SELECT customer_id, silent_days, gaps, round(gap, 1) AS gap, overdue, overdue > {params.overdue_limit} AS quiet, basis,
               round(chance, 4)::DOUBLE AS risk,
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
        Column("basis", "VARCHAR", "what the risk rests on: p_alive, first or gap"),
        Column("risk", "DOUBLE", "risk of being gone, 0 to 1"),
        Column("band", "VARCHAR", "low, medium or high"),
    ),
    select_sql=select_sql,
    gates=gates,
    after=("clv", "clv_model"),
)
