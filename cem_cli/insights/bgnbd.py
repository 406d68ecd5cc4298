"""BG/NBD: how often customers buy, and when they quietly stop. Pure arithmetic: no table is read or written.

While alive, a customer buys as a Poisson process with rate lambda ~ Gamma(r, alpha); after each purchase they leave with
probability p ~ Beta(a, b). Formulas: Fader, Hardie, Lee, "Counting your customers the easy way" (2005), equations 6 to 10.
SciPy is imported late: starting cem must not pay for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.insights.plausible import plausible

Floats = npt.NDArray[np.float64]
_RIDGE = 1e-6
"""Pull of the log parameters towards 0, per customer: nothing where the data speak (CDNOW moves by less than 0.05 %), but an
end where they do not: people who all leave with one probability would send a and b to infinity at a constant ratio."""


@dataclass(frozen=True)
class Histories:
    """Purchase histories, one element per customer; time in any one unit."""

    x: Floats
    """Repeat purchases (first one not counted)."""
    tx: Floats
    """From the first to the last purchase; 0 without repeats."""
    age: Floats
    """From the first purchase to the end of observation (T in the literature); at least tx."""

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class BgNbd:
    """A fitted model."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    errors: tuple[float, float, float, float]
    """Standard errors of ln r, ln alpha, ln a, ln b (from the observed information; NaN where it is singular)."""
    converged: bool

    @property
    def values(self) -> tuple[float, float, float, float]:
        """The four parameters in order."""
        return self.r, self.alpha, self.a, self.b


def fit(histories: Histories) -> BgNbd:
    """Return the maximum likelihood fit; `converged` is false where the gradient does not vanish within the limits."""
    from scipy.optimize import minimize

    unit = float(histories.age.max()) or 1.0
    scaled = Histories(histories.x, histories.tx / unit, histories.age / unit)
    found = minimize(_loss, np.zeros(4), args=(scaled,), jac=True, method="L-BFGS-B", bounds=[(-12, 12)] * 4,
                     options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500})
    logs = np.asarray(found.x, dtype=np.float64)
    settled = bool(np.all(np.abs(logs) < 11.9)) and float(np.abs(_loss(logs, scaled)[1]).max()) < 1e-5
    r, alpha, a, b = (float(v) for v in np.exp(logs))
    # the ridge is not part of the likelihood; the density of the moments depends on the unit of time
    likelihood = -(float(found.fun) - _RIDGE * float(logs @ logs)) * len(histories) - float(histories.x.sum()) * np.log(unit)
    return BgNbd(r, alpha * unit, a, b, float(likelihood), _standard_errors(logs, scaled), settled)


def _loss(logs: Floats, h: Histories) -> tuple[float, Floats]:
    """Return the mean negative log likelihood plus ridge, and its gradient in the logarithms of the parameters."""
    from scipy.special import betaln, digamma, gammaln

    r, alpha, a, b = np.exp(logs)
    again = h.x > 0
    stay = -(r + h.x) * np.log(alpha + h.age)
    leave = np.where(again, np.log(a) - np.log(np.where(again, b + h.x - 1, 1)) - (r + h.x) * np.log(alpha + h.tx), -np.inf)
    either = np.logaddexp(stay, leave)
    left = np.exp(leave - either)
    stayed = 1 - left
    value = gammaln(r + h.x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + h.x) - betaln(a, b) + either
    # betaln(a, b + x) - betaln(a, b) equals ln A2: the Gamma(a) in both cancels
    by_r = digamma(r + h.x) - digamma(r) + np.log(alpha) - stayed * np.log(alpha + h.age) - left * np.log(alpha + h.tx)
    by_alpha = r / alpha - (r + h.x) * (stayed / (alpha + h.age) + left / (alpha + h.tx))
    by_a = digamma(a + b) - digamma(a + b + h.x) + left / a
    by_b = digamma(a + b) + digamma(b + h.x) - digamma(b) - digamma(a + b + h.x) - left / np.where(again, b + h.x - 1, 1)
    gradient = np.array([by_r.mean() * r, by_alpha.mean() * alpha, by_a.mean() * a, by_b.mean() * b])
    return -float(value.mean()) + _RIDGE * float(logs @ logs), -gradient + 2 * _RIDGE * logs


