import numpy as np
import pytest

from cem_cli.insights import gamma_gamma
from cem_cli.insights.gamma_gamma import GammaGamma

TRUTH = GammaGamma(6.25, 3.74, 15.44, float("nan"), converged=True)


def test_parameters_are_recovered():
    rng = np.random.default_rng(3)
    x = rng.geometric(0.4, 6000).astype(float)
    nu = rng.gamma(TRUTH.q, 1 / TRUTH.gamma, 6000)
    mean = rng.gamma(TRUTH.p * x) / nu / x
    found = gamma_gamma.fit(x, mean)
    assert found.converged
    assert found.population_mean == pytest.approx(TRUTH.population_mean, rel=0.04)
    assert (found.p, found.q) == pytest.approx((TRUTH.p, TRUTH.q), rel=0.15)


def test_expected_value_by_hand():
    values = gamma_gamma.expected_value(TRUTH, np.array([0.0, 1.0, 1000.0]), np.array([0.0, 50.0, 50.0]))
    assert values[0] == pytest.approx(TRUTH.population_mean)
    assert values[1] == pytest.approx(6.25 * (15.44 + 50) / (6.25 + 2.74))
    assert values[2] == pytest.approx(50, rel=1e-2), "many purchases speak for themselves"


def test_draws_have_the_expected_value_as_mean():
    x, mean = np.array([0.0, 3.0]), np.array([0.0, 50.0])
    drawn = gamma_gamma.draw_relative_totals(
        TRUTH, np.tile([TRUTH.p, TRUTH.q, TRUTH.gamma], (200_000, 1)), x, np.full((2, 200_000), 2), np.random.default_rng(1)
    )
    money = drawn.mean(axis=1) * (TRUTH.gamma + x * mean)
    assert money == pytest.approx(2 * gamma_gamma.expected_value(TRUTH, x, mean), rel=0.02)


def test_few_customers_leave_more_parameters_plausible():
    rng = np.random.default_rng(2)
    x = rng.integers(1, 6, 4000).astype(float)
    nu = rng.gamma(TRUTH.q, 1 / TRUTH.gamma, 4000)
    mean = rng.gamma(TRUTH.p * x) / nu / x
    spreads = []
    for people in (400, 4000):
        model = gamma_gamma.fit(x[:people], mean[:people])
        p, q, gamma = gamma_gamma.plausible_sets(model, x[:people], mean[:people], 400, np.random.default_rng(1)).T
        usual = p * gamma / (q - 1)
        assert np.percentile(usual, 0.5) < TRUTH.population_mean < np.percentile(usual, 99.5)
        spreads.append(np.log(usual).std())
    assert spreads[0] == pytest.approx(spreads[1] * 10**0.5, rel=0.3)


def test_the_gradient_is_that_of_the_likelihood():
    rng = np.random.default_rng(5)
    x, mean = rng.geometric(0.4, 500).astype(float), rng.gamma(2, 1, 500)
    at, step = np.log([1.4, 2.2, 0.7]), 1e-6
    higher, lower = ([gamma_gamma._loss(at + nudge, x, mean)[0] for nudge in sign * step * np.eye(3)] for sign in (1, -1))
    assert gamma_gamma._loss(at, x, mean)[1] == pytest.approx((np.array(higher) - lower) / (2 * step), abs=1e-7)


def test_whether_it_converges_does_not_depend_on_the_last_bit_of_the_amounts():
    rng = np.random.default_rng(7)
    x = rng.geometric(0.4, 600).astype(float)
    mean = rng.gamma(1.3 * x) / rng.gamma(60, 1 / 5000, 600) / x
    fits = [gamma_gamma.fit(x, mean * (1 + 3e-16 * rng.normal(size=len(mean)))) for _ in range(200)]
    assert all(found.converged for found in fits)
    assert [found.q for found in fits] == pytest.approx([fits[0].q] * 200, rel=1e-3)
