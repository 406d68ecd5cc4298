"""Groups of records that certainly belong together: joins accepted in order of priority, as far as nothing contradicts.

Pure arithmetic over arrays; reads and writes no tables. Components without a contradiction, nearly all, are found at
once; only the records of contradictory components are walked pair by pair.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.cluster.agglomerate import components
from cem_cli.linkage.sorting import among, distinct

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Joins:
    """Pairs of positions in order of priority; the first `certain` are decisions, which nothing contradicts."""

    left: IntArray
    right: IntArray
    certain: int = 0

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True)
class Limits:
    """What a group must not hold."""

    apart: Sequence[tuple[int, int]]
    """Pairs of positions that must not share a group."""
    single: Sequence[IntArray]
    """Codes per position: a group holds at most one code of each array; negative = none."""
    largest: int
    """Most members; decisions alone may exceed it."""


def accepted(count: int, joins: Joins, limits: Limits) -> npt.NDArray[np.bool_]:
    """Return which joins hold: all of a component without contradiction, else greedily in order."""
    keep = np.ones(len(joins), dtype=bool)
    if not len(joins):
        return keep
    group = components(count, joins.left, joins.right)
    bad = contradictory(group, limits)
    doubtful = np.flatnonzero(among(group[joins.left], bad))
    if len(doubtful):
        keep[doubtful] = _greedy(joins, doubtful, limits)
    return keep


def contradictory(group: IntArray, limits: Limits) -> IntArray:
    """Return the groups that break a limit, ascending."""
    found: list[IntArray] = []
    if limits.apart:
        pairs = np.array(limits.apart, dtype=np.int64)
        found.append(group[pairs[group[pairs[:, 0]] == group[pairs[:, 1]], 0]])
    for codes in limits.single:
        coded = np.flatnonzero(codes >= 0)
        held = np.unique(np.stack([group[coded], codes[coded]]), axis=1)[0]
        found.append(_repeated(held))
    label, size = np.unique(group, return_counts=True)
    found.append(label[size > limits.largest])
    bad: IntArray = distinct(np.concatenate(found))
    return bad


def _repeated(ascending: IntArray) -> IntArray:
    again: IntArray = ascending[1:][ascending[1:] == ascending[:-1]]
    return again


def _greedy(joins: Joins, rows: IntArray, limits: Limits) -> npt.NDArray[np.bool_]:
    """Accept `rows` of `joins` one by one, skipping what would break a limit."""
    members = distinct(np.concatenate([joins.left[rows], joins.right[rows]])).tolist()
    forest = _Forest(members, limits)
    taken = [forest.join(int(joins.left[r]), int(joins.right[r]), forced=bool(r < joins.certain)) for r in rows]
    return np.array(taken, dtype=bool)


class _Forest:
    """Groups that grow by joins, each knowing its members, its codes and whom it must not meet."""

    def __init__(self, members: Iterable[int], limits: Limits) -> None:
        self.largest = limits.largest
        self.root = {m: m for m in members}
        self.members = {m: [m] for m in self.root}
        self.codes = {m: [{int(c[m])} - {-1} for c in limits.single] for m in self.root}
        self.apart: dict[int, set[int]] = defaultdict(set)
        for one, other in limits.apart:
            self.apart[one].add(other)
            self.apart[other].add(one)

    def join(self, one: int, other: int, *, forced: bool) -> bool:
        """Unite the groups of two members where no limit forbids it; tell whether they are one group now."""
        a, b = self.root[one], self.root[other]
        if a == b:
            return True
        if not forced and not self._compatible(a, b):
            return False
        if len(self.members[a]) < len(self.members[b]):
            a, b = b, a
        for member in self.members[b]:
            self.root[member] = a
        self.members[a] += self.members.pop(b)
        self.codes[a] = [x | y for x, y in zip(self.codes[a], self.codes.pop(b), strict=True)]
        return True

    def _compatible(self, a: int, b: int) -> bool:
        if len(self.members[a]) + len(self.members[b]) > self.largest:
            return False
        if any(len(x | y) > 1 for x, y in zip(self.codes[a], self.codes[b], strict=True)):
            return False
        few, many = sorted((a, b), key=lambda g: len(self.members[g]))
        return not any(self.root.get(enemy) == many for member in self.members[few] for enemy in self.apart[member])
