"""What changed between two runs: customers created, revived, merged, split, retired, fields and segments, with causes.

Reads `run`, `identity_log`, `profile_change`, `segment_member`, and for a dry run the temporary table `planned_log`; writes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from cem_cli.base.errors import CemError, did_you_mean
from cem_cli.engines.duck import Connection

_ACTS = ("created", "revived", "split", "merged", "retired")
_COLUMNS = "act, customer_id, other_id, cause, detail"


@dataclass(frozen=True)
class Change:
    """One thing that happened to a customer."""

    run_id: int | None
    """None in a dry run."""
    act: str
    customer_id: str
    other_id: str | None
    """Whom it merged into, or was split off."""
    cause: str
    """`file`, `decision`, `edge`, `retrain`, `settings` or `rekey`."""
    detail: dict[str, object]
    """Number of the import or decision, or the edge that joined."""


@dataclass(frozen=True)
class FieldChange:
    """One field of a profile that was filled, changed or emptied; its values are not kept."""

    run_id: int
    customer_id: str
    field: str
    act: str
    """`filled`, `changed` or `emptied`."""
    cause: str
    """As of `Change`; or `rule` (survivorship, trust, the clock) or `override` (set by hand)."""
    detail: dict[str, object]


@dataclass(frozen=True)
class SegmentChange:
    """Who entered and left one segment."""

    segment: str
    entered: int
    left: int


@dataclass(frozen=True)
class Diff:
    """All changes after `run1`, up to and including `run2`."""

    run1: int
    run2: int
    changes: tuple[Change, ...]
    fields: tuple[FieldChange, ...]
    segments: tuple[SegmentChange, ...]
    counts: dict[str, int]
    """For `--fail-on`: number per act, `moved` records, `fields` of profiles that changed (`filled`, `emptied` among them),
    `entered` and `left` segment members, `changes` of customers in all."""


def diff(con: Connection, run1: int, run2: int) -> Diff:
    """Return what changed between two runs. Raises CemError for a run that does not exist."""
    run1, run2 = sorted((_known(con, run1), _known(con, run2)))
    between = {"from": run1, "to": run2}
    rows = con.execute(f"""
        SELECT run_id, {_COLUMNS} FROM cem.identity_log WHERE run_id > $from AND run_id <= $to AND act IN {_ACTS}
        ORDER BY seq""", between).fetchall()
    moved = con.execute("""
        SELECT count(*) FROM cem.identity_log
        WHERE run_id > $from AND run_id <= $to AND act = 'joined' AND other_id IS NOT NULL""", between).fetchall()[0][0]
    segments = con.execute("""
        SELECT segment, count(*) FILTER (entered_run > $from AND entered_run <= $to),
               count(*) FILTER (left_run > $from AND left_run <= $to)
        FROM cem.segment_member GROUP BY segment ORDER BY segment""", between).fetchall()
    changed = tuple(SegmentChange(*row) for row in segments if row[1] or row[2])
    changes = tuple(_change(*row) for row in rows)
    values = fields_changed(con, run1, run2)
    return Diff(run1, run2, changes, values, changed, _counts(changes, int(moved), changed, values))


def fields_changed(con: Connection, run1: int, run2: int) -> tuple[FieldChange, ...]:
    """Return the profile fields that changed after `run1`, up to and including `run2`."""
    rows = con.execute("""
        SELECT run_id, customer_id, field, act, cause, detail FROM cem.profile_change WHERE run_id > ? AND run_id <= ?
        ORDER BY run_id, customer_id, field""", [run1, run2]).fetchall()
    return tuple(FieldChange(run, who, field, act, cause, json.loads(detail or "{}")) for run, who, field, act, cause, detail in rows)


def planned(con: Connection) -> tuple[Change, ...]:
    """Return what a dry run of `link_project` on this connection would have done."""
    if not con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'planned_log'").fetchall():
        return ()  # no record was new or changed: it ended before a plan
    rows = con.execute(f"SELECT NULL, {_COLUMNS} FROM planned_log WHERE act IN {_ACTS} ORDER BY number").fetchall()
    return tuple(_change(*row) for row in rows)


def _known(con: Connection, run_id: int) -> int:
    runs = [int(row[0]) for row in con.execute("SELECT run_id FROM cem.run ORDER BY run_id").fetchall()]
    if run_id not in runs and run_id != 0:
        raise CemError("E-RUN-UNKNOWN", f"there is no run {run_id}", why=did_you_mean(str(run_id), map(str, runs)), fix="cem runs")
    return run_id


def _change(
    run_id: int | None, act: str, customer_id: str, other_id: str | None, cause: str, detail: str | None
) -> Change:
    return Change(run_id, act, customer_id, other_id, cause, json.loads(detail or "{}"))


def _counts(
    changes: tuple[Change, ...], moved: int, segments: tuple[SegmentChange, ...], fields: tuple[FieldChange, ...]
) -> dict[str, int]:
    counts = {act: sum(change.act == act for change in changes) for act in _ACTS}
    return {
        **counts, "moved": moved, "changes": len(changes), **counts_of_fields(fields),
        "entered": sum(s.entered for s in segments), "left": sum(s.left for s in segments),
    }


def counts_of_fields(fields: tuple[FieldChange, ...]) -> dict[str, int]:
    """Return the numbers of profile fields that changed: all, `filled` and `emptied`."""
    return {"fields": len(fields), **{act: sum(field.act == act for field in fields) for act in ("filled", "emptied")}}
