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

from cem_cli.linkage.labels import Answers
from cem_cli.linkage.ladders import Factor, View

Floats = npt.NDArray[np.float64]
Shares = tuple[Floats, ...]
Longs = npt.NDArray[np.int64]
LevelsOf = list[Longs]
Bools = npt.NDArray[np.bool_]

TORN = 0.035
"""Share of torn pairs among supposed matches above which they are taken for a class of their own."""
ANCHOR = 0.5
"""Pseudo-pairs per pair of a class: of the prior while classes are sought (m may follow the data, not change its meaning),
and of what a class of kin was started from."""
MATCH_AGREES = 0.7
"""How often, against expectation, two records of one person agree at least in a value that is a person's own."""
KIN_LEAST, KIN_MOST = 0.02, 0.06
"""How often, against matches, relatives agree in a value that is a person's own (twins, a father's name)."""
KIN_PER_MATCH = 3.0
"""Pairs of kin per match above which a class has drifted to strangers who share a place or a name."""
LEFT_ALONE = 0.7
"""Share of the supposed matches without contradiction that must remain matches when a class is added."""
EACH = 0.25
"""Natural-log likelihood that a related class must gain per pair of its own, where nothing contradicts: less is a part of the matches."""
HARDLY_ANY = 0.15
"""Share without contradiction of what passes for matches, below which a file may hold relatives only and nobody twice."""
OFTEN = 10
"""Pairs of a pattern from which its number says more than chance."""
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


def less_alike(factor: Factor, share: Floats, m: Floats, u: Floats) -> Floats:
    """Return shares in which a level that speaks against a match is as frequent as among matches, at least.

    Who shares an address with relatives moves as often as who shares it with nobody.
    """
    if factor.own.any():
        return share
    return factor.normalise(np.maximum(share, np.where(m < u, m, 0.0)))


def kept_apart(factor: Factor, share: Floats, u: Floats) -> Floats:
    """Return shares in which own values agree as among strangers, and beyond that as often as `KIN_LEAST` and `KIN_MOST` allow.

    In each group. What goes beyond chance is spread over the levels as among matches: a level that matches alone reach
    (names swapped) would else become the family's.
    """
    if not factor.own.any():
        return share
    base, expected, agreeing, rest = (
        np.bincount(factor.group, weights=x) for x in (u * factor.own, factor.prior * factor.own, share * factor.own, share * ~factor.own)
    )
    gap = np.maximum(expected - base, 0)
    shared = np.clip(agreeing - base, KIN_LEAST * gap, KIN_MOST * gap)
    own = u + (shared / np.maximum(expected, 1e-300))[factor.group] * factor.prior
    other = share * ((1 - base - shared) / np.maximum(rest, 1e-300))[factor.group]
    return np.asarray(np.where(factor.own, own, other), float)


def as_strangers(factor: Factor, share: Floats, u: Floats) -> Floats:
    """Return shares in which own values that differ do so as among strangers.

    The pairs that start a class of kin were chosen for names that many bear and that have nothing in common: too far apart.
    """
    if not factor.own.any():
        return share
    differing, usual = (np.bincount(factor.group, weights=x * ~factor.own) for x in (share, u))
    return np.asarray(np.where(factor.own, share, u * (differing / np.maximum(usual, 1e-300))[factor.group]), float)


def as_relatives(factor: Factor, share: Floats, u: Floats) -> Floats:
    """Return shares in which relatives of nearly one name share a value as often as others do; else they are like namesakes.

    So few relatives bear one name that what is seen of them there is matches.
    """
    if factor.family is None:
        return share
    shared, alike = factor.family
    out = share.copy()
    for level in alike:
        inside = factor.group == factor.group[level]
        rest = np.where(inside, u, 0.0)
        rest[level] = 0.0
        out[inside] = ((1 - share[shared]) * rest / rest.sum())[inside]
        out[level] = share[shared]
    return out


def _bounded(factor: Factor, share: Floats, least: Floats, most: Floats) -> Floats:
    """Return shares scaled so that in each group the own levels hold between `least` and `most`."""
    own = np.bincount(factor.group, weights=share * factor.own)
    wanted = np.clip(own, least, np.maximum(most, least))
    inside = (wanted / np.maximum(own, 1e-300))[factor.group]
    outside = ((1 - wanted) / np.maximum(1 - own, 1e-300))[factor.group]
    return np.where(factor.own, share * inside, share * outside)


def smooth_m(view: View, levels: LevelsOf, weights: Floats, strength: float, anchor: float = 0.0) -> Shares:
    """Return shares of levels among matches, own values agreeing, held by pseudo-matches of the prior.

    These are `strength` and, per match, `anchor`.
    """
    held = strength + anchor * float(weights.sum())
    shares = (f.normalise(counted(f, x, weights) + held * f.trust * f.prior) for f, x in zip(view.factors, levels, strict=True))
    return tuple(kept_true(f, share) for f, share in zip(view.factors, shares, strict=True))


def kept_true(factor: Factor, share: Floats) -> Floats:
    """Return shares in which own values agree at least `MATCH_AGREES` as often as expected: else it is not one person."""
    if not factor.own.any():
        return share
    expected = np.asarray(np.bincount(factor.group, weights=factor.prior * factor.own), float)
    return _bounded(factor, share, MATCH_AGREES * expected, np.ones_like(expected))


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
            now, m=m, u=u, h=h, lam=float((pool.near * classes[0]).sum()) / total,
            eta=tuple(float((pool.near * c).sum()) / total for c in classes[1:-1]),
        )
        if settled(before, now):
            break
    return now


