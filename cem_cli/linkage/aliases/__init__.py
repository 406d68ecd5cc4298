"""Given names that are forms of one another (Giuseppe, Beppe), per language, from hand-written tables.

Each line of a table is one group: forms of one name, folded to ASCII, separated by commas. A name may be in many groups.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.records import stable_hash
from cem_cli.linkage.sorting import contains

LANGUAGES = ("it", "en", "fr", "de", "es", "pt", "more")


@functools.cache
def groups() -> tuple[frozenset[str], ...]:
    """Return all groups of all languages."""
    lines = [line for code in LANGUAGES for line in Path(__file__).with_name(f"{code}.csv").read_text("utf-8").splitlines()]
    return tuple(frozenset(line.split(",")) for line in lines if line.strip() and not line.startswith("#"))


@functools.cache
def _names() -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return all names, and their stable hashes."""
    names = sorted({name for group in groups() for name in group})
    return names, stable_hash(np.array(names, "S").view(np.uint8).reshape(len(names), -1))


def alias_pairs(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return sorted packed pairs (lower code << 32 | higher) of names in one group; `keys`: stable hash per code."""
    names, hashed = _names()
    order = np.argsort(keys)
    ordered = keys[order]
    place = np.searchsorted(ordered, hashed)
    held = np.flatnonzero(contains(ordered, hashed)).tolist()
    code = {names[k]: int(order[place[k]]) for k in held}
    pairs = set()
    for group in groups():
        known = sorted(code[name] for name in group if name in code)
        pairs |= {(a << 32) | b for i, a in enumerate(known) for b in known[i + 1 :]}
    return np.array(sorted(pairs), np.int64)
