"""A delivery against the last one of its source: columns that came or went, rows that vanished."""

from __future__ import annotations

import re

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.config.source import SourceConfig
from cem_cli.engines.duck import Connection
from cem_cli.sources.staged import Staged

SHRUNK = 0.5
"""Share of the last delivery's rows below which a file is suspected to be cut."""
FEW = 100
"""Rows of the last delivery below which nothing is concluded."""


def drift_warnings(con: Connection, source: SourceConfig, staged: Staged, file_name: str, *, allow_shrink: bool) -> list[str]:
    """Return what changed since the last file of the same name (digits aside).

    Raises CemError (exit 3) where more than half of the rows are gone, unless `allow_shrink`.
    """
    last = con.execute(
        "SELECT file_name, header, rows_read FROM cem.import_file WHERE source = ? ORDER BY import_id DESC", [source.name]
    ).fetchall()
    same = [(header, rows) for name, header, rows in last if _series(name) == _series(file_name)]
    if not same:
        return []
    header, rows = same[0]
    found = []
    new, gone = sorted(set(staged.header.names) - set(header)), sorted(set(header) - set(staged.header.names))
    if new:
        found.append("new columns since the last delivery: " + ", ".join(new))
    if gone:
        found.append("columns gone since the last delivery: " + ", ".join(gone))
    if rows >= FEW and staged.records < SHRUNK * rows:
        told = f"{staged.records} rows, but the last delivery had {rows}"
        if not allow_shrink:
            raise CemError("E-FILE-SHRUNK", told, where=file_name, code=ExitCode.CHECKS_FAILED, why="it may have been cut on its way",
                           fix=f"cem import {source.name} --allow-shrink, if it is whole")
        found.append(told)
    return found


def _series(file_name: str) -> str:
    """Return a file's name without dates and counters: deliveries of one series share it."""
    return re.sub(r"\d+", "#", file_name)
