"""Related classes, found in the data: kin, who look like one person but contradict each other, and what the model does not expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.compare.base import Comparison
from cem_cli.linkage.train.bounds import as_strangers
from cem_cli.linkage.train.ladders import View
from cem_cli.linkage.train.mixture import (
    Floats,
    LevelsOf,
    Parameters,
    Pool,
    Products,
    Shares,
    counted,
    fit,
    log_likelihoods,
    posteriors,
    smooth_h,
    smooth_kin,
)

Bools = npt.NDArray[np.bool_]

TORN = 0.0325
"""Share of torn pairs among supposed matches above which they are taken for a class of their own."""
KIN_PER_MATCH = 3.0
"""Pairs of kin per match above which a class may have drifted to strangers who share a place or a name."""
TOOK_FOR_ONE = 0.3
"""Share of these pairs that passed for one person before kin were thought of, from which they are kin, however many: large families."""
DIFFERENT = 1
"""The level at which both values are present and nothing alike, in every comparison (of names: and both are common)."""
LEFT_ALONE = 0.7
"""Share of the supposed matches without contradiction that must remain matches when a class is added."""
SOME_LEFT = 0.1
"""The same where no value is a person's own: songs of one album may be most of what matches, but not all of it."""
EACH = 0.25
"""Natural-log likelihood that a related class must gain per pair of its own, where nothing contradicts: less is a part of the matches."""
MISNAMED = 0.08
"""The same of things that differ in model and figures, or whose names have nothing in common."""
SURE = 0.5
"""Share of the matches of things that must be told from what is related: else the class took the matches, and what is left is guesses."""
HARDLY_ANY = 0.15
"""Share without contradiction of what passes for matches, below which a file may hold relatives only and nobody twice."""
OFTEN = 10
"""Pairs of a pattern from which its number says more than chance."""


@dataclass(frozen=True)
class Contradictions:
    """Which patterns differ in something that is a person's own (given name, birth date, identifier) while nothing of that sort agrees."""

    outright: Bools
    """Nothing alike, and both values common: certainly two persons."""
    anyhow: Bools
    """In whatever way; in a small file hardly a name is common."""

    @classmethod
    def of(cls, patterns: npt.NDArray[np.uint8], comparisons: Sequence[Comparison]) -> Contradictions:
        """Return the contradictions in patterns (patterns, comparisons)."""
        own = [(patterns[:, k], c.own) for k, c in enumerate(comparisons) if c.own]
        none = np.zeros(len(patterns), bool)
        outright, anyhow, agrees = (
            np.logical_or.reduce([none, *(test(level, least) for level, least in own)])
            for test in (lambda level, _: level == DIFFERENT, lambda level, least: (level > 0) & (level < least), np.greater_equal)
        )
        return cls(outright & ~agrees, anyhow & ~agrees)


def find_classes(view: View, levels: LevelsOf, pool: Pool, torn: Contradictions, base: Parameters, strength: float) -> Parameters:
    """Return the fit with up to three related classes, each kept only if it leaves the matches alone and earns its price.

    Pairs that look like matches although torn outright (members of one family) start a class of kin, what the model does not
    expect starts another class, and kin are tried again after it. m moves here, so that no class lives on its errors.
    """
    best = fit(view, levels, pool, base, 25, strength)
    price = 0.25 * _learned(view, levels, pool) * np.log(max(len(pool.near), 2))
    whole = min(_untorn_matches(now, levels, pool, torn.anyhow) for now in (base, best))
    owned = people(view)
    none = whole < HARDLY_ANY * best.lam * float(pool.weights.sum())
    for kin in (True, False, True):
        origin = best if best.h else base
        start = _contradicting if kin else _unexpected
        members = start(origin, levels, pool, torn.outright, TORN if owned else MISNAMED)
        if members.sum() < 30:
            continue
        h = _started(view, levels, members, origin) if kin else smooth_h(view, levels, members, origin.u)
        grown = replace(
            origin, h=(*origin.h, h), eta=(*origin.eta, float(members.sum()) / float(pool.weights.sum())), kin=(*origin.kin, kin),
            origin=(*origin.origin, h),
        )
        found = fit(view, levels, pool, grown, 40, strength)
        if not owned and _says(found.h[-1], found.u) > _says(found.m, found.u):
            found = fit(view, levels, pool, _exchanged(found), 40, strength)
        strangers = kin and owned and found.eta[-1] > KIN_PER_MATCH * found.lam and _took_for_one(base, found, levels, pool) < TOOK_FOR_ONE
        alone = _untorn_matches(found, levels, pool, torn.anyhow) >= (LEFT_ALONE if owned else SOME_LEFT) * whole
        replaced = kin and none and found.eta[-1] <= KIN_PER_MATCH * best.lam
        gain = _likelihood(found, levels, pool) - _likelihood(best, levels, pool)
        alone &= owned or not kin or _sure(found, levels, pool) >= SURE
        paid = gain > price and (kin or gain > EACH * found.eta[-1] * float(pool.weights.sum()))
        if paid and (replaced or (alone and not strangers)):
            best = found
    return best


def _took_for_one(base: Parameters, found: Parameters, levels: LevelsOf, pool: Pool) -> float:
    """Return the share of the last class's pairs that are matches by `base`."""
    passed, members = posteriors(base, Products(levels))[0], pool.near * posteriors(found, Products(levels))[-2]
    return float((members * passed).sum() / max(members.sum(), 1e-300))


def _says(shares: Shares, u: Shares) -> float:
    """Return how far a class is from strangers: the mean weight of its pairs (natural log)."""
    ratios = (np.log(np.maximum(share, 1e-12) / np.maximum(by_chance, 1e-12)) for share, by_chance in zip(shares, u, strict=True))
    return sum(float((share * ratio).sum()) for share, ratio in zip(shares, ratios, strict=True))


def _exchanged(now: Parameters) -> Parameters:
    """Return the parameters, the matches and the last related class in each other's place."""
    return replace(now, m=now.h[-1], h=(*now.h[:-1], now.m), lam=now.eta[-1], eta=(*now.eta[:-1], now.lam), kin=(*now.kin[:-1], False))


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


def _sure(now: Parameters, levels: LevelsOf, pool: Pool) -> float:
    """Return the share of the matches that are expected among pairs that are rather matches than not."""
    match = posteriors(now, Products(levels))[0]
    return float((pool.near * match)[match > 0.5].sum() / max((pool.near * match).sum(), 1e-300))


def people(view: View) -> bool:
    """Return whether something is known to be a person's own; the name of a thing is a guess."""
    return any(f.own.any() and f.trust == 1 for f in view.factors)


def _contradicting(now: Parameters, levels: LevelsOf, pool: Pool, torn: Bools, usual: float) -> Floats:
    """Return torn pairs as far as they pass for matches; none where no more of the matches than is usual are torn."""
    classes = posteriors(now, Products(levels))
    members = pool.near * classes[0] * torn
    return members if members.sum() > usual * (pool.near * classes[0]).sum() else np.zeros_like(members)


def _unexpected(now: Parameters, levels: LevelsOf, pool: Pool, torn: Bools, usual: float) -> Floats:  # noqa: ARG001
    """Return pairs beyond four times what the model expects of their pattern, of patterns seen often enough to say so."""
    expected = np.exp(log_likelihoods(now, levels)) * pool.weights.sum()
    often = (pool.near > 4 * expected) & (posteriors(now, Products(levels))[0] < 0.5) & (pool.near >= OFTEN)
    return np.where(often, pool.near - expected, 0.0)
