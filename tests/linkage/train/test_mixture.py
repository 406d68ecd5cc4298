"""Training: what generated data were made with is found again, and other people's EM agrees."""

import itertools

import numpy as np
import pandas as pd
import pytest

from cem_cli.linkage.block.pairs import Rule
from cem_cli.linkage.compare.base import Comparison
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.train.ladders import views
from cem_cli.linkage.train.mixture import Parameters, Pool, Products, fit, posteriors
from cem_cli.linkage.train.population import Population
from cem_cli.linkage.train.related import Contradictions, find_classes
from cem_cli.linkage.train.train import held_out

FIELDS = ("a", "b", "c", "d")
AGREE_M, AGREE_U, LAM = (0.9, 0.8, 0.95, 0.7), (0.01, 0.05, 0.1, 0.02), 0.02


def no_levels(records, l, r):
    return np.zeros(0, np.uint8)


def comparison(name: str, own: int = 0) -> Comparison:
    return Comparison(name, (name,), ("missing", "different", "exact"), (0.2, 0.8), no_levels, own=own)


COMPARISONS = tuple(comparison(f) for f in FIELDS)
PATTERNS = np.array([[1 + x for x in bits] for bits in itertools.product((0, 1), repeat=4)], np.uint8)


def probability(agree: tuple[float, ...]) -> np.ndarray:
    return np.prod([np.where(PATTERNS[:, k] == 2, p, 1 - p) for k, p in enumerate(agree)], axis=0)


def population(pairs: float) -> np.ndarray:
    return pairs * (LAM * probability(AGREE_M) + (1 - LAM) * probability(AGREE_U))


def test_u_and_the_share_of_matches_are_recovered_with_m_given():
    view = views(COMPARISONS)[0]
    levels = view.levels(PATTERNS, COMPARISONS)
    m = tuple(np.array([1, 1 - p, p]) for p in AGREE_M)
    flat = tuple(np.array([1, 0.7, 0.3]) for _ in FIELDS)
    counts = population(1e6)
    found = fit(view, levels, Pool(counts, counts), Parameters(m, flat, lam=0.1), 500)
    assert found.lam == pytest.approx(LAM, rel=0.05)
    assert [u[2] for u in found.u] == pytest.approx(AGREE_U, rel=0.05)


def test_m_is_recovered_from_rules_that_hold_it_out():
    view = views(COMPARISONS)[0]
    rules = tuple(Rule((f,), 60, frozenset({f})) for f in FIELDS)
    counts = population(1e6)
    by_rule = np.stack([np.where(PATTERNS[:, k] == 2, counts, 0) for k in range(4)])
    data = Population(PATTERNS, counts, np.zeros(16), by_rule, 1000, 1e6)
    u = tuple(np.array([1, 1 - p, p]) for p in AGREE_U)
    start = Parameters(tuple(f.prior for f in view.factors), u, lam=LAM)
    m, expected, untrained = held_out(view, COMPARISONS, rules, data, start, LinkOptions())
    assert untrained == ()
    assert [x[2] for x in m] == pytest.approx(AGREE_M, abs=0.03)
    assert expected[0] == pytest.approx(1e6 * LAM * AGREE_M[0], rel=0.15)


def test_a_factor_that_every_rule_uses_is_named():
    view = views(COMPARISONS)[0]
    counts = population(1e4)
    data = Population(PATTERNS, counts, np.zeros(16), counts[None, :], 100, 1e4)
    start = Parameters(tuple(f.prior for f in view.factors), tuple(np.array([1, 0.9, 0.1]) for _ in FIELDS), lam=LAM)
    _, _, untrained = held_out(view, COMPARISONS, (Rule(("a",), 60, frozenset("a")),), data, start, LinkOptions())
    assert untrained == ("a",)


def test_it_agrees_with_the_em_of_recordlinkage():
    recordlinkage = pytest.importorskip("recordlinkage")
    rng = np.random.default_rng(5)
    match = rng.random(20000) < 0.3
    bits = np.where(match[:, None], rng.random((20000, 4)) < AGREE_M, rng.random((20000, 4)) < AGREE_U).astype(int)
    index = pd.MultiIndex.from_arrays([np.arange(20000), np.arange(20000)])
    other = recordlinkage.ECMClassifier(binarize=None, max_iter=200)
    other.fit(pd.DataFrame(bits, columns=list(FIELDS), index=index))
    levels, count = np.unique(bits + 1, axis=0, return_counts=True)
    view = views(COMPARISONS)[0]
    mine = view.levels(levels.astype(np.uint8), COMPARISONS)
    start = Parameters(tuple(f.prior for f in view.factors), tuple(np.array([1, 0.8, 0.2]) for _ in FIELDS), lam=0.2)
    weights = count.astype(float)
    now = start
    for _ in range(100):
        classes = posteriors(now, Products(mine))
        m = tuple(f.normalise(np.bincount(x, weights=weights * classes[0], minlength=3)) for f, x in zip(view.factors, mine, strict=True))
        now = fit(view, mine, Pool(weights, weights), Parameters(m, now.u, lam=now.lam), 1)
    assert now.lam == pytest.approx(other.p, abs=0.01)
    theirs = [other.m_probs[f][1] for f in FIELDS]
    assert [x[2] for x in now.m] == pytest.approx(theirs, abs=0.02)


def test_relatives_are_a_class_of_their_own_and_matches_stay_matches():
    """Half as many relatives as matches: they share the home (b, c, d), never the name (a)."""
    given = (comparison("a", own=2), *COMPARISONS[1:])
    view = views(given)[0]
    levels = view.levels(PATTERNS, given)
    pairs = 1e7
    m, u, kin = (0.95, 0.9, 0.9, 0.9), (0.005, 0.001, 0.001, 0.001), (0.01, 0.95, 0.95, 0.95)
    weights = 1e4 * probability(m) + 5e3 * probability(kin) + (pairs - 1.5e4) * probability(u)
    start = Parameters(tuple(f.prior for f in view.factors), tuple(np.array([1, 0.99, 0.01]) for _ in FIELDS), lam=1e-3)
    pool = Pool(weights, weights)
    base = fit(view, levels, pool, start, 8)
    found = find_classes(view, levels, pool, Contradictions.of(PATTERNS, given), base, 100.0)
    assert True in found.kin
    assert found.lam * pairs == pytest.approx(1e4, rel=0.2)
    classes = posteriors(found, Products(levels))
    relatives = np.all(PATTERNS == (1, 2, 2, 2), axis=1)
    same = np.all(PATTERNS == (2, 2, 2, 2), axis=1)
    assert classes[0][relatives] < 0.5 < classes[0][same]
