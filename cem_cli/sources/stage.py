"""The stage: one temporary table of a source's rows, with the columns its mapping reads under short names.

`stage_file` fills it from a file's staged rows, `stage_raw` from table `raw`; both give the same columns, so that what is
derived does not depend on where the rows came from:

    import_id, line, row_key, row_hash, effective_at, extra (JSON text), cells, c0, c1, ...
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cem_cli.base.ids import keyed_hash_sql
from cem_cli.base.sql import literal
from cem_cli.config.mapping import Key
from cem_cli.config.source import SourceConfig
from cem_cli.engines.duck import Connection
from cem_cli.sources.context import ImportContext
from cem_cli.sources.header import VIRTUAL, top_level
from cem_cli.sources.paths import extract_all_sql, extract_sql, is_plain
from cem_cli.sources.values import Compiler

KEY_SEPARATOR = "|"


@dataclass(frozen=True)
class Layout:
    """How the delivered cells of some files become columns: their header and what their names say."""

    names: tuple[str, ...]
    """The header under the mapping's names; for JSON the keys seen."""
    file_parts: tuple[tuple[str, str], ...]
    """`file.NAME` columns with their values."""


@dataclass(frozen=True)
class Rows:
    """Delivered rows on their way into the stage."""

    rows_sql: str
    """FROM-able: (import_id, line, cells, fallback_at, known_key): when a row without an instant of its own became true,
    and the key it was given when it came, where no column is its key."""
    layout: Layout


def stage_columns(source: SourceConfig) -> dict[str, str]:
    """Return the mapping's columns with their names in the stage."""
    used = [column for column in source.used_columns() if not column.startswith("each.")]
    return {column: f"c{position}" for position, column in enumerate(used)}


def compiler(source: SourceConfig, context: ImportContext) -> Compiler:
    """Return the compiler of a source's values over the stage's columns."""
    named = stage_columns(source)
    return Compiler(source, context, lambda column: named[column])


def file_layout(source: SourceConfig, header: tuple[str, ...], file_name: str) -> Layout:
    """Return how a file's cells become columns. `file.NAME` columns are named groups of `reader.file_name`."""
    found = re.search(source.reader.file_name, file_name) if source.reader.file_name else None
    parts = tuple(sorted((f"file.{name}", value or "") for name, value in found.groupdict().items())) if found else ()
    return Layout(header, parts)


def stage(con: Connection, table: str, source: SourceConfig, context: ImportContext, parts: list[Rows]) -> None:
    """Create temporary table `table` from `parts`, whose columns may be laid out differently."""
    for number, rows in enumerate(parts):
        act = f"INSERT INTO {table}" if number else f"CREATE OR REPLACE TEMP TABLE {table} AS"
        con.execute(f"{act} {_stage_sql(source, context, rows)}").fetchall()


def _stage_sql(source: SourceConfig, context: ImportContext, rows: Rows) -> str:
    named = stage_columns(source)
    columns = "".join(f", {_filled_sql(source, column, name)}" for column, name in named.items())
    row_hash = keyed_hash_sql("row", "array_to_string(cells, chr(31))")
    return f"""
        WITH delivered AS (SELECT * FROM {rows.rows_sql}),
             cut AS ({_cut_sql(source, rows.layout, named)}),
             carried AS (SELECT * {_carried_sql(source, named)} FROM cut),
             keyed AS (SELECT *, {_key_sql(source, context)} AS given_key, {_instant_sql(source, context)} AS own_instant,
                              {row_hash} AS row_hash FROM carried),
             named AS (SELECT *, {_row_key_sql(source)} AS row_key FROM keyed)
        SELECT import_id, line, row_key, row_hash, coalesce({_unit_instant_sql(source)}, fallback_at) AS effective_at, extra, cells{columns}
        FROM named ORDER BY import_id, line"""


