"""Candidate pairs: records that share a key, found by sorting packed integers, never by a join.

A block above its rule's cap is dropped for that rule only, so later rules still see its pairs; what was lost is counted.
Pairs are (l, r) positions with l < r, packed into one integer together with the rule, sorted and merged; the rules that
propose a pair become a bit mask.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.contract import LinkOptions, RuleCount
from cem_cli.linkage.records import Codes, Longs, Records
from cem_cli.linkage.sorting import among, distinct, sort_with_places, starts_of_runs
from cem_cli.linkage.threads import spread

Bools = npt.NDArray[np.bool_]

RULE_BITS = 6
CEILING = 10
_SORTED = 1 << 21
"""Pairs of rules that a thread sorts at once."""


@dataclass(frozen=True)
class Scope:
    """Which pairs may be proposed at all."""

    records: Records
    clean: Bools
    """Per source code: a source without inner duplicates, inside which there are no pairs."""
    touched: Bools | None = None
    """Per position: only pairs with such a record are wanted; None: all."""

    def possible_pairs(self) -> float:
        """Return the number of pairs that may be linked."""
        n = float(len(self.records))
        inside = np.bincount(self.records.source, minlength=len(self.clean))[self.clean].astype(float)
        return n * (n - 1) / 2 - float((inside * (inside - 1) / 2).sum())

    def allowed(self, l: Codes, r: Codes) -> Bools:
        """Return which pairs may be linked."""
        if not self.clean.any():
            return np.ones(len(l), bool)
        source = self.records.source
        return np.asarray(~((source[l] == source[r]) & self.clean[source[l]]))


@dataclass(frozen=True)
class Rule:
    """One blocking rule: records that agree on all its keys are compared."""

    keys: tuple[str, ...]
    cap: int
    """Largest block, in records."""
    fields: frozenset[str]
    """Features that agree because of the rule."""
    worth: int = 1
    """For how many pairs each of its pairs stands in the training: the rule may propose a sample."""

    @property
    def name(self) -> str:
        """Return the rule's name in plans and explanations."""
        return " + ".join(self.keys)


@dataclass(frozen=True)
class Pairs:
    """Distinct candidate pairs, sorted by (l, r)."""

    l: Codes
    r: Codes
    mask: Longs
    """Bit k is set where rule k proposes the pair."""

    def __len__(self) -> int:
        return len(self.l)


@dataclass(frozen=True)
class RuleKeys:
    """The blocks of one rule: positions sorted by key."""

    place: Codes
    """Positions with a key, block after block, ascending inside a block."""
    start: Longs
    """Start of each block of two or more in `place`."""
    size: Longs
    """Its number of records."""
    key: Longs
    """Its stable key."""


def place_bits(records: int) -> int:
    """Return how many bits a position takes; pairs of up to 2^28 records fit into one integer with their rule."""
    return max(1, int(records - 1).bit_length())


def pack(l: npt.NDArray[np.integer], r: npt.NDArray[np.integer], rule: int, bits: int) -> Longs:
    """Return pairs and the rule that proposes them as one integer each, ordered by (l, r, rule)."""
    return (((l.astype(np.int64) << bits) | r) << RULE_BITS) | rule


def unpack(packed: Longs, bits: int) -> tuple[Codes, Codes, Longs]:
    """Return (l, r, rule) of packed pairs."""
    pair = packed >> RULE_BITS
    return (pair >> bits).astype(np.int32), (pair & ((1 << bits) - 1)).astype(np.int32), packed & ((1 << RULE_BITS) - 1)


def combine(keys: list[Longs]) -> Longs:
    """Return one 63-bit key per record out of several key arrays (mixed; two in 2^63 collide)."""
    if len(keys) == 1:
        return keys[0]
    state = np.ones(len(keys[0]), np.uint64)
    for k in keys:
        state += k.view(np.uint64)
        state *= np.uint64(0x9E3779B97F4A7C15)
        state ^= state >> np.uint64(31)
        state += np.uint64(1)
    state -= np.uint64(1)
    state *= np.uint64(0xD6E8FEB86659FD93)
    return (state >> np.uint64(1)).view(np.int64)


