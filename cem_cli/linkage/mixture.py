"""The mixture of pair classes: the same entity, strangers, and up to two kinds of pairs that are related but not the same.

    P(pattern) = lam * prod m + sum_k eta_k * prod h_k + (1 - lam - sum eta) * prod u

Fellegi and Sunter's model with latent classes for dependence among non-matches (households, branches of one company),
which no column has to name. Works on pattern counts only: `weights` says how many pairs each pattern stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.ladders import Factor, View

Floats = npt.NDArray[np.float64]
Shares = tuple[Floats, ...]
LevelsOf = list[npt.NDArray[np.int16]]
Bools = npt.NDArray[np.bool_]

TORN = 0.08
"""Share of torn pairs among supposed matches above which they are taken for a class of their own."""
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


def log_shares(shares: Shares, levels: LevelsOf) -> Floats:
    """Return per pattern the log of the product of its levels' shares."""
    total = np.zeros(len(levels[0]) if levels else 0)
    for share, level in zip(shares, levels, strict=True):
        total += np.log(np.maximum(share, 1e-300))[level]
    return total


def class_logs(parameters: Parameters, levels: LevelsOf) -> list[Floats]:
    """Return per class (match, related ..., stranger) the log of share times probability of each pattern."""
    rest = max(1 - parameters.lam - sum(parameters.eta), 1e-12)
    logs = [np.log(max(parameters.lam, 1e-300)) + log_shares(parameters.m, levels)]
    logs += [np.log(max(e, 1e-300)) + log_shares(h, levels) for e, h in zip(parameters.eta, parameters.h, strict=True)]
    logs.append(np.log(rest) + log_shares(parameters.u, levels))
    return logs


def posteriors(parameters: Parameters, levels: LevelsOf) -> tuple[list[Floats], Floats]:
    """Return per class the probability that a pair of each pattern belongs to it, and the log likelihood per pattern."""
    logs = class_logs(parameters, levels)
    top = np.maximum.reduce(logs)
    parts = [np.exp(x - top) for x in logs]
    total = np.add.reduce(parts)
    return [p / total for p in parts], top + np.log(total)


def counted(factor: Factor, level: npt.NDArray[np.int16], weights: Floats) -> Floats:
    """Return the weight on each level of a factor."""
    return np.bincount(level, weights=weights, minlength=len(factor.labels))


def smooth_u(view: View, levels: LevelsOf, weights: Floats) -> Shares:
    """Return shares of levels among `weights`, held by each factor's anchor."""
    return tuple(f.normalise(counted(f, x, weights) + f.anchor) for f, x in zip(view.factors, levels, strict=True))


def smooth_h(view: View, levels: LevelsOf, weights: Floats, u: Shares) -> Shares:
    """Return shares of levels among `weights`, pulled toward u by a few pseudo-pairs."""
    return tuple(
        f.normalise(counted(f, x, weights) + RELATED_PRIOR * share)
        for f, x, share in zip(view.factors, levels, u, strict=True)
    )


def smooth_m(view: View, levels: LevelsOf, weights: Floats, strength: float) -> Shares:
    """Return shares of levels among matches, held by `strength` pseudo-matches of the prior."""
    return tuple(f.normalise(counted(f, x, weights) + strength * f.prior) for f, x in zip(view.factors, levels, strict=True))


def fit(
    view: View, levels: LevelsOf, weights: Floats, start: Parameters, iterations: int, strength: float | None = None
) -> tuple[Parameters, float]:
    """Run EM in which the classes' shares, u and h move; m only if `strength` (pseudo-matches of its prior) is given.

    Returns the parameters and the log likelihood.
    """
    now, total, likelihood = start, float(weights.sum()), -np.inf
    for _ in range(iterations):
        classes, log_likelihood = posteriors(now, levels)
        likelihood = float((weights * log_likelihood).sum())
        u = smooth_u(view, levels, weights * classes[-1])
        h = tuple(smooth_h(view, levels, weights * c, u) for c in classes[1:-1])
        m = now.m if strength is None else smooth_m(view, levels, weights * classes[0], strength)
        before = now
        now = replace(
            now, m=m, u=u, h=h, lam=float((weights * classes[0]).sum()) / total,
            eta=tuple(float((weights * c).sum()) / total for c in classes[1:-1]),
        )
        if settled(before, now):
            break
    return now, likelihood


def settled(before: Parameters, now: Parameters, tolerance: float = 1e-3) -> bool:
    """Return whether no share of a class or of a level moved by more than the tolerance (class shares: relatively)."""
    sizes = ((before.lam, now.lam), *zip(before.eta, now.eta, strict=True))
    if any(abs(b - a) > tolerance * max(a, 1e-300) for a, b in sizes):
        return False
    pairs = ((before.m, now.m), *zip(before.h, now.h, strict=True))
    return all(np.abs(x - y).max(initial=0) <= tolerance for a, b in pairs for x, y in zip(a, b, strict=True))




