"""Delimited text: DuckDB reads it strictly and as text; where it complains or counts differently, our splitter reads it again.

Never `store_rejects`, `ignore_errors` or `parallel=false`: each was seen to lose rows without a word.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.engines.duck import Connection, EngineFault, connect_memory
from cem_cli.sources.header import Header, match_header
from cem_cli.sources.intake import Intake
from cem_cli.sources.scan import Scan, scan_file
from cem_cli.sources.split import MAX_RECORD, Bad, Dialect, Good, split, suspicious_sql
from cem_cli.sources.staged import MAX_RAGGED, NO_ROWS, Sheet, Staged, bad_json_sql, parquet_sql, rows_json_sql

MAX_BUFFER = 1 << 30
"""Files with quoted line ends are read through one buffer of their own size, up to this; larger ones by our splitter."""


@dataclass(frozen=True)
class Opening:
    """The header of a file and where its data begins."""

    cells: list[str]
    offset: int
    line: int
    delimiter: str


def read_header(path: Path, source: SourceConfig, where: str) -> Opening:
    """Read the header of a private copy. Raises CemError (exit 5) for an empty or broken one."""
    reader = source.reader
    delimiter, line = reader.delimiter, 1
    with path.open("rb") as file:
        for _ in range(reader.skip):
            line += bool(file.readline())
        while reader.header == ():
            start, first = file.tell(), file.readline(MAX_RECORD)
            declared = re.fullmatch(rb"sep=(.)\s*", first)
            if not first:
                return Opening([], start, line, delimiter)
            if declared:
                delimiter = declared[1].decode("latin-1")
            if declared or not first.strip():
                line += 1
                continue
            file.seek(start)
            cells, lines = _header_cells(file.read(MAX_RECORD), delimiter, reader.quote, f"{where}:{line}")
            file.seek(start)
            for _ in range(lines):
                file.readline()
            if reader.header_rows == "2":
                options, more = _header_cells(file.readline(MAX_RECORD), delimiter, reader.quote, f"{where}:{line + lines}")
                cells, lines = _answer_names(cells, options), lines + more
            return Opening(cells, file.tell(), line + lines, delimiter)
        return Opening(list(reader.header), file.tell(), line, delimiter)


def _header_cells(head: bytes, delimiter: str, quote: str, where: str) -> tuple[list[str], int]:
    lines = head.decode("utf-8", "replace").splitlines(keepends=True)
    if not quote:
        return lines[0].rstrip("\r\n").split(delimiter), 1
    parser = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
    try:
        return next(parser), parser.line_num
    except csv.Error as err:
        raise CemError("E-CSV-HEADER", "the header line cannot be read: a quote never closes", where=where, code=ExitCode.INPUT,
                       fix="check reader.quote and reader.skip of the source") from err


def _answer_names(questions: list[str], options: list[str]) -> list[str]:
    """Return the names of a survey's columns: the option where a question has several, else the question."""
    single = ("", "response", "open-ended response")
    options += [""] * (len(questions) - len(options))
    return [question if option.lower() in single else option for question, option in zip(questions, options, strict=False)]


@dataclass(frozen=True)
class _Job:
    """One file on its way to staged rows."""

    intake: Intake
    header: Header
    dialect: Dialect
    opening: Opening
    scan: Scan
    spill: Path

    @property
    def sound(self) -> bool:
        """Whether the engine may be tried at all: nothing it is known to lose."""
        scan = self.scan
        return not (scan.open_quote or scan.nul or scan.blank or self.intake.bad_bytes) and scan.longest <= MAX_RECORD


def stage_csv(intake: Intake, source: SourceConfig, spill: Path) -> Staged:
    """Read a file into staged rows. Raises CemError (exit 5) for a wrong header, an empty file or a wrong delimiter."""
    where = intake.origin.name
    opening = read_header(intake.path, source, where)
    if not opening.cells:
        return _nothing(source, Header(()), where)
    header = match_header(opening.cells, source, where)
    scan = scan_file(intake.path, opening.offset, source.reader.quote)
    if not scan.records:
        return _nothing(source, header, where)
    dialect = Dialect(opening.delimiter, source.reader.quote, len(header.names), source.reader.allow_multiline)
    job = _Job(intake, header, dialect, opening, scan, spill)
    return (_by_engine(job) if job.sound else None) or _by_splitter(job)


def _nothing(source: SourceConfig, header: Header, where: str) -> Staged:
    if not source.allow_empty:
        what = "the file has a header and no rows" if header.names else "the file is empty"
        raise CemError("E-FILE-EMPTY", what, where=where, code=ExitCode.INPUT,
                       fix="ask for the export again, or set `allow_empty: true` in the source")
    return Staged(NO_ROWS, None, header, 0, 0, 0)