def combinations(keys: Sequence[Longs]) -> list[tuple[Longs, ...]]:
    """Return the keys of a rule with one number per record, for every combination of values where records have several."""
    return list(itertools.product(*((key,) if key.ndim == 1 else key.T for key in keys)))


def _combined(keys: Sequence[Longs]) -> tuple[Codes, Longs]:
    """Return (position, combined key) of the records that have all keys, in order of position."""
    known = keys[0] >= 0
    for k in keys[1:]:
        known &= k >= 0
    where = np.flatnonzero(known)
    return where.astype(np.int32), combine([k.take(where, mode="clip") for k in keys])


def blocks(keys: list[Longs]) -> RuleKeys:
    """Sort records by their combined key and return the blocks of two or more."""
    found = [_combined(one) for one in combinations(keys)]
    where, key = found[0]
    if len(found) > 1:
        where, key = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.argsort(where, kind="stable")
        where, key = where[order], key[order]
    ordered, order = sort_with_places(key)
    same = ordered[1:] == ordered[:-1]
    edge = np.flatnonzero(np.concatenate([[True], ~same, [True]])) if len(where) else np.zeros(1, np.int64)
    size = np.diff(edge)
    keep = np.flatnonzero(size > 1)
    start = edge[keep]
    return RuleKeys(where.take(order, mode="clip"), start, size.take(keep), ordered.take(start))


def sizes_of_blocks(keys: Sequence[Longs]) -> Longs:
    """Return how many records each combined key has, those of one record included."""
    ordered = np.sort(np.concatenate([_combined(one)[1] for one in combinations(keys)]))
    return np.diff(starts_of_runs(ordered), append=len(ordered))


def pairs_of(rule: RuleKeys, fits: Bools, touched: Bools | None = None) -> tuple[Codes, Codes]:
    """Return the pairs (l < r) inside the blocks that fit; with `touched`, those that touch a marked record."""
    start, size = rule.start[fits], rule.size[fits]
    if touched is not None:
        return _pairs_touching(rule.place, start, size, touched)
    left, right = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    ordered, order = sort_with_places(size)
    for block in np.split(order, starts_of_runs(ordered)[1:]) if len(order) else []:  # blocks of one size together
        i, j = np.triu_indices(int(size[block[0]]), 1)
        members = rule.place.take(start[block][:, None] + np.arange(size[block[0]]))
        left.append(members.take(i, axis=1).ravel())
        right.append(members.take(j, axis=1).ravel())
    return np.concatenate(left), np.concatenate(right)


def _pairs_touching(place: Codes, start: Longs, size: Longs, touched: Bools) -> tuple[Codes, Codes]:
    """Return the pairs (l < r) of every marked record with all others of its blocks."""
    at = members(start, size)
    marked = np.flatnonzero(touched[place[at]])
    own, block = place[at[marked]], np.repeat(np.arange(len(size)), size)[marked]
    one, other = np.repeat(own, size[block]), place[members(start[block], size[block])]
    once = (one != other) & (~touched[other] | (one < other))
    one, other = one[once], other[once]
    return np.minimum(one, other), np.maximum(one, other)


def members(start: Longs, size: Longs) -> Longs:
    """Return the places of all members of blocks, block after block."""
    ends = np.cumsum(size)
    return np.asarray(np.arange(ends[-1] if len(ends) else 0) + np.repeat(start - (ends - size), size))


@dataclass(frozen=True)
class Blocking:
    """What blocking found."""

    pairs: Pairs
    counts: tuple[RuleCount, ...]
    capped: tuple[tuple[int, ...], ...]
    """Per rule: stable keys of the blocks left out."""


