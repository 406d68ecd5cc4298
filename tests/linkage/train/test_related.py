"""Related classes, found in the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cem_cli.linkage.compare import other
from cem_cli.linkage.train import related
from cem_cli.linkage.train.ladders import views
from cem_cli.linkage.train.mixture import Parameters, Pool, smooth_h, smooth_u


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
    found = related.find_classes(view, levels, pool, np.zeros(len(patterns), bool), base, 100)
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
    found = related.find_classes(view, levels, pool, np.zeros(len(patterns), bool), base, 100)
    assert found.lam == pytest.approx(300 / whole)
    assert all(m[3] > h[3] for m, h in zip(found.m[1:], found.h[0][1:], strict=True))
