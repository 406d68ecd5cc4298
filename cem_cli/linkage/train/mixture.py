"""The mixture of pair classes: the same entity, strangers, and up to two kinds of pairs that are related but not the same.

    P(pattern) = lam * prod m + sum_k eta_k * prod h_k + (1 - lam - sum eta) * prod u

Fellegi and Sunter's model with latent classes for dependence among non-matches (households, branches of one company),
which no column has to name. Works on pattern counts only: `weights` says how many pairs each pattern stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.train.bounds import as_relatives, kept_apart, kept_true, less_alike
from cem_cli.linkage.train.labels import Answers
from cem_cli.linkage.train.ladders import Factor, View

Floats = npt.NDArray[np.float64]
Shares = tuple[Floats, ...]
Longs = npt.NDArray[np.int64]
LevelsOf = list[Longs]
Bools = npt.NDArray[np.bool_]

ANCHOR = 0.5
"""Pseudo-pairs per pair of a class: of the prior while classes are sought (m may follow the data, not change its meaning),
and of what a class of kin was started from."""
AT_LEAST = 0.5
"""Matches that a file is thought to have though none was seen (Jeffreys): without, no evidence would ever be enough."""
RELATED_PRIOR = 20.0
"""Pseudo-pairs that pull a related class toward u."""


@dataclass(frozen=True)
class Parameters:
    """Shares of levels per factor and class, and shares of the classes among all pairs."""

    m: Shares
    u: Shares
    h: tuple[Shares, ...] = ()
    lam: float = 0.0
    eta: tuple[float, ...] = ()
    kin: tuple[bool, ...] = ()
    """Per related class: whether it is one of different persons, whose own values (given name, birth date) rarely agree."""
    origin: tuple[Shares, ...] = ()
    """Per related class: the shares of the pairs it was started from (not kept with a model)."""


def log_shares(shares: Shares, levels: LevelsOf) -> Floats:
    """Return per pattern the log of the product of its levels' shares."""
    total = np.zeros(len(levels[0]) if levels else 0)
    for share, level in zip(shares, levels, strict=True):
        total += np.log(np.maximum(share, 1e-300)).take(level, mode="clip")
    return total


@dataclass
class Products:
    """Logs of the products of shares per pattern, by class; where a class still has the same shares they are not made again."""

    levels: LevelsOf
    made: dict[int, tuple[Shares, Floats]] = field(default_factory=dict)

    def of(self, number: int, shares: Shares) -> Floats:
        """Return the logs for the shares of a class."""
        if number not in self.made or self.made[number][0] is not shares:
            self.made[number] = shares, log_shares(shares, self.levels)
        return self.made[number][1]


def class_logs(parameters: Parameters, products: Products) -> list[Floats]:
    """Return per class (match, related ..., stranger) the log of share times probability of each pattern."""
    rest = max(1 - parameters.lam - sum(parameters.eta), 1e-12)
    sizes = (max(parameters.lam, 1e-300), *(max(e, 1e-300) for e in parameters.eta), rest)
    shares = (parameters.m, *parameters.h, parameters.u)
    return [np.log(size) + products.of(k, share) for k, (size, share) in enumerate(zip(sizes, shares, strict=True))]


def posteriors(parameters: Parameters, products: Products) -> list[Floats]:
    """Return per class the probability that a pair of each pattern belongs to it."""
    logs = class_logs(parameters, products)
    top = np.maximum.reduce(logs)
    parts = [np.exp(x - top) for x in logs]
    total = np.add.reduce(parts)
    return [p / total for p in parts]


def log_likelihoods(parameters: Parameters, levels: LevelsOf) -> Floats:
    """Return the log of the probability of each pattern."""
    return np.asarray(np.logaddexp.reduce(class_logs(parameters, Products(levels))))


def counted(factor: Factor, level: Longs, weights: Floats) -> Floats:
    """Return the weight on each level of a factor."""
    return np.asarray(np.bincount(level, weights=weights, minlength=len(factor.labels)), float)


def smooth_u(view: View, levels: LevelsOf, weights: Floats) -> Shares:
    """Return shares of levels among `weights`, held by each factor's anchor."""
    return tuple(f.normalise(counted(f, x, weights) + f.anchor) for f, x in zip(view.factors, levels, strict=True))


def smooth_h(view: View, levels: LevelsOf, weights: Floats, u: Shares) -> Shares:
    """Return shares of levels among `weights`, pulled toward u by a few pseudo-pairs; strangers of one name are held as u is."""
    return tuple(
        f.normalise(counted(f, x, weights) + RELATED_PRIOR * share + f.anchor)
        for f, x, share in zip(view.factors, levels, u, strict=True)
    )


