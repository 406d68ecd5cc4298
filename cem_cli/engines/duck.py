"""DuckDB: connections made by one recipe, statements run with the SQL in the error, interrupts that stop at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

import duckdb

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import Step, literal

if TYPE_CHECKING:
    from concurrent.futures import Future

P = ParamSpec("P")
T = TypeVar("T")
Connection = duckdb.DuckDBPyConnection
EngineFault = duckdb.Error
"""Any failure of the engine. Its text may hold cell values: never show it (`reliability.md` decision 10)."""
MEMORY_SHARE = 0.6
"""Of the machine's memory, what the engine may take before it spills to disk: Python and NumPy need some too."""
MEMORY_MOST = 4 * 2**30
"""Bytes above which it spills anyway: a million customers with ten million events pass under it (`benchmarks/MEASURES.md`)."""


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
        "memory_limit": memory or usable_memory(),
    }
    if folder is not None:
        chosen["temp_directory"] = str(folder)
    return chosen


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def usable_memory() -> str:
    """Return the engine's memory limit as DuckDB writes it: `CEM_MEMORY_LIMIT` (`8GB`), else by share and most."""
    named = os.environ.get("CEM_MEMORY_LIMIT")
    if named or not hasattr(os, "sysconf"):
        return named or f"{MEMORY_MOST}B"
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{min(MEMORY_MOST, int(MEMORY_SHARE * installed))}B"


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


class Turns:
    """A connection, and others to the same database, that work takes turns with on threads of its own."""

    def __init__(self, con: Connection, count: int) -> None:
        """Open `count` - 1 connections beside `con`: what they are to see must be neither temporary nor uncommitted."""
        from concurrent.futures import ThreadPoolExecutor  # whoever needs one connection starts without
        from queue import SimpleQueue

        self._opened = [con.cursor() for _ in range(count - 1)]
        self._free: SimpleQueue[Connection] = SimpleQueue()
        for one in (con, *self._opened):
            self._free.put(one)
        self._threads = ThreadPoolExecutor(count)

    def begin(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have `work` done with the next free connection."""

        def on_one() -> T:
            con = self._free.get()
            try:
                return work(con, *args, **kwargs)
            finally:
                self._free.put(con)

        return self._threads.submit(on_one)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)
        for one in self._opened:
            one.close()


@contextmanager
def plain_plans(con: Connection) -> Iterator[None]:
    """Plan statements without looking for projections to pull up: it takes a quarter of the planning of long expressions.

    For many small statements that clean columns, where nothing is gained by it. An error leaves the connection so.
    """
    con.execute("SET disabled_optimizers = 'projection_pullup'")
    yield
    con.execute("RESET disabled_optimizers")


@contextmanager
def unplanned(con: Connection) -> Iterator[None]:
    """Run statements as they are written, without an optimizer: for long expressions on few rows. An error leaves the connection so."""
    con.execute("PRAGMA disable_optimizer")
    yield
    con.execute("PRAGMA enable_optimizer")


@contextmanager
def in_any_order(con: Connection) -> Iterator[None]:
    """Let the rows of tables that statements create come in any order: threads then share what is made of few rows.

    A thread takes rows of a table by the hundred thousand, but of a materialized common table expression by the thousand. An error
    leaves the connection so.
    """
    con.execute("SET preserve_insertion_order = false")
    yield
    con.execute("SET preserve_insertion_order = true")


def run_steps(con: Connection, steps: Iterable[Step]) -> None:
    """Run statements in order; a failure names its step. The connection is in the caller's transaction."""
    for step in steps:
        try:
            con.execute(step.sql, step.params or None).fetchall()
        except duckdb.Error as err:
            err.add_note(f"step: {step.name}")
            raise
