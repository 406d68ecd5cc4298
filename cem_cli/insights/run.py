"""Runs measures in order and reads them back.

Reads what the measures name; writes `measure_<name>`, `measure_state` (as_of, settings, inputs, rows, refusal of the last run)
and the measures' rows of `field`. A refused measure leaves an empty table, so that a segment on it selects nobody. A measure
is kept as it is where clock, settings, statements and the contents of all tables it reads are those of its last run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cem_cli.base.clock import stopwatch
from cem_cli.base.errors import CemError, ExitCode, did_you_mean
from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.insights.bases import Bases, build_bases
from cem_cli.insights.measure import Measure, Refusal, naive_utc
from cem_cli.insights.registry import MEASURES
from cem_cli.insights.watermark import SOURCES, Watermarks

_SHARED = "base"
"""Under which name `measure_state` remembers the shared tables."""

Settings = Mapping[str, Mapping[str, object]]
"""Measure name (or `base`) -> its parameters, as in measures.yaml."""


@dataclass(frozen=True)
class MeasureResult:
    """What became of one measure."""

    name: str
    rows: int
    seconds: float
    refusal: Refusal | None
    kept: bool = False
    """Nothing it reads had changed since its last run."""


@dataclass(frozen=True)
class MeasureTable:
    """A measure read back: columns and rows, sorted by its key."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    refusal: str | None
    """Why the last run refused, or None."""


def find_measure(name: str) -> Measure[Any]:
    """Return the measure called `name`. Raises CemError with the nearest names."""
    if name not in MEASURES:
        raise CemError(
            "E-MEASURE-UNKNOWN", f"no measure is called '{name}'", why=did_you_mean(name, MEASURES), fix="cem insight list"
        )
    return MEASURES[name]


def ordered(names: Iterable[str]) -> list[Measure[Any]]:
    """Return the measures named and those they need, each after what it needs, in the registry's order."""
    done: dict[str, Measure[Any]] = {}

    def add(name: str) -> None:
        if name not in done:
            measure = find_measure(name)
            for earlier in (*measure.needs, *measure.after):
                add(earlier)
            done[name] = measure

    wanted = set(names)
    for name in sorted(wanted - set(MEASURES)):
        find_measure(name)
    for name in MEASURES:
        if name in wanted:
            add(name)
    return list(done.values())


def run_measures(
    con: Connection, names: Iterable[str] | None, as_of: datetime, params: Settings | None = None, only: str | None = None
) -> list[MeasureResult]:
    """Compute measures as known at `as_of` (all, or `names` and what they need) and list their columns in `field`.

    `only` names a table with a `customer_id` column: measures that look at one customer at a time redo those alone,
    provided that they were last computed for the same `as_of`; the others are redone whole. Raises CemError for an unknown
    measure or parameter.
    """
    given = params or {}
    for name in given:
        if name != "base":
            find_measure(name)
    con.execute(
        "CREATE TABLE IF NOT EXISTS cem.measure_state (name VARCHAR, as_of TIMESTAMP, settings VARCHAR, rows BIGINT, "
        "refusal VARCHAR, fix VARCHAR)"
    )
    con.execute("ALTER TABLE cem.measure_state ADD COLUMN IF NOT EXISTS inputs VARCHAR")
    watermarks = Watermarks(con)
    run = _Run(_bases(con, as_of, given, watermarks), given, only, watermarks, set())
    return [_run_one(con, measure, as_of, run) for measure in ordered(MEASURES if names is None else names)]


@dataclass(frozen=True)
class _Run:
    bases: Bases
    given: Settings
    only: str | None
    watermarks: Watermarks
    moved: set[str]
    """Measures computed anew in this run."""


def _bases(con: Connection, as_of: datetime, given: Settings, watermarks: Watermarks) -> Bases:
    """Return the shared tables, built anew unless the last run left them as they would become."""
    inputs = watermarks.of(_SHARED, str(naive_utc(as_of)), repr(sorted(given.get("base", {}).items())))
    last = con.execute("SELECT inputs FROM cem.measure_state WHERE name = ?", [_SHARED]).fetchall()
    bases = build_bases(con, as_of, given.get("base"), standing=last == [(inputs,)])
    con.execute("DELETE FROM cem.measure_state WHERE name = ?", [_SHARED])
    con.execute("INSERT INTO cem.measure_state (name, as_of, inputs) VALUES (?, ?, ?)", [_SHARED, naive_utc(as_of), inputs])
    return bases