def _by_engine(job: _Job) -> Staged | None:
    """Stage by DuckDB; None where it fails, or counts other than the scan."""
    target = job.spill / f"{job.intake.path.stem}.rows.parquet"
    con = connect_memory(spill=job.spill)
    try:
        size = job.intake.path.stat().st_size + 1
        good = _copy_rows(con, job, target, buffer=None)
        if good is None and job.scan.quoted_newlines and size < MAX_BUFFER:
            good = _copy_rows(con, job, target, buffer=size)
        if good is None or good != job.scan.records or _suspicious(con, job, target):
            return None
    finally:
        con.close()
    return Staged(parquet_sql(target), None, job.header, good, 0, job.scan.records)


def _copy_rows(con: Connection, job: _Job, target: Path, *, buffer: int | None) -> int | None:
    rows = _rows_sql(job, buffer)
    try:
        copied = con.execute(f"COPY (SELECT {_line_sql(job)} AS line, cells FROM ({rows})) TO {literal(str(target))} (FORMAT parquet)")
        return int(copied.fetchall()[0][0])
    except EngineFault:
        return None


def _rows_sql(job: _Job, buffer: int | None) -> str:
    names = [f"c{n}" for n in range(1, job.dialect.columns + 1)]
    columns = "{" + ", ".join(f"{name}: 'VARCHAR'" for name in names) + "}"
    cells = ", ".join(f"coalesce({name}, '')" for name in names)
    quote = literal(job.dialect.quote)
    size = f", buffer_size={max(buffer, 4 * MAX_RECORD)}" if buffer else ""
    return (
        f"SELECT row_number() OVER () AS n, [{cells}] AS cells FROM read_csv({literal(str(job.intake.path))}, auto_detect=false, "
        f"header=false, skip={job.opening.line - 1}, all_varchar=true, delim={literal(job.dialect.delimiter)}, quote={quote}, "
        f"escape={quote}, strict_mode=true, null_padding=false, columns={columns}, max_line_size={2 * MAX_RECORD}, "
        f"compression='none', hive_partitioning=false{size})"
    )


def _line_sql(job: _Job) -> str:
    """Return SQL for the physical line on which record `n` begins: cells of several lines push the later ones down."""
    line = f"{job.opening.line - 1} + n"
    if job.scan.quoted_newlines:
        ends = "list_sum(list_transform(cells, lambda c: length(c) - length(replace(c, chr(10), ''))))"
        line += f" + coalesce(sum({ends}) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)"
    return f"({line})::BIGINT"


def _suspicious(con: Connection, job: _Job, target: Path) -> bool:
    """Return whether a cell of several lines may be records swallowed by stray quotes; the splitter then decides."""
    if not job.scan.quoted_newlines or job.dialect.allow_multiline or job.dialect.columns < 3:
        return False
    found = con.execute(f"SELECT count(*) FROM {parquet_sql(target)} WHERE {suspicious_sql('cells', job.dialect)}").fetchall()
    return bool(found[0][0])


def _by_splitter(job: _Job) -> Staged:
    """Stage by our own splitter, which sets single records aside. Raises CemError (exit 5) where most are ragged."""
    ragged = lines = 0
    with job.intake.path.open("rb") as file, Sheet(job.spill, job.intake.path.stem, job.intake.encoding) as sheet:
        file.seek(job.opening.offset)
        for record in split(file, job.dialect, job.opening.line):
            lines += record.lines
            if isinstance(record, Bad):
                ragged += record.reason == "ragged"
                sheet.refuse(record)
            elif isinstance(record, Good):
                sheet.row(record.line, record.cells)
    total = sheet.good + sheet.bad
    if ragged > MAX_RAGGED * total:
        raise CemError("E-CSV-RAGGED", f"{ragged} of {total} records have another number of cells than the header ({job.dialect.columns})",
                       where=job.intake.origin.name, code=ExitCode.INPUT, why="the delimiter or the quote character is probably another",
                       fix="cem inspect FILE, then set reader.delimiter of the source")
    if lines != job.scan.lines:
        raise CemError("E-CONSERVATION", f"{lines} lines were read, but the file has {job.scan.lines}", where=job.intake.origin.name,
                       code=ExitCode.INTERNAL, fix="report it as a bug of cem, with the shape of the file")
    return Staged(rows_json_sql(sheet.rows_path), bad_json_sql(sheet.bad_path), job.header, sheet.good, sheet.bad, total)
