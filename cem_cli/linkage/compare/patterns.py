"""Patterns: the levels of all comparisons of a pair packed into one integer, and that integer made dense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.block.pairs import Blocking, Pairs
from cem_cli.linkage.compare.base import Comparison, Positions
from cem_cli.linkage.records import Longs, Records
from cem_cli.linkage.sorting import per_member, sort_with_places, starts_of_runs
from cem_cli.linkage.threads import spread

_FEW = 1 << 16
"""Patterns numbered at once."""
LARGEST = 1 << 62
"""Patterns that one packed integer can tell apart."""


def compare(
    records: Records, comparisons: Sequence[Comparison], l: Positions, r: Positions, threads: int
) -> Longs:
    """Return the packed pattern of each pair (mixed radix of levels, first comparison slowest).

    There are as many parts as threads: the larger a part, the more often the same two values meet again and are compared once.
    One part is compared after the other, ladders with many levels first, which take longest: so no thread waits at the end, nor
    for another that makes of a dictionary's values what both ask for.
    """
    size = max(-(-len(l) // threads), 1)
    cuts = [slice(at, at + size) for at in range(0, len(l), size)]
    tasks = [(cut, c) for cut in cuts for c in sorted(comparisons, key=lambda c: -len(c.labels))]
    l, r = l.astype(np.intp), r.astype(np.intp)  # as every comparison looks them up
    made = spread(lambda task: task[1].levels(records, l[task[0]], r[task[0]]), tasks, threads)
    levels = {(cut.start, c.name): found for (cut, c), found in zip(tasks, made, strict=True)}
    out = np.zeros(len(l), np.int64)

    def pack_part(cut: slice) -> None:
        packed = out[cut]
        for c in comparisons:
            packed *= len(c.labels)
            packed += levels[cut.start, c.name]

    spread(pack_part, cuts, threads)
    return out


def unpack(packed: Longs, comparisons: Sequence[Comparison]) -> npt.NDArray[np.uint8]:
    """Return the levels (patterns, comparisons) of packed patterns."""
    levels = np.empty((len(packed), len(comparisons)), np.uint8)
    rest = packed.copy()
    for k in range(len(comparisons) - 1, -1, -1):
        radix = len(comparisons[k].labels)
        levels[:, k] = rest % radix
        rest //= radix
    return levels


def pack(levels: npt.NDArray[np.uint8], comparisons: Sequence[Comparison]) -> Longs:
    """Return the packed integers of patterns given as levels: the reverse of `unpack`."""
    packed = np.zeros(len(levels), np.int64)
    for k, c in enumerate(comparisons):
        packed = packed * len(c.labels) + levels[:, k]
    return packed


@dataclass
class Dense:
    """Dense numbers for packed integers, growing as they are seen; `keys[number]` is the packed integer."""

    keys: Longs
    _bits: int = 12
    _slots: Longs = field(default_factory=lambda: np.zeros(1 << 12, np.int64))
    """The packed integer last put into each slot; others that belong there are found by sorting."""
    _owner: npt.NDArray[np.int32] = field(default_factory=lambda: np.full(1 << 12, -1, np.int32))
    """Its number, -1 where a slot is empty."""

    @classmethod
    def empty(cls) -> Dense:
        """Return a table without entries."""
        return cls(np.empty(0, np.int64))

    def number(self, packed: Longs, threads: int = 1) -> npt.NDArray[np.int32]:
        """Return the number of each packed integer; unseen ones are added. What the first of them teach is only looked up."""
        number = np.empty(len(packed), np.int32)

        def look_up(start: int) -> Longs:
            part = packed[start : start + _FEW]
            slot = _slot(part, self._bits)
            number[start : start + _FEW] = self._owner.take(slot)
            return start + np.flatnonzero((number[start : start + _FEW] < 0) | (self._slots.take(slot) != part))

        for starts in ([0], range(_FEW, len(packed), _FEW)):
            wrong = np.concatenate([np.empty(0, np.int64), *spread(look_up, starts, threads)])
            if len(wrong):
                number[wrong] = self._number_by_sorting(packed[wrong])
        return number

    def _number_by_sorting(self, packed: Longs) -> npt.NDArray[np.int32]:
        fresh, inverse = _unique(packed)
        order = np.argsort(self.keys, kind="stable")
        place = np.minimum(np.searchsorted(self.keys[order], fresh), max(len(order) - 1, 0))
        old = self.keys[order][place] == fresh if len(order) else np.zeros(len(fresh), bool)
        mapped = np.empty(len(fresh), np.int32)
        if len(order):
            mapped[old] = order[place[old]]
        mapped[~old] = len(self.keys) + np.arange(int((~old).sum()))
        self._add(fresh[~old])
        return mapped[inverse]

    def _add(self, fresh: Longs) -> None:
        """Give the next numbers to packed integers that have none."""
        begin = len(self.keys)
        self.keys = np.concatenate([self.keys, fresh])
        if 1 << self._bits < 8 * len(self.keys):
            begin, self._bits = 0, (8 * len(self.keys) - 1).bit_length()
            self._slots, self._owner = np.zeros(1 << self._bits, np.int64), np.full(1 << self._bits, -1, np.int32)
        where = _slot(self.keys[begin:], self._bits)
        self._slots[where] = self.keys[begin:]
        self._owner[where] = np.arange(begin, len(self.keys), dtype=np.int32)


def _slot(packed: Longs, bits: int) -> Longs:
    return ((packed.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)).astype(np.int64)


def _unique(values: Longs) -> tuple[Longs, npt.NDArray[np.int64]]:
    ordered, order = sort_with_places(values)
    start = starts_of_runs(ordered)
    inverse = np.empty(len(values), np.int64)
    inverse[order] = per_member(np.arange(len(start)), start, len(ordered))
    return ordered[start], inverse


@dataclass(frozen=True)
class Candidates:
    """Candidate pairs with their patterns."""

    blocking: Blocking
    pairs: Pairs
    """What is compared: the pairs of the rules, or all pairs where records are few."""
    pattern: npt.NDArray[np.int32]
    """Per pair: index into `dense.keys`."""
    dense: Dense
