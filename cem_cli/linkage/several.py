"""Records with several values of one kind: a landline and a mobile, a private and a work address. Whichever agrees, counts.

A feature keeps them beside its first value (`Feature.further`). Which value is first does not depend on the order of columns.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from cem_cli.linkage.derive.cells import FeatureSpec
from cem_cli.linkage.records import Codes, Feature, Longs, Records

MOST = 6
"""Values of one kind that a record keeps: pairs are compared in every combination."""
_LAST = np.iinfo(np.int64).max


def unite(records: Records, specs: Sequence[FeatureSpec]) -> Records:
    """Return records in which features that hold further values of another one have become part of it."""
    owner = {s.name: s.further_of for s in specs if s.further_of}
    if not owner:
        return records
    features = {name: f for name, f in records.features.items() if name not in owner}
    for name in set(owner.values()):
        own = features[name]
        every = [own.codes, *(records.features[further].codes for further, whose in owner.items() if whose == name)]
        features[name] = feature_of_several(own, every, records.values[own.dictionary].key)
    return replace(records, features=features)


def feature_of_several(feature: Feature, every: Sequence[Codes], key: Longs) -> Feature:
    """Return a feature with the given values per record (negative: none), each once, in the order of `key` (per code)."""
    table = np.stack(every)
    several = np.flatnonzero((table >= 0).sum(axis=0) > 1)
    ordered = _distinct(table[:, several], key)
    size = max(int((ordered >= 0).any(axis=1).sum()), 1)
    codes = np.full((size, table.shape[1]), -1, np.int32)
    codes[0] = table.max(axis=0)
    codes[:, several] = ordered[:size]
    counts = np.bincount(codes[codes >= 0], minlength=len(feature.counts))
    codes = np.where(codes >= 0, codes, -1 - np.arange(table.shape[1], dtype=np.int32))
    first, *further = codes
    return replace(feature, codes=first, counts=counts, filled=int((first >= 0).sum()), further=tuple(further))


def _distinct(table: Codes, key: Longs) -> Codes:
    """Return the values of each column once, by their keys, those that are none (negative) last; at most `MOST` rows."""
    place = np.where(table >= 0, key.take(table, mode="clip"), _LAST) if len(key) else np.full(table.shape, _LAST)
    order = np.argsort(place, axis=0, kind="stable")
    place, table = (np.take_along_axis(part, order, axis=0) for part in (place, table))
    table[1:][place[1:] == place[:-1]] = -1
    return np.take_along_axis(table, np.argsort(table < 0, axis=0, kind="stable"), axis=0)[:MOST]


def shared_values(feature: Feature, l: Codes, r: Codes) -> Iterator[tuple[Longs, Codes]]:
    """Yield (which of the pairs, the value that both sides have), for all combinations of their values."""
    for one, other in itertools.product(feature.every, repeat=2):
        a = one.take(l)
        at = np.flatnonzero(a == other.take(r))
        yield at, a[at]
