"""Samples of blocking rules: of a rule that would propose too many strangers, a part of the blocks tells the training as much.

A sample is a key of its own, named after the rule: `1 in 8 of surname + postcode`. The blocks are chosen by their key, so that the
same records are in the sample whatever else a file holds.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cem_cli.linkage.block.pairs import Rule, combine
from cem_cli.linkage.records import Longs
from cem_cli.linkage.threads import spread

SHARES = (8, 64)
"""One block in so many; the second where the first would still be too many."""


def sample_of(rule: Iterable[str], share: int) -> str:
    """Return the key of a sample of a rule's blocks."""
    return f"1 in {share} of {' + '.join(rule)}"


def sampled(key: str) -> tuple[int, tuple[str, ...]]:
    """Return (of how many blocks a key takes one, the keys of the rule); (1, the key itself) for a key that is no sample."""
    if not key.startswith("1 in "):
        return 1, (key,)
    share, _, rule = key.removeprefix("1 in ").partition(" of ")
    return int(share), tuple(rule.split(" + "))


def with_samples(keys: Mapping[str, Longs], rules: Iterable[Rule], threads: int = 1) -> dict[str, Longs]:
    """Return blocking keys with those of the samples that rules ask for (negative: not in the sample)."""
    asked = {rule.keys[0]: sampled(rule.keys[0]) for rule in rules if rule.worth > 1}
    known = {key: (share, names) for key, (share, names) in asked.items() if keys.keys() >= set(names)}
    made = spread(lambda key: _sample([keys[name] for name in known[key][1]], known[key][0]), list(known), threads)
    return {**keys, **dict(zip(known, made, strict=True))}


def _sample(keys: Sequence[Longs], share: int) -> Longs:
    """Return one key for several, of one in `share` of their combinations: chosen by a sum, so that only these are combined."""
    mixed = functools.reduce(np.add, (key.view(np.uint64) for key in keys)) * np.uint64(0x9E3779B97F4A7C15)
    here = np.flatnonzero(mixed < np.uint64((1 << 64) // share))
    where = here.compress(np.logical_and.reduce([key.take(here) >= 0 for key in keys]))
    found = np.full(len(mixed), -1)
    found[where] = combine([key.take(where) for key in keys])
    return found