def block(
    scope: Scope, keys: dict[str, Longs], rules: tuple[Rule, ...], options: LinkOptions,
    capped: tuple[tuple[int, ...], ...] | None = None,
) -> Blocking:
    """Return the distinct candidate pairs of all rules. `capped` are the blocks a stored model leaves out; None: by size.

    Under a stored model a block that was small then may have grown: it stays in use up to `CEILING` times the cap.
    """
    records, touched = scope.records, scope.touched
    bits = place_bits(len(records))

    def one(number: int) -> tuple[Longs, RuleCount, tuple[int, ...]]:
        rule = rules[number]
        found = blocks([keys[k] for k in rule.keys])
        fits = found.size <= rule.cap
        if capped is not None:
            fits = (found.size <= CEILING * rule.cap) & ~among(found.key, np.array(capped[number], np.int64))
        l, r = pairs_of(found, fits, touched)
        if scope.clean.any() and len(l):
            may = scope.allowed(l, r)
            l, r = l[may], r[may]
        proposed = pack(l, r, number, bits)
        if any(keys[k].ndim > 1 for k in rule.keys):
            proposed = distinct(proposed)  # two records may share two phones
        over = found.size[~fits]
        lost = int((over * (over - 1) // 2).sum())
        largest = int(found.size.max()) if len(found.size) else 0
        return proposed, RuleCount(rule.name, len(proposed), 0, lost, len(over), largest), tuple(sorted(found.key[~fits].tolist()))

    results = spread(one, range(len(rules)), options.threads)
    pairs, fresh = merge([p for p, _, _ in results], bits, len(records), options)
    counts = tuple(
        RuleCount(c.name, c.pairs, int(n), c.lost, c.capped_blocks, c.largest_block)
        for (_, c, _), n in zip(results, fresh, strict=True)
    )
    return Blocking(pairs, counts, tuple(c for _, _, c in results))


def first_rule(mask: Longs) -> npt.NDArray[np.int64]:
    """Return the number of the first rule in each mask."""
    lowest = mask & -mask
    return np.asarray(np.bitwise_count(lowest - 1), np.int64)


def merge(packed: list[Longs], bits: int, n: int, options: LinkOptions) -> tuple[Pairs, Longs]:
    """Return distinct pairs with the mask of their rules, sorted, and how many each rule is the first to propose.

    Ranges of l are sorted on threads.
    """
    total = sum(len(p) for p in packed)
    parts = options.threads * (1 + total // (options.threads * _SORTED))
    edges = [(n * k // parts) << (bits + RULE_BITS) for k in range(parts + 1)]
    edges[-1] = 1 << 62

    def one(k: int) -> tuple[Codes, Codes, Longs, Longs]:
        here = np.concatenate([np.empty(0, np.int64), *(p.compress((p >= edges[k]) & (p < edges[k + 1])) for p in packed)])
        here.sort()
        if len(here) == 0:
            return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64), np.zeros(len(packed), np.int64)
        pair = here >> RULE_BITS
        start = starts_of_runs(pair)
        mask = np.bitwise_or.reduceat(np.left_shift(np.int64(1), here & ((1 << RULE_BITS) - 1)), start)
        l, r, _ = unpack(here[start], bits)
        return l, r, mask, np.bincount(first_rule(mask), minlength=len(packed))

    done = spread(one, range(parts), options.threads)
    whole = spread(lambda k: np.concatenate([d[k] for d in done]), range(3), options.threads)
    return Pairs(whole[0], whole[1], whole[2]), np.sum([d[3] for d in done], axis=0)


def all_pairs(scope: Scope, found: Pairs) -> Pairs:
    """Return every pair of records that may be linked, with the rules that propose it (few records only)."""
    n = len(scope.records)
    i, j = np.triu_indices(n, 1)
    l, r = np.asarray(i, np.int32), np.asarray(j, np.int32)
    may = scope.allowed(l, r)
    if scope.touched is not None:
        may &= scope.touched[l] | scope.touched[r]
    l, r = l[may], r[may]
    mask = np.zeros((n, n), np.int64)
    mask[found.l, found.r] = found.mask
    return Pairs(l, r, mask[l, r])
