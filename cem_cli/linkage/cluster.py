"""Clusters by average-linkage agglomeration on pair odds, all clusters of a round at once.

Average linkage is reducible: joining two clusters never makes either of them more attractive to a third. So all pairs of
clusters that are each other's best may be merged in one round, and the outcome is that of merging the best pair first, one
at a time. Rounds are few and each is a handful of sorts, whatever the number of edges. Scores are integers
(thousandths of natural-log odds) and ties are broken by the smallest position, so the order of the edges is irrelevant.
A pair inside a cluster that no rule proposed counts `miss`; evidence against starts at `shift` below even odds. Two
groups of records of one person agree amply: the more records both have, the more their pairs must show (`caution`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.contract import LinkOptions

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SCALE = 1000
ALONE = 0.1
"""Share of `LinkOptions.caution` that a single record needs."""


_NEVER = -(1 << 50)


@dataclass(frozen=True)
class Scored:
    """Scored pairs of positions."""

    l: npt.NDArray[np.integer]
    r: npt.NDArray[np.integer]
    odds: Floats
    """Natural-log odds."""


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


@dataclass(frozen=True)
class Blocked:
    """Two clusters that evidence would join and a constraint keeps apart."""

    first: int
    second: int
    mean: float
    """Mean pull in natural-log odds."""
    reason: str


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


def components(n: int, l: Longs, r: Longs) -> Longs:
    """Return per position the smallest position it is connected to (label propagation with pointer jumping)."""
    label = np.arange(n, dtype=np.int64)
    while len(l):
        low = np.minimum(label[l], label[r])
        np.minimum.at(label, label[l], low)
        np.minimum.at(label, label[r], low)
        label = follow(label)
        apart = label[l] != label[r]
        l, r = l[apart], r[apart]
    return label


def follow(label: Longs) -> Longs:
    """Return per position the end of the chain of labels that starts there (pointer jumping)."""
    while True:
        jumped = label[label]
        if np.array_equal(jumped, label):
            return label
        label = jumped


def pull(odds: Floats, options: LinkOptions) -> Longs:
    """Return natural-log odds as integer pull for (positive) or against (negative) a merge."""
    against = np.minimum(0.0, np.maximum(odds + options.shift, -options.clip))
    return np.asarray(np.rint(np.where(odds > 0, np.minimum(odds, options.clip), against) * SCALE), np.int64)


@dataclass
class _State:
    """Clusters while they grow, named by their smallest position. A round costs what it merges, not what there is."""

    label: Longs
    """Per position: the cluster it was merged into, whose label may have changed since."""
    size: Longs
    exclusive: list[tuple[str, Longs]]
    largest: int

    def join(self, first: Longs, second: Longs) -> None:
        """Merge each `second` into its `first`; no cluster is in two pairs."""
        self.label[second] = first
        self.size[first] += self.size[second]
        for _, code in self.exclusive:
            code[first] = np.where(code[first] < 0, code[second], code[first])

    def forbidden(self, a: Longs, b: Longs) -> list[tuple[str, npt.NDArray[np.bool_]]]:
        """Return per reason which pairs of clusters may not be merged."""
        found = [(reason, (code[a] >= 0) & (code[b] >= 0) & (code[a] != code[b])) for reason, code in self.exclusive]
        return [*found, ("too large", self.size[a] + self.size[b] > self.largest)]


def agglomerate(n: int, scored: Scored, options: LinkOptions, constraints: Constraints | None = None) -> Clustering:
    """Return the clusters of positions 0..n-1."""
    given = constraints or no_constraints()
    state = _State(
        np.arange(n, dtype=np.int64), np.ones(n, np.int64), [(why, code.copy()) for why, code in given.exclusive],
        options.largest_cluster,
    )
    _join_must(state, given)
    positive = scored.odds > 0
    home = components(n, np.append(scored.l[positive], given.must[0]), np.append(scored.r[positive], given.must[1]))
    inside = home[scored.l] == home[scored.r]
    barred = home[given.cannot[0]] == home[given.cannot[1]]
    a = state.label[np.append(scored.l[inside], given.cannot[0][barred])]
    b = state.label[np.append(scored.r[inside], given.cannot[1][barred])]
    total = np.append(pull(scored.odds[inside], options), np.full(int(barred.sum()), _NEVER, np.int64))
    count = np.append(np.ones(int(inside.sum()), np.int64), np.zeros(int(barred.sum()), np.int64))
    edges = _merge_edges(n, a, b, total, count)
    part = home[edges[0]] * options.threads // max(n, 1)

    def one(number: int) -> list[Blocked]:
        mine = np.flatnonzero(part == number)
        return _rounds(n, state, home, (edges[0][mine], edges[1][mine], edges[2][mine], edges[3][mine]), options)

    with ThreadPoolExecutor(options.threads) as pool:  # components share nothing, so the threads touch different places
        blocked = [b for found in pool.map(one, range(options.threads)) for b in found]
    label = follow(state.label)
    return Clustering(label, _final(label, blocked))


def _join_must(state: _State, given: Constraints) -> None:
    if len(given.must[0]):
        label = components(len(state.label), *given.must)
        state.label = label
        state.size = np.bincount(label, minlength=len(label)).astype(np.int64)
        for _, code in state.exclusive:
            known = np.nonzero(code >= 0)[0]
            merged = np.full(len(code), -1, np.int64)
            np.maximum.at(merged, label[known], code[known])
            code[:] = merged


def _rounds(n: int, state: _State, home: Longs, edges: tuple[Longs, Longs, Longs, Longs], options: LinkOptions) -> list[Blocked]:
    """Merge every pair of clusters that are each other's best, round after round; return what constraints kept apart."""
    a, b, total, count = edges
    miss, caution = round(options.miss * SCALE), round(options.caution * SCALE)
    blocked: list[Blocked] = []
    while len(a):
        cross = state.size[a] * state.size[b]
        evidence = total + miss * (cross - count)
        wanted = caution * (1 - (1 - ALONE) / np.minimum(state.size[a], state.size[b])) * count
        mean = np.where(total > wanted, evidence, np.minimum(evidence, 0)) / cross
        live = mean > 0
        may = ~live
        pulled = np.nonzero(live)[0]
        for reason, no in state.forbidden(a[pulled], b[pulled]):
            hit = pulled[no]
            blocked += [Blocked(int(a[k]), int(b[k]), float(mean[k]) / SCALE, reason) for k in hit.tolist()]
            live[hit] = False
        if not live.any():
            break
        busy = np.zeros(n, bool)
        busy[home[a[live]]] = True
        keep = busy[home[a]] & (live | may)
        a, b, total, count, mean = a[keep], b[keep], total[keep], count[keep], mean[keep]
        state.join(*mutual_best(n, a, b, mean))
        a, b, total, count = _merge_edges(n, state.label[a], state.label[b], total, count)
    return blocked


