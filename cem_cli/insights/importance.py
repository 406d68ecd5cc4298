"""Relative importance of correlated predictors: shares of explained variance, with intervals.

Pure arithmetic on arrays; reads and writes no table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import factorial

import numpy as np

from cem_cli.insights.statistics import Floats

_RIDGE = 1e-9
"""Added to the diagonal, so that two answers that always agree share the credit instead of breaking the arithmetic."""

_AT_ONCE = 50
"""Resamples in memory at a time: 80 MB for 200,000 answers."""


@dataclass(frozen=True)
class Importance:
    """Of each predictor its share of what is explained, with its 90 % interval (rows low, high)."""

    share: Floats
    share_interval: Floats
    explained: float
    """R squared of all predictors together."""
    inflation: Floats
    """Variance inflation: 1 = independent of the other predictors."""


def relative_importance(x: Floats, y: Floats, draws: int) -> Importance:
    """Return the importance of the columns of `x` (answers x predictors) for `y`; intervals from `draws` seeded resamples.

    Shares are Shapley values of R squared (Lindeman, Merenda, Gold 1980), which do not jump between predictors that say
    nearly the same.
    """
    n = len(y)
    joint = np.column_stack([x, y])
    correlations = np.concatenate([_correlations(joint, counts) for counts in _resamples(n, draws)])
    explained = _explained(correlations)
    shares = _shapley(explained, x.shape[1]) / np.maximum(explained[:, -1:], 1e-12)
    ends = (5, 95)
    return Importance(
        shares[0], np.percentile(shares[1:], ends, axis=0), float(explained[0, -1]),
        np.diagonal(np.linalg.inv(correlations[0, :-1, :-1])).copy(),
    )


def _resamples(n: int, draws: int) -> Iterator[Floats]:
    """Yield how often each answer counts: once; then, some resamples at a time (all at once would fill the memory), as the lot fell."""
    yield np.ones((1, n))
    rng = np.random.default_rng(n)
    for start in range(0, draws, _AT_ONCE):
        yield rng.multinomial(n, np.full(n, 1 / n), size=min(_AT_ONCE, draws - start)).astype(np.float64)


def _correlations(joint: Floats, counts: Floats) -> Floats:
    """Return the correlation matrix of the columns, one per row of resampling counts."""
    n, centred = len(joint), joint - joint.mean(axis=0)
    products = np.einsum("ni,nj->nij", centred, centred).reshape(n, -1)
    width = joint.shape[1]
    means = counts @ centred / n
    covariance = (counts @ products / n).reshape(-1, width, width) - means[:, :, None] * means[:, None, :]
    spread = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 1e-12))
    found: Floats = covariance / (spread[:, :, None] * spread[:, None, :]) + _RIDGE * np.eye(width)
    return found


def _explained(correlations: Floats) -> Floats:
    """Return R squared of every subset of predictors (bit mask as column), one row per resample."""
    predictors = correlations.shape[1] - 1
    found = np.zeros((len(correlations), 2**predictors))
    for mask in range(1, 2**predictors):
        rows = [i for i in range(predictors) if mask >> i & 1]
        found[:, mask] = 1 - _determinants(correlations, [*rows, predictors]) / _determinants(correlations, rows)
    return found


def _determinants(matrices: Floats, rows: list[int]) -> Floats:
    found: Floats = np.linalg.det(matrices[:, rows][:, :, rows])
    return found


def _shapley(explained: Floats, predictors: int) -> Floats:
    """Return what each predictor adds to R squared, averaged over all orders of entry."""
    added = np.zeros((len(explained), predictors))
    for mask in range(2**predictors):
        size = mask.bit_count()
        for i in range(predictors):
            if not mask >> i & 1:
                orders = factorial(size) * factorial(predictors - size - 1) / factorial(predictors)
                added[:, i] += orders * (explained[:, mask | 1 << i] - explained[:, mask])
    return added
