"""Columns that tell nothing about who somebody is: owners, scores, counters, the last login, coordinates of a session.

Such a column agrees between records of one person as often as between strangers. Training would find that out, but it costs:
identifiers of something else contradict every match, and each column multiplies the patterns. So records that are probably one
person, because their given names and something else of their own agree, are asked first.
"""

from __future__ import annotations

import numpy as np

from cem_cli.linkage.block.pairs import combine
from cem_cli.linkage.records import Longs, Records
from cem_cli.linkage.sorting import per_member, starts_of_runs

PROBABLY_ONE = (("given", "email"), ("given", "phone"), ("given", "surname", "birth"), ("given", "surname", "street", "number"))
"""Features that two records of different people hardly share."""
LOOKED_AT = 200_000
"""Records among which pairs are sought."""
ENOUGH = 100
"""Pairs with a value on both sides, below which nobody can say."""
MOST = 8
"""Records that share such features; more are a shop's own, or a test."""
BEYOND_CHANCE = 0.04
"""Share of the way from agreement by chance to agreement always (Cohen's kappa) that a column must go, or away from it: nobody has
two tax returns of one year."""


def find(records: Records, useless: dict[str, str]) -> dict[str, str]:
    """Return feature -> why it tells nothing, of identifiers, categories, numbers and texts of unknown meaning."""
    asked = [n for n in records.features if n not in useless and n.partition(":")[0] in {"id", "category", "number", "text"} and ":" in n]
    if not asked:
        return {}
    left, right = _probable_pairs(records)
    found = {}
    for name in asked:
        feature = records.features[name]
        one, other = feature.codes[left], feature.codes[right]
        known = (one >= 0) & (other >= 0)
        if known.sum() < ENOUGH:
            continue
        share = feature.counts / max(feature.filled, 1)
        chance, agreed = float((share * share).sum()), float((one[known] == other[known]).mean())
        if abs(agreed - chance) < BEYOND_CHANCE * (1 - chance):
            found[name] = "agrees no more often between records of one person than by chance"
    return found


def _probable_pairs(records: Records) -> tuple[Longs, Longs]:
    """Return pairs of positions that are probably one person, each record with the next of its kind."""
    given = records.features.get("given")
    if given is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    scattered = (np.maximum(given.codes, 0).astype(np.int64) * 2654435761) & 0xFFFFFFFF
    seen = scattered <= int(min(LOOKED_AT / max(len(records), 1), 1.0) * 0xFFFFFFFF)
    left, right = [], []
    for names in PROBABLY_ONE:
        codes = [records.features[n].codes for n in names if n in records.features]
        if len(codes) < len(names):
            continue
        rows = np.flatnonzero(np.logical_and.reduce([seen, *(c >= 0 for c in codes)]))
        key = combine([c[rows].astype(np.int64) for c in codes])
        order = np.argsort(key, kind="stable")
        start = starts_of_runs(key[order])
        size = per_member(np.diff(start, append=len(order)), start, len(order))
        second = np.flatnonzero((key[order][1:] == key[order][:-1]) & (size[1:] <= MOST)) + 1
        left.append(rows[order[second - 1]])
        right.append(rows[order[second]])
    return (np.concatenate(left), np.concatenate(right)) if left else (np.empty(0, np.int64), np.empty(0, np.int64))
