"""Patterns: the levels of all comparisons of a pair packed into one integer, and that integer made dense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.block.pairs import Blocking, Pairs
from cem_cli.linkage.compare.base import Comparison, Positions
from cem_cli.linkage.records import Longs, Records
from cem_cli.linkage.sorting import per_member, starts_of_runs
from cem_cli.linkage.threads import spread

_FEW = 1 << 16
"""Patterns numbered at once: what the first of them teach need not be sorted again."""
LARGEST = 1 << 62
"""Patterns that one packed integer can tell apart."""


def compare(
    records: Records, comparisons: Sequence[Comparison], l: Positions, r: Positions, threads: int
) -> Longs:
    """Return the packed pattern of each pair (mixed radix of levels, first comparison slowest).

    Each thread has one part: the larger it is, the more often the same two values meet again and are compared once. Threads
    begin at different comparisons, because what is made of a dictionary's values once keeps others that ask for it waiting.
    """
    out = np.empty(len(l), np.int64)
    part, step = max(-(-len(l) // threads), 1), max(len(comparisons) // threads, 1)

    def one(number: int) -> None:
        cut = slice(number * part, (number + 1) * part)
        first = number * step % max(len(comparisons), 1)
        found = {c.name: c.levels(records, l[cut], r[cut]) for c in (*comparisons[first:], *comparisons[:first])}
        packed = np.zeros(len(l[cut]), np.int64)
        for c in comparisons:
            packed *= len(c.labels)
            packed += found[c.name]
        out[cut] = packed

    spread(one, range(-(-len(l) // part)), threads)
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
    bits: int = 12

    @classmethod
    def empty(cls) -> Dense:
        """Return a table without entries."""
        return cls(np.empty(0, np.int64))

    def number(self, packed: Longs) -> npt.NDArray[np.int32]:
        """Return the number of each packed integer; unseen ones are added."""
        parts = [self._number(packed[at : at + _FEW]) for at in range(0, len(packed), _FEW)]
        return np.concatenate(parts) if parts else np.empty(0, np.int32)

    def _number(self, packed: Longs) -> npt.NDArray[np.int32]:
        slots, owner = self._slots()
        number = owner[_slot(packed, self.bits)]
        known = number >= 0
        wrong = np.nonzero(~known | (slots[_slot(packed, self.bits)] != packed))[0]
        if len(wrong):
            fresh, inverse = _unique(packed[wrong])
            order = np.argsort(self.keys, kind="stable")
            place = np.minimum(np.searchsorted(self.keys[order], fresh), max(len(order) - 1, 0))
            old = self.keys[order][place] == fresh if len(order) else np.zeros(len(fresh), bool)
            mapped = np.empty(len(fresh), np.int32)
            if len(order):
                mapped[old] = order[place[old]]
            mapped[~old] = len(self.keys) + np.arange(int((~old).sum()))
            self.keys = np.concatenate([self.keys, fresh[~old]])
            number[wrong] = mapped[inverse]
        return number

    def _slots(self) -> tuple[Longs, npt.NDArray[np.int32]]:
        while (1 << self.bits) < 8 * len(self.keys):
            self.bits += 1
        slots = np.zeros(1 << self.bits, np.int64)
        owner = np.full(1 << self.bits, -1, np.int32)
        where = _slot(self.keys, self.bits)
        slots[where] = self.keys
        owner[where] = np.arange(len(self.keys), dtype=np.int32)
        return slots, owner


def _slot(packed: Longs, bits: int) -> Longs:
    return ((packed.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)).astype(np.int64)


def _unique(values: Longs) -> tuple[Longs, npt.NDArray[np.int64]]:
    order = np.argsort(values, kind="stable")
    ordered = values[order]
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
