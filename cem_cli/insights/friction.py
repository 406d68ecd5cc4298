"""Friction, in money: where the experience hurts, whom, how much it costs, and where in the company it begins.

Definition: friction points are the kinds of `friction_moments`, as a whole and by channel, store, region, product category,
product and week of each. For each: customers hit, how often against elsewhere, money at risk, trend, who leaves, example
customers. Ranked by money.

Formula: excess = hits - chances x rate elsewhere (of the other values of that dimension); score = excess in standard errors
(Poisson). due = the share of the hits that is surely excess, max(0, excess - `sure` standard errors) / hits; for a kind as a
whole 1. Who leaves: share of those hit without a kept purchase within `horizon_days` after that quarter, against people alike
not hit (same quarter, purchases so far, purchases in the quarter, last channel), with the 90 % interval of the difference.
leaves = what the kind adds to the chance to leave: that difference for all it hit, taken for an effect that is not below 0 and
shrunk towards what kinds of friction usually add (empirical Bayes, half-normal, its scale at least `least_effect`), so that a
kind whose effect cannot be measured yet is still ranked in money; leaves_low and leaves_high its 90 % interval.
value_without = yearly spend of the customers hit x (1 - left_like of the kind); at_risk = yearly spend x leaves (at_risk_low,
at_risk_high with its interval); value_with = value_without - at_risk. money = due x (at_risk + lost). Trend = rate of the
last `trend_days` less that of as many days before.

Source: `friction_moments`, `base_touch`, `base_purchase`, `clv_historic` (yearly spend).

Units: money in the project's currency, shares 0 to 1, standard errors.

Refuses: no friction moments; several currencies without rates. A cell whose people cannot be judged yet has no shares of
leaving, a kind of which that is true nothing at risk. Weeks have no trend. Hits without customers cost only what is `lost`.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from pydantic import Field

from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.insights.leaving import leaving_sql, panel_sql
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, at_least, count, instant_sql
from cem_cli.insights.shrinkage import shrink
from cem_cli.insights.statistics import store_arrays


class FrictionRankParameters(Parameters):
    """Settings of friction in money."""

    horizon_days: int = Field(180, ge=30)
    """Days without a purchase after which somebody hit has left."""
    sure: float = Field(3.0, ge=0)
    """Standard errors that are taken off an excess before it counts: there are hundreds of cells to be wrong about."""
    trend_days: int = Field(90, ge=7)
    least_effect: float = Field(0.05, gt=0, lt=1)
    """What friction is believed to add to the chance to leave before it is measured: seldom more than twice this."""


_PLACE = "channel, store_id, region, category, sku, date_trunc('week', \"at\") AS week"
_CUTS = """unnest(['all', 'channel', 'store', 'region', 'category', 'product', 'week']) AS dimension,
           unnest(['all', channel, store_id, region, category, sku, strftime(week, '%Y-%m-%d')]) AS value"""


def gates(con: Connection, _params: FrictionRankParameters, _as_of: datetime) -> Refusal | None:
    """Refuse where no chance for friction is known."""
    return at_least(count(con, "SELECT count(*) FROM cem.measure_friction_moments"), 1, "friction moments", "import events")


def prepare(con: Connection, params: FrictionRankParameters, as_of: datetime) -> Refusal | None:
    """Cut the moments by dimension, and judge who left, into temporary tables."""
    recent = f'"at" > {instant_sql(as_of)} - INTERVAL {params.trend_days} DAY'
    earlier = f'"at" > {instant_sql(as_of)} - INTERVAL {2 * params.trend_days} DAY AND NOT {recent}'
    run_steps(con, [
        Step("friction_cell", f"CREATE OR REPLACE TEMP TABLE friction_cell AS {_cells_sql(recent, earlier)}"),
        Step("friction_hit", f"""
            CREATE OR REPLACE TEMP TABLE friction_hit AS
            SELECT DISTINCT kind, dimension, value, customer_id, quarter FROM (
                SELECT kind, {_CUTS}, customer_id, quarter FROM (
                    SELECT kind, {_PLACE}, customer_id, date_trunc('quarter', "at") AS quarter FROM cem.measure_friction_moments
                    WHERE hits > 0 AND customer_id IS NOT NULL)) WHERE value IS NOT NULL"""),
        Step("friction_panel", f"CREATE OR REPLACE TEMP TABLE friction_panel AS {panel_sql(params.horizon_days, as_of)}"),
        Step("friction_leaving", f"CREATE OR REPLACE TEMP TABLE friction_leaving AS {leaving_sql('friction_hit', 'friction_panel')}"),
        Step("drop friction_panel", "DROP TABLE friction_panel"),
    ])
    _judge_kinds(con, params)
    return None


def _cells_sql(recent: str, earlier: str) -> str:
    """Counts and money per kind, dimension and value, and counts of the two periods of the trend; moments alike are added up first."""
    return f"""
        SELECT kind, dimension, value, sum(chances) AS chances, sum(hits) AS hits, sum(lost) AS lost,
               sum(chances) FILTER (WHERE recent) AS chances_now, sum(hits) FILTER (WHERE recent) AS hits_now,
               sum(chances) FILTER (WHERE earlier) AS chances_then, sum(hits) FILTER (WHERE earlier) AS hits_then
        FROM (SELECT *, {_CUTS} FROM (
            SELECT kind, {_PLACE}, {recent} AS recent, {earlier} AS earlier, sum(chances) AS chances, sum(hits) AS hits, sum(lost) AS lost
            FROM cem.measure_friction_moments GROUP BY ALL))
        WHERE value IS NOT NULL GROUP BY kind, dimension, value"""


def _judge_kinds(con: Connection, params: FrictionRankParameters) -> None:
    """Leave `friction_effect`: what each kind adds to the chance to leave, shrunk."""
    told = con.execute("""SELECT kind, left_like, left_more, left_error FROM friction_leaving
                          WHERE dimension = 'all' ORDER BY kind""").fetchnumpy()
    like, more, error = (np.asarray(told[name], dtype=np.float64) for name in ("left_like", "left_more", "left_error"))
    found = shrink(more, error, params.least_effect)
    store_arrays(con, "friction_effect", {
        "kind": np.asarray(told["kind"], dtype=object), "left_like": like,
        "leaves": np.round(found.mean, 4), "leaves_low": np.round(found.low, 4), "leaves_high": np.round(found.high, 4),
    })


def _counted_sql() -> str:
    """One row per kind, dimension and value: counts, money, yearly spend of those hit, and three of them."""
    return """
        SELECT c.kind, c.dimension, c.value, c.chances, c.hits, c.lost, coalesce(p.customers, 0) AS customers,
               coalesce(p.yearly, 0) AS yearly, p.examples,
               c.hits_now / nullif(c.chances_now, 0) - c.hits_then / nullif(c.chances_then, 0) AS trend
        FROM friction_cell c LEFT JOIN (
            SELECT h.kind, h.dimension, h.value, count(*) AS customers, sum(greatest(v.per_year, 0)) AS yearly,
                   list_transform(max({'v': coalesce(v.per_year, 0), 'c': h.customer_id}, 3), lambda x: x.c) AS examples
            FROM (SELECT DISTINCT kind, dimension, value, customer_id FROM friction_hit) h
            LEFT JOIN cem.measure_clv_historic v ON v.customer_id = h.customer_id GROUP BY h.kind, h.dimension, h.value) p
            ON p.kind = c.kind AND p.dimension = c.dimension AND p.value = c.value"""


def select_sql(params: FrictionRankParameters, _as_of: datetime) -> str:
    """Return one row per friction point and cell of it that was hit."""
    return f"""
        WITH counted AS ({_counted_sql()}),
        compared AS (
            SELECT *, sum(hits) OVER kin AS all_hits, sum(chances) OVER kin AS all_chances,
                   CASE WHEN dimension <> 'all'
                        THEN (sum(hits) OVER kin - hits) / nullif(sum(chances) OVER kin - chances, 0) END AS elsewhere
            FROM counted WINDOW kin AS (PARTITION BY kind, dimension)),
        judged AS (
            SELECT *, hits - chances * elsewhere AS excess,
                   sqrt(greatest(chances * (all_hits / nullif(all_chances, 0)) * (1 + chances / nullif(all_chances - chances, 0)), 1)) AS se
            FROM compared WHERE hits > 0),
        priced AS (
            SELECT j.*, l.judged, l.left_share, l.left_like, l.left_more, l.left_low, l.left_high, k.leaves, k.leaves_low, k.leaves_high,
                   CASE WHEN dimension = 'all' THEN 1 ELSE coalesce(greatest(0, excess - {params.sure} * se) / hits, 0) END AS due,
                   yearly * (1 - coalesce(k.left_like, 0)) AS value_without, yearly * coalesce(k.leaves, 0) AS at_risk
            FROM judged j LEFT JOIN friction_leaving l USING (kind, dimension, value) LEFT JOIN friction_effect k ON k.kind = j.kind)
        SELECT kind, dimension, value, hits, chances, round(hits / nullif(chances, 0), 4)::DOUBLE AS rate,
               round(elsewhere, 4)::DOUBLE AS elsewhere, round(excess, 1)::DOUBLE AS excess, round(excess / se, 2)::DOUBLE AS score,
               customers, examples,
               CASE WHEN dimension <> 'week' THEN round(trend, 4) END::DOUBLE AS trend, judged, left_share, left_like, left_more, left_low,
               left_high, leaves, leaves_low, leaves_high, value_without::DECIMAL(18,2) AS value_without,
               (value_without - at_risk)::DECIMAL(18,2) AS value_with, at_risk::DECIMAL(18,2) AS at_risk,
               (yearly * leaves_low)::DECIMAL(18,2) AS at_risk_low, (yearly * leaves_high)::DECIMAL(18,2) AS at_risk_high, lost, money,
               row_number() OVER (ORDER BY money DESC, round(excess / se, 2) DESC NULLS LAST, kind, dimension, value) AS rank
        FROM (SELECT *, (due * (at_risk + lost))::DECIMAL(18,2) AS money FROM priced)"""


MEASURE = Measure(
    name="friction",
    title="Friction points, in money",
    doc=__doc__,
    parameters=FrictionRankParameters,
    key=("rank",),
    columns=(
        Column("rank", "BIGINT", "1 = costs most"),
        Column("kind", "VARCHAR", "kind of friction (see `friction_moments`)"),
        Column("dimension", "VARCHAR", "all, channel, store, region, category, product or week"),
        Column("value", "VARCHAR", "the channel, store ...; of a week its Monday"),
        Column("money", "DECIMAL(18,2)", "what it costs: due x (at risk + lost)"),
        Column("customers", "BIGINT", "known customers hit"),
        Column("hits", "BIGINT", "times it went wrong"),
        Column("chances", "BIGINT", "times it could have"),
        Column("rate", "DOUBLE", "hits per chance"),
        Column("elsewhere", "DOUBLE", "rate of the other values of the dimension"),
        Column("excess", "DOUBLE", "hits above what the rate elsewhere would give"),
        Column("score", "DOUBLE", "excess in standard errors"),
        Column("trend", "DOUBLE", "rate lately less the rate before"),
        Column("judged", "BIGINT", "customers and quarters hit that can be judged"),
        Column("left_share", "DOUBLE", "share of them that left"),
        Column("left_like", "DOUBLE", "share of people alike, not hit, that left"),
        Column("left_more", "DOUBLE", "difference"),
        Column("left_low", "DOUBLE", "lower end of its 90 % interval"),
        Column("left_high", "DOUBLE", "upper end of its 90 % interval"),
        Column("leaves", "DOUBLE", "what the kind is taken to add to the chance to leave, shrunk, not below 0"),
        Column("leaves_low", "DOUBLE", "lower end of its 90 % interval"),
        Column("leaves_high", "DOUBLE", "upper end of its 90 % interval"),
        Column("value_without", "DECIMAL(18,2)", "yearly value of those hit, had it not happened"),
        Column("value_with", "DECIMAL(18,2)", "yearly value of those hit as it is"),
        Column("at_risk", "DECIMAL(18,2)", "the difference"),
        Column("at_risk_low", "DECIMAL(18,2)", "lower end of its 90 % interval"),
        Column("at_risk_high", "DECIMAL(18,2)", "upper end of its 90 % interval"),
        Column("lost", "DECIMAL(18,2)", "money known to be gone"),
        Column("examples", "VARCHAR[]", "up to three customers hit, those who spend most"),
    ),
    select_sql=select_sql,
    gates=gates,
    prepare=prepare,
    needs=("friction_moments", "clv_historic"),
    money=True,
)
