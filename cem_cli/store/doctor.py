"""Is this workspace sound? One finding per line: ok, warn or fail, with the command that mends it.

Reads `run`, `import_file`, `record`, `identity`, `profile`, and the files around the database. Writes nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cem_cli.base.errors import CemError
from cem_cli.store.workspace import Workspace, key_path, read_key, spill_folder


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    check: str
    state: str
    """ok, warn, fail."""
    detail: str
    fix: str = ""


CHECKS: dict[str, tuple[str, str, str]] = {
    "row conservation": (
        """SELECT count(*) FROM cem.import_file WHERE rows_read <> loaded + unchanged + superseded + suppressed + quarantined""",
        "imports whose rows do not add up", "cem runs, then import the named file again"),
    "unfinished runs": ("SELECT count(*) FROM cem.run WHERE status = 'running'", "runs that were killed (nothing of them was kept)", ""),
    "one customer per record": (
        """SELECT count(*) FROM cem.record LEFT JOIN cem.identity USING (record_id) WHERE NOT deleted AND customer_id IS NULL
           AND EXISTS (FROM cem.identity)""", "records without a customer", "cem link"),
    "one record, one identity": (
        "SELECT count(*) - count(DISTINCT record_id) FROM cem.identity", "records with several customers", "cem link --full"),
    "profiles of customers": (
        "SELECT count(*) FROM (SELECT DISTINCT customer_id FROM cem.identity ANTI JOIN cem.profile USING (customer_id)) "
        "WHERE EXISTS (FROM cem.profile)", "customers without a profile", "cem unify"),
}
"""Check -> (SELECT that counts faults, what they are, the command that mends them)."""


def examine_files(database: Path) -> Iterator[Finding]:
    """Look at the files of a workspace without opening the database."""
    try:
        read_key(database)
        yield Finding("key file", "ok", str(key_path(database)))
    except CemError as err:
        yield Finding("key file", "fail", err.what, err.fix)
    mode = database.stat().st_mode & 0o077
    yield Finding("permissions", "warn" if mode else "ok", "other users can read the workspace" if mode else "private",
                  f"chmod 600 {database}" if mode else "")
    wal = database.with_name(database.name + ".wal")
    yield Finding("write-ahead log", "warn" if wal.exists() else "ok",
                  "left by a killed process; the next command replays it" if wal.exists() else "none left behind")
    spill = spill_folder(database)
    yield Finding("spill folder", "warn" if spill.exists() else "ok",
                  "left by a killed process; the next writing command sweeps it" if spill.exists() else "none left behind")
    free = shutil.disk_usage(database.parent).free
    needed = 3 * database.stat().st_size
    yield Finding("free space", "ok" if free > needed else "warn", f"{free // 2**20} MB free, {needed // 2**20} MB advised")


def examine_tables(workspace: Workspace) -> Iterator[Finding]:
    """Look at the invariants that every command keeps."""
    for name, (select, fault, fix) in CHECKS.items():
        found = int(workspace.con.execute(select).fetchall()[0][0])
        state = "ok" if not found else "warn" if not fix else "fail"
        yield Finding(name, state, f"{found} {fault}" if found else "holds", fix if found else "")
