"""JSON: one document per line, or one document that holds an array of records; every record stays the text it was.

Ids of 30 digits, `1.10` and unknown keys survive because nothing is parsed on the way in; a mapping names paths. Records
that are no sound JSON object go to quarantine alone: never `ignore_errors`, which makes rows of NULL of them.
"""

from __future__ import annotations

from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.engines.duck import Connection, EngineFault, connect_memory
from cem_cli.sources.header import Header, match_header
from cem_cli.sources.intake import Intake
from cem_cli.sources.json_document import split_document
from cem_cli.sources.json_fault import MAX_DEPTH, MAX_DIGITS, MAX_KEYS, fault_of
from cem_cli.sources.scan import Scan, scan_file
from cem_cli.sources.split import MAX_RECORD, Bad, Blank, Dialect, Good, split
from cem_cli.sources.staged import NO_ROWS, Sheet, Staged, bad_json_sql, parquet_sql, rows_json_sql

UNPRINTED = "\x01"
"""A delimiter that no JSON text can hold unescaped: the engine then reads whole lines."""


def stage_json(intake: Intake, source: SourceConfig, spill: Path) -> Staged:
    """Read a JSON or NDJSON file into staged rows of one cell each. Raises CemError (exit 5)."""
    scan = scan_file(intake.path)
    if not scan.records:
        return _nothing(source, intake)
    staged = _document(intake, source, spill) if source.reader.format == "json" else _lines(intake, source, scan, spill)
    if not staged.good and not staged.bad:
        return _nothing(source, intake)
    return staged


def _lines(intake: Intake, source: SourceConfig, scan: Scan, spill: Path) -> Staged:
    _refuse_array(intake)
    target = spill / f"{intake.path.stem}.rows.parquet"
    con = connect_memory(spill=spill)
    try:
        sound = scan.longest <= MAX_RECORD and not scan.nul and not intake.bad_bytes
        by_engine = sound and _copy_lines(con, intake, target) == scan.records and not _unsound(con, target)
        rows, sheet = (parquet_sql(target), None) if by_engine else _split(intake, spill)
        header = match_header(_keys(con, rows), source, intake.origin.name)
    finally:
        con.close()
    if sheet is None:
        return Staged(rows, None, header, scan.records, 0, scan.records)
    return Staged(rows, bad_json_sql(sheet.bad_path), header, sheet.good, sheet.bad, scan.records)


def _document(intake: Intake, source: SourceConfig, spill: Path) -> Staged:
    sheet = split_document(intake, source.reader.records_path, spill)
    rows = rows_json_sql(sheet.rows_path)
    con = connect_memory(spill=spill)
    try:
        header = match_header(_keys(con, rows), source, intake.origin.name) if sheet.good else Header(())
    finally:
        con.close()
    return Staged(rows, bad_json_sql(sheet.bad_path), header, sheet.good, sheet.bad, sheet.good + sheet.bad)


def _refuse_array(intake: Intake) -> None:
    with intake.path.open("rb") as file:
        first = file.readline(MAX_RECORD).strip()
    if first.startswith(b"[") or first in (b"{", b""):
        raise CemError("E-JSON-FORMAT", "this is one JSON document, not one per line", where=intake.origin.name, code=ExitCode.INPUT,
                       fix="set reader.format to json (and reader.records_path, if the records are inside)")


def _copy_lines(con: Connection, intake: Intake, target: Path) -> int | None:
    rows = (
        f"SELECT row_number() OVER () AS line, trim(doc) AS doc FROM read_csv({literal(str(intake.path))}, auto_detect=false, "
        f"header=false, all_varchar=true, delim={literal(UNPRINTED)}, quote='', escape='', strict_mode=true, columns={{doc: 'VARCHAR'}}, "
        f"max_line_size={2 * MAX_RECORD}, compression='none', hive_partitioning=false)"
    )
    try:
        copied = con.execute(
            f"COPY (SELECT line, [doc] AS cells FROM ({rows}) WHERE doc <> '') TO {literal(str(target))} (FORMAT parquet)"
        )
        return int(copied.fetchall()[0][0])
    except EngineFault:
        return None


def _unsound(con: Connection, target: Path) -> bool:
    """Return whether any record is faulty: doubtful ones are found by the engine and judged by `fault_of`."""
    doc = "cells[1]"
    keys = f"json_keys({doc})"
    comma = r",\s*[}\]]"
    brackets = f"length({doc}) - length(replace(replace({doc}, '{{', ''), '[', ''))"
    doubt = (
        f"{doc}[1] <> '{{' OR {brackets} > {MAX_DEPTH} OR len({keys}) <> len(list_distinct({keys})) OR len({keys}) > {MAX_KEYS} "
        f"OR regexp_matches({doc}, '[0-9]{{{MAX_DIGITS + 1}}}|{comma}')"
    )
    try:
        found = con.execute(f"SELECT {doc} FROM {parquet_sql(target)} WHERE CASE WHEN NOT json_valid({doc}) THEN true ELSE {doubt} END")
        while batch := found.fetchmany(1000):
            if any(fault_of(text) for (text,) in batch):
                return True
    except EngineFault:
        return True
    return False


def _split(intake: Intake, spill: Path) -> tuple[str, Sheet]:
    dialect = Dialect(UNPRINTED, "", 1)
    with intake.path.open("rb") as file, Sheet(spill, intake.path.stem, intake.encoding) as sheet:
        for record in split(file, dialect, 1):
            if isinstance(record, Blank):
                continue
            if isinstance(record, Bad):
                sheet.refuse(record)
            else:
                _judge(sheet, record, file.tell())
    return rows_json_sql(sheet.rows_path), sheet


def _judge(sheet: Sheet, record: Good, end: int) -> None:
    text = record.cells[0]
    reason = fault_of(text)
    if reason is None:
        sheet.row(record.line, [text.strip()])
    else:
        raw = text.encode()
        sheet.refuse(Bad(record.line, 1, max(0, end - len(raw) - 1), end, reason, raw))


def _keys(con: Connection, rows: str) -> list[str]:
    found = con.execute(f"SELECT DISTINCT unnest(json_keys(cells[1])) AS key FROM {rows} ORDER BY key").fetchall()
    return [key for (key,) in found]


def _nothing(source: SourceConfig, intake: Intake) -> Staged:
    if not source.allow_empty:
        raise CemError("E-FILE-EMPTY", "the file holds no record", where=intake.origin.name, code=ExitCode.INPUT,
                       fix="ask for the export again, or set `allow_empty: true` in the source")
    return Staged(NO_ROWS, None, Header(()), 0, 0, 0)
