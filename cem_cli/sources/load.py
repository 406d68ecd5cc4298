"""Importing a source: each file in one transaction, every row accounted for, or nothing.

Reads `import_file`, `raw`, `suppression`; writes `import_file`, `raw`, `quarantine`, `field_issue` and, through `apply`,
what the rows mean. Idempotency key of a file: its hash and the source's fingerprint. A corrected mapping derives
everything again from `raw`; a corrected reader reads the file again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import sha256
from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.engines.duck import Connection
from cem_cli.kinds import KINDS, Context
from cem_cli.sources.apply import apply_changes, derive_all, rederive
from cem_cli.sources.compare import VERDICTS, judge
from cem_cli.sources.context import ImportContext
from cem_cli.sources.csv_reader import stage_csv
from cem_cli.sources.drift import drift_warnings
from cem_cli.sources.intake import take_in
from cem_cli.sources.issues import count_issues
from cem_cli.sources.json_reader import stage_json
from cem_cli.sources.keep import Arrival, forget_reading, keep_raw, keep_refused, write_ledger
from cem_cli.sources.results import FileResult, ImportResult, QuarantineLimitError
from cem_cli.sources.stage import Rows, file_layout, stage
from cem_cli.sources.staged import Staged

Transaction = Callable[[], AbstractContextManager[Connection]]
AMBIGUOUS = 0.01
"""Share of a file's rows whose dates may be readable in two ways before the source must say which."""
FREE_QUARANTINE = 100
"""Rows that may always be quarantined, however small the file."""


def find_files(source: SourceConfig, data_folder: Path) -> list[Path]:
    """Return the files a source's patterns find, each once, in the patterns' order. Raises CemError (exit 5) for none."""
    found: dict[Path, None] = {}
    for pattern in source.files:
        plain = data_folder / pattern
        matches = [plain] if plain.is_file() else sorted(data_folder.glob(pattern))
        found.update(dict.fromkeys(path for path in matches if path.is_file()))
    if not found:
        raise CemError("E-FILE-NONE", f"no file for source '{source.name}': {', '.join(source.files) or 'it names none'}",
                       where=str(data_folder), code=ExitCode.INPUT, fix=f"cem import {source.name} FILE, or correct `files:` of the source")
    return list(found)


def import_source(transaction: Transaction, source: SourceConfig, files: Iterable[Path], context: ImportContext) -> ImportResult:
    """Take in the files of a source, each in a transaction of its own; first bring what is there under the present mapping.

    Raises CemError (exit 3, 4, 5); files before the failing one stay, the failing one leaves nothing but its quarantine.
    """
    with transaction() as con:
        rederived = rederive(con, source, context)
    results = []
    for path in files:
        try:
            with transaction() as con:
                results.append(import_file(con, source, path, context))
        except QuarantineLimitError as err:
            with transaction() as con:
                err.keep(con)
            raise
        finally:
            for copy in context.spill.glob("intake-*"):
                copy.unlink()
    return ImportResult(source.name, tuple(results), rederived)


def import_file(con: Connection, source: SourceConfig, path: Path, context: ImportContext) -> FileResult:
    """Take in one file inside the caller's transaction. Raises CemError; the caller rolls back."""
    known = _taken_in(con, source, path)
    if known is not None:
        return FileResult(path.name, None, known, {**dict.fromkeys(VERDICTS, 0), "unchanged": known})
    arrival = _arrive(con, source, path, context)
    read_before = forget_reading(con, source, arrival.intake.sha256)
    _stage_arrival(con, source, arrival, context)
    judge(con, source, context, "stage_rows")
    counts, reasons = _account(con, arrival)
    _refuse_flood(source, arrival, reasons, context)
    warnings = (*arrival.warnings(source), *drift_warnings(con, source, arrival.staged, path.name, allow_shrink=context.allow_shrink))
    keep_refused(con, source, arrival)
    keep_raw(con, source)
    write_ledger(con, source, context, arrival, (counts, warnings))
    if read_before:
        derive_all(con, source, context)
    else:
        apply_changes(con, source, context, arrival.import_id)
    issues = count_issues(con, source, context, arrival.import_id)
    _refuse_ambiguous(source, arrival, issues)
    return FileResult(path.name, arrival.import_id, arrival.staged.records, counts, reasons, issues, warnings)


def _taken_in(con: Connection, source: SourceConfig, path: Path) -> int | None:
    """Return the rows of an earlier import of the same bytes under the same mapping, or None."""
    if not path.is_file():
        raise CemError("E-FILE-MISSING", "the file does not exist", where=str(path), code=ExitCode.INPUT,
                       fix="check the path, and `files:` of the source")
    found = con.execute(
        "SELECT rows_read FROM cem.import_file WHERE source = ? AND sha256 = ? AND mapping = ? ORDER BY import_id DESC LIMIT 1",
        [source.name, sha256(path), source.fingerprint()],
    ).fetchall()
    return int(found[0][0]) if found else None


