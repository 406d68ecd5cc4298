"""DuckDB: connections made by one recipe, statements run with the SQL in the error, interrupts that stop at once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import duckdb

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import Step, literal

Connection = duckdb.DuckDBPyConnection
EngineFault = duckdb.Error
"""Any failure of the engine. Its text may hold cell values: never show it (`reliability.md` decision 10)."""


def settings(
    folder: Path | None, threads: int | None = None, memory: str | None = None
) -> dict[str, str | bool | int | float | list[str]]:
    """Return the connection settings: nothing fetched or loaded from outside, spilling into `folder`, quiet."""
    chosen: dict[str, str | bool | int | float | list[str]] = {
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
        "python_enable_replacements": False,
        "preserve_insertion_order": True,
        "threads": threads or usable_cores(),
    }
    if memory:
        chosen["memory_limit"] = memory
    if folder is not None:
        chosen["temp_directory"] = str(folder)
    return chosen


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def connect(path: Path, *, read_only: bool = False, spill: Path | None = None, threads: int | None = None) -> Connection:
    """Open a database file by the recipe. Raises CemError (exit 13) where it is damaged or of another version.

    The file is attached under a fixed name: a catalog named after a file `cem.duckdb` would make `cem.record` ambiguous.
    """
    con = connect_memory(threads, spill)
    mode = "READ_ONLY" if read_only else "READ_WRITE"
    try:
        con.execute(f"ATTACH {literal(str(path))} AS workspace ({mode})").fetchall()
        con.execute("USE workspace").fetchall()
    except duckdb.Error as err:
        con.close()
        reason = "another process holds it" if "lock" in str(err).lower() else "not a readable DuckDB file of this version"
        raise CemError(
            "E-DB-OPEN", "the workspace file cannot be opened", where=str(path), why=reason, fix="cem doctor",
            code=ExitCode.DATABASE,
        ) from err
    return con


def connect_memory(threads: int | None = None, spill: Path | None = None) -> Connection:
    """Open a database in memory by the same recipe (for work without a workspace: `cem dedupe`, `cem synth`)."""
    con = duckdb.connect(":memory:", config=settings(spill, threads))
    _quieten(con)
    return con


def _quieten(con: Connection) -> None:
    con.execute("SET enable_progress_bar = false")  # it would print to stdout, even piped
    con.execute("SET TimeZone = 'UTC'")


def run_steps(con: Connection, steps: Iterable[Step]) -> None:
    """Run statements in order; a failure names its step. The connection is in the caller's transaction."""
    for step in steps:
        try:
            con.execute(step.sql, step.params or None).fetchall()
        except duckdb.Error as err:
            err.add_note(f"step: {step.name}")
            raise
