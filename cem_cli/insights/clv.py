"""Predictive lifetime value: what a customer will still spend within the horizon, and how sure that is.

Definition: per customer with a kept purchase, the probability of still being a customer, the purchases to expect within
`horizon_days`, their value, and the 90 % interval of what will really be spent.

Formula: expected purchases by BG/NBD (with 2F1), times expected value per purchase by Gamma-Gamma; predicted = the same with
purchases of later quarters discounted by `discount` a year. Interval = the shortest one that holds 90 % of `draws` exact draws
from the predictive distribution (alive, rate, leaving, spend), timing rounded to weeks, each draw under another plausible set
of parameters (sampling importance resampling around the fit): it holds the customer's own luck and the uncertainty of what was
learnt from all, and is discounted like the prediction.

Source: `clv_model`, `base_purchase`. The same clock and data give the same figures: the draws start from a fixed seed.

Units: probability, purchases, money in the project's currency.

Refuses: as `clv_model`. Of somebody with a single purchase the model cannot know whether they left: p_alive is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights import bgnbd, gamma_gamma
from cem_cli.insights.clv_model import histories_sql
from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, Refusal
from cem_cli.insights.statistics import shortest_interval, store_arrays

Floats = npt.NDArray[np.float64]
_SEED = 20050401
_CHUNK = 20_000


class ClvParameters(Parameters):
    """Settings of predictive lifetime value."""

    horizon_days: int = Field(365, ge=7)
    discount: float = Field(0.10, ge=0, lt=1)
    """Per year."""
    draws: int = Field(400, ge=50)
    """Draws per distinct purchase history, for the interval."""


@dataclass(frozen=True)
class _Fitted:
    """Both models, and to how many customers they were fitted."""

    timing: bgnbd.BgNbd
    value: gamma_gamma.GammaGamma
    customers: int


def _models(con: Connection) -> _Fitted:
    v = dict(con.execute("SELECT parameter, estimate FROM cem.measure_clv_model").fetchall())
    unknown = (float("nan"),) * 4
    timing = bgnbd.BgNbd(v["r"], v["alpha"], v["a"], v["b"], v["log_likelihood"], unknown, converged=True)
    value = gamma_gamma.GammaGamma(v["p"], v["q"], v["gamma"], float("nan"), converged=True)
    return _Fitted(timing, value, int(v["customers"]))


def _plausible(con: Connection, fitted: _Fitted, params: ClvParameters, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the plausible parameter sets of both models, given the histories that they were fitted to."""
    rows = con.execute(f"SELECT x, tx, age, mean FROM clv_history ORDER BY customer_id LIMIT {fitted.customers}").fetchnumpy()
    x, tx, age = (np.asarray(rows[name], dtype=np.float64) for name in ("x", "tx", "age"))
    mean = np.ma.filled(np.ma.asarray(rows["mean"], dtype=np.float64), 0.0)
    spent = (x > 0) & (mean > 0)
    return (
        bgnbd.plausible_sets(fitted.timing, bgnbd.Histories(x, tx / 7, age / 7), params.draws, rng),
        gamma_gamma.plausible_sets(fitted.value, x[spent], mean[spent], params.draws, rng),
    )


def prepare(con: Connection, params: ClvParameters, as_of: datetime) -> Refusal | None:
    """Predict each distinct history once, and leave `clv_timing` (per x, tx, age) and `clv_spread` (the same in weeks)."""
    fitted = _models(con)
    timing, value = fitted.timing, fitted.value
    con.execute(f"CREATE OR REPLACE TEMP TABLE clv_history AS {histories_sql(as_of)}")
    exact = con.execute("SELECT DISTINCT x, tx, age FROM clv_history ORDER BY x, tx, age").fetchnumpy()
    days = {name: np.asarray(exact[name], dtype=np.int64) for name in ("x", "tx", "age")}
    h = bgnbd.Histories(days["x"].astype(float), days["tx"] / 7, days["age"] / 7)
    purchases, discounted = _expected(timing, h, params)
    store_arrays(con, "clv_timing", days | {
        "p_alive": bgnbd.probability_alive(timing, h), "purchases": purchases, "discounted": discounted,
        "scale": value.p / (value.p * h.x + value.q - 1), "level": np.full(len(h), value.gamma),
    })
    weekly = con.execute("""SELECT DISTINCT x, (tx + 3) // 7 AS tx, (age + 3) // 7 AS age FROM clv_history
                            ORDER BY 1, 2, 3""").fetchnumpy()
    weeks = {name: np.asarray(weekly[name], dtype=np.int64) for name in ("x", "tx", "age")}
    rng = np.random.default_rng(_SEED)
    sets = _plausible(con, fitted, params, rng)
    store_arrays(con, "clv_spread", weeks | _spread(value, sets, weeks, params.horizon_days / 7, rng))
    return None


