"""Runs of equal numbers, and what an ascending array holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cem_cli.linkage.sorting import among, contains, per_member, places_in_runs, sort_with_places, starts_of_runs

NUMBERS = st.lists(st.integers(0, 5), max_size=30)


@given(NUMBERS)
def test_members_know_their_run_and_their_place_in_it(listed):
    ordered = np.sort(np.array(listed, np.int64))
    start = starts_of_runs(ordered)
    assert per_member(ordered[start], start, len(ordered)).tolist() == ordered.tolist()
    assert places_in_runs(start, len(ordered)).tolist() == [k - ordered.tolist().index(x) for k, x in enumerate(ordered.tolist())]


@pytest.mark.parametrize("known", [[], [1], [5, 1, 3]])
def test_what_is_among_others_is_found(known):
    values = np.arange(7)
    expected = [v in known for v in range(7)]
    assert among(values, np.array(known, np.int64)).tolist() == expected
    assert contains(np.sort(np.array(known, np.int64)), values).tolist() == expected


@pytest.mark.parametrize("runs", [10_000, 0])
@pytest.mark.parametrize("values", [
    [], [7], [5, 3, 5, 1], [1 << 63, 3, (1 << 63) + 1, 1 << 63], [(1 << 64) - 1, (1 << 64) - 2, (1 << 64) - 3, 0],
    [3 << 61, (3 << 61) + 2, 9, (3 << 61) + 1, 3 << 61, 1 << 60, (1 << 60) + 1, 1 << 60, 0],
])
def test_equal_numbers_keep_their_order_also_where_places_do_not_fit_beside_them(monkeypatch, values, runs):
    monkeypatch.setattr("cem_cli.linkage.sorting._RUNS", runs)
    key = np.array(values, np.uint64)
    ordered, order = sort_with_places(key)
    assert order.tolist() == np.argsort(key, kind="stable").tolist()
    assert ordered.tolist() == np.sort(key).tolist()
    assert ordered.dtype == key.dtype
