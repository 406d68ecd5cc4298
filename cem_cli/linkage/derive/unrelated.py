"""Columns that tell nothing about who or what a record is of: owners, scores, counters, the last login, coordinates of a session.

Such a column agrees between records of one entity as often as between strangers. Training would find that out, but it costs:
identifiers of something else contradict every match, and each column multiplies the patterns. So records that are probably one
are asked first: people whose given names and something else of their own agree, things that agree in two columns far more often
than these would by chance.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cem_cli.linkage.block.pairs import blocks, members
from cem_cli.linkage.records import Codes, Longs, Records

PROBABLY_ONE = (("given", "email"), ("given", "phone"), ("given", "surname", "birth"), ("given", "surname", "street", "number"))
"""Features that two records of different people hardly share."""
ENOUGH = 100
"""Pairs with a value on both sides, below which nobody can say."""
BEYOND_CHANCE = 0.04
"""Share of the way from agreement by chance to agreement always (Cohen's kappa) that a column must go, or away from it: nobody has
two tax returns of one year."""
PEOPLE_SEEN, THINGS_SEEN = 200_000, 20_000
"""Records among which pairs are sought."""
PEOPLE_ALIKE, THINGS_ALIKE = 8, 3
"""Records that share such features; more are a shop's own, a test, or a series."""
TELLING = 0.02
"""Chance that two things agree in a column, up to which it may be one of the two."""
COLUMNS = 24
"""Columns of which each two are tried; the fullest."""
LIFT = 5.0
"""How many times the pairs that chance would give must agree in both."""
NEAR = 0.1
"""Part of its size by which a number may differ, as in the widest level of its ladder: ages of one person told years apart."""


@dataclass(frozen=True)
class Alike:
    """Pairs of positions that agree in some features."""

    features: frozenset[str]
    left: Codes
    right: Codes


def find(records: Records, useless: dict[str, str]) -> dict[str, str]:
    """Return feature -> why it tells nothing, of columns of unknown meaning."""
    asked = [n for n in records.features if n not in useless and ":" in n]
    if not asked:
        return {}
    people = _people(records)
    if sum(len(group.left) for group in people) >= ENOUGH:
        groups = [_together(people)]
    else:
        groups, asked = _things(records, useless), [n for n in asked if not n.startswith(("text:", "figures:"))]
    reason = "agrees no more often between records that are probably one than by chance"
    return {name: reason for name in asked if _tells_nothing(records, name, groups)}


def _tells_nothing(records: Records, name: str, groups: Sequence[Alike]) -> bool:
    """Return whether a feature agrees as by chance in all groups that are not made by it, and that can say."""
    told = [said for group in groups if name not in group.features for said in _agreement(records, name, group)]
    return bool(told) and not any(_beyond_chance(*said) for said in told)


def _beyond_chance(pairs: int, agreed: float, chance: float) -> bool:
    """Return whether so many pairs agree more often (or less) than by chance, and not by the luck of the draw (three sigma)."""
    return bool(abs(agreed - chance) > BEYOND_CHANCE * (1 - chance) + 3 * np.sqrt(chance * (1 - chance) / pairs))


def _agreement(records: Records, name: str, group: Alike) -> list[tuple[int, float, float]]:
    """Return (pairs, share that agrees, share that would by chance): for equal values, and for numbers near each other."""
    feature = records.features[name]
    known = (feature.codes[group.left] >= 0) & (feature.codes[group.right] >= 0)
    left, right = feature.codes[group.left[known]], feature.codes[group.right[known]]
    if len(left) < ENOUGH:
        return []
    told = [(len(left), float((left == right).mean()), feature.chance)]
    if name.startswith("number:"):
        held, both = records.numbers[name], np.append(left, right)
        shuffled = np.random.default_rng(0).permutation(both)
        told.append((len(left), _near(held[left], held[right]), _near(held[both], held[shuffled])))
    return told


def _near(one: Longs, other: Longs) -> float:
    return float((np.abs(one - other) <= NEAR * np.maximum(np.abs(one), np.abs(other))).mean())


def _people(records: Records) -> list[Alike]:
    """Return pairs that are probably one person."""
    known = (names for names in PROBABLY_ONE if all(n in records.features for n in names))
    return [_sharing(records, names, PEOPLE_SEEN, PEOPLE_ALIKE) for names in known]


def _together(groups: Iterable[Alike]) -> Alike:
    return Alike(frozenset(), np.concatenate([g.left for g in groups]), np.concatenate([g.right for g in groups]))


def _things(records: Records, useless: dict[str, str]) -> list[Alike]:
    """Return pairs that agree in two features far more often than chance would have it."""
    telling = [n for n, f in records.features.items() if n not in useless and n not in {"user", "district"} and f.chance <= TELLING]
    fullest = sorted(telling, key=lambda n: (-records.features[n].filled, n))[:COLUMNS]
    found = []
    for names in itertools.combinations(fullest, 2):
        group = _sharing(records, names, THINGS_SEEN, THINGS_ALIKE)
        one, other = (records.features[n] for n in names)
        seen = min(THINGS_SEEN / max(len(records), 1), 1.0)
        by_chance = seen * one.filled * other.filled / 2 * one.chance * other.chance
        if len(group.left) >= max(ENOUGH, LIFT * by_chance):
            found.append(group)
    return found


def _sharing(records: Records, names: Sequence[str], seen: int, alike: int) -> Alike:
    """Return pairs that share all of some features, each record with the next: among about `seen` records, `alike` of them at most."""
    first, *rest = (records.features[n].codes.astype(np.int64) for n in names)
    scattered = (first * 2654435761) & 0xFFFFFFFF
    some = scattered <= int(min(seen / max(len(records), 1), 1.0) * 0xFFFFFFFF)
    found = blocks([np.where(some, first, -1), *rest])
    few = found.size <= alike
    second = members(found.start[few] + 1, found.size[few] - 1)
    return Alike(frozenset(names), found.place[second - 1], found.place[second])