def _expected(model: bgnbd.BgNbd, h: bgnbd.Histories, params: ClvParameters) -> tuple[Floats, Floats]:
    """Return expected purchases within the horizon, plain and discounted from the middle of each quarter."""
    ends = np.linspace(0, params.horizon_days / 7, max(1, round(params.horizon_days / 91)) + 1)
    sums = [np.zeros(len(h)), *(bgnbd.expected_purchases(model, h, float(end)) for end in ends[1:])]
    factors = (1 + params.discount) ** -((ends[1:] + ends[:-1]) / 2 / 52.1775)
    discounted = np.sum([(later - sooner) * f for sooner, later, f in zip(sums, sums[1:], factors, strict=False)], axis=0)
    return sums[-1], discounted


def _spread(value: gamma_gamma.GammaGamma, sets: tuple[Floats, Floats], weeks: dict[str, npt.NDArray[np.int64]], horizon: float,
            rng: np.random.Generator) -> dict[str, npt.NDArray[np.float64]]:
    """Return the 90 % intervals of purchases, and of money in units of gamma + x mean, chunk by chunk."""
    ends: list[tuple[Floats, Floats, Floats, Floats]] = []
    for start in range(0, len(weeks["x"]), _CHUNK):
        x, tx, age = (weeks[name][start : start + _CHUNK].astype(float) for name in ("x", "tx", "age"))
        made = bgnbd.draw_purchases(sets[0], bgnbd.Histories(x, tx, np.maximum(age, tx)), horizon, rng)
        totals = gamma_gamma.draw_relative_totals(value, sets[1], x, made, rng)
        ends.append((*shortest_interval(made.astype(float), 0.9), *shortest_interval(totals, 0.9)))
    columns = [np.concatenate(parts) if parts else np.empty(0) for parts in (zip(*ends, strict=True) if ends else [()] * 4)]
    return dict(zip(("purchases_low", "purchases_high", "low", "high"), columns, strict=True))


def select_sql(_params: ClvParameters, _as_of: datetime) -> str:
    """Return one row per customer with a kept purchase."""
    return """
        SELECT h.customer_id, h.net AS historic, round(t.p_alive, 6) AS p_alive, round(t.purchases, 6) AS purchases,
               round(s.purchases_low)::BIGINT AS purchases_low, round(s.purchases_high)::BIGINT AS purchases_high,
               round(t.scale * (t.level + h.x * coalesce(h.mean, 0)), 2) AS per_purchase,
               round(t.discounted * t.scale * (t.level + h.x * coalesce(h.mean, 0)), 2) AS predicted,
               round(s.low * (t.level + h.x * coalesce(h.mean, 0)) * worth, 2) AS low,
               round(s.high * (t.level + h.x * coalesce(h.mean, 0)) * worth, 2) AS high
        FROM clv_history h
        JOIN (SELECT *, CASE WHEN purchases > 0 THEN discounted / purchases ELSE 1 END AS worth FROM clv_timing) t
            ON t.x = h.x AND t.tx = h.tx AND t.age = h.age
        JOIN clv_spread s ON s.x = h.x AND s.tx = (h.tx + 3) // 7 AND s.age = (h.age + 3) // 7"""


MEASURE = Measure(
    name="clv",
    title="Predictive lifetime value",
    doc=__doc__,
    parameters=ClvParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("historic", "DECIMAL(18,2)", "value of kept purchases so far, net of their refunds"),
        Column("p_alive", "DOUBLE", "probability of still being a customer"),
        Column("purchases", "DOUBLE", "purchases to expect within the horizon"),
        Column("purchases_low", "BIGINT", "lower end of their 90 % interval"),
        Column("purchases_high", "BIGINT", "upper end of their 90 % interval"),
        Column("per_purchase", "DECIMAL(18,2)", "expected value per purchase"),
        Column("predicted", "DECIMAL(18,2)", "expected value within the horizon, discounted"),
        Column("low", "DECIMAL(18,2)", "lower end of its 90 % interval"),
        Column("high", "DECIMAL(18,2)", "upper end of its 90 % interval"),
    ),
    select_sql=select_sql,
    prepare=prepare,
    needs=("clv_model",),
    money=True,
)