def smooth_kin(view: View, levels: LevelsOf, weights: Floats, m: Shares, u: Shares, origin: Shares | None = None) -> Shares:
    """Return shares of levels among `weights` of relatives, held to what relatives are.

    Their own values differ, they are less alike than one person, and they resemble `origin`, the shares they were started
    from: otherwise the class drifts to the many strangers who share a name or a town, or to the matches themselves.
    """
    held = RELATED_PRIOR + (ANCHOR * float(weights.sum()) if origin else 0.0)
    shares = [
        f.normalise(counted(f, x, weights) + held * share)
        for f, x, share in zip(view.factors, levels, origin or u, strict=True)
    ]
    told = map(kept_apart, view.factors, map(less_alike, view.factors, shares, m, u), u)
    return tuple(map(as_relatives, view.factors, told, u))


def smooth_m(view: View, levels: LevelsOf, weights: Floats, strength: float, anchor: float = 0.0) -> Shares:
    """Return shares of levels among matches, own values agreeing, held by pseudo-matches of the prior.

    These are `strength` and, per match, `anchor`.
    """
    held = strength + anchor * float(weights.sum())
    shares = (f.normalise(counted(f, x, weights) + held * f.trust * f.prior) for f, x in zip(view.factors, levels, strict=True))
    return tuple(kept_true(f, share) for f, share in zip(view.factors, shares, strict=True))


@dataclass(frozen=True)
class Pool:
    """Pairs per pattern, among which classes are told apart."""

    weights: Floats
    """How many pairs each pattern stands for, in all pairs of records."""
    near: Floats
    """How many of them are candidates: only these tell of matches and relatives. Of the others a few are drawn, each for
    thousands, and one drawn by chance would found a class."""
    answers: Answers | None = None
    """What people said of pairs."""


def fit(view: View, levels: LevelsOf, pool: Pool, start: Parameters, iterations: int, strength: float | None = None) -> Parameters:
    """Run EM in which the classes' shares, u and h move; m only if `strength` (pseudo-matches of its prior) is given.

    Labelled pairs belong to the class that people said.
    """
    now, total, products = start, float(pool.weights.sum()), Products(levels)
    for _ in range(iterations):
        classes = posteriors(now, products)
        classes = pool.answers.correct(classes, pool.weights) if pool.answers else classes
        u = smooth_u(view, levels, pool.weights * classes[-1])
        h = tuple(
            smooth_kin(view, levels, pool.near * c, now.m, u, origin) if kin else smooth_h(view, levels, pool.near * c, u)
            for c, kin, origin in zip(classes[1:-1], now.kin, now.origin, strict=True)
        )
        m = now.m if strength is None else smooth_m(view, levels, pool.near * classes[0], strength, ANCHOR)
        before = now
        now = replace(
            now, m=m, u=u, h=h, lam=share_of_matches(pool, classes[0]),
            eta=tuple(float((pool.near * c).sum()) / total for c in classes[1:-1]),
        )
        if settled(before, now):
            break
    return now


def share_of_matches(pool: Pool, match: Floats) -> float:
    """Return the share of matches among all pairs, for the probability `match` of each pattern: of `AT_LEAST` pairs or more."""
    return max(float((pool.near * match).sum()), AT_LEAST) / max(float(pool.weights.sum()), 1.0)


def settled(before: Parameters, now: Parameters, tolerance: float = 1e-3) -> bool:
    """Return whether no share of a class or of a level moved by more than the tolerance (class shares: relatively)."""
    sizes = ((before.lam, now.lam), *zip(before.eta, now.eta, strict=True))
    if any(abs(b - a) > tolerance * max(a, 1e-300) for a, b in sizes):
        return False
    pairs = ((before.m, now.m), *zip(before.h, now.h, strict=True))
    return all(np.abs(x - y).max(initial=0) <= tolerance for a, b in pairs for x, y in zip(a, b, strict=True))


def from_posteriors(
    view: View, levels: LevelsOf, pool: Pool, other: tuple[Sequence[Floats], tuple[bool, ...]], strength: float
) -> Parameters:
    """Return the parameters of a view in which each pattern belongs to the classes (and kinds of class) another view found."""
    classes, kin = other
    total = float(pool.weights.sum())
    plain = Parameters(
        smooth_m(view, levels, pool.near * classes[0], strength, ANCHOR), smooth_u(view, levels, pool.weights * classes[-1]),
        lam=share_of_matches(pool, classes[0]),
    )
    h = tuple(
        smooth_kin(view, levels, pool.near * c, plain.m, plain.u) if k else smooth_h(view, levels, pool.near * c, plain.u)
        for c, k in zip(classes[1:-1], kin, strict=True)
    )
    return replace(plain, h=h, eta=tuple(float((pool.near * c).sum()) / total for c in classes[1:-1]), kin=kin, origin=h)