def _standard_errors(logs: Floats, h: Histories, step: float = 1e-4) -> tuple[float, float, float, float]:
    hessian = np.empty((4, 4))
    for i in range(4):
        nudge = np.eye(4)[i] * step
        hessian[i] = (_loss(logs + nudge, h)[1] - _loss(logs - nudge, h)[1]) / (2 * step)
    information = (hessian + hessian.T) / 2 * len(h)
    try:
        variance = np.diag(np.linalg.inv(information))
    except np.linalg.LinAlgError:
        variance = np.full(4, np.nan)
    e = [float(np.sqrt(v)) if v > 0 else float("nan") for v in variance]
    return e[0], e[1], e[2], e[3]


def plausible_sets(model: BgNbd, histories: Histories, draws: int, rng: np.random.Generator) -> Floats:
    """Return `draws` sets of (r, alpha, a, b) that the histories make plausible, of which `model` is the likeliest."""
    unit = float(histories.age.max()) or 1.0
    scaled = Histories(histories.x, histories.tx / unit, histories.age / unit)
    scale = np.array([1.0, unit, 1.0, 1.0])
    logs = np.log(np.array(model.values) / scale)
    with np.errstate(all="ignore"):
        found: Floats = plausible(lambda at: _loss(at, scaled)[0], logs, len(histories), draws, rng) * scale
    return found


def probability_alive(model: BgNbd, h: Histories) -> Floats:
    """Return P(still a customer at the end of observation); 1 without repeats, as the model lets people leave only after one."""
    return _alive(model.values, h)


def _alive(values: tuple[float, ...] | Floats, h: Histories) -> Floats:
    r, alpha, a, b = values
    again = h.x > 0
    longer = (r + h.x) * np.log((alpha + h.age) / (alpha + h.tx))
    odds = np.where(again, np.log(a) - np.log(np.where(again, b + h.x - 1, 1)) + longer, -np.inf)
    alive: Floats = 1 / (1 + np.exp(np.minimum(odds, 700)))
    return alive


def expected_purchases(model: BgNbd, h: Histories, time: float) -> Floats:
    """Return the expected purchases in the `time` after the end of observation."""
    from scipy.special import hyp2f1

    r, alpha, a, b = model.values
    a = a if abs(a - 1) > 1e-6 else 1 + 1e-6
    z = time / (alpha + h.age + time)
    shrink = ((alpha + h.age) / (alpha + h.age + time)) ** (r + h.x)
    purchases: Floats = (a + b + h.x - 1) / (a - 1) * (1 - shrink * hyp2f1(r + h.x, b + h.x, a + b + h.x - 1, z))
    return np.maximum(purchases * probability_alive(model, h), 0)


def draw_purchases(sets: Floats, h: Histories, time: float, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return draws (customers x sets) from the predictive distribution of purchases in the `time` to come.

    One draw under each of the parameter `sets` (sets x 4). Exact: given that a customer is alive, lambda is
    Gamma(r + x, alpha + T), p is Beta(a, b + x), and the number is the smaller of a Poisson count and the purchase after which
    they leave (geometric).
    """
    r, alpha, a, b = sets.T
    shape = (len(h), len(sets))
    down = Histories(h.x[:, None], h.tx[:, None], h.age[:, None])
    alive = rng.random(shape) < _alive(sets.T, down)
    rate = rng.standard_gamma(r + down.x, shape) / (alpha + down.age)
    leaves = np.clip(rng.beta(a, b + down.x, shape), 1e-12, 1 - 1e-12)
    last = 1 + np.floor(np.log1p(-rng.random(shape)) / np.log1p(-leaves))
    made = np.minimum(rng.poisson(np.minimum(rate * time, 1e6)), np.minimum(last, 2**40)).astype(np.int64)
    return np.where(alive, made, 0)
