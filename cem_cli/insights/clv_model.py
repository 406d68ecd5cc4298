"""Lifetime value model: the fitted parameters behind `clv`, with their uncertainty.

Definition: BG/NBD (how often customers buy and when they leave) and Gamma-Gamma (what they spend per purchase), fitted to all
customers with a kept purchase.

Formula: per customer x = days with a purchase - 1, t_x = first to last of them, T = first to the clock, in weeks; mean = net value
of kept purchases after the first day / x. Maximum likelihood (L-BFGS-B on logarithms; for BG/NBD with a ridge of 1e-6, which only
tells where the data do not); interval = exp(ln estimate -+ 1.645 standard errors). Fader, Hardie, Lee (2005); Fader, Hardie (2013).

Source: `base_purchase`. Above `fit_sample` customers those with the smallest ids are used: ids are hashes, so this is a sample
by lot that never changes.

Units: weeks, money in the project's currency; `correlation` of x and mean, which the model takes to be 0, is -1 to 1.

Refuses: fewer than `min_customers` customers, less than `min_days` days of history, no purchase in the last `active_days` days,
fewer than `min_frequent` customers with three purchases, fits that do not converge, spend too scattered to have a mean
(q <= 1), several currencies without rates.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights import bgnbd, gamma_gamma
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, at_least, instant_sql
from cem_cli.insights.statistics import store_arrays


class ClvModelParameters(Parameters):
    """Settings of the lifetime value model."""

    min_customers: int = Field(500, ge=10)
    min_days: int = Field(180, ge=1)
    active_days: int = Field(30, ge=1)
    min_frequent: int = Field(30, ge=1)
    fit_sample: int = Field(100_000, ge=100)


def histories_sql(as_of: datetime) -> str:
    """Return, per customer with a kept purchase: x, t_x and T in days, and the mean value of repeat purchases."""
    return f"""
        WITH day AS (
            SELECT customer_id, "at"::DATE AS day, sum(net) AS net FROM cem.base_purchase
            WHERE kept AND customer_id IS NOT NULL GROUP BY ALL),
        span AS (
            SELECT customer_id, min(day) AS first, count(*) - 1 AS x, max(day) - min(day) AS tx,
                   {instant_sql(as_of)}::DATE - min(day) AS age, sum(net) AS net, arg_min(net, day) AS first_net
            FROM day GROUP BY customer_id)
        SELECT customer_id, first, x, tx::BIGINT AS tx, age::BIGINT AS age, net,
               CASE WHEN x > 0 THEN ((net - first_net) / x)::DOUBLE END AS mean
        FROM span"""


def gates(con: Connection, params: ClvModelParameters, as_of: datetime) -> Refusal | None:
    """Refuse where there is too little to learn from."""
    row = con.execute(f"""
        SELECT count(*), coalesce(max(age), 0), coalesce(min(age - tx), 999999), count(*) FILTER (WHERE x >= 2)
        FROM ({histories_sql(as_of)})""").fetchone()
    customers, history, silent, frequent = map(int, row or (0, 0, 999999, 0))
    return (
        at_least(customers, params.min_customers, "customers with a kept purchase")
        or at_least(history, params.min_days, "days of history")
        or (Refusal(f"no purchase in the last {params.active_days} days") if silent > params.active_days else None)
        or at_least(frequent, params.min_frequent, "customers with three purchases or more")
    )


def prepare(con: Connection, params: ClvModelParameters, as_of: datetime) -> Refusal | None:
    """Fit both models and leave `clv_parameter` (name, estimate, low, high), or say why not."""
    data = con.execute(f"SELECT * FROM ({histories_sql(as_of)}) ORDER BY customer_id LIMIT {params.fit_sample}").fetchnumpy()
    x, tx, age = (np.asarray(data[name], dtype=np.float64) for name in ("x", "tx", "age"))
    mean = np.ma.filled(np.ma.asarray(data["mean"], dtype=np.float64), 0.0)
    timing = bgnbd.fit(bgnbd.Histories(x, tx / 7, age / 7))
    spent = (x > 0) & (mean > 0)
    value = gamma_gamma.fit(x[spent], mean[spent])
    if not timing.converged:
        return Refusal("the BG/NBD model does not converge on these purchases")
    if not value.converged or value.q <= 1:
        return Refusal("the Gamma-Gamma model finds no mean spend: a few purchases outweigh all others")
    names = ["r", "alpha", "a", "b", "p", "q", "gamma", "customers", "log_likelihood", "correlation"]
    correlation = float(np.corrcoef(x[spent], mean[spent])[0, 1]) if np.ptp(x[spent]) > 0 else 0.0
    estimate = np.array([*timing.values, value.p, value.q, value.gamma, len(x), timing.log_likelihood, correlation])
    spread = np.exp(1.645 * np.array([*timing.errors, *[np.nan] * (len(names) - 4)]))
    store_arrays(con, "clv_parameter", {
        "place": np.arange(len(names)), "name": np.array(names, dtype=object), "estimate": estimate,
        "low": estimate / spread, "high": estimate * spread,
    })
    return None


def select_sql(_params: ClvModelParameters, _as_of: datetime) -> str:
    """Return one row per parameter."""
    return """
        SELECT name AS parameter, round(estimate, 10) AS estimate, round(CASE WHEN isnan(low) THEN NULL ELSE low END, 10) AS low,
               round(CASE WHEN isnan(high) THEN NULL ELSE high END, 10) AS high FROM clv_parameter"""


MEASURE = Measure(
    name="clv_model",
    title="Lifetime value model",
    doc=__doc__,
    parameters=ClvModelParameters,
    key=("parameter",),
    columns=(
        Column("parameter", "VARCHAR", "r, alpha, a, b (BG/NBD); p, q, gamma (Gamma-Gamma); customers, log_likelihood, correlation"),
        Column("estimate", "DOUBLE", "its value"),
        Column("low", "DOUBLE", "lower end of the 90 % interval"),
        Column("high", "DOUBLE", "upper end of the 90 % interval"),
    ),
    select_sql=select_sql,
    gates=gates,
    prepare=prepare,
    money=True,
)
