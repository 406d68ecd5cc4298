"""Joins are accepted in order of priority as far as nothing contradicts them; against a walk over sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.linkage.identity.constrained import Joins, Limits, accepted

COUNT = 7
pairs = st.lists(st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)).filter(lambda p: p[0] != p[1]), max_size=12)
codes = st.lists(st.integers(-1, 2), min_size=COUNT, max_size=COUNT)


def array(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@given(pairs, pairs, codes, st.integers(2, COUNT))
@settings(max_examples=300, deadline=None)
def test_no_limit_is_broken_and_no_join_refused_without_need(
    joins: list[tuple[int, int]], apart: list[tuple[int, int]], code: list[int], largest: int
) -> None:
    kept = accepted(COUNT, Joins(array([a for a, _ in joins]), array([b for _, b in joins])), Limits(apart, [array(code)], largest))
    groups = {n: {n} for n in range(COUNT)}
    for (a, b), took in zip(joins, kept.tolist(), strict=True):
        union = groups[a] | groups[b]
        allowed = groups[a] is groups[b] or (
            len(union) <= largest and len({code[n] for n in union} - {-1}) < 2 and not any({x, y} <= union for x, y in apart))
        assert took == allowed
        if allowed:
            for n in union:
                groups[n] = union


def test_decisions_are_never_refused() -> None:
    joins = Joins(array([0, 1, 0]), array([1, 2, 3]), certain=2)
    kept = accepted(4, joins, Limits([], [array([0, 1, 2, 0])], largest=2))
    assert kept.tolist() == [True, True, False]