def trusted(view: View, parameters: Parameters, h: Shares) -> bool:
    """Return whether a related class is not made of matches: on two factors at least, one of them steady, it agrees rarely.

    f = (rate in class - rate under u) / (rate in matches - rate under u) over a factor's strong levels, those with
    ln(m/u) of at least half the factor's largest; only factors whose largest is at least 4 take part; f < 0.25 is rare.
    """
    rare, rare_steady = 0, 0
    for factor, m, u, share in zip(view.factors, parameters.m, parameters.u, h, strict=True):
        weight = np.log(np.maximum(m, 1e-300) / np.maximum(u, 1e-300))
        if weight.max() < 4:
            continue
        strong = weight >= weight.max() / 2
        base = u[strong].sum()
        f = (share[strong].sum() - base) / max(m[strong].sum() - base, 1e-12)
        if f < 0.25:
            rare += 1
            rare_steady += factor.steady
    return rare >= 2 and rare_steady >= 1


def conflicts(view: View, parameters: Parameters, levels: LevelsOf, all_pairs: float) -> tuple[Bools, Bools]:
    """Return which patterns speak strongly for a match and against it at once: against in all, and against by steady factors."""
    plus, minus, steady = (np.zeros(len(levels[0])) for _ in range(3))
    for factor, m, u, level in zip(view.factors, parameters.m, parameters.u, levels, strict=True):
        weight = np.log(np.maximum(m, 1e-300) / np.maximum(u, 1e-300))[level]
        plus += np.maximum(weight, 0)
        minus += np.minimum(weight, 0)
        if factor.steady:
            steady += np.minimum(weight, 0)
    strong = plus > 0.5 * np.log(all_pairs)
    return np.asarray(strong & (minus < -4)), np.asarray(strong & (steady < -2))


def find_classes(
    view: View, levels: LevelsOf, weights: Floats, base: Parameters, torn: Bools, strength: float
) -> Parameters:
    """Return the fit with up to three related classes, each kept only if it is trusted and earns its parameters.

    `torn` marks patterns that contradict each other in what rarely differs (given name, birth date, identifier). Pairs
    that look like matches although torn (members of one family) start a class, what the model does not expect starts
    another, and the torn ones are tried again after it. m moves here, so that no class lives on its errors.
    """
    best, likelihood = fit(view, levels, weights, base, 25, strength)
    candidates = float(np.minimum(weights, 1.0).sum())
    price = 0.25 * sum(len(f.labels) for f in view.factors) * np.log(max(candidates, 2.0))
    for start in (_contradicting, _unexpected, _contradicting):
        origin = best if best.h else base
        members = start(origin, levels, weights, torn)
        if members.sum() < 30:
            continue
        found, value = fit(view, levels, weights, _with_class(view, levels, weights, origin, members), 40, strength)
        if value > likelihood + price and all(trusted(view, found, h) for h in found.h):
            best, likelihood = found, value
    return best


def from_posteriors(
    view: View, levels: LevelsOf, weights: Floats, classes: Sequence[Floats], strength: float
) -> Parameters:
    """Return the parameters of a view in which each pattern belongs to the classes as another view found."""
    total = float(weights.sum())
    u = smooth_u(view, levels, weights * classes[-1])
    return Parameters(
        smooth_m(view, levels, weights * classes[0], strength), u,
        tuple(smooth_h(view, levels, weights * c, u) for c in classes[1:-1]), float((weights * classes[0]).sum()) / total,
        tuple(float((weights * c).sum()) / total for c in classes[1:-1]),
    )


def _with_class(view: View, levels: LevelsOf, weights: Floats, start: Parameters, members: Floats) -> Parameters:
    h = smooth_h(view, levels, members, start.u)
    return replace(start, h=(*start.h, h), eta=(*start.eta, float(members.sum()) / float(weights.sum())))


def _contradicting(now: Parameters, levels: LevelsOf, weights: Floats, torn: Bools) -> Floats:
    """Return torn pairs as far as they pass for matches; none where matches are torn no more than errors explain."""
    classes, _ = posteriors(now, levels)
    members = weights * classes[0] * torn
    return members if members.sum() > TORN * (weights * classes[0]).sum() else np.zeros_like(members)


def _unexpected(now: Parameters, levels: LevelsOf, weights: Floats, torn: Bools) -> Floats:  # noqa: ARG001
    """Return pairs beyond four times what the model expects of their pattern."""
    classes, log_likelihood = posteriors(now, levels)
    expected = np.exp(log_likelihood) * weights.sum()
    return np.where((weights > 4 * expected) & (classes[0] < 0.5), weights - expected, 0.0)
