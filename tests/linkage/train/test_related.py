"""Related classes, found in the data."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from cem_cli.linkage.compare import other
from cem_cli.linkage.compare.base import Comparison
from cem_cli.linkage.train import related
from cem_cli.linkage.train.ladders import views
from cem_cli.linkage.train.mixture import Parameters, Pool, fit, smooth_h, smooth_u


@pytest.mark.parametrize(("left", "accepted"), [(0.0, False), (0.5, True)])
def test_a_related_class_among_things_may_not_take_all_that_matches(monkeypatch, left, accepted):
    """However well it explains the pairs: what has become of all matches is not something beside them."""
    compared = tuple(other.category(f"category:{c}", c) for c in ("shop", "street", "manager"))
    (view,) = views(compared)
    patterns = np.array([[3, 3, 1], [2, 3, 1], [1, 3, 1], [1, 1, 1], [1, 1, 3]], np.uint8)
    near = np.array([900.0, 300, 200, 4000, 50])
    pool = Pool(near + np.array([0, 0, 100, 5e6, 200]), near)
    levels, whole = view.levels(patterns, compared), float((near + np.array([0, 0, 100, 5e6, 200])).sum())
    base = Parameters(tuple(f.prior for f in view.factors), smooth_u(view, levels, pool.weights), lam=1200 / whole)
    taken = np.array([900.0, 300, 0, 0, 0])
    thief = replace(base, h=(smooth_h(view, levels, taken, base.u),), eta=(1200 * (1 - left) / whole,), lam=1200 * left / whole + 1e-60,
                    kin=(False,))
    thief = replace(thief, m=thief.h[0]) if left else thief
    monkeypatch.setattr(related, "fit", lambda *given: thief if given[3].h else given[3])
    monkeypatch.setattr(related, "_unexpected", lambda *_: taken)
    found = related.find_classes(view, levels, pool, related.Contradictions.of(patterns, compared), base, 100)
    assert bool(found.h) is accepted


def test_of_two_classes_of_things_the_one_that_agrees_in_more_are_the_matches(monkeypatch):
    """Products of one maker may be found first, being more: they are not what is sought."""
    compared = tuple(other.category(f"category:{c}", c) for c in ("maker", "title", "size"))
    (view,) = views(compared)
    patterns = np.array([[3, 3, 3], [3, 1, 1], [1, 1, 1], [1, 1, 3]], np.uint8)
    near = np.array([300.0, 3000, 4000, 50])
    pool = Pool(near + np.array([0, 0, 5e6, 2000]), near)
    levels, whole = view.levels(patterns, compared), float(pool.weights.sum())
    of_a_maker, same = np.array([0.0, 3000, 0, 0]), np.array([300.0, 0, 0, 0])
    u = smooth_u(view, levels, pool.weights)
    base = Parameters(smooth_h(view, levels, of_a_maker, u), u, lam=3000 / whole)
    monkeypatch.setattr(related, "fit", lambda *given: given[3])
    monkeypatch.setattr(related, "_unexpected", lambda *_: same)
    found = related.find_classes(view, levels, pool, related.Contradictions.of(patterns, compared), base, 100)
    assert found.lam == pytest.approx(300 / whole)
    assert all(m[3] > h[3] for m, h in zip(found.m[1:], found.h[0][1:], strict=True))


def owned(name: str, own: int = 0) -> Comparison:
    return Comparison(name, (name,), ("missing", "different", "one rare", "exact"), (0.1, 0.1, 0.8), lambda *_: np.zeros(0, np.uint8), own=own)


def test_names_that_differ_are_a_contradiction_though_one_is_rare_but_not_where_a_birth_date_agrees():
    compared = (owned("given name", 3), owned("birth date", 2), owned("phone"))
    patterns = np.array([[1, 1, 3], [1, 0, 3], [2, 0, 3], [2, 2, 1], [1, 3, 1], [0, 0, 1], [3, 1, 1]], np.uint8)
    torn = related.Contradictions.of(patterns, compared)
    assert torn.outright.tolist() == [True, True, False, False, False, False, False]
    assert torn.anyhow.tolist() == [True, True, True, False, False, False, False]


def family_file(kin: float) -> tuple[np.ndarray, np.ndarray, tuple[Comparison, ...]]:
    """Return patterns of (given name, surname, phone), their pairs, and the comparisons: 1,000 matches, `kin` relatives of rare names."""
    compared = (owned("given name", 3), owned("surname"), owned("phone"))
    patterns = np.array(list(itertools.product((1, 2, 3), (1, 2, 3), (1, 2, 3))), np.uint8)
    classes = (
        (1000, ((0.05, 0.05, 0.9), (0.03, 0.03, 0.94), (0.1, 0.02, 0.88))), (kin, ((0.25, 0.74, 0.01), (0.03, 0.03, 0.94), (0.3, 0.01, 0.69))),
        (2e6, ((0.3, 0.695, 0.005), (0.49, 0.5, 0.01), (0.9999, 5e-5, 5e-5))),
    )
    pairs = sum(n * np.prod([np.take(share, patterns[:, k] - 1) for k, share in enumerate(shares)], axis=0) for n, shares in classes)
    return patterns, pairs, compared


@pytest.mark.parametrize("kin", [1500.0, 4000.0])
def test_relatives_of_rare_names_are_kin_though_they_are_many(kin):
    """In a small file hardly a name is common, and large families have more pairs of relatives than there are duplicates."""
    patterns, pairs, compared = family_file(kin)
    (view,) = views(compared)
    levels, pool = view.levels(patterns, compared), Pool(pairs, pairs)
    start = Parameters(tuple(f.prior for f in view.factors), smooth_u(view, levels, pairs), lam=1e-3)
    base = fit(view, levels, pool, start, 8)
    found = related.find_classes(view, levels, pool, related.Contradictions.of(patterns, compared), base, 100)
    assert True in found.kin
    assert found.lam * pairs.sum() == pytest.approx(1000, rel=0.25)
