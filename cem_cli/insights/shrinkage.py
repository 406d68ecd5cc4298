"""Several uncertain effects of one sort, none of which can be below 0, each shrunk towards what is usual (empirical Bayes).

Each effect is drawn from a half-normal distribution, whose scale is the one under which the differences measured are likeliest,
but not less than the caller believes in; given its difference (normal, with its standard error) an effect is normal, cut at
0. So a difference measured well stays what it is, one measured badly says what is usual, and a negative one a little, not
nothing. After Morris (1983). Pure arithmetic; reads and writes no table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cem_cli.insights.statistics import Floats

_WIDEST = 0.5
"""Scale above which no effect on a share is looked for."""


@dataclass(frozen=True)
class Effects:
    """Of each effect its expectation and the ends of its 90 % interval; `scale` of the half-normal distribution they share."""

    mean: Floats
    low: Floats
    high: Floats
    scale: float


def shrink(difference: Floats, error: Floats, least: float) -> Effects:
    """Return the effects behind shares that differ by `difference` with standard `error` (both positive and finite).

    The scale is at least `least`: differences that happen to be below 0, or that compare people who are not quite alike, do
    not prove that there is no effect.
    """
    from scipy.special import erfcx, log_ndtr, ndtri_exp

    scales = np.geomspace(least, max(least, _WIDEST), 100)
    total = error**2 + scales[:, None] ** 2
    likelihood = -0.5 * np.log(total) - difference**2 / (2 * total) + log_ndtr(difference * scales[:, None] / error / np.sqrt(total))
    scale = float(scales[np.argmax(likelihood.sum(axis=1))])
    spread = 1 / np.sqrt(1 / error**2 + 1 / scale**2)
    place = spread * difference / error**2
    mean = spread * (place + np.sqrt(2 / np.pi) / erfcx(-place / np.sqrt(2)))
    low, high = (spread * (place - ndtri_exp(log_ndtr(place) + np.log1p(-part))) for part in (0.05, 0.95))
    return Effects(mean, np.maximum(low, 0), np.maximum(high, 0), scale)
