"""Clusters by average-linkage agglomeration on pair odds, all clusters of a round at once.

Average linkage is reducible: joining two clusters never makes either of them more attractive to a third. So all pairs of
clusters that are each other's best may be merged in one round, and the outcome is that of merging the best pair first, one
at a time. Rounds are few and each is a handful of sorts, whatever the number of edges. Scores are integers
(thousandths of natural-log odds) and ties are broken by the smallest position, so the order of the edges is irrelevant.
A pair inside a cluster that no rule proposed counts `miss`; evidence against starts at `shift` below even odds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.contract import LinkOptions

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SCALE = 1000


@dataclass(frozen=True)
class Constraints:
    """What evidence may not override; arrays are per position, -1 where nothing is known."""

    must_l: Longs
    must_r: Longs
    cannot_l: Longs
    cannot_r: Longs
    exclusive: tuple[Longs, ...] = ()
    """Identifiers of which one entity has one value: codes, two different ones never share a cluster."""
    single: Longs | None = None
    """Source codes of sources without inner duplicates: two records of one such source never share a cluster."""


def no_constraints() -> Constraints:
    """Return constraints that forbid and demand nothing."""
    none = np.empty(0, np.int64)
    return Constraints(none, none, none, none)


def components(n: int, l: Longs, r: Longs) -> Longs:  # noqa: E741
    """Return per position the smallest position it is connected to (label propagation with pointer jumping)."""
    label = np.arange(n, dtype=np.int64)
    while len(l):
        low = np.minimum(label[l], label[r])
        np.minimum.at(label, label[l], low)
        np.minimum.at(label, label[r], low)
        while True:
            jumped = label[label]
            if np.array_equal(jumped, label):
                break
            label = jumped
        apart = label[l] != label[r]
        l, r = l[apart], r[apart]  # noqa: E741
    return label


def pull(odds: Floats, options: LinkOptions) -> Longs:
    """Return natural-log odds as integer pull for (positive) or against (negative) a merge."""
    against = np.minimum(0.0, np.maximum(odds + options.shift, -options.clip))
    return np.rint(np.where(odds > 0, np.minimum(odds, options.clip), against) * SCALE).astype(np.int64)


def agglomerate(n: int, l: Longs, r: Longs, odds: Floats, options: LinkOptions) -> Longs:  # noqa: E741
    """Return per position the smallest position of its cluster, from pairs (l, r) and their natural-log odds."""
    label = np.arange(n, dtype=np.int64)
    size = np.ones(n, np.int64)
    home = components(n, l[odds > 0], r[odds > 0])
    inside = home[l] == home[r]
    a, b, total, count = l[inside].astype(np.int64), r[inside].astype(np.int64), pull(odds[inside], options), None
    count = np.ones(len(a), np.int64)
    miss = round(options.miss * SCALE)
    while len(a):
        cross = size[a] * size[b]
        mean = (total + miss * (cross - count)) / cross
        live = mean > 0
        if not live.any():
            break
        busy = np.zeros(n, bool)
        busy[home[a[live]]] = True
        keep = busy[home[a]]
        a, b, total, count, mean = a[keep], b[keep], total[keep], count[keep], mean[keep]
        first, second = mutual_best(n, a, b, mean)
        target = np.arange(n, dtype=np.int64)
        target[second] = first
        size[first] += size[second]
        label = target[label]
        a, b, total, count = _merge_edges(n, target[a], target[b], total, count)
    return label


def mutual_best(n: int, a: Longs, b: Longs, mean: Floats) -> tuple[Longs, Longs]:
    """Return the pairs of clusters (a < b) that are each other's best with a positive mean; ties go to the lower pair."""
    good = np.nonzero(mean > 0)[0]
    a, b, mean = a[good], b[good], mean[good]
    order = np.lexsort((b, a, -mean))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(n, len(order), np.int64)
    np.minimum.at(best, a, rank)
    np.minimum.at(best, b, rank)
    chosen = (best[a] == rank) & (best[b] == rank)
    return a[chosen], b[chosen]


def _merge_edges(n: int, a: Longs, b: Longs, total: Longs, count: Longs) -> tuple[Longs, Longs, Longs, Longs]:
    """Return edges between the merged clusters: sums of pull and count per pair of clusters, those inside one dropped."""
    apart = a != b
    a, b, total, count = a[apart], b[apart], total[apart], count[apart]
    if len(a) == 0:
        return a, b, total, count
    key = np.minimum(a, b) * n + np.maximum(a, b)
    order = np.argsort(key, kind="stable")
    key = key[order]
    start = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
    return key[start] // n, key[start] % n, np.add.reduceat(total[order], start), np.add.reduceat(count[order], start)
