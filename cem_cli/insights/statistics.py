"""Small statistics that several measures share, and the way from arrays back into a temporary table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection

Floats = npt.NDArray[np.float64]


def benjamini_hochberg(p: Floats) -> Floats:
    """Return q values: the false discovery rate at which each p of one family becomes significant (Benjamini, Hochberg 1995)."""
    order = np.argsort(p, kind="stable")
    stepped = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return q


def store_arrays(con: Connection, table: str, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Create the temporary table `table` from arrays of one length, one column each."""
    con.register("stored_arrays", dict(arrays))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {quote(table)} AS SELECT * FROM stored_arrays")
    con.unregister("stored_arrays")


def shortest_interval(draws: Floats, mass: float) -> tuple[Floats, Floats]:
    """Return, per row of draws, the ends of the shortest interval that holds at least `mass` of them (the lowest such)."""
    ordered = np.sort(draws, axis=1)
    held = int(np.ceil(mass * draws.shape[1]))
    width = ordered[:, held - 1 :] - ordered[:, : draws.shape[1] - held + 1]
    start = np.argmin(width, axis=1)
    rows = np.arange(len(draws))
    return ordered[rows, start], ordered[rows, start + held - 1]


Z90 = 1.645
"""Standard errors to either side of a 90 % interval."""


def cut_sql(value_sql: str, lowest: float, highest: float, digits: int) -> str:
    """Return a value cut at both ends of its scale and rounded; NULL stays NULL (`greatest` alone would lose it)."""
    return f"CASE WHEN ({value_sql}) IS NOT NULL THEN round(greatest({lowest}, least({highest}, {value_sql})), {digits}) END::DOUBLE"


def wilson_sql(hits_sql: str, n_sql: str, side: int) -> str:
    """Return one end (`side` -1 lower, 1 upper) of Wilson's 90 % interval of a share, rounded; NULL where n is 0 (Wilson 1927)."""
    n, z = f"nullif({n_sql}, 0)", Z90
    p = f"({hits_sql}) / {n}"
    root = f"sqrt({p} * (1 - {p}) / {n} + {z * z} / (4 * {n} * {n}))"
    return cut_sql(f"({p} + {z * z} / (2 * {n}) + {side * z} * {root}) / (1 + {z * z} / {n})", 0, 1, 4)
