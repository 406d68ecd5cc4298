"""Clusters by average-linkage agglomeration on pair odds: which records may meet, and their components side by side.

Records that any evidence connects form components; these share nothing, so they are numbered component after component and
agglomerated group by group (`rounds`), each group small enough for the processor's cache. Scores are integers (thousandths
of natural-log odds). A pair inside a cluster that no rule proposed counts `miss`; evidence against starts at `shift` below
even odds. Two groups of records of one person agree amply: the more records both have, the more their pairs must show
(`caution`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.cluster.rounds import ALONE, SCALE, Blocked, Group, Ties, follow, merge_all
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.sorting import distinct, sort_with_places
from cem_cli.linkage.threads import both, spread

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
_NEVER = -(1 << 50)
_GROUP = 1 << 15
"""Pairs that are agglomerated at once, or more where one component has more."""


@dataclass(frozen=True)
class Scored:
    """Scored pairs of positions."""

    l: Ints
    r: Ints
    odds: Floats
    """Natural-log odds."""


@dataclass(frozen=True)
class Copies:
    """Records that are given more than once."""

    original: Longs
    """Per position: the record of which it is a copy, or itself."""
    more: float = 0.0
    """Natural-log odds that speak for a copy and its original, beyond those of two records that are no copies."""


@dataclass(frozen=True)
class Constraints:
    """What evidence may not override."""

    must: tuple[Longs, Longs]
    """Pairs of positions that share a cluster."""
    cannot: tuple[Longs, Longs]
    """Pairs of positions that never share a cluster."""
    exclusive: tuple[tuple[str, Longs], ...] = ()
    """(reason, code per position or -1): two different codes never share a cluster (strong identifiers; records of one
    source without inner duplicates, whose code is the position itself)."""
    copies: Copies | None = None


@dataclass(frozen=True)
class Clustering:
    """The outcome."""

    label: Longs
    """Per position: the smallest position of its cluster."""
    blocked: tuple[Blocked, ...]


def no_constraints() -> Constraints:
    """Return constraints that forbid and demand nothing."""
    none = np.empty(0, np.int64)
    return Constraints((none, none), (none, none))


def components(n: int, l: Ints, r: Ints) -> Longs:
    """Return per position the smallest position it is connected to (label propagation with pointer jumping)."""
    label = np.arange(n, dtype=np.int64)
    while len(l):
        one, other = label.take(l), label.take(r)
        np.minimum.at(label, np.maximum(one, other), np.minimum(one, other))
        label = follow(label)
        apart = np.flatnonzero(label.take(l) != label.take(r))
        l, r = l.take(apart), r.take(apart)
    return label


def pull(odds: Floats, options: LinkOptions) -> Longs:
    """Return natural-log odds as integer pull for (positive) or against (negative) a merge."""
    against = np.minimum(0.0, np.maximum(odds + options.shift, -options.clip))
    return np.asarray(np.rint(np.where(odds > 0, np.minimum(odds, options.clip), against) * SCALE), np.int64)


def agglomerate(n: int, scored: Scored, options: LinkOptions, constraints: Constraints | None = None) -> Clustering:
    """Return the clusters of positions 0..n-1."""
    scored, given, copy = _copies_aside(n, scored, constraints or no_constraints(), options)
    positive = np.flatnonzero(scored.odds > 0)
    home = components(n, np.append(scored.l.take(positive), given.must[0]), np.append(scored.r.take(positive), given.must[1]))
    pairs = (scored.l, scored.r), given.cannot
    order, inside = both(lambda: _Order.of(home), lambda: [_within(home, *sides) for sides in pairs], options.threads)
    told, barred = (_Rows(order.number.take(rows.component), rows.row) for rows in inside)
    state = _begun(order, given, copy)
    edges = distinct(np.append(told.component[::_GROUP], len(order.place))).tolist()

    def one(ends: tuple[int, int]) -> list[Blocked]:
        first, last = ends
        rows, no = told.between(first, last), barred.between(first, last)
        none = np.zeros(len(no), np.int64)
        ties = Ties(
            order.number.take(np.append(scored.l.take(rows), given.cannot[0][no])) - first,
            order.number.take(np.append(scored.r.take(rows), given.cannot[1][no])) - first,
            np.append(pull(scored.odds.take(rows), options), none + _NEVER), np.append(np.ones(len(rows), np.int64), none),
        )
        return _agglomerate(order, state, slice(first, last), ties, options)

    parts = spread(one, list(pairwise(edges)), options.threads)  # groups share nothing, so the threads touch different places
    blocked = [b for found in parts for b in found]
    label = np.arange(n, dtype=np.int64)
    label[order.place] = order.place[state.label]
    return Clustering(label, _final(label, blocked))


def _copies_aside(n: int, scored: Scored, given: Constraints, options: LinkOptions) -> tuple[Scored, Constraints, Bools]:
    """Return the pairs without those of copies, which must join their originals instead, and which records are such copies.

    What is known of a copy is known of its original: it must not count twice. Copies that say too little to be linked with
    their original are records of their own.
    """
    copy = np.zeros(n, bool)
    if given.copies is None:
        return scored, given, copy
    original = given.copies.original
    swapped = original[scored.l] == scored.r
    first, again = np.where(swapped, scored.r, scored.l), np.where(swapped, scored.l, scored.r)
    copy[again[(original[again] == first) & (scored.odds + given.copies.more > ALONE * options.caution)]] = True
    copy[np.concatenate(given.cannot)] = False
    again, kept = np.flatnonzero(copy), np.flatnonzero(~copy[scored.l] & ~copy[scored.r])
    must = np.append(given.must[0], original[again]), np.append(given.must[1], again)
    return Scored(scored.l[kept], scored.r[kept], scored.odds[kept]), replace(given, must=must), copy


@dataclass(frozen=True)
class _Rows:
    """Pairs of one component, component after component."""

    component: Ints
    """Its first record."""
    row: Longs

    def between(self, first: int, last: int) -> Longs:
        """Return the rows of the components named `first` up to, not including, `last`."""
        ends = np.array([first, last], self.component.dtype)  # of another type, the search would turn all components into it
        return self.row[slice(*np.searchsorted(self.component, ends).tolist())]


@dataclass(frozen=True)
class _Order:
    """Records that somebody is connected to, component after component, each in the order of positions."""

    place: Longs
    """Position per number."""
    number: npt.NDArray[np.int32]
    """Number per position, -1 where it has none."""
    component: npt.NDArray[np.int32]
    """Per number: the first number of its component."""

    @classmethod
    def of(cls, home: Longs) -> _Order:
        """Return the order for labels of components."""
        alone = np.bincount(home, minlength=len(home)) == 1
        member = np.flatnonzero(~alone.take(home))
        component, at = sort_with_places(home.take(member))
        place = member.take(at)
        number = np.full(len(home), -1, np.int32)
        number[place] = np.arange(len(place), dtype=np.int32)
        return cls(place, number, number.take(component))


def _within(home: Longs, l: Ints, r: Ints) -> _Rows:
    """Return the pairs of positions that lie in one component, by the labels of components."""
    one = home.take(l)
    inside = np.flatnonzero(one == home.take(r))
    component, at = sort_with_places(one.take(inside))
    return _Rows(component, inside.take(at))


def _begun(order: _Order, given: Constraints, copy: Bools) -> Group:
    """Return the clusters before evidence is looked at: records alone, except those that must be together."""
    size = len(order.place)
    label = components(size, order.number[given.must[0]], order.number[given.must[1]])
    codes = [(why, code[order.place]) for why, code in given.exclusive]
    if len(given.must[0]):
        codes = [(why, _highest(label, code)) for why, code in codes]
    members, copies = np.bincount(label, minlength=size), np.bincount(label, copy[order.place], size)
    return Group(label, members.astype(np.int64), (members - copies).astype(np.int64), order.component, codes)


def _highest(label: Longs, code: Longs) -> Longs:
    """Return per cluster the highest code of its records, -1 where none has one."""
    known = np.flatnonzero(code >= 0)
    merged = np.full(len(code), -1, np.int64)
    np.maximum.at(merged, label[known], code[known])
    return merged


def _agglomerate(order: _Order, state: Group, here: slice, ties: Ties, options: LinkOptions) -> list[Blocked]:
    """Agglomerate the components with the numbers `here`; return what constraints kept apart, by position."""
    first = here.start
    group = Group(
        state.label[here] - first, state.size[here], state.weight[here], state.component[here] - first,
        [(why, code[here]) for why, code in state.exclusive],
    )
    found = merge_all(group, ties, options)
    state.label[here] = group.label + first
    place = order.place[here]
    return [Blocked(int(place[b.first]), int(place[b.second]), b.mean, b.reason) for b in found]


def _final(label: Longs, blocked: list[Blocked]) -> tuple[Blocked, ...]:
    """Return the strongest blocked pull per pair of final clusters, strongest first."""
    best: dict[tuple[int, int], Blocked] = {}
    for x in blocked:
        first, second = sorted((int(label[x.first]), int(label[x.second])))
        if first != second and ((first, second) not in best or best[first, second].mean < x.mean):
            best[first, second] = Blocked(first, second, x.mean, x.reason)
    return tuple(sorted(best.values(), key=lambda x: (-x.mean, x.first, x.second)))
