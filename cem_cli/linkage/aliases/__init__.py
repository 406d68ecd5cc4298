"""Given names that are forms of one another (Giuseppe, Beppe), per language, from hand-written tables.

Each line of a table is one group: forms of one name, folded to ASCII, separated by commas. A name may be in many groups.
"""

from __future__ import annotations

import functools
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.records import stable_hash

LANGUAGES = ("it", "en", "fr", "de", "es", "pt", "more")


@functools.cache
def groups() -> tuple[frozenset[str], ...]:
    """Return all groups of all languages."""
    folder = files("cem_cli.linkage") / "aliases"
    lines = [line for code in LANGUAGES for line in (folder / f"{code}.csv").read_text("utf-8").splitlines()]
    return tuple(frozenset(line.split(",")) for line in lines if line.strip() and not line.startswith("#"))


def alias_pairs(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return sorted packed pairs (lower code << 32 | higher) of names in one group; `keys`: stable hash per code."""
    names = sorted({name for group in groups() for name in group})
    hashed = stable_hash(np.array(names, "S").view(np.uint8).reshape(len(names), -1))
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys[order], hashed), max(len(keys) - 1, 0))
    code = {n: int(order[p]) for n, p, h in zip(names, place, hashed, strict=True) if len(keys) and keys[order[p]] == h}
    pairs = set()
    for group in groups():
        known = sorted(code[name] for name in group if name in code)
        pairs |= {(a << 32) | b for i, a in enumerate(known) for b in known[i + 1 :]}
    return np.array(sorted(pairs), np.int64)
