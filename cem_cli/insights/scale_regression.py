"""Linear regression for answers given on a short scale: what stands behind an answer is more precise than the answer.

An answer is taken for the nearest rung of the scale, the lowest and the highest for everything beyond them; what stands behind is
linear in the predictors, with normal noise. Least squares on the answers themselves is biased towards 0, because whoever is
past the end of the scale cannot say so. Maximum likelihood in the form that is concave (Olsen 1978; grouped data: Stewart
1983), by Newton's method; the covariance survives noise that is not the same for all, and answers of one customer that hang
together (sandwich summed by group: White 1982, Liang and Zeger 1986). Pure arithmetic; reads and writes no table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.insights.statistics import Floats

_ROUNDS = 60
_SETTLED = 1e-9
_SHARPEST = 20.0
"""Precision, in spreads of the answers, from which the predictors are taken to say all: there it would grow for ever."""
_FEWEST_GROUPS = 30
"""Groups below which the sum over them says nothing of its own spread: then every answer counts alone."""
_TINY = 1e-300


@dataclass(frozen=True)
class ScaleFit:
    """Weights of the predictors with their standard errors; `noise` is the standard deviation of what they leave open."""

    weight: Floats
    error: Floats
    noise: float
    converged: bool


def fit_scale(x: Floats, y: Floats, groups: npt.NDArray[np.int64]) -> ScaleFit:
    """Return the fit of answers `y` on predictors `x` (answers x predictors); `groups` numbers who answered, from 0.

    The rungs are the distinct answers of `y`, of which there must be at least two; half-way between them an answer turns.
    """
    rungs = np.unique(y)
    turns = np.concatenate([[-np.inf], (rungs[1:] + rungs[:-1]) / 2, [np.inf]])
    place = np.searchsorted(rungs, y)
    middle, spread = float(y.mean()), float(y.std())
    low, high = ((turns[place + side] - middle) / spread for side in (0, 1))
    design = np.column_stack([x - x.mean(axis=0), np.ones(len(y))])
    start = np.linalg.lstsq(design, (y - middle) / spread, rcond=None)[0]
    noise = max(float(np.std((y - middle) / spread - design @ start)), 0.05)
    theta = np.append(start, 1.0) / noise
    settled = False
    for _ in range(_ROUNDS):
        scores, hessian = _derivatives(theta, design, low, high)
        step = np.linalg.lstsq(hessian, -scores.sum(axis=0), rcond=None)[0]
        # a step may not turn the precision negative
        theta = theta + step * min(1.0, 0.5 * theta[-1] / max(-float(step[-1]), _TINY))
        settled = float(np.abs(step).max()) < _SETTLED * max(1.0, float(np.abs(theta).max())) or float(theta[-1]) > _SHARPEST
        if settled:
            break
    scores, hessian = _derivatives(theta, design, low, high)
    weight = theta[:-2] / theta[-1]
    error = _errors(theta, scores, hessian, groups)
    return ScaleFit(weight * spread, error * spread, spread / float(theta[-1]), settled)


def _derivatives(theta: Floats, design: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return each answer's score and the Hessian of the log likelihood, in (weights / noise, 1 / noise)."""
    from scipy.special import ndtr

    mean = design @ theta[:-1]
    open_low, open_high = np.isneginf(low), np.isposinf(high)
    left, right = np.where(open_low, 0.0, low), np.where(open_high, 0.0, high)
    a, c = theta[-1] * left - mean, theta[-1] * right - mean
    at_a, at_c = np.where(open_low, 0.0, _density(a)), np.where(open_high, 0.0, _density(c))
    # both ends mirrored where they lie right of the middle: a difference of two numbers next to 1 would be lost
    flip = (a > 0) & ~open_low
    upper = np.where(open_high, 1.0, ndtr(np.where(flip, -a, c)))
    upper = np.where(flip, ndtr(-a), upper)
    lower = np.where(flip, np.where(open_high, 0.0, ndtr(-c)), np.where(open_low, 0.0, ndtr(a)))
    mass = np.maximum(upper - lower, _TINY)
    slope = (at_c - at_a) / mass
    reach = (right * at_c - left * at_a) / mass
    bend = -(c * at_c - a * at_a) / mass - slope**2
    cross = (right * c * at_c - left * a * at_a) / mass + slope * reach
    curve = -(right**2 * c * at_c - left**2 * a * at_a) / mass - reach**2
    hessian = np.empty((len(theta), len(theta)))
    hessian[:-1, :-1] = design.T @ (design * bend[:, None])
    hessian[:-1, -1] = hessian[-1, :-1] = design.T @ cross
    hessian[-1, -1] = curve.sum()
    return np.column_stack([-design * slope[:, None], reach]), hessian


def _density(z: Floats) -> Floats:
    found: Floats = np.exp(-0.5 * np.minimum(z * z, 1400)) / np.sqrt(2 * np.pi)
    return found


def _errors(theta: Floats, scores: Floats, hessian: Floats, groups: npt.NDArray[np.int64]) -> Floats:
    """Return the standard errors of the weights by the sandwich summed by group and the delta method."""
    count = int(groups.max()) + 1
    if count < _FEWEST_GROUPS:
        groups, count = np.arange(len(scores)), len(scores)
    summed = np.column_stack([np.bincount(groups, weights=column, minlength=count) for column in scores.T])
    bread = np.linalg.pinv(hessian)
    covariance = bread @ (summed.T @ summed) @ bread * (count / max(count - len(theta), 1))
    turn = np.column_stack([np.eye(len(theta) - 2), np.zeros(len(theta) - 2), -theta[:-2] / theta[-1]]) / theta[-1]
    found: Floats = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", turn, covariance, turn), 0))
    return found
