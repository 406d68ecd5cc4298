"""What a comparison is: a ladder of levels over one or two features, computed for many pairs at once.

Level 0 always means that one side has no value; it is no evidence. Higher levels are not necessarily better: what a
level is worth is learned.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.records import Codes, Longs, Records, Values
from cem_cli.linkage.sorting import per_member, sort_with_places, starts_of_runs
from cem_cli.linkage.strings import Floats, head_prefix, jaro_winkler, jaro_winkler_bound

Levels = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
LevelsOf = Callable[[Records, Positions, Positions], Levels]
_PART = 1 << 15
"""Pairs that are bounded at once: what this takes fits the processor's cache."""


@dataclass(frozen=True)
class Term:
    """Which level of a comparison is corrected for how rare the shared value is, and how strongly."""

    level: int
    feature: str
    strength: float
    shared: bool = True
    """Whether both sides hold the same value on that level, so that one of them tells."""


@dataclass(frozen=True)
class Comparison:
    """One ladder."""

    name: str
    features: tuple[str, ...]
    """Features it looks at; a blocking rule that uses one of them cannot teach this comparison anything."""
    labels: tuple[str, ...]
    """Words for the levels; the first is `missing`."""
    prior: tuple[float, ...]
    """Expected shares of the levels 1, 2, ... among matches with both values."""
    levels: LevelsOf
    """Levels of pairs of positions."""
    terms: tuple[Term, ...] = ()
    own: int = 0
    """First level at which a value that is a person's own (given name, birth date) agrees; 0: relatives may share it."""
    trust: float = 1.0
    """How much its prior counts: little where nobody knows what the column means."""
    steady: bool = False
    """Whether the value rarely differs between two records of one entity (names, birth date, identifiers)."""


def only_without(comparison: Comparison, feature: str) -> Comparison:
    """Return the comparison in which pairs that both have `feature` count as missing: it already tells what this follows."""

    def levels(records: Records, l: Positions, r: Positions) -> Levels:
        codes = records.features[feature].codes
        level = comparison.levels(records, l, r)
        mark(level, (codes.take(l) >= 0) & (codes.take(r) >= 0), 0)
        return level

    return replace(comparison, levels=levels)


def best_of_several(levels: LevelsOf, *features: str) -> LevelsOf:
    """Return levels that are the highest over all combinations of the values of `features`, where records have several."""

    def best(records: Records, l: Positions, r: Positions) -> Levels:
        level = levels(records, l, r)
        most = 1 + max(len(records.features[name].further) for name in features)
        if most == 1:
            return level
        size, valued = len(records), _one_below_other(records, features, most)
        filled = np.logical_or.reduce([valued.features[name].codes >= 0 for name in features])
        for nth, other in itertools.islice(itertools.product(range(most), repeat=2), 1, None):
            x, y = l + np.int32(nth * size), r + np.int32(other * size)
            at = np.flatnonzero(filled.take(x) & filled.take(y))
            level[at] = np.maximum(level[at], levels(valued, x[at], y[at]))
        return level

    return best


def _one_below_other(records: Records, features: Sequence[str], most: int) -> Records:
    """Return records of which each stands `most` times, all first values above all second ones; only of the given features."""
    absent = -1 - np.arange(len(records), dtype=np.int32)
    every = {name: (*records.features[name].every, *[absent] * most)[:most] for name in features}
    return replace(records, features={
        name: replace(records.features[name], codes=np.concatenate(codes), further=()) for name, codes in every.items()
    })


def mark(level: Levels, where: Bools, value: int) -> None:
    """Set the level of the pairs that `where` marks (a fifth of the time of `level[where] = value`)."""
    level[np.flatnonzero(where)] = value


def both_codes(records: Records, feature: str, l: Positions, r: Positions) -> tuple[Codes, Codes, Bools]:
    """Return the codes of both sides and where both have a value."""
    codes = records.features[feature].codes
    a, b = codes.take(l, mode="clip"), codes.take(r, mode="clip")
    return a, b, (a >= 0) & (b >= 0)


def similarity(records: Records, dictionary: str, a: Codes, b: Codes, low: float) -> Floats:
    """Return Jaro-Winkler of value pairs; 0 where an exact bound already shows that it is below `low`.

    Each distinct pair of values is compared once, the lower code first: the function is not quite symmetric.
    """
    values = records.values[dictionary]
    out = np.zeros(len(a), np.float32)
    if len(a) == 0:
        return out
    hot = np.concatenate([at + _maybe_similar(values, a[at : at + _PART], b[at : at + _PART], low) for at in range(0, len(a), _PART)])
    if len(hot):
        x, y, which = distinct_pairs(a.take(hot), b.take(hot))
        close = jaro_winkler(values.rows(x), values.length.take(x), values.rows(y), values.length.take(y), low)
        out[hot] = close.take(which, mode="clip")
    return out


def _maybe_similar(values: Values, one: Codes, other: Codes, low: float) -> Longs:
    """Return which pairs of values may reach a Jaro-Winkler similarity of `low`."""
    a, b = one.astype(np.intp), other.astype(np.intp)  # as they are looked up three times
    lengths = values.length.take(a), values.length.take(b)
    prefix = head_prefix((values.head.take(a), values.head.take(b)), lengths)
    return np.flatnonzero(jaro_winkler_bound((values.mask.take(a), values.mask.take(b)), lengths, prefix) >= low)


def distinct_pairs(a: Codes, b: Codes) -> tuple[Codes, Codes, Longs]:
    """Return the distinct unordered pairs of codes (lower, higher), and which of them each pair is."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    width = int(high.max(initial=1)).bit_length()
    ordered, order = sort_with_places((low.astype(np.int64) << width) | high)
    start = starts_of_runs(ordered)
    which = np.empty(len(ordered), np.int64)
    which[order] = per_member(np.arange(len(start)), start, len(ordered))
    chosen = ordered.take(start)
    return (chosen >> width).astype(np.int32), (chosen & ((1 << width) - 1)).astype(np.int32), which


def graded(
    records: Records, feature: str, l: Positions, r: Positions, cuts: tuple[float, ...]
) -> Levels:
    """Return levels: 0 missing, 1 different, one more per similarity cut reached (ascending cuts), top: equal."""
    a, b, both = both_codes(records, feature, l, r)
    equal = a == b
    level: Levels = both + equal * np.uint8(len(cuts) + 1)
    other = np.flatnonzero(both & ~equal)
    if len(other) and cuts:
        close = similarity(records, records.features[feature].dictionary, a.take(other), b.take(other), cuts[0])
        level[other] += sum((close >= np.float32(cut)).view(np.uint8) for cut in cuts)
    return level


def pack(a: Codes, b: Codes) -> Longs:
    """Return unordered code pairs as one integer each."""
    return (np.minimum(a, b).astype(np.int64) << 32) | np.maximum(a, b).astype(np.int64)
