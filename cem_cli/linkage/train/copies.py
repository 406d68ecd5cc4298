"""Files given more than once: their records are learned from once and count once, however often they are repeated.

A second copy would teach that people never err and that no name is rare, and make clusters twice as cautious. Equal
records are common without it (people do not always err), so that only a source as a whole can be a copy.
"""

from __future__ import annotations

import numpy as np

from cem_cli.linkage.block.pairs import combine
from cem_cli.linkage.model import Model
from cem_cli.linkage.records import Longs, Records
from cem_cli.linkage.sorting import per_member, places_in_runs, starts_of_runs

CONTAINED = 0.9
"""Share of a source's records that equal one of another source, from which it is a copy or a part of others."""
HARDLY = 0.98
"""Share of different records above which no source of several is worth a look."""
REPEATED = 0.75
"""Share of different records up to which a source repeats itself; census and historical records have 0.8 or more."""


def originals(records: Records) -> Longs:
    """Return by which record each is learned: itself, or the one of which it is a copy."""
    alone, telling = np.arange(len(records)), sorted(records.features.values(), key=lambda f: -len(f.counts))
    if not telling:
        return alone
    for some in (telling[:4], telling):  # what few features tell apart, all do
        equal = combine([np.maximum(codes, -1).astype(np.int64) for f in some for codes in f.every])
        if len(starts_of_runs(np.sort(equal))) > (HARDLY if len(records.sources) > 1 else REPEATED) * len(records):
            return alone
    source = records.source.astype(np.int64)
    size, rank = np.bincount(source), np.lexsort((source, equal))
    inside = _first(combine([equal, source]), rank)
    again = inside != alone
    nth = np.empty(len(alone), np.int64)
    nth[rank] = places_in_runs(np.flatnonzero(~again[rank]), len(rank))
    _, which = np.unique(combine([equal, nth]), return_inverse=True)
    contained = (np.bincount(source, np.bincount(which)[which] > 1) >= CONTAINED * size)[source]
    repeats = (np.bincount(source, ~again) <= REPEATED * size)[source]
    copied = np.where(contained, _first(which, np.lexsort((source, contained, which))), alone)
    return np.where(repeats, inside, alone)[copied]


def odds_of_copies(model: Model) -> float:
    """Return the natural-log odds that speak for a copy and its original beyond what the model says of two records.

    The model knows how many of all pairs are one entity. A copy is of one of the records learned from, whichever it is: which
    is far more where these hold few duplicates.
    """
    return max(0.0, float(np.log(1 / max(model.records, 1)) - np.log(max(model.views[0].parameters.lam, 1e-300))))


def _first(which: Longs, order: Longs) -> Longs:
    """Return per record the first of its class in an order that keeps classes together."""
    start = starts_of_runs(which[order])
    first = np.empty(len(order), np.int64)
    first[order] = per_member(order[start], start, len(order))
    return first
