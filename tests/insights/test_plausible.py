"""Plausible parameters agree with a posterior that is known exactly."""

import numpy as np
import pytest
from scipy.stats import gamma

from cem_cli.insights.plausible import plausible


@pytest.mark.parametrize("customers", [8, 400])
def test_a_rate_is_spread_as_its_gamma_posterior(customers):
    """Waiting times of mean 1 with a flat prior on the logarithm of the rate: the posterior is Gamma(n), skewed where n is small."""

    def loss(logs):
        return float(np.exp(logs[0]) - logs[0])

    sets = plausible(loss, np.zeros(1), customers, 4000, np.random.default_rng(1))[:, 0]
    exact = gamma(customers, scale=1 / customers)
    for share in (0.05, 0.5, 0.95):
        assert np.quantile(sets, share) == pytest.approx(exact.ppf(share), rel=0.05)


def test_two_parameters_of_which_only_the_product_is_known():
    def loss(logs):
        return float(np.exp(logs.sum()) - logs.sum())

    sets = plausible(loss, np.zeros(2), 1000, 2000, np.random.default_rng(1))
    assert np.log(sets).sum(axis=1).std() == pytest.approx(1000**-0.5, rel=0.1)
    assert np.log(sets[:, 0]).std() > 1
