"""Rows of text with their line numbers, in files the engine reads without a surprise: what every reader hands on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from cem_cli.base.sql import literal
from cem_cli.sources.header import Header
from cem_cli.sources.split import Bad

MAX_RAGGED = 0.5
"""Share of ragged records above which the delimiter must be wrong."""

NO_ROWS = "(SELECT 0::BIGINT AS line, []::VARCHAR[] AS cells WHERE false)"


@dataclass(frozen=True)
class Staged:
    """A file's rows: (line BIGINT, cells VARCHAR[]) as SQL, and what had to be set aside."""

    rows_sql: str
    """FROM-able: one row per good record; cells are never NULL, in the header's order (JSON: one cell, the document)."""
    bad_sql: str | None
    """FROM-able: (line, byte_start, byte_end, reason, raw BLOB) of the records set aside."""
    header: Header
    good: int
    bad: int
    records: int
    """The independent count: `good + bad` must equal it."""
    warnings: tuple[str, ...] = ()


def parquet_sql(path: Path) -> str:
    """Return FROM-able SQL for staged rows in Parquet."""
    return f"read_parquet({literal(str(path))}, hive_partitioning=false)"


def rows_json_sql(path: Path) -> str:
    """Return FROM-able SQL for staged rows written by `Sheet`."""
    columns = "{line: 'BIGINT', cells: 'VARCHAR[]'}"
    return f"read_json({literal(str(path))}, format='newline_delimited', columns={columns}, maximum_object_size={16 << 20})"


def bad_json_sql(path: Path) -> str:
    """Return FROM-able SQL for the records a `Sheet` set aside."""
    columns = "{line: 'BIGINT', byte_start: 'BIGINT', byte_end: 'BIGINT', reason: 'VARCHAR', raw: 'VARCHAR'}"
    source = f"read_json({literal(str(path))}, format='newline_delimited', columns={columns}, maximum_object_size={16 << 20})"
    return f"(SELECT line, byte_start, byte_end, reason, unhex(raw) AS raw FROM {source})"


class Sheet:
    """Writes rows and refused records from Python into two files the engine reads back: one JSON document per line."""

    def __init__(self, folder: Path, stem: str, encoding: str) -> None:
        self.rows_path, self.bad_path = folder / f"{stem}.rows.json", folder / f"{stem}.bad.json"
        self._encoding = encoding
        self.good = self.bad = 0

    def __enter__(self) -> Self:
        self._rows = self.rows_path.open("w", encoding="utf-8", newline="\n")
        self._bad = self.bad_path.open("w", encoding="utf-8", newline="\n")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._rows.close()
        self._bad.close()

    def row(self, line: int, cells: list[str]) -> None:
        """Write a good record."""
        self._rows.write(json.dumps({"line": line, "cells": cells}, ensure_ascii=False) + "\n")
        self.good += 1

    def refuse(self, bad: Bad) -> None:
        """Write a record set aside, its bytes as they were delivered."""
        raw = bad.raw
        if self._encoding != "utf-8":
            raw = raw.decode("utf-8", "replace").encode(self._encoding, "replace")
        entry = {"line": bad.line, "byte_start": bad.start, "byte_end": bad.end, "reason": bad.reason, "raw": raw.hex()}
        self._bad.write(json.dumps(entry) + "\n")
        self.bad += 1
