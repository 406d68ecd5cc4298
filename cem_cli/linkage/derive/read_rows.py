"""A few records read row by row: one statement cleans all their columns, and nothing is cleaned twice.

`read` cleans distinct values column by column, which pays for many records; for a few thousand, planning its statements
takes longer than the work. Reads the tables it is asked for; writes the temporary table `link_row` and drops it. The records are
the same as those of `read`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cem_cli.base.sql import quote
from cem_cli.engines.arrow import Column, fetch_columns
from cem_cli.engines.duck import Connection, in_any_order
from cem_cli.linkage.contract import LinkInput
from cem_cli.linkage.derive.cells import FeatureSpec, cells_of, cleaned_as_needed_sql
from cem_cli.linkage.derive.read import by_dictionary, digits_of, factorise, feature_of, hash_sql, source_codes, sources, words
from cem_cli.linkage.records import Hashes, Longs, Records, Values, stable_hash
from cem_cli.linkage.several import unite
from cem_cli.linkage.strings import Bytes

Bools = npt.NDArray[np.bool_]
Data = npt.NDArray[Any]
"""Texts as (rows, width) zero-padded bytes, or whole numbers."""


@dataclass(frozen=True)
class _Cells:
    """One feature of some records."""

    data: Data
    """Anything where there is none."""
    present: Bools


@dataclass(frozen=True)
class _Rows:
    """Cleaned features of some records, in any order."""

    record_id: Longs
    source: Hashes
    sources: Mapping[str, int]
    """Hash of every source."""
    cells: Mapping[str, _Cells]

    def and_those(self, other: _Rows) -> _Rows:
        """Return these rows and the others; what only one of them holds, the others lack."""
        cells: dict[str, _Cells] = {}
        for name in {**self.cells, **other.cells}:
            mine = self.cells.get(name) or _nothing(other.cells[name], len(self.record_id))
            theirs = other.cells.get(name) or _nothing(mine, len(other.record_id))
            cells[name] = _Cells(_stacked([mine.data, theirs.data]), np.append(mine.present, theirs.present))
        return _Rows(
            np.append(self.record_id, other.record_id), np.append(self.source, other.source), {**self.sources, **other.sources}, cells
        )


def _absent(rows: int, *, text: bool) -> _Cells:
    return _Cells(np.zeros((rows, 1), np.uint8) if text else np.zeros(rows, np.int64), np.zeros(rows, bool))


def _nothing(like: _Cells, rows: int) -> _Cells:
    return _Cells(np.zeros((rows, *like.data.shape[1:]), like.data.dtype), np.zeros(rows, bool))


class RowReader:
    """Reads tables of records, each record once: `read` returns all records of a table that it does not know yet, and the known."""

    def __init__(self) -> None:
        self._known: _Rows | None = None
        self._specs: dict[str, FeatureSpec] = {}

    def read(self, con: Connection, table: str, columns: Sequence[str], specs: Sequence[FeatureSpec], _threads: int) -> Records:
        """Return the records read so far, those of `table` among them; takes what `read.read` takes."""
        rows = _fetch(con, table, columns, specs)
        self._known = self._known.and_those(rows) if self._known else rows
        self._specs |= {s.name: s for s in specs if s.name}
        return _records(self._known, list(self._specs.values()))


def filled(con: Connection, given: LinkInput) -> LinkInput:
    """Return `given` without the columns that hold nothing in its table: nobody plans how to clean them."""
    held = con.execute(f"SELECT {', '.join(f'count({quote(column)})' for column in given.kinds)} FROM {given.table}").fetchall()[0]
    return replace(given, kinds={column: kind for (column, kind), count in zip(given.kinds.items(), held, strict=True) if count})


def _fetch(con: Connection, table: str, columns: Sequence[str], specs: Sequence[FeatureSpec]) -> _Rows:
    made = [s for s in specs if s.name and not s.empty]
    chosen = "".join(f", {s.sql} AS {quote(s.name)}" for s in made)
    cleaned = cleaned_as_needed_sql("few", cells_of(con, table, columns), specs)
    with in_any_order(con):
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE link_row AS WITH few AS MATERIALIZED (FROM {table})
            SELECT record_id::BIGINT AS record_id, {hash_sql(['source'])} AS source{chosen} FROM ({cleaned})""").fetchall()
    found = fetch_columns(con, "FROM link_row")  # which plans what it reads twice
    con.execute("DROP TABLE link_row").fetchall()
    names, hashes = sources(con, table)
    cells = {s.name: _Cells(_text(found[s.name], s.width) if s.text else found[s.name].values, found[s.name].present) for s in made}
    return _Rows(found["record_id"].values, found["source"].values, dict(zip(names, hashes.tolist(), strict=True)), cells)


def _text(column: Column, width: int) -> Bytes:
    """Return texts as zero-padded bytes, at most `width` of each."""
    wide = min(width, int(column.length.max(initial=1)))
    return np.ascontiguousarray(words(column, -(-wide // 8)).T).view(np.uint8)[:, :wide]


def _stacked(parts: Sequence[Data]) -> Data:
    """Return arrays one after the other, matrices as wide as the widest."""
    if parts[0].ndim == 1:
        return np.concatenate(parts)
    wide = max(part.shape[1] for part in parts)
    return np.concatenate([np.pad(part, ((0, 0), (0, wide - part.shape[1]))) for part in parts])


def _records(rows: _Rows, made: Sequence[FeatureSpec]) -> Records:
    order = np.argsort(rows.record_id, kind="stable")
    names = tuple(sorted(rows.sources))
    source = source_codes(np.array([rows.sources[name] for name in names], np.uint64), rows.source)
    features, values, numbers = {}, {}, {}
    texts = {s.home for s in made if s.text}
    for dictionary, members in by_dictionary(made).items():
        held = [rows.cells.get(name) or _absent(len(order), text=dictionary in texts) for name in members]
        data, present = _stacked([one.data for one in held]), np.concatenate([one.present for one in held])
        keys = stable_hash(data) if dictionary in texts else data
        codes, first = factorise(keys.astype(np.uint64), present)
        if dictionary in texts:
            values[dictionary] = Values(data[first], keys[first])
        else:
            numbers[dictionary] = data[first]
            values[dictionary] = digits_of(data[first])
        for name, own in zip(members, np.split(codes, len(members)), strict=True):
            features[name] = feature_of(name, own[order], len(first), dictionary)
    ready = {s.name: features[s.name] for s in made}
    return unite(Records(rows.record_id[order], source[order], names, ready, values, numbers, np.empty(0, np.int64)), made)
