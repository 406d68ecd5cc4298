"""Gamma-Gamma: what customers spend per purchase. Pure arithmetic: no table is read or written.

Single purchases are Gamma(p, nu), and nu ~ Gamma(q, gamma) over customers; how much they spend is taken not to depend on how
often they buy. Formulas: Fader, Hardie, "The Gamma-Gamma model of monetary value" (2013), equations 1a to 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.insights.plausible import plausible

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GammaGamma:
    """A fitted model."""

    p: float
    q: float
    gamma: float
    log_likelihood: float
    converged: bool

    @property
    def population_mean(self) -> float:
        """Expected spend per purchase of somebody of whom nothing is known; infinite for q <= 1."""
        return self.p * self.gamma / (self.q - 1) if self.q > 1 else float("inf")


def fit(x: Floats, mean: Floats) -> GammaGamma:
    """Return the maximum likelihood fit to customers with `x` purchases (at least 1) of mean value `mean` (positive).

    `converged` is false where the gradient does not vanish within the limits. (The optimizer's own word depends on the last bit:
    a line search that can no longer improve the likelihood counts as a failure with it.)
    """
    from scipy.optimize import minimize

    unit = float(mean.mean())
    start = np.log([2.0, 3.0, 1.0])
    found = minimize(_loss, start, args=(x, mean / unit), jac=True, method="L-BFGS-B", bounds=[(-9, 9)] * 3,
                     options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500})
    logs = np.asarray(found.x, dtype=np.float64)
    p, q, gamma = (float(v) for v in np.exp(logs))
    settled = bool(np.all(np.abs(logs) < 8.9)) and float(np.abs(_loss(logs, x, mean / unit)[1]).max()) < 1e-5
    log_likelihood = -float(found.fun) * len(x) - len(x) * np.log(unit)
    return GammaGamma(p, q, gamma * unit, float(log_likelihood), settled)


def _loss(logs: Floats, x: Floats, m: Floats) -> tuple[float, Floats]:
    """Return the mean negative log likelihood, and its gradient in the logarithms of the parameters."""
    from scipy.special import digamma, gammaln

    p, q, gamma = np.exp(logs)
    all_spent = np.log(gamma + x * m)
    value = (gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma) + (p * x - 1) * np.log(m)
             + p * x * np.log(x) - (p * x + q) * all_spent)
    together = digamma(p * x + q) - all_spent
    by_p = x * (together - digamma(p * x) + np.log(x * m))
    by_q = together - digamma(q) + np.log(gamma)
    by_gamma = q / gamma - (p * x + q) / (gamma + x * m)
    return -float(value.mean()), -np.array([by_p.mean() * p, by_q.mean() * q, by_gamma.mean() * gamma])


def plausible_sets(model: GammaGamma, x: Floats, mean: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return `draws` sets of (p, q, gamma) that the spending makes plausible, of which `model` is the likeliest."""
    unit = float(mean.mean())
    scale = np.array([1.0, 1.0, unit])
    logs = np.log(np.array([model.p, model.q, model.gamma]) / scale)
    with np.errstate(all="ignore"):
        found: Floats = plausible(lambda at: _loss(at, x, mean / unit)[0], logs, len(x), draws, rng) * scale
    return found


def expected_value(model: GammaGamma, x: Floats, mean: Floats) -> Floats:
    """Return the expected value of a customer's purchases, given `x` of them with mean `mean` (any mean where x is 0)."""
    total = np.where(x > 0, x * mean, 0)
    value: Floats = model.p * (model.gamma + total) / (model.p * x + model.q - 1)
    return value


def draw_relative_totals(
    model: GammaGamma, sets: Floats, x: Floats, purchases: npt.NDArray[np.int64], rng: np.random.Generator
) -> Floats:
    """Return draws of what `purchases` (customers x draws) cost together, in units of the model's gamma + x times the mean.

    Each draw under one of the parameter `sets` (draws x 3). nu given the data is Gamma(q + p x, gamma + x mean), a sum of n
    purchases Gamma(p n, nu): the customer's own level of spend is a plain factor, so that customers with like timing share
    their draws; where a set has another gamma, the factor is that of a customer of usual spend.
    """
    p, q, gamma = sets.T
    usual = x[:, None] * (model.population_mean if np.isfinite(model.population_mean) else 0.0)
    level = np.maximum(rng.standard_gamma(q + p * x[:, None], purchases.shape), 1e-300)
    drawn = rng.standard_gamma(p * np.maximum(purchases, 1)) / level * (gamma + usual) / (model.gamma + usual)
    totals: Floats = np.where(purchases > 0, drawn, 0.0)
    return totals
