"""The rounds of an agglomeration: pairs of clusters that are each other's best are merged, until none is left.

Average linkage is reducible: joining two clusters never makes either of them more attractive to a third. So all pairs of
clusters that are each other's best may be merged in one round, and the outcome is that of merging the best pair first, one
at a time. Scores are integers and ties are broken by the first pair, so the order of the edges is irrelevant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.sorting import sort_with_places, starts_of_runs

Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]
SCALE = 1000
"""Integer steps per unit of natural-log odds."""
ALONE = 0.1
"""Share of `LinkOptions.caution` that a single record needs."""


@dataclass(frozen=True)
class Blocked:
    """Two clusters that evidence would join and a constraint keeps apart."""

    first: int
    second: int
    mean: float
    """Mean pull in natural-log odds."""
    reason: str


@dataclass(frozen=True)
class Ties:
    """What is known between clusters, one row per pair of them."""

    a: Ints
    b: Ints
    total: Longs
    """Sum of the pulls of their pairs of records."""
    count: Longs
    """Number of these pairs."""

    def __len__(self) -> int:
        return len(self.a)

    def take(self, rows: Longs) -> Ties:
        """Return some of the rows."""
        return Ties(self.a.take(rows), self.b.take(rows), self.total.take(rows), self.count.take(rows))


@dataclass
class Group:
    """Some components while their clusters grow; a cluster is named by its first record. Numbers start at 0."""

    label: Longs
    """Per record: the cluster it was merged into, whose label may have changed since."""
    size: Longs
    """Records per cluster."""
    weight: Longs
    """Records per cluster that are no copies of others."""
    component: Ints
    exclusive: list[tuple[str, Longs]]
    """(reason, code per cluster or -1): two different codes never share a cluster."""

    def join(self, first: Ints, second: Ints) -> None:
        """Merge each `second` into its `first`; no cluster is in two pairs."""
        self.label[second] = first
        self.size[first] += self.size[second]
        self.weight[first] += self.weight[second]
        for _, code in self.exclusive:
            code[first] = np.where(code[first] < 0, code[second], code[first])

    def forbidden(self, a: Ints, b: Ints, largest: int) -> list[tuple[str, npt.NDArray[np.bool_]]]:
        """Return per reason which pairs of clusters may not be merged."""
        found = [(reason, (code[a] >= 0) & (code[b] >= 0) & (code[a] != code[b])) for reason, code in self.exclusive]
        return [*found, ("too large", self.size[a] + self.size[b] > largest)]


def merge_all(group: Group, ties: Ties, options: LinkOptions) -> list[Blocked]:
    """Merge every pair of clusters that are each other's best, round after round; return what constraints kept apart."""
    blocked: list[Blocked] = []
    ties = summed(group.label, ties)
    while len(ties):
        mean = _mean(group, ties, options)
        live = mean > 0
        may = ~live
        pulled = np.flatnonzero(live)
        a, b = ties.a.take(pulled), ties.b.take(pulled)
        for reason, no in group.forbidden(a, b, options.largest_cluster):
            hit = pulled[no]
            blocked += [Blocked(int(ties.a[k]), int(ties.b[k]), float(mean[k]) / SCALE, reason) for k in hit.tolist()]
            live[hit] = False
        if not live.any():
            break
        busy = np.zeros(len(group.label), bool)
        component = group.component.take(ties.a)
        busy[component.compress(live)] = True
        keep = np.flatnonzero(busy.take(component) & (live | may))
        ties = ties.take(keep)
        group.join(*mutual_best(len(group.label), ties.a, ties.b, mean.take(keep)))
        ties = summed(group.label, ties)
    group.label[:] = follow(group.label)
    return blocked


def _mean(group: Group, ties: Ties, options: LinkOptions) -> Floats:
    """Return the mean pull over all pairs of records of two clusters, not above 0 where what was looked at speaks too softly."""
    one, two = group.weight.take(ties.a), group.weight.take(ties.b)
    cross = one * two
    evidence = ties.total + round(options.miss * SCALE) * (cross - ties.count)
    wanted = round(options.caution * SCALE) * (1 - (1 - ALONE) / np.minimum(one, two)) * ties.count
    return np.asarray(np.where(ties.total > wanted, evidence, np.minimum(evidence, 0)) / cross)


def mutual_best(n: int, a: Ints, b: Ints, mean: Floats) -> tuple[Ints, Ints]:
    """Return the pairs of clusters (a < b, ascending) that are each other's best with a positive mean; ties: the first pair."""
    good = np.flatnonzero(mean > 0)
    a, b, mean = a.take(good), b.take(good), mean.take(good)
    most, first = np.zeros(n), np.full(n, len(good))
    np.maximum.at(most, a, mean)
    np.maximum.at(most, b, mean)
    for side in (a, b):
        top = np.flatnonzero(mean == most.take(side))
        np.minimum.at(first, side.take(top), top)
    place = np.arange(len(good))
    chosen = np.flatnonzero((first.take(a) == place) & (first.take(b) == place))
    return a.take(chosen), b.take(chosen)


def summed(label: Longs, ties: Ties) -> Ties:
    """Return the ties between the clusters that `label` names, summed per pair of clusters; those inside one are dropped."""
    a, b = label.take(ties.a), label.take(ties.b)
    apart = np.flatnonzero(a != b)
    low, high = np.minimum(a, b).take(apart), np.maximum(a, b).take(apart)
    total, count = ties.total.take(apart), ties.count.take(apart)
    key = low * len(label) + high
    if (key[1:] > key[:-1]).all():  # as pairs come: in order, each once
        return Ties(low, high, total, count)
    key, order = sort_with_places(key)
    start = starts_of_runs(key)
    low, high = np.divmod(key.take(start), len(label))
    return Ties(low, high, np.add.reduceat(total.take(order), start), np.add.reduceat(count.take(order), start))


def follow(label: Longs) -> Longs:
    """Return per position the end of the chain of labels that starts there (pointer jumping)."""
    label = label.copy()
    late = np.flatnonzero(label != np.arange(len(label)))
    while len(late):
        one = label.take(late)
        two = label.take(one)
        label[late] = two
        late = late.compress(one != two)
    return label
