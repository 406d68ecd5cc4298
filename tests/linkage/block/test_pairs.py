import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.linkage.block.pairs import RULE_BITS, Rule, Scope, block, blocks, first_rule, pack, pairs_of, place_bits, unpack
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.records import Records

EMPTY = np.empty(0, np.int64)


def records(n: int, source: list[int] | None = None) -> Records:
    codes = np.array(source or [0] * n, np.int32)
    return Records(np.arange(n, dtype=np.int64), codes, tuple(map(str, range(int(codes.max(initial=0)) + 1))), {}, {}, {}, EMPTY)


keys = st.lists(st.tuples(st.integers(-1, 5), st.integers(-1, 3)), min_size=1, max_size=60)


@given(keys, st.integers(1, 3))
@settings(max_examples=80, deadline=None)
def test_blocking_is_the_self_join(rows, threads):
    n = len(rows)
    a, b = np.array([r[0] for r in rows], np.int64), np.array([r[1] for r in rows], np.int64)
    rules = (Rule(("a",), 9, frozenset("a")), Rule(("a", "b"), 100, frozenset("ab")))
    found = block(Scope(records(n), np.zeros(1, bool)), {"a": a, "b": b}, rules, LinkOptions(threads=threads))
    wanted = {}
    sizes = {v: (a == v).sum() for v in set(a.tolist())}
    for i in range(n):
        for j in range(i + 1, n):
            mask = int(a[i] == a[j] >= 0 and sizes[int(a[i])] <= 9) | 2 * int(a[i] == a[j] >= 0 and b[i] == b[j] >= 0)
            if mask:
                wanted[i, j] = mask
    got = {(int(i), int(j)): int(m) for i, j, m in zip(found.pairs.l, found.pairs.r, found.pairs.mask, strict=True)}
    assert got == wanted
    assert list(got) == sorted(got)
    assert sum(c.new for c in found.counts) == len(got)


def test_a_block_above_the_cap_is_counted_as_lost_and_a_stored_model_repeats_it():
    key = np.array([7] * 5 + [8] * 2, np.int64) << 40
    rules = (Rule(("a",), 4, frozenset("a")),)
    scope = Scope(records(7), np.zeros(1, bool))
    found = block(scope, {"a": key}, rules, LinkOptions())
    assert (len(found.pairs), found.counts[0].lost, found.counts[0].capped_blocks, found.counts[0].largest_block) == (1, 10, 1, 5)
    smaller = Scope(records(3), np.zeros(1, bool))
    again = block(smaller, {"a": key[:3]}, rules, LinkOptions(), found.capped)
    assert len(again.pairs) == 0


def test_clean_sources_have_no_inner_pairs_and_touched_pairs_touch():
    key = np.ones(6, np.int64) << 40
    scope = Scope(records(6, [0, 0, 0, 1, 1, 1]), np.array([True, False]), np.array([True] + [False] * 5))
    found = block(scope, {"a": key}, (Rule(("a",), 60, frozenset("a")),), LinkOptions())
    assert set(zip(found.pairs.l.tolist(), found.pairs.r.tolist(), strict=True)) == {(0, 3), (0, 4), (0, 5)}
    assert scope.possible_pairs() == 12


@given(st.lists(st.tuples(st.integers(-1, 5), st.booleans()), max_size=40), st.integers(2, 9))
@settings(deadline=None)
def test_pairs_that_touch_are_those_of_all_pairs(drawn, largest):
    found = blocks([np.array([key for key, _ in drawn], np.int64)])
    touched = np.array([mark for _, mark in drawn], bool)
    l, r = pairs_of(found, found.size <= largest)
    wanted = touched[l] | touched[r]
    some = pairs_of(found, found.size <= largest, touched)
    assert sorted(zip(*(x.tolist() for x in some), strict=True)) == sorted(zip(l[wanted].tolist(), r[wanted].tolist(), strict=True))


@given(st.sampled_from([2, 3, 1 << 20, (1 << 20) + 1, 10_000_000, 1 << 28]), st.data())
@settings(max_examples=60, deadline=None)
def test_packed_pairs_keep_everything_and_their_order_up_to_any_size(n, data):
    """At 10 million records, and on both sides of 2^20, where an engine's join changes its plan."""
    places = st.integers(0, n - 1)
    pairs = data.draw(st.lists(st.tuples(places, places, st.integers(0, (1 << RULE_BITS) - 1)), min_size=1, max_size=30))
    l, r, rule = (np.array(column) for column in zip(*pairs, strict=True))
    packed = np.array([pack(l[k : k + 1], r[k : k + 1], int(rule[k]), place_bits(n))[0] for k in range(len(pairs))])
    assert list(zip(*(x.tolist() for x in unpack(packed, place_bits(n))), strict=True)) == pairs
    assert [pairs[k] for k in np.argsort(packed, kind="stable")] == sorted(pairs)


def test_one_value_in_a_third_of_the_rows_costs_no_pairs():
    """The block is left out and counted; what the other values propose stays."""
    n = 3000
    key = np.arange(n, dtype=np.int64) // 2 << 40
    hot = np.where(np.arange(n) % 10 < 3, np.int64(1) << 60, key)
    rules = (Rule(("a",), 60, frozenset("a")),)
    plain, crowded = (block(Scope(records(n), np.zeros(1, bool)), {"a": k}, rules, LinkOptions()) for k in (key, hot))
    assert len(plain.pairs) == n // 2
    assert (crowded.counts[0].capped_blocks, crowded.counts[0].largest_block) == (1, 900)
    assert len(crowded.pairs) <= len(plain.pairs)


def test_keys_that_differ_only_where_positions_are_packed_are_told_apart():
    key = np.array([5, 4, 5, 4, 6, 100, 98, 97, 98, 100, 3 << 40, 1 << 50, 3 << 40], np.int64)
    found = blocks([key])
    assert found.key.tolist() == [4, 5, 98, 100, 3 << 40]
    assert found.size.tolist() == [2] * 5
    assert [found.place[s : s + 2].tolist() for s in found.start.tolist()] == [[1, 3], [0, 2], [6, 8], [5, 9], [10, 12]]


def test_first_rule():
    assert first_rule(np.array([1, 2, 6, 8, 1 << 40])).tolist() == [0, 1, 1, 3, 40]
