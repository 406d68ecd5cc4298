"""Columns of one header that hold parts in one file and the whole in another: `Nome` is a given name here, a whole name there.

Files are united by their headers; where the values of two files differ in form, the whole ones get a column of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive.dates import lowest_ids_sql

ROWS = 1000
"""Rows of each file that are looked at."""
WHOLE, PART = 0.7, 0.2
"""Share of values that are whole from which those of a file are, and up to which they are parts."""


def own_columns(con: Connection, tables: Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """Return, by table, which of its columns are told apart from other files' columns of their name, and how they are called.

    `tables`: table -> its columns. A space at the end tells them apart and leaves the header what it says.
    """
    shared = {c.lower() for k, own in enumerate(tables.values()) for c in own for other in list(tables.values())[:k]
              if c.lower() in {o.lower() for o in other}}
    tests = {name: test for name in shared if (test := _whole_sql(name))}
    shares = {table: _shares(con, table, {c: tests[c.lower()] for c in own if c.lower() in tests}) for table, own in tables.items()}
    parts = {c.lower() for found in shares.values() for c, share in found.items() if share <= PART}
    return {
        table: {c: f"{c} " for c, share in found.items() if share >= WHOLE and c.lower() in parts and f"{c} " not in tables[table]}
        for table, found in shares.items()
    }


def _whole_sql(name: str) -> str | None:
    """Return SQL for whether a value of the column is more than the part that its header may mean; None where it means no part."""
    from cem_cli.kinds.address import WHOLE_ADDRESS
    from cem_cli.kinds.headers import match_header

    header = match_header(name)
    if header is None:
        return None
    column = quote(name)
    if header.kind in ("given_name", "surname", "full_name"):
        return f"contains(trim({column}), ' ')"
    return f"regexp_matches({column}, '{WHOLE_ADDRESS}')" if header.kind in ("street", "address") else None


def _shares(con: Connection, table: str, tests: Mapping[str, str]) -> dict[str, float]:
    """Return the share of filled values that pass the test of their column."""
    if not tests:
        return {}
    listed = ", ".join(f"avg(({test})::INTEGER) FILTER (WHERE trim({quote(c)}) <> '')" for c, test in tests.items())
    row = con.execute(f"SELECT {listed} FROM {table} WHERE {lowest_ids_sql(con, table, ROWS)}").fetchall()[0]
    return {c: share for c, share in zip(tests, row, strict=True) if share is not None}
