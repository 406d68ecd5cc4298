"""Parameter sets that the data make plausible, instead of the one that is likeliest: what a prediction must be averaged over.

Drawn around the maximum of the likelihood from a normal distribution with its curvature, then redrawn in proportion to how likely
each really is (sampling importance resampling, Rubin 1988): where the data leave a ridge (a and b of BG/NBD at a constant
ratio), the curvature alone would promise sets that the data exclude. Pure arithmetic; reads and writes no table.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cem_cli.insights.statistics import Floats

_STEP = 1e-3
_WIDEST = 2.0
"""Standard deviation, in logarithms, beyond which a direction is not searched: e to the 2 either way."""


def plausible(loss: Callable[[Floats], float], logs: Floats, customers: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return `draws` sets of parameters (sets x parameters) given the logarithms at which `loss` is least.

    `loss` is the mean negative log likelihood of `customers` as a function of the logarithms.
    """
    spread, axes = _curvature(loss, logs, customers)
    steps = rng.standard_normal((draws, len(logs)))
    proposed = logs + (steps * spread) @ axes.T
    least = loss(logs)
    likely = np.array([-customers * (loss(each) - least) for each in proposed]) + 0.5 * (steps**2).sum(axis=1)
    likely = np.where(np.isfinite(likely), likely, -np.inf)
    weight = np.exp(likely - likely.max())
    # one draw per equal share of the weight: the same sets always, in order
    places = np.searchsorted(np.cumsum(weight) / weight.sum(), (np.arange(draws) + 0.5) / draws)
    found: Floats = np.exp(proposed[np.minimum(places, draws - 1)])
    return found[rng.permutation(draws)]


def _curvature(loss: Callable[[Floats], float], logs: Floats, customers: int) -> tuple[Floats, Floats]:
    """Return the standard deviations of the normal approximation, and its axes as columns."""
    nudge = np.eye(len(logs)) * _STEP
    hessian = np.empty((len(logs), len(logs)))
    for i in range(len(logs)):
        for j in range(i + 1):
            corners = [loss(logs + a * nudge[i] + b * nudge[j]) * a * b for a in (1, -1) for b in (1, -1)]
            hessian[i, j] = hessian[j, i] = sum(corners) / (4 * _STEP**2)
    values, axes = np.linalg.eigh(hessian * customers)
    return np.minimum(1 / np.sqrt(np.maximum(values, 1e-12)), _WIDEST), axes
