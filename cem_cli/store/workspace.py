"""The workspace file: opened under the lock, with the key beside it, in one transaction per step.

Reads and writes `meta` and `run`; creates every table of `tables.py`.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

from cem_cli.base.clock import wall_now
from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import write_text
from cem_cli.base.sql import literal
from cem_cli.engines.duck import Connection, EngineFault, connect
from cem_cli.store.tables import SCHEMA, TABLES, VERSION, create_sql
from cem_cli.store.views import VIEWS, create_views


@dataclass(frozen=True)
class Access:
    """How a command wants the workspace."""

    command: str
    write: bool = True
    lock_timeout: float = 5.0
    threads: int | None = None


class Workspace:
    """An open workspace: the connection, its paths and its key."""

    def __init__(self, path: Path, con: Connection, key: str) -> None:
        self.path, self.con, self.key = path, con, key
        self.stopped: CemError | None = None
        """What a signal asked for, once one came."""

    @property
    def spill(self) -> Path:
        """The private folder for spilled and decoded data; swept when a writer opens the workspace."""
        return spill_folder(self.path)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a block in one transaction: committed as a whole, or rolled back and the error passed on.

        DuckDB 2.0 lets COMMIT "succeed" on an aborted transaction, so errors must never be swallowed inside. A signal may
        come right after the transaction began: that it began is known before the block is.
        """
        try:
            self.con.execute("BEGIN TRANSACTION")
            yield self.con
            self.con.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        try:
            self.con.execute("ROLLBACK")
        except EngineFault:
            self.con.interrupt()  # a fatal error closed the transaction already; the caller's error tells the story

    def begin_run(self, command: str, as_of: datetime, config_hash: str) -> int:
        """Write a run into the ledger as `running` and return its number."""
        with self.transaction() as con:
            run_id = int(con.execute(f"SELECT coalesce(max(run_id), 0) + 1 FROM {SCHEMA}.run").fetchall()[0][0])
            engine = con.execute("SELECT version()").fetchall()[0][0]
            con.execute(
                f"INSERT INTO {SCHEMA}.run VALUES (?, ?, ?, ?, NULL, 'running', ?, ?, '{{}}')",
                [run_id, command, as_of.replace(tzinfo=None), wall_now().replace(tzinfo=None), config_hash, engine],
            ).fetchall()
        return run_id

    def end_run(self, run_id: int, status: str, counts: Mapping[str, object]) -> None:
        """Close a run in the ledger and read the row back: only then was the run acknowledged."""
        with self.transaction() as con:
            con.execute(
                f"UPDATE {SCHEMA}.run SET status = ?, finished_at = ?, counts = ? WHERE run_id = ?",
                [status, wall_now().replace(tzinfo=None), json.dumps(counts, sort_keys=True, default=str), run_id],
            ).fetchall()
        if self.con.execute(f"SELECT status FROM {SCHEMA}.run WHERE run_id = ?", [run_id]).fetchall() != [(status,)]:
            raise CemError("E-DB-COMMIT", "the run could not be written to the ledger", where=str(self.path),
                           fix="cem doctor", code=ExitCode.DATABASE)


def key_path(database: Path) -> Path:
    """Return where a workspace keeps its hashing key (never inside the database)."""
    named = os.environ.get("CEM_KEY_FILE")
    return Path(named) if named else database.with_suffix(".key")


def spill_folder(database: Path) -> Path:
    """Return the workspace's private folder for temporary data."""
    return database.with_name(f".{database.stem}.spill")


def create_key(database: Path) -> None:
    """Make a random key for a new workspace, private to its owner, where none exists."""
    if not key_path(database).exists():
        write_text(key_path(database), secrets.token_hex(32) + "\n")


def read_key(database: Path) -> str:
    """Return the workspace's key. Raises CemError (exit 12) where it is missing, empty or readable by others."""
    path = key_path(database)
    try:
        mode = path.stat().st_mode & 0o077
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as err:
        raise CemError("E-KEY-MISSING", "the workspace's key file cannot be read", where=str(path), code=ExitCode.KEY,
                       why="ids and suppressions are hashed with it", fix="restore it from your backup: cem restore FILE") from err
    if len(key) < 32:
        raise CemError("E-KEY-SHORT", "the key file holds no usable key", where=str(path), code=ExitCode.KEY,
                       fix="restore it from your backup: cem restore FILE")
    if mode:
        raise CemError("E-KEY-OPEN", "the key file can be read by other users", where=str(path), code=ExitCode.KEY,
                       fix=f"chmod 600 {path}")
    return key