def _cut_sql(source: SourceConfig, layout: Layout, named: dict[str, str]) -> str:
    """Return a SELECT of the mapping's columns as delivered text, and of the unknown ones as JSON."""
    virtual = dict(layout.file_parts)
    given = [column for column in named if not column.startswith(VIRTUAL)]
    plain = [column for column in given if is_plain(column)]
    if source.reader.format == "csv":
        origin = "delivered"
        place = {name: position for position, name in enumerate(layout.names, start=1)}
        exprs = {column: f"cells[{place[column]}]" if column in place else "NULL" for column in given}
    else:
        origin = f"(SELECT *, {extract_all_sql('cells[1]', plain)} AS plain FROM delivered)" if plain else "delivered"
        exprs = {column: extract_sql("cells[1]", column) for column in given if not is_plain(column)}
        exprs |= {column: f"plain[{position}]" for position, column in enumerate(plain, start=1)}
    exprs |= {column: literal(virtual.get(column)) for column in named if column.startswith(VIRTUAL)}
    columns = "".join(f", CAST({exprs[column]} AS VARCHAR) AS {name}" for column, name in named.items())
    return f"SELECT import_id, line, cells, fallback_at, known_key, {_extra_sql(source, layout)} AS extra{columns} FROM {origin}"


def _extra_sql(source: SourceConfig, layout: Layout) -> str:
    """Return SQL for a JSON object of the columns no mapping reads, keys sorted; NULL where they are all empty."""
    if not source.record:
        return "NULL::VARCHAR"
    used = {top_level(column, source) for column in source.used_columns()} | set(source.never_load)
    rest = sorted((name, position) for position, name in enumerate(layout.names, start=1) if name not in used)
    if not rest:
        return "NULL::VARCHAR"
    if source.reader.format == "csv":
        told = ", ".join(
            f"CASE WHEN cells[{place}] <> '' THEN to_json({literal(name)})::VARCHAR || ':' || to_json(cells[{place}])::VARCHAR END"
            for name, place in rest
        )
        return f"nullif('{{' || concat_ws(',', {told}) || '}}', '{{}}')"
    pairs = ", ".join(f"({literal(name)}, {extract_sql('cells[1]', name)})" for name, _ in rest)
    return f"nullif(to_json(map_from_entries(list_filter([{pairs}], lambda pair: pair[2] IS NOT NULL)))::VARCHAR, '{{}}')"


def _key_columns(source: SourceConfig) -> list[str]:
    return [column for value in (source.key.values if source.key else ()) for column in value.used_columns()]


def _carried_sql(source: SourceConfig, named: dict[str, str]) -> str:
    """Return a REPLACE clause that carries key columns on downwards where they are blank."""
    order = "PARTITION BY import_id ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    carried = [
        f"last_value(nullif(trim({named[column]}), '') IGNORE NULLS) OVER ({order}) AS {named[column]}"
        for column in _key_columns(source) if column in source.fill_down
    ]
    return f"REPLACE ({', '.join(carried)})" if carried else ""


def _filled_sql(source: SourceConfig, column: str, name: str) -> str:
    """Return a column, filled from the first row of its key that has it where the source declares so."""
    if column not in source.fill_down or column in _key_columns(source):
        return name
    rows = "PARTITION BY import_id, row_key ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
    return f"first_value(nullif(trim({name}), '') IGNORE NULLS) OVER ({rows}) AS {name}"


def _key_sql(source: SourceConfig, context: ImportContext) -> str:
    """Return SQL for the row's key from its columns: NULL where one of them is missing."""
    if source.key is None:
        return "NULL::VARCHAR"
    return key_sql(source.key, compiler(source, context))


def key_sql(key: Key, compiled: Compiler) -> str:
    """Return SQL for a key: its parts joined, each cleaned where a kind is declared, else as delivered; NULL if one is missing."""
    parts = [f"({compiled.clean(v, 'row_id') if v.kind else compiled.text(v)})" for v in key.values]
    return f" || {literal(KEY_SEPARATOR)} || ".join(parts)


def _row_key_sql(source: SourceConfig) -> str:
    """Without declared columns the row itself is the key; equal rows are told apart by their number."""
    if source.key is not None:
        return "given_key"
    counted = "printf('%016x', row_hash) || '#' || row_number() OVER (PARTITION BY import_id, row_hash ORDER BY line)"
    return f"coalesce(known_key, {counted})"


def _instant_sql(source: SourceConfig, context: ImportContext) -> str:
    if source.effective_at is None:
        return "NULL::TIMESTAMP"
    return compiler(source, context).clean(source.effective_at, "timestamp")


def _unit_instant_sql(source: SourceConfig) -> str:
    """Rows of one key become true together: at the newest of their instants."""
    return "max(own_instant) OVER (PARTITION BY import_id, row_key)" if source.rows == "many" else "own_instant"
