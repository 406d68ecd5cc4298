"""Bounds on what a class of pairs may learn: matches agree in what is a person's own, relatives mostly do not.

Each takes and returns the shares of a factor's levels; factors without own values pass as they are.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.train.ladders import Factor

Floats = npt.NDArray[np.float64]

KIN_LEAST, KIN_MOST = 0.02, 0.06
"""How often, against matches, relatives agree in a value that is a person's own (twins, a father's name)."""


def kept_true(factor: Factor, share: Floats) -> Floats:
    """Return shares in which own values agree at least `Factor.least` as often as expected: else it is not one person."""
    if not factor.own.any():
        return share
    expected = np.asarray(np.bincount(factor.group, weights=factor.prior * factor.own), float)
    return _bounded(factor, share, factor.least * expected, np.ones_like(expected))


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
