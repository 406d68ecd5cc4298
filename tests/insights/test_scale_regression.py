"""Answers on a short scale: the weights behind them are found without the bias of the scale's ends, with true intervals."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from cem_cli.insights.scale_regression import fit_scale

WEIGHTS = np.array([0.5, 0.3, 0.0])


def survey(seed, people=400, each=1):
    """Return predictors, answers cut at the top of the scale, and who answered; `each` answers of one person hang together."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), each)
    x = rng.normal(size=(people, 3))[who] if each > 1 else rng.normal(size=(people, 3))
    own = rng.normal(0, 0.5, people)[who] if each > 1 else 0
    return x, np.clip(np.round(4.3 + x @ WEIGHTS + own + rng.normal(0, 0.5, len(who))), 1, 5), who


def test_the_ends_of_the_scale_do_not_bias_the_weights():
    fitted = np.mean([fit_scale(*survey(seed)).weight for seed in range(30)], axis=0)
    plain = np.mean([np.linalg.lstsq(np.c_[x, np.ones(len(y))], y, rcond=None)[0][:3] for x, y, _ in map(survey, range(30))], axis=0)
    assert fitted == pytest.approx(WEIGHTS, abs=0.015)
    assert plain[0] < 0.43


@pytest.mark.parametrize("each", [1, 4])
def test_nine_of_ten_intervals_hold_the_truth(each):
    fits = [fit_scale(*survey(seed, 300 // each, each)) for seed in range(60)]
    held = np.mean([np.abs(fit.weight - WEIGHTS) <= 1.645 * fit.error for fit in fits])
    assert 0.82 <= held <= 0.97


def test_an_independent_search_finds_the_same_maximum():
    x, y, who = survey(1)

    def loss(theta):
        mean, sigma = x @ theta[:3] + theta[3], np.exp(theta[4])
        low, high = np.where(y == y.min(), -np.inf, y - 0.5), np.where(y == y.max(), np.inf, y + 0.5)
        return -np.log(norm.cdf((high - mean) / sigma) - norm.cdf((low - mean) / sigma)).sum()

    found = fit_scale(x, y, who)
    other = minimize(loss, [0, 0, 0, 4, 0], method="Nelder-Mead", options={"maxiter": 6000, "xatol": 1e-7, "fatol": 1e-9})
    assert found.weight == pytest.approx(other.x[:3], abs=1e-4)
    assert found.noise == pytest.approx(np.exp(other.x[4]), abs=1e-4)


def test_answers_that_follow_exactly_still_end():
    x = np.arange(60.0)[:, None] % 5
    found = fit_scale(x, x[:, 0] + 1, np.arange(60))
    assert found.converged
    assert found.weight[0] == pytest.approx(1, abs=0.1)
