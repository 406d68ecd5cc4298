"""Columns that follow from other columns, found in the values whatever they are called: they must not count twice.

Only columns of unknown meaning (identifiers, categories, texts) and sex, which given names tell, are looked at. One that
is a copy of another, or computed from it, is compared only where that other one is missing.
"""

from __future__ import annotations

import numpy as np

from cem_cli.linkage.records import Feature, Longs, Records
from cem_cli.linkage.sorting import sort_with_places, starts_of_runs

FOLLOWS = 0.95
"""Share of rows, among values that repeat, that hold the commonest partner of their value."""
COMMON = 0.3
"""Distinct values per filled row up to which a value is shared by different entities, so that following means computed."""
ENOUGH = 50
NEIGHBOURS = 1024
"""Pairs of rows with one value of a cause at which is looked first: all pairs of columns at all rows take minutes."""
PERHAPS = 0.75
"""Share of them that must agree: of what follows in `FOLLOWS` of the rows, about 0.9 do."""


def find(records: Records, useless: dict[str, str]) -> dict[str, str]:
    """Return feature -> the feature from which it follows."""
    found: dict[str, str] = {}
    names = [n for n in records.features if n not in useless and n not in {"user", "district"}]
    asked = [n for n in names if ":" in n or n == "sex"]
    likely = _likely(records, names, asked)
    for name in asked:
        for other in names:
            if other == name or other in found or name not in likely[other]:
                continue
            mine, theirs = records.features[name], records.features[other]
            if follows(theirs, mine) < FOLLOWS:
                continue
            copied = follows(mine, theirs) >= FOLLOWS
            if copied or np.count_nonzero(theirs.counts) <= COMMON * theirs.filled:
                found[name] = other
                break
    return found


def _likely(records: Records, names: list[str], asked: list[str]) -> dict[str, set[str]]:
    """Return per feature which of those asked for may follow from it."""
    effects = [records.features[name].codes for name in asked]
    if not effects:
        return {}
    found = {}
    for name in names:
        left, right = _neighbours(records.features[name])
        one, other = np.stack([codes[left] for codes in effects]), np.stack([codes[right] for codes in effects])
        known = (one >= 0) & (other >= 0)
        seen, same = known.sum(1), ((one == other) & known).sum(1)
        found[name] = {asked[k] for k in np.flatnonzero((same >= PERHAPS * seen) | (seen < ENOUGH))}
    return found


def _neighbours(cause: Feature) -> tuple[Longs, Longs]:
    """Return some pairs of rows that hold one value of `cause`, common values as often as they are common."""
    rows = np.flatnonzero(cause.codes >= 0)
    code, at = sort_with_places(cause.codes[rows].astype(np.int64))
    second = np.flatnonzero(code[1:] == code[:-1]) + 1
    second = second[:: len(second) // NEIGHBOURS + 1]
    return rows[at[second - 1]], rows[at[second]]


def follows(cause: Feature, effect: Feature) -> float:
    """Return how surely `effect` follows from `cause`: 1 is always; 0 where too few values of `cause` repeat to say."""
    rows = np.nonzero((cause.codes >= 0) & (effect.codes >= 0))[0]
    if len(rows) == 0 or len(rows) < 0.5 * effect.filled:
        return 0.0
    pair = np.sort((cause.codes[rows].astype(np.int64) << 32) | effect.codes[rows])
    start = starts_of_runs(pair)
    size, key = np.diff(start, append=len(pair)), pair[start] >> 32
    total = np.bincount(key, weights=size)
    most = np.zeros(len(total))
    np.maximum.at(most, key, size)
    repeated = total > 1
    return float(most[repeated].sum() / total[repeated].sum()) if total[repeated].sum() >= ENOUGH else 0.0


def sentence(feature: str, cause: str) -> str:
    """Return what was found, in words."""
    return f"'{feature.rpartition(':')[2]}' follows from '{cause.rpartition(':')[2]}': it counts only where that is missing"
