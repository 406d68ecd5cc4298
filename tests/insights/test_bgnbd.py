import csv
from pathlib import Path

import numpy as np
import pytest

from cem_cli.insights import bgnbd
from cem_cli.insights.bgnbd import BgNbd, Histories

DATA = Path(__file__).parent / "data" / "cdnow.csv"
UNKNOWN = (float("nan"),) * 4
PAPER = BgNbd(0.243, 4.414, 0.793, 2.426, float("nan"), UNKNOWN, converged=True)


@pytest.fixture(scope="module")
def cdnow():
    with DATA.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Histories(*(np.array([float(row[name]) for row in rows]) for name in ("frequency", "recency", "T")))


def test_cdnow(cdnow):
    model = bgnbd.fit(cdnow)
    assert model.converged
    assert model.values == pytest.approx((0.2426, 4.4135, 0.7929, 2.4258), rel=1e-3)
    assert model.log_likelihood == pytest.approx(-9582.43, abs=0.01)


def test_expected_purchases_of_the_papers_customer():
    """Fader, Hardie, Lee (2005), section 6: x = 2, t_x = 30.43, T = 38.86, t = 39 weeks gives 1.226."""
    one = Histories(np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert bgnbd.expected_purchases(PAPER, one, 39)[0] == pytest.approx(1.226, abs=1e-3)


def test_the_gradient_is_the_likelihoods(cdnow):
    some = Histories(cdnow.x[:200], cdnow.tx[:200], cdnow.age[:200])
    logs = np.array([-1.0, 1.2, 0.1, 0.6])
    gradient = bgnbd._loss(logs, some)[1]
    for i in range(4):
        nudge = np.eye(4)[i] * 1e-6
        slope = (bgnbd._loss(logs + nudge, some)[0] - bgnbd._loss(logs - nudge, some)[0]) / 2e-6
        assert gradient[i] == pytest.approx(slope, abs=1e-6)


def test_draws_agree_with_the_formulas():
    h = Histories(np.array([0.0, 2.0, 9.0]), np.array([0.0, 30.43, 20.0]), np.array([38.86, 38.86, 38.86]))
    made = bgnbd.draw_purchases(np.tile(PAPER.values, (40_000, 1)), h, 39, np.random.default_rng(1))
    assert made.mean(axis=1) == pytest.approx(bgnbd.expected_purchases(PAPER, h, 39), rel=0.04)


def test_alive():
    h = Histories(np.array([0.0, 5.0, 5.0]), np.array([0.0, 38.0, 5.0]), np.array([38.86, 38.86, 38.86]))
    fresh, lately, long_ago = bgnbd.probability_alive(PAPER, h)
    assert fresh == 1
    assert lately > 0.8
    assert long_ago < 0.01


def simulate(rng, customers, model, weeks, holdout):
    """Play the model's own story: returns histories up to `weeks` and purchases in the `holdout` after them."""
    r, alpha, a, b = model.values
    rate, leave = rng.gamma(r, 1 / alpha, customers), rng.beta(a, b, customers)
    age = rng.uniform(weeks / 2, weeks, customers)
    x, tx, later = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    for i in range(customers):
        at = 0.0
        while True:
            at += rng.exponential(1 / rate[i])
            if at > age[i] + holdout:
                break
            if at <= age[i]:
                x[i], tx[i] = x[i] + 1, at
            else:
                later[i] += 1
            if rng.random() < leave[i]:
                break
    return Histories(x, tx, age), later


def test_parameters_are_recovered():
    truth = BgNbd(0.8, 6.0, 0.9, 3.0, float("nan"), UNKNOWN, converged=True)
    histories, _ = simulate(np.random.default_rng(5), 4000, truth, 78, 0)
    found = bgnbd.fit(histories)
    for true, estimate, error in zip(truth.values, found.values, found.errors, strict=True):
        assert abs(np.log(estimate / true)) < 3 * error


def test_people_who_all_leave_alike_have_a_model_too():
    """Without spread in leaving, a and b have no maximum; their ratio has."""
    rng = np.random.default_rng(2)
    rate, age = rng.gamma(1.0, 1 / 24, 1500), rng.uniform(20, 104, 1500)
    x, tx = np.zeros(1500), np.zeros(1500)
    for i in range(1500):
        at = rng.exponential(1 / rate[i])
        while at <= age[i]:
            x[i], tx[i] = x[i] + 1, at
            if rng.random() < 0.08:
                break
            at += rng.exponential(1 / rate[i])
    model = bgnbd.fit(Histories(x, tx, age))
    assert model.converged
    assert model.a / (model.a + model.b) == pytest.approx(0.08, abs=0.02)


def test_plausible_parameters_spread_as_the_information_says(cdnow):
    model = bgnbd.fit(cdnow)
    sets = np.log(bgnbd.plausible_sets(model, cdnow, 400, np.random.default_rng(1)))
    assert sets.mean(axis=0) == pytest.approx(np.log(model.values), abs=0.1)
    assert sets.std(axis=0) == pytest.approx(model.errors, rel=0.25)


def test_plausible_parameters_keep_to_the_ridge_that_the_data_leave():
    """People who all leave with a chance of 0.1: a / (a + b) is known, how alike they are is not; nobody's chance becomes 0 or 1."""
    rng = np.random.default_rng(5)
    x = np.minimum(rng.geometric(0.1, 2000) - 1.0, 30)
    h = Histories(x, np.where(x > 0, 2.0 * x, 0), np.full(2000, 80.0))
    sets = bgnbd.plausible_sets(bgnbd.fit(h), h, 400, np.random.default_rng(1))
    shares = sets[:, 2] / sets[:, 2:].sum(axis=1)
    assert shares.std() < 0.02
    assert np.percentile(sets[:, 2], 1) > 0.5
