"""Effects that cannot be below 0: the posterior by integration, its limits, and intervals that hold what they promise."""

import numpy as np
import pytest
from scipy.stats import norm

from cem_cli.insights.shrinkage import shrink


def test_the_posterior_agrees_with_integration():
    difference, error = np.array([0.12, 0.02, -0.05]), np.array([0.03, 0.04, 0.05])
    found = shrink(difference, error, 0.05)
    grid = np.linspace(0, 1, 200_001)
    for d, s, mean, low, high in zip(difference, error, found.mean, found.low, found.high, strict=True):
        weight = norm.pdf(d, grid, s) * norm.pdf(grid, 0, found.scale)
        weight /= weight.sum()
        assert mean == pytest.approx((weight * grid).sum(), abs=1e-4)
        assert np.interp([0.05, 0.95], np.cumsum(weight), grid) == pytest.approx([low, high], abs=1e-4)


def test_measured_well_it_stays_measured_badly_it_is_what_is_usual():
    found = shrink(np.array([0.10, 0.10]), np.array([0.001, 5.0]), 0.05)
    assert found.mean[0] == pytest.approx(0.10, abs=0.001)
    assert found.mean[1] == pytest.approx(found.scale * np.sqrt(2 / np.pi), rel=0.02)


def test_a_difference_far_below_0_leaves_little_and_nothing_breaks():
    found = shrink(np.array([-0.9, -0.5]), np.array([0.01, 0.02]), 0.05)
    assert np.all((found.low >= 0) & (found.low < found.mean) & (found.mean < found.high) & (found.high < 0.01))
    assert shrink(np.empty(0), np.empty(0), 0.05).mean.size == 0


def test_the_scale_comes_from_the_data_and_nine_of_ten_intervals_hold():
    rng = np.random.default_rng(4)
    truth = np.abs(rng.normal(0, 0.15, (40, 30)))
    held, scales = [], []
    for effects in truth:
        error = rng.uniform(0.02, 0.15, 30)
        found = shrink(effects + rng.normal(0, error), error, 0.01)
        held.append((found.low <= effects) & (effects <= found.high))
        scales.append(found.scale)
    assert 0.86 < np.mean(held) < 0.94
    assert np.mean(scales) == pytest.approx(0.15, abs=0.03)
