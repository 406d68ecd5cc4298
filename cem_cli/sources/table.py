"""Any export file as a table of text columns, without a source: for `cem inspect` and `cem dedupe`.

What a source would declare is found out from the bytes: encoding, format, delimiter, where the records of a JSON document are.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import literal, quote
from cem_cli.config.source import Reader, SourceConfig
from cem_cli.engines.duck import Connection
from cem_cli.sources.csv_reader import stage_csv
from cem_cli.sources.intake import Intake, take_in
from cem_cli.sources.json_reader import stage_json
from cem_cli.sources.paths import extract_all_sql
from cem_cli.sources.staged import Staged

DELIMITERS = (",", ";", "\t", "|")
HEAD = 1 << 16
SAMPLE = 500
"""JSON records looked at for their keys."""


@dataclass(frozen=True)
class TableFile:
    """A file read into a table."""

    path: Path
    reader: Reader
    columns: tuple[str, ...]
    """Header names, or dotted paths of JSON keys."""
    header: tuple[str, ...]
    """Header names, or the top keys of the records."""
    rows: int
    quarantined: int
    warnings: tuple[str, ...]


def read_table(con: Connection, path: Path, spill: Path, table: str) -> TableFile:
    """Create `table` (all columns text) from a file. Raises CemError (exit 5) for what is no table of text."""
    reader, intake = _opened(path, spill)
    source = SourceConfig(name="file", reader=reader)
    staged = stage_csv(intake, source, spill) if reader.format == "csv" else stage_json(intake, source, spill)
    if reader.format == "csv":
        columns = list(staged.header.names)
        cells = [f"nullif(cells[{n}], '') AS {quote(name)}" for n, name in enumerate(columns, start=1)]
        rows = staged.rows_sql
    else:
        columns = _json_columns(con, staged)
        cells = [f"plain[{n}] AS {quote(name)}" for n, name in enumerate(columns, start=1)]
        rows = f"(SELECT line, {extract_all_sql('cells[1]', columns)} AS plain FROM {staged.rows_sql})"
    con.execute(f"CREATE OR REPLACE TABLE {quote(table)} AS SELECT {', '.join(cells)} FROM {rows} ORDER BY line").fetchall()
    warnings = (*staged.header.warnings, *staged.warnings)
    return TableFile(path, reader, tuple(columns), staged.header.names, staged.good, staged.bad, warnings)


def _opened(path: Path, spill: Path) -> tuple[Reader, Intake]:
    """Return how to read a file, and its private copy: UTF-8 or what its mark says, else Windows-1252."""
    try:
        intake = take_in(path, Reader(), spill)
    except CemError as err:
        if err.id != "E-FILE-ENCODING":
            raise
        intake = take_in(path, Reader(encoding="cp1252"), spill)
    with intake.path.open("rb") as file:
        head = file.read(HEAD).decode("utf-8", "replace")
    if not head.strip():
        raise CemError("E-FILE-EMPTY", "the file is empty", where=str(path), code=ExitCode.INPUT, fix="ask for the export again")
    found = _json_reader(head, intake) if head.lstrip()[0] in "[{" else {"delimiter": find_delimiter(head)}
    return Reader.model_validate({"encoding": intake.encoding, **found}), intake


def find_delimiter(head: str) -> str:
    """Return the delimiter that parts the first lines most often and most evenly (a declared `sep=;` wins)."""
    declared = re.match(r"sep=(.)\r?\n", head)
    if declared:
        return declared[1]
    lines = head.splitlines()[:-1] or head.splitlines()
    best = (0.0, ",")
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines[:50], delimiter=delimiter) if row]
        width = max(set(widths), key=widths.count) if widths else 1
        if width > 1:
            best = max(best, (widths.count(width) / len(widths) * min(width, 20) ** 0.5, delimiter))
    return best[1]


def _json_reader(head: str, intake: Intake) -> dict[str, str]:
    first = head.lstrip().splitlines()[0]
    if head.lstrip()[0] == "{":
        try:
            document = json.loads(first)
        except ValueError:
            document = None
        if isinstance(document, dict) and not _list_keys(document):
            return {"format": "ndjson"}
        if isinstance(document, dict) and len(head.strip().splitlines()) > 1:
            return {"format": "ndjson"}
    whole = json.loads(intake.path.read_text(encoding="utf-8")) if head.lstrip()[0] == "{" else []
    keys = _list_keys(whole) if isinstance(whole, dict) else []
    return {"format": "json", **({"records_path": keys[0]} if keys else {})}


def _list_keys(document: dict[str, object]) -> list[str]:
    """Return the keys that hold a list of objects and nothing beside them could be the record itself."""
    if len(document) > 4:
        return []
    return [key for key, value in document.items() if isinstance(value, list) and value and isinstance(value[0], dict)]


def _json_columns(con: Connection, staged: Staged) -> list[str]:
    """Return the dotted paths of the plain values in the first records, in order of appearance."""
    found: dict[str, None] = {}
    for (text,) in con.execute(f"SELECT cells[1] FROM {staged.rows_sql} ORDER BY line LIMIT {literal(SAMPLE)}").fetchall():
        found.update(dict.fromkeys(_paths(json.loads(text), "")))
    return list(found)


def _paths(document: dict[str, object], prefix: str) -> list[str]:
    paths: list[str] = []
    for key, value in document.items():
        if isinstance(value, dict):
            paths += _paths(value, f"{prefix}{key}.")
        elif not isinstance(value, list) or not any(isinstance(item, dict) for item in value):
            paths.append(prefix + key)
    return paths