def settled(before: Parameters, now: Parameters, tolerance: float = 1e-3) -> bool:
    """Return whether no share of a class or of a level moved by more than the tolerance (class shares: relatively)."""
    sizes = ((before.lam, now.lam), *zip(before.eta, now.eta, strict=True))
    if any(abs(b - a) > tolerance * max(a, 1e-300) for a, b in sizes):
        return False
    pairs = ((before.m, now.m), *zip(before.h, now.h, strict=True))
    return all(np.abs(x - y).max(initial=0) <= tolerance for a, b in pairs for x, y in zip(a, b, strict=True))




def find_classes(view: View, levels: LevelsOf, pool: Pool, torn: Bools, base: Parameters, strength: float) -> Parameters:
    """Return the fit with up to three related classes, each kept only if it leaves the matches alone and earns its price.

    `torn` marks patterns that contradict each other in what rarely differs (given name, birth date, identifier). Pairs
    that look like matches although torn (members of one family) start a class of kin, what the model does not expect
    starts another class, and kin are tried again after it. m moves here, so that no class lives on its errors.
    """
    best = fit(view, levels, pool, base, 25, strength)
    price = 0.25 * _learned(view, levels, pool) * np.log(max(len(pool.near), 2))
    whole = min(_untorn_matches(now, levels, pool, torn) for now in (base, best))
    owned = any(f.own.any() for f in view.factors)
    none = whole < HARDLY_ANY * best.lam * float(pool.weights.sum())
    for kin in (True, False, True):
        origin = best if best.h else base
        start = _contradicting if kin else _unexpected
        members = start(origin, levels, pool, torn)
        if members.sum() < 30:
            continue
        h = _started(view, levels, members, origin) if kin else smooth_h(view, levels, members, origin.u)
        grown = replace(
            origin, h=(*origin.h, h), eta=(*origin.eta, float(members.sum()) / float(pool.weights.sum())), kin=(*origin.kin, kin),
            origin=(*origin.origin, h),
        )
        found = fit(view, levels, pool, grown, 40, strength)
        strangers = kin and found.eta[-1] > KIN_PER_MATCH * found.lam
        alone = not owned or _untorn_matches(found, levels, pool, torn) >= LEFT_ALONE * whole
        replaced = kin and none and found.eta[-1] <= KIN_PER_MATCH * best.lam
        gain = _likelihood(found, levels, pool) - _likelihood(best, levels, pool)
        paid = gain > price and (kin or gain > EACH * found.eta[-1] * float(pool.weights.sum()))
        if paid and (replaced or (alone and not strangers)):
            best = found
    return best


def _started(view: View, levels: LevelsOf, members: Floats, now: Parameters) -> Shares:
    """Return the shares of a class of kin that starts from some torn pairs."""
    return tuple(map(as_strangers, view.factors, smooth_kin(view, levels, members, now.m, now.u), now.u))


def _learned(view: View, levels: LevelsOf, pool: Pool) -> int:
    """Return how many shares a related class learns: levels that candidates show, where relatives are not held to others."""
    total = 0
    for factor, level in zip(view.factors, levels, strict=True):
        held = [factor.group[k] for k in factor.family[1]] if factor.family else []
        total += int(((counted(factor, level, pool.near) > 0) & ~np.isin(factor.group, held)).sum())
    return total


def _likelihood(now: Parameters, levels: LevelsOf, pool: Pool) -> float:
    return float((pool.near * log_likelihoods(now, levels)).sum())


def _untorn_matches(now: Parameters, levels: LevelsOf, pool: Pool, torn: Bools) -> float:
    classes = posteriors(now, Products(levels))
    return float((pool.near * classes[0])[~torn].sum())


def from_posteriors(
    view: View, levels: LevelsOf, pool: Pool, other: tuple[Sequence[Floats], tuple[bool, ...]], strength: float
) -> Parameters:
    """Return the parameters of a view in which each pattern belongs to the classes (and kinds of class) another view found."""
    classes, kin = other
    total = float(pool.weights.sum())
    plain = Parameters(
        smooth_m(view, levels, pool.near * classes[0], strength, ANCHOR), smooth_u(view, levels, pool.weights * classes[-1]),
        lam=float((pool.near * classes[0]).sum()) / total,
    )
    h = tuple(
        smooth_kin(view, levels, pool.near * c, plain.m, plain.u) if k else smooth_h(view, levels, pool.near * c, plain.u)
        for c, k in zip(classes[1:-1], kin, strict=True)
    )
    return replace(plain, h=h, eta=tuple(float((pool.near * c).sum()) / total for c in classes[1:-1]), kin=kin, origin=h)


def _contradicting(now: Parameters, levels: LevelsOf, pool: Pool, torn: Bools) -> Floats:
    """Return torn pairs as far as they pass for matches; none where matches are torn no more than errors explain."""
    classes = posteriors(now, Products(levels))
    members = pool.near * classes[0] * torn
    return members if members.sum() > TORN * (pool.near * classes[0]).sum() else np.zeros_like(members)


def _unexpected(now: Parameters, levels: LevelsOf, pool: Pool, torn: Bools) -> Floats:  # noqa: ARG001
    """Return pairs beyond four times what the model expects of their pattern, of patterns seen often enough to say so."""
    expected = np.exp(log_likelihoods(now, levels)) * pool.weights.sum()
    often = (pool.near > 4 * expected) & (posteriors(now, Products(levels))[0] < 0.5) & (pool.near >= OFTEN)
    return np.where(often, pool.near - expected, 0.0)
