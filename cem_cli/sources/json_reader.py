"""JSON: one document per line, or one document that holds an array of records; every record stays the text it was.

Ids of 30 digits, `1.10` and unknown keys survive because nothing is parsed on the way in; a mapping names paths. Records
that are no sound JSON object go to quarantine alone: never `ignore_errors`, which makes rows of NULL of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.engines.duck import Connection, EngineFault, connect_memory
from cem_cli.sources.header import Header, match_header
from cem_cli.sources.intake import Intake
from cem_cli.sources.scan import Scan, scan_file
from cem_cli.sources.split import MAX_RECORD, Bad, Blank, Good
from cem_cli.sources.split import Dialect as _Dialect
from cem_cli.sources.split import split as split_lines
from cem_cli.sources.staged import NO_ROWS, Sheet, Staged, bad_json_sql, parquet_sql, rows_json_sql

MAX_DEPTH, MAX_KEYS, MAX_DIGITS = 64, 2000, 64
MAX_DOCUMENT = 1 << 30
"""Bytes of a document that wraps its records; larger deliveries must be one record per line."""
UNPRINTED = "\x01"
"""A delimiter that no JSON text can hold unescaped: the engine then reads whole lines."""


class _FaultError(ValueError):
    """The text is JSON, but not to be taken in; the argument is the reason."""


def stage_json(intake: Intake, source: SourceConfig, spill: Path) -> Staged:
    """Read a JSON or NDJSON file into staged rows of one cell each. Raises CemError (exit 5)."""
    scan = scan_file(intake.path)
    if not scan.records:
        return _nothing(source, intake)
    staged = _document(intake, source, spill) if source.reader.format == "json" else _lines(intake, source, scan, spill)
    if not staged.good and not staged.bad:
        return _nothing(source, intake)
    return staged


def fault_of(text: str) -> str | None:
    """Return why a text cannot be a record, or None: no JSON object, too deep, too many keys, a key twice, a huge number."""
    if _depth(text) > MAX_DEPTH:
        return "json_too_deep"
    try:
        document = json.loads(text, object_pairs_hook=_pairs, parse_int=_number, parse_float=_number, parse_constant=str)
    except _FaultError as fault:
        return str(fault)
    except ValueError:
        return "json_broken"
    return None if isinstance(document, dict) else "json_no_object"


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > MAX_KEYS:
        raise _FaultError("json_too_many_keys")
    document = dict(pairs)
    if len(document) < len(pairs):
        raise _FaultError("json_key_twice")
    return document


def _number(text: str) -> str:
    if len(text) > MAX_DIGITS:
        raise _FaultError("json_number_too_long")
    return text


def _depth(text: str) -> int:
    """Return how deep brackets nest outside strings; stops counting beyond the cap."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0
    depth = deepest = 0
    quoted = escaped = False
    for sign in text:
        if quoted:
            quoted, escaped = (sign != '"' or escaped), (sign == "\\" and not escaped)
        elif sign == '"':
            quoted = True
        elif sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif sign in "]}":
            depth -= 1
    return deepest


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
    dialect = _Dialect(UNPRINTED, "", 1)
    with intake.path.open("rb") as file, Sheet(spill, intake.path.stem, intake.encoding) as sheet:
        for record in split_lines(file, dialect, 1):
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


def _document(intake: Intake, source: SourceConfig, spill: Path) -> Staged:
    if intake.path.stat().st_size > MAX_DOCUMENT:
        raise CemError("E-JSON-SIZE", "the document is larger than 1 GiB", where=intake.origin.name, code=ExitCode.INPUT,
                       fix="export one record per line (NDJSON), or in parts")
    text = intake.path.read_text(encoding="utf-8")
    with Sheet(spill, intake.path.stem, intake.encoding) as sheet:
        spans = _elements(text, source.reader.records_path, intake.origin.name)
        for number, (start, end) in enumerate(spans, start=1):  # records share lines here: their number stands for the line
            element = text[start:end]
            reason = "too_long" if end - start > MAX_RECORD else fault_of(element)
            if reason:
                sheet.refuse(Bad(number, 1, len(text[:start].encode()), len(text[:end].encode()), reason, element[:4096].encode()))
            else:
                sheet.row(number, [element])
    rows = rows_json_sql(sheet.rows_path)
    con = connect_memory(spill=spill)
    try:
        header = match_header(_keys(con, rows), source, intake.origin.name) if sheet.good else Header(())
    finally:
        con.close()
    return Staged(rows, bad_json_sql(sheet.bad_path), header, sheet.good, sheet.bad, sheet.good + sheet.bad)


def _elements(text: str, records_path: str | None, where: str) -> Iterator[tuple[int, int]]:
    """Yield the span of every record's text: elements of the array at `records_path`, or the one object there."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)
    try:
        start = _skip_space(text, 0)
        for key in (records_path or "").split(".") if records_path else ():
            start = _value_of(decoder, text, start, key, where)
        if text[start : start + 1] != "[":
            yield start, decoder.raw_decode(text, start)[1]
            return
        start = _skip_space(text, start + 1)
        while text[start : start + 1] != "]":
            end = decoder.raw_decode(text, start)[1]
            yield start, end
            start = _skip_space(text, end)
            if text[start : start + 1] == ",":
                start = _skip_space(text, start + 1)
            elif text[start : start + 1] != "]":
                start = len(text)  # neither a comma nor the end: nothing can be decoded from here, which is the error
    except (ValueError, RecursionError) as err:
        raise CemError("E-JSON-BROKEN", "the JSON document is broken or was cut", where=where, code=ExitCode.INPUT,
                       why="a wrapped array is whole or not at all", fix="ask for the file again") from err


def _value_of(decoder: json.JSONDecoder, text: str, start: int, key: str, where: str) -> int:
    """Return where the value of `key` begins in the object at `start`."""
    if text[start : start + 1] != "{":
        raise _no_records(where, key)
    at = _skip_space(text, start + 1)
    while text[at : at + 1] == '"':
        name, at = decoder.raw_decode(text, at)
        at = _skip_space(text, _skip_space(text, at) + 1)
        if name == key:
            return at
        at = _skip_space(text, decoder.raw_decode(text, at)[1])
        at = _skip_space(text, at + 1)
    raise _no_records(where, key)


def _no_records(where: str, key: str) -> CemError:
    return CemError("E-JSON-PATH", f"the document has no key '{key}' where the records should be", where=where, code=ExitCode.INPUT,
                    fix="correct reader.records_path of the source")


def _skip_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _keys(con: Connection, rows: str) -> list[str]:
    found = con.execute(f"SELECT DISTINCT unnest(json_keys(cells[1])) AS key FROM {rows} ORDER BY key").fetchall()
    return [key for (key,) in found]


def _nothing(source: SourceConfig, intake: Intake) -> Staged:
    if not source.allow_empty:
        raise CemError("E-FILE-EMPTY", "the file holds no record", where=intake.origin.name, code=ExitCode.INPUT,
                       fix="ask for the export again, or set `allow_empty: true` in the source")
    return Staged(NO_ROWS, None, Header(()), 0, 0, 0)