def _run_one(con: Connection, measure: Measure[Any], as_of: datetime, run: _Run) -> MeasureResult:
    """Compute a measure, or keep it where nothing it reads has changed."""
    started = stopwatch()
    params = measure.settings(run.given.get(measure.name, {}))
    settings = params.model_dump_json()
    inputs = _inputs(measure, params, as_of, run)
    state = _last(con, measure, as_of, settings)
    if state and state.inputs == inputs and run.moved.isdisjoint({*measure.needs, *measure.after}):
        return MeasureResult(measure.name, state.rows, stopwatch() - started, state.refusal, kept=True)
    run.moved.add(measure.name)
    refusal = (run.bases.refusal if measure.money else None) or _earlier_refusal(con, measure)
    refusal = refusal or measure.gates(con, params, as_of)
    if measure.prepare and not refusal:
        refusal = measure.prepare(con, params, as_of)
    if refusal:
        run_steps(con, measure.steps(params, as_of)[:1])
    else:
        some = run.only and measure.local and state and not state.refusal
        run_steps(con, measure.steps(params, as_of, run.only if some else None))
    rows = _count(con, measure)
    con.execute("DELETE FROM cem.measure_state WHERE name = ?", [measure.name])
    con.execute(
        "INSERT INTO cem.measure_state (name, as_of, settings, rows, refusal, fix, inputs) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [measure.name, naive_utc(as_of), settings, rows, refusal and refusal.reason, refusal and refusal.fix, inputs],
    )
    _register_fields(con, measure)
    return MeasureResult(measure.name, rows, stopwatch() - started, refusal)


def _earlier_refusal(con: Connection, measure: Measure[Any]) -> Refusal | None:
    for name in measure.needs:
        row = con.execute("SELECT refusal, fix FROM cem.measure_state WHERE name = ?", [name]).fetchone()
        if row and row[0]:
            return Refusal(f"{name}: {row[0]}", row[1] or "")
    return None


@dataclass(frozen=True)
class _State:
    """What a measure's last run left."""

    rows: int
    refusal: Refusal | None
    inputs: str | None


def _last(con: Connection, measure: Measure[Any], as_of: datetime, settings: str) -> _State | None:
    """Return the state of the measure's last run, if that had the same clock and settings."""
    row = con.execute(
        "SELECT rows, refusal, fix, inputs FROM cem.measure_state WHERE name = ? AND as_of = ? AND settings = ?",
        [measure.name, naive_utc(as_of), settings],
    ).fetchone()
    return _State(row[0], Refusal(row[1], row[2] or "") if row[1] else None, row[3]) if row else None


def _inputs(measure: Measure[Any], params: Any, as_of: datetime, run: _Run) -> str:
    """Return the watermark of everything that the measure's rows follow from, other measures apart."""
    refused = run.bases.refusal.reason if run.bases.refusal else ""
    return run.watermarks.of(
        measure.doc, measure.select_sql(params, as_of), run.bases.settings, str(run.bases.currency), refused,
        tables=(*SOURCES, *measure.reads),
    )


def _count(con: Connection, measure: Measure[Any]) -> int:
    row = con.execute(f"SELECT count(*) FROM {measure.table}").fetchone()
    return int(row[0]) if row else 0


def _register_fields(con: Connection, measure: Measure[Any]) -> None:
    """List a per-customer measure's columns as `<measure>_<column>`; other tables are for reading, not for segments."""
    con.execute("DELETE FROM cem.field WHERE table_name = ?", [f"measure_{measure.name}"])
    if measure.key != ("customer_id",):
        return
    rows = [
        [f"{measure.name}_{c.name}", f"measure_{measure.name}", c.name, c.type, c.meaning, list(c.purposes)]
        for c in measure.columns
        if c.name != "customer_id"
    ]
    con.executemany("INSERT INTO cem.field VALUES (?, ?, ?, ?, ?, ?)", rows)


def read_measure(con: Connection, name: str, customer: str | None = None) -> MeasureTable:
    """Return a measure's rows, sorted by its key; of one customer where it has customers.

    Raises CemError (exit 2) for an unknown measure, one that was never run, or one without customers when one is asked.
    """
    measure = find_measure(name)
    columns = tuple(c.name for c in measure.columns)
    if customer and "customer_id" not in columns:
        raise CemError("E-MEASURE-CUSTOMER", f"'{name}' is not about single customers", fix=f"cem insight {name}")
    state = _state(con, name)
    where = " WHERE customer_id = ?" if customer else ""
    listed = ", ".join(map(quote, columns))
    order = ", ".join(f"{quote(k)} NULLS LAST" for k in measure.key)
    rows = con.execute(
        f"SELECT {listed} FROM {measure.table}{where} ORDER BY {order}", [customer] if customer else None
    ).fetchall()
    return MeasureTable(columns, rows, state)


def measure_states(con: Connection) -> dict[str, str]:
    """Return, per measure ever computed, what came of it: rows and clock, or why it refused."""
    if not _has_states(con):
        return {}
    rows = con.execute(
        "SELECT name, rows, strftime(as_of, '%Y-%m-%d'), refusal FROM cem.measure_state WHERE name <> ? ORDER BY name", [_SHARED]
    ).fetchall()
    return {name: f"refused: {refusal}" if refusal else f"{count} rows as of {day}" for name, count, day, refusal in rows}


def _has_states(con: Connection) -> bool:
    known = "SELECT 1 FROM information_schema.tables WHERE table_schema = 'cem' AND table_name = 'measure_state'"
    return con.execute(known).fetchone() is not None


def _state(con: Connection, name: str) -> str | None:
    row = con.execute("SELECT refusal FROM cem.measure_state WHERE name = ?", [name]).fetchone() if _has_states(con) else None
    if not row:
        raise CemError(
            "E-MEASURE-NOT-RUN", f"'{name}' has not been computed yet", fix=f"cem insight run {name}", code=ExitCode.USAGE
        )
    return None if row[0] is None else str(row[0])