def _arrive(con: Connection, source: SourceConfig, path: Path, context: ImportContext) -> Arrival:
    """Read a file into staged rows and give it its number."""
    intake = take_in(path, source.reader, context.spill)
    read = stage_csv if source.reader.format == "csv" else stage_json
    staged = read(intake, source, context.spill)
    number = con.execute("""
        SELECT 1 + max(n)
        FROM (SELECT 0 AS n UNION ALL SELECT import_id FROM cem.import_file UNION ALL SELECT import_id FROM cem.quarantine)""").fetchall()
    return Arrival(int(number[0][0]), intake, staged, _file_instant(con, source, path, context))


def _file_instant(con: Connection, source: SourceConfig, path: Path, context: ImportContext) -> datetime | None:
    """Return when a file's rows became true: the flag, or the group `effective_at` of its name; None = unknown."""
    if context.effective_at:
        return context.effective_at.replace(tzinfo=None)
    text = dict(file_layout(source, (), path.name).file_parts).get("file.effective_at")
    if not text:
        return None
    found = con.execute(f"SELECT {KINDS['timestamp'].typed_sql('$text', Context())}", {"text": text}).fetchall()[0][0]
    return found if isinstance(found, datetime) else None


def _stage_arrival(con: Connection, source: SourceConfig, arrival: Arrival, context: ImportContext) -> None:
    fallback = literal((arrival.effective_at or context.as_of.replace(tzinfo=None)).isoformat(sep=" "))
    rows = (
        f"(SELECT {arrival.import_id}::BIGINT AS import_id, line, {_allowed_cells_sql(source, arrival.staged)} AS cells, "
        f"{fallback}::TIMESTAMP AS fallback_at, NULL::VARCHAR AS known_key FROM {arrival.staged.rows_sql})"
    )
    layout = file_layout(source, arrival.staged.header.names, arrival.intake.origin.name)
    stage(con, "stage_rows", source, context, [Rows(rows, layout)])


def _allowed_cells_sql(source: SourceConfig, staged: Staged) -> str:
    """Return the cells without the content of columns that must not be taken in."""
    barred = [str(position) for position, name in enumerate(staged.header.names, start=1) if name in source.never_load]
    if not barred or source.reader.format != "csv":
        return "cells"
    return f"list_transform(cells, lambda cell, place: CASE WHEN place IN ({', '.join(barred)}) THEN '' ELSE cell END)"


def _account(con: Connection, arrival: Arrival) -> tuple[dict[str, int], dict[str, int]]:
    """Return rows by verdict and quarantined rows by reason. Raises CemError where they do not add up to the file's."""
    counts, reasons = dict.fromkeys(VERDICTS, 0), {}
    for verdict, reason, rows in con.execute("SELECT verdict, reason, count(*) FROM verdict GROUP BY ALL ORDER BY ALL").fetchall():
        counts[verdict] += int(rows)
        if reason:
            reasons[reason] = int(rows)
    if arrival.staged.bad_sql:
        for reason, rows in con.execute(f"SELECT reason, count(*) FROM {arrival.staged.bad_sql} GROUP BY 1 ORDER BY 1").fetchall():
            reasons[reason] = int(rows)
            counts["quarantined"] += int(rows)
    if sum(counts.values()) != arrival.staged.records:
        raise CemError(
            "E-CONSERVATION", f"the file has {arrival.staged.records} rows, but {sum(counts.values())} are accounted for",
            where=arrival.intake.origin.name, code=ExitCode.INTERNAL, fix="report it as a bug of cem, with the shape of the file",
        )
    return counts, reasons


def _refuse_flood(source: SourceConfig, arrival: Arrival, reasons: dict[str, int], context: ImportContext) -> None:
    """Raise QuarantineLimitError where more rows are unusable than the project allows; test rows do not count."""
    bad = sum(rows for reason, rows in reasons.items() if reason != "test_row")
    limit = max(FREE_QUARANTINE, int(context.max_quarantine * arrival.staged.records))
    if bad > limit:
        raise QuarantineLimitError(arrival.intake.origin.name, (bad, limit), lambda con: keep_refused(con, source, arrival, readable=False))


def _refuse_ambiguous(source: SourceConfig, arrival: Arrival, issues: dict[str, int]) -> None:
    """Raise CemError (exit 2) where dates such as 03/04/1990 are many and no format says which part is the day."""
    for issue, values in issues.items():
        field, _, reason = issue.partition(": ")
        if reason == "ambiguous_date" and values > AMBIGUOUS * arrival.staged.records:
            raise CemError(
                "E-DATE-ORDER", f"{values} dates of '{field}' can be read day first or month first", where=arrival.intake.origin.name,
                why="nothing is guessed", fix=f"declare `format: \"%d/%m/%Y\"` (or \"%m/%d/%Y\") for {field} in the source '{source.name}'",
            )