def _final(label: Longs, blocked: list[Blocked]) -> tuple[Blocked, ...]:
    """Return the strongest blocked pull per pair of final clusters, strongest first."""
    best: dict[tuple[int, int], Blocked] = {}
    for x in blocked:
        first, second = sorted((int(label[x.first]), int(label[x.second])))
        if first != second and ((first, second) not in best or best[first, second].mean < x.mean):
            best[first, second] = Blocked(first, second, x.mean, x.reason)
    return tuple(sorted(best.values(), key=lambda x: (-x.mean, x.first, x.second)))


def mutual_best(n: int, a: Longs, b: Longs, mean: Floats) -> tuple[Longs, Longs]:
    """Return the pairs of clusters (a < b, ascending) that are each other's best with a positive mean; ties: the first pair."""
    good = np.flatnonzero(mean > 0)
    a, b, mean = a[good], b[good], mean[good]
    most, first = np.empty(n), np.empty(n, np.int64)  # only the places of a and b are ever touched
    for side in (a, b):
        most[side], first[side] = 0.0, len(good)
    np.maximum.at(most, a, mean)
    np.maximum.at(most, b, mean)
    for side in (a, b):
        top = np.flatnonzero(mean == most[side])
        np.minimum.at(first, side[top], top)
    place = np.arange(len(good))
    chosen = (first[a] == place) & (first[b] == place)
    return a[chosen], b[chosen]


def _merge_edges(n: int, a: Longs, b: Longs, total: Longs, count: Longs) -> tuple[Longs, Longs, Longs, Longs]:
    """Return edges between the merged clusters: sums of pull and count per pair of clusters, those inside one dropped."""
    apart = a != b
    a, b, total, count = a[apart], b[apart], total[apart], count[apart]
    if len(a) == 0:
        return a, b, total, count
    key = np.minimum(a, b) * n + np.maximum(a, b)
    if (key[1:] > key[:-1]).all():  # as pairs come: in order, each once
        return np.minimum(a, b), np.maximum(a, b), total, count
    order = np.argsort(key, kind="stable")
    key = key[order]
    start = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    return key[start] // n, key[start] % n, np.add.reduceat(total[order], start), np.add.reduceat(count[order], start)