@contextmanager
def open_workspace(path: Path, access: Access) -> Iterator[Workspace]:
    """Open a workspace under its lock; a writer creates what is missing and leaves no write-ahead log behind.

    Raises CemError: locked (11), key (12), damaged or of another version (13), no workspace yet (10, readers only).
    """
    from cem_cli.store.lock import Lock

    os.umask(0o077)
    if not access.write and not path.exists():
        raise CemError("E-NO-WORKSPACE", "nothing has been imported yet", where=str(path), code=ExitCode.NO_PROJECT,
                       fix="cem run")
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(
            Lock(path.with_suffix(".lock"), exclusive=access.write, timeout=access.lock_timeout, command=access.command)
        )
        if access.write:
            shutil.rmtree(spill_folder(path), ignore_errors=True)
            spill_folder(path).mkdir(mode=0o700)
            if not path.exists():
                create_key(path)
        key = read_key(path)
        con = connect(path, read_only=not access.write, spill=spill_folder(path) if access.write else None, threads=access.threads)
        stack.callback(_close, con, path, write=access.write)
        _check_version(con, path)
        workspace = Workspace(path, con, key)
        if access.write:
            _create_tables(workspace)
        with _interrupts(workspace):
            yield workspace


@contextmanager
def rehearsal(path: Path, access: Access) -> Iterator[Workspace]:
    """Open a private copy of a workspace that is thrown away at the end: what a dry run writes to.

    The original is held under a shared lock while the engine copies it; nothing of the project's folder changes.
    """
    from cem_cli.store.lock import Lock

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cem-rehearsal-", dir=path.parent)))
        copy = folder / path.name
        if path.exists():
            stack.enter_context(Lock(path.with_suffix(".lock"), exclusive=False, timeout=access.lock_timeout, command=access.command))
            con = stack.enter_context(connect(path, read_only=True, threads=access.threads))
            con.execute(f"ATTACH {literal(str(copy))} AS copy").fetchall()
            con.execute("COPY FROM DATABASE workspace TO copy").fetchall()
            con.execute("DETACH copy").fetchall()
            write_text(copy.with_suffix(".key"), read_key(path) + "\n")
        yield stack.enter_context(open_workspace(copy, access))


def _check_version(con: Connection, path: Path) -> None:
    known = con.execute("SELECT 1 FROM duckdb_tables() WHERE schema_name = ? AND table_name = 'meta'", [SCHEMA]).fetchall()
    if not known:
        return
    rows = con.execute(f"SELECT value FROM {SCHEMA}.meta WHERE key = 'version'").fetchall()
    found = int(rows[0][0]) if rows else 0
    if found > VERSION:
        raise CemError("E-DB-NEWER", f"the workspace was written by a newer cem (tables version {found}, this cem knows {VERSION})",
                       where=str(path), fix="pip install --upgrade cem-cli", code=ExitCode.DATABASE)


def _create_tables(workspace: Workspace) -> None:
    """Create tables and views in one transaction, so that a kill leaves all or none of a new workspace."""
    present = {row[0] for row in workspace.con.execute("""
        SELECT table_name FROM duckdb_tables() WHERE schema_name = ?
        UNION ALL SELECT view_name FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal""", [SCHEMA]).fetchall()}
    if present.issuperset((*(table.name for table in TABLES), *VIEWS)):
        return
    with workspace.transaction() as con:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}").fetchall()
        for table in TABLES:
            con.execute(create_sql(table)).fetchall()
        con.execute(f"DELETE FROM {SCHEMA}.meta WHERE key = 'version'").fetchall()
        con.execute(f"INSERT INTO {SCHEMA}.meta VALUES ('version', ?)", [str(VERSION)]).fetchall()
        create_views(con)
    workspace.con.execute("CHECKPOINT").fetchall()


def _close(con: Connection, path: Path, *, write: bool) -> None:
    con.close()  # closing checkpoints: no write-ahead log is left behind for a later version to stumble over
    if write:
        path.chmod(0o600)
        shutil.rmtree(spill_folder(path), ignore_errors=True)


@contextmanager
def _interrupts(workspace: Workspace) -> Iterator[None]:
    """Stop within a second on Ctrl-C and SIGTERM: DuckDB's own handling took 12 to 48 s in tests.

    The engine answers an interrupted query with errors of its own: after a signal, any failure is the signal's.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        name, code = _STOPS[signal.Signals(number)]
        workspace.stopped = CemError(name, "stopped; nothing half-done was kept", code=code, fix="run the command again")
        workspace.con.interrupt()
        raise workspace.stopped

    try:
        before = {number: signal.signal(number, stop) for number in _STOPS}
    except ValueError:  # not the main thread (a test, an embedding): the host owns the signals
        yield
        return
    try:
        yield
    except Exception as err:
        if workspace.stopped and err is not workspace.stopped:
            raise workspace.stopped from err
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_STOPS = {signal.SIGINT: ("E-INTERRUPTED", ExitCode.INTERRUPTED), signal.SIGTERM: ("E-TERMINATED", ExitCode.TERMINATED)}
