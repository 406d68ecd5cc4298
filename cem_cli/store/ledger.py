"""The ledger read back: what ran, what came in, what the workspace holds now.

Reads `run`, `import_file`, `profile`, `event`, `record`, `review`, `segment_member`, `quarantine`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cem_cli.base.errors import CemError
from cem_cli.engines.duck import Connection

Row = Sequence[object]

COUNTS: dict[str, str] = {
    "files": "SELECT count(*) FROM cem.import_file",
    "records": "SELECT count(*) FROM cem.record WHERE NOT deleted",
    "events": "SELECT count(*) FROM cem.event",
    "unattributed_events": "SELECT count(*) FROM cem.event ANTI JOIN cem.event_customer USING (event_id)",
    "quarantined": "SELECT count(*) FROM cem.quarantine",
    "profiles": "SELECT count(*) FROM cem.profile",
    "customers": "SELECT count(*) FROM cem.profile WHERE kind = 'customer'",
    "prospects": "SELECT count(*) FROM cem.profile WHERE kind = 'prospect'",
    "anonymous": "SELECT count(*) FROM cem.profile WHERE kind = 'anonymous'",
    "open_reviews": "SELECT count(*) FROM cem.review WHERE state = 'open'",
    "segment_members": "SELECT count(*) FROM cem.segment_member WHERE left_run IS NULL",
    "largest_cluster": "SELECT coalesce(max(records), 0) FROM cem.profile",
}
"""Name -> SELECT of one number; also what assertions of `cem test` and `--fail-on` may name."""


@dataclass(frozen=True)
class Status:
    """What the workspace holds."""

    counts: dict[str, int]
    sources: list[Row]
    """(source, files, rows read, records, events, newest data) per source."""
    last_run: Row | None
    """(run, command, as_of, finished_at, status)."""


def read_counts(con: Connection) -> dict[str, int]:
    """Return every number of `COUNTS`."""
    return {name: int(value) for name, value in read_numbers(con, COUNTS).items()}


def read_numbers(con: Connection, selects: Mapping[str, str]) -> dict[str, float]:
    """Return the numbers of named SELECTs from one statement."""
    row = con.execute("SELECT " + ", ".join(f"({select})" for select in selects.values())).fetchall()[0]
    return dict(zip(selects, row, strict=True))


def read_status(con: Connection) -> Status:
    """Return what the workspace holds, per source and in all."""
    sources = con.execute("""
        WITH f AS (SELECT source, count(*) files, sum(rows_read)::BIGINT rows_read FROM cem.import_file GROUP BY source),
             r AS (SELECT source, count(*) records, max(effective_at) newest FROM cem.record WHERE NOT deleted GROUP BY source),
             e AS (SELECT source, count(*) events, max("at") newest FROM cem.event GROUP BY source)
        SELECT source, files, rows_read, coalesce(records, 0), coalesce(events, 0), greatest(r.newest, e.newest)::DATE
        FROM f LEFT JOIN r USING (source) LEFT JOIN e USING (source) ORDER BY source""").fetchall()
    return Status(read_counts(con), list(sources), next(iter(read_runs(con, 1)), None))


def read_runs(con: Connection, most: int) -> list[Row]:
    """Return (run, command, as_of, finished_at, status) of the newest `most` runs, newest first."""
    return list(con.execute(
        "SELECT run_id, command, as_of, finished_at, status FROM cem.run ORDER BY run_id DESC LIMIT ?", [most]
    ).fetchall())


def read_run(con: Connection, run_id: int) -> dict[str, object]:
    """Return one run with its counts and files. Raises CemError (exit 2) for an unknown number."""
    rows = con.execute(
        f"SELECT {', '.join(_RUN)} FROM cem.run WHERE run_id = ?", [run_id]
    ).fetchall()
    if not rows:
        newest = con.execute("SELECT max(run_id) FROM cem.run").fetchall()[0][0]
        raise CemError("E-RUN-UNKNOWN", f"no run has the number {run_id} (the newest is {newest})", fix="cem runs")
    run = dict(zip(_RUN, rows[0], strict=True))
    run["counts"] = json.loads(str(run["counts"]))
    run["files"] = [
        dict(zip(_FILE, row, strict=True))
        for row in con.execute(f"SELECT {', '.join(_FILE)} FROM cem.import_file WHERE run_id = ? ORDER BY import_id", [run_id]).fetchall()
    ]
    return run


def read_count_changes(con: Connection, run1: int, run2: int) -> list[Row]:
    """Return (name, before, after) of the workspace's counts that differ between two runs; null where a run kept none."""
    return list(con.execute("""
        SELECT name, a.value, b.value FROM (SELECT name, value FROM cem.run_customer WHERE run_id = $1) a
        FULL JOIN (SELECT name, value FROM cem.run_customer WHERE run_id = $2) b USING (name)
        WHERE a.value IS DISTINCT FROM b.value ORDER BY name""", [run1, run2]).fetchall())


_RUN = ("run_id", "command", "as_of", "started_at", "finished_at", "status", "config_hash", "engine", "counts")
_FILE = (
    "import_id", "source", "file_name", "sha256", "bytes", "rows_read", "loaded", "unchanged", "superseded", "suppressed", "quarantined",
)
