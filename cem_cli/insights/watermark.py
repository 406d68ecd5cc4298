"""Watermarks: what a table of the workspace holds, in one short text, so that a measure whose inputs did not change is kept.

Reads the tables named. A watermark is the number of rows and the sum of their hashes: it does not depend on their order, and any
row that comes, goes or changes moves it. It speaks of one version of the engine and of cem: another one recomputes.
"""

from __future__ import annotations

import hashlib

from cem_cli import __version__
from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection

SOURCES = ("event", "event_customer", "order_line", "product", "store", "rate", "profile")
"""Tables that measures read, directly or through the shared tables; a measure names any others in `reads`."""


class Watermarks:
    """The watermarks of one run, each looked up once."""

    def __init__(self, con: Connection) -> None:
        self._con = con
        self._known: dict[str, str] = {}

    def of(self, *parts: str, tables: tuple[str, ...] = SOURCES) -> str:
        """Return one text for the contents of `tables` and for `parts` (settings, statements) together."""
        told = [__version__, *(f"{table} {self._table(table)}" for table in tables), *parts]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def _table(self, name: str) -> str:
        if name not in self._known:
            rows = self._con.execute(f"SELECT count(*), sum(hash(*COLUMNS(*))::HUGEINT) FROM cem.{quote(name)}").fetchall()
            self._known[name] = " ".join(map(str, rows[0]))
        return self._known[name]
