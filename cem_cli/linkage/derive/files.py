"""Files as the view `link_people` (record_id, source, link_id, columns ...), one table each; nothing depends on the order of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cem_cli.base.errors import CemError, ExitCode, did_you_mean
from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive.apart import own_columns
from cem_cli.linkage.derive.read import hash_sql
from cem_cli.linkage.derive.tables import find_layout, load_table
from cem_cli.linkage.records import Longs
from cem_cli.linkage.sorting import sort_with_places


def load_files(con: Connection, files: Sequence[Path], id_column: str | None = None) -> tuple[str, ...]:
    """Create the view `link_people` (record_id, source, link_id, columns ...) of all files; return the columns.

    `record_id` is a hash of source and id, or of the row itself where there is no id: it does not depend on row order.
    """
    if len({f.stem for f in files}) != len(files):
        raise CemError("E-DEDUPE-NAMES", "two files have the same name", why="the name is the source", fix="rename one of them")
    parts, found = dict[str, str](), dict[str, list[str]]()
    for table, path in _tables(files):
        layout = find_layout(con, path)
        key = _id_column(layout.header, id_column, path)
        others = [c for c in layout.header if c != key]
        found[table] = others
        cells = "".join(f", {quote(c)} AS {quote(own_name(c))}" for c in others)
        if key is None:
            load_table(con, path, layout, "link_raw")
            con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {_row_ids_sql(path.stem, others)}{cells} FROM link_raw").fetchall()
            con.execute("DROP TABLE link_raw").fetchall()
        else:
            ids = f"{_record_id_sql(path.stem, quote(key))} AS record_id, {quote(key)} AS link_id"
            load_table(con, path, layout, table, ids + cells)
            _check_ids(con, table, key, path.stem)
        parts[table] = f"{literal(path.stem)} AS source FROM {table}"
    own = own_columns(con, found)
    views = (f"SELECT * {_renamed_sql(own[table])}, {rest}" for table, rest in parts.items())
    con.execute(f"CREATE OR REPLACE VIEW link_people AS {' UNION ALL BY NAME '.join(views)}").fetchall()
    columns = dict[str, str]()  # the engine unites them whatever their case
    for table, others in found.items():
        columns = {**{name.lower(): name for name in (own[table].get(c, c) for c in others)}, **columns}
    return tuple(columns.values())


def _renamed_sql(names: Mapping[str, str]) -> str:
    return f"RENAME ({', '.join(f'{quote(c)} AS {quote(name)}' for c, name in names.items())})" if names else ""


def _tables(files: Sequence[Path]) -> list[tuple[str, Path]]:
    """Return the table of each file."""
    return [(f"link_file_{number}", path) for number, path in enumerate(files)]


def sort_ids(con: Connection, files: Sequence[Path]) -> Longs:
    """Create `link_id` (record_id, source, link_id) of `link_people`, as the clusters are written: by source and id.

    Returns the rows of `link_id` in which order the record ids ascend.
    """
    con.execute("CREATE OR REPLACE TABLE link_id (record_id BIGINT, source VARCHAR, link_id VARCHAR)").fetchall()
    for table, path in sorted(_tables(files), key=lambda one: one[1].stem):  # file by file: texts are sorted in half of the time
        listed = f"record_id, {literal(path.stem)}, link_id"
        con.execute(f"INSERT INTO link_id SELECT {listed} FROM {table} ORDER BY link_id").fetchall()
    return sort_with_places(con.execute("SELECT record_id FROM link_id").fetchnumpy()["record_id"])[1]


def keep_ids(con: Connection) -> None:
    """Reduce `link_people` to what `link_id` holds: nobody asks for the cells again."""
    con.execute("CREATE OR REPLACE VIEW link_people AS SELECT * FROM link_id").fetchall()
    for (table,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'link_file_')").fetchall():
        con.execute(f"DROP TABLE {quote(table)}").fetchall()


def _id_column(header: Sequence[str], wanted: str | None, path: Path) -> str | None:
    by_name = {c.lower(): c for c in header}
    if wanted is not None:
        if wanted.lower() not in by_name:
            raise CemError(
                "E-DEDUPE-ID", f"there is no column '{wanted}'", where=str(path), why=did_you_mean(wanted, header), fix="--id COLUMN"
            )
        return by_name[wanted.lower()]
    return by_name.get("id") or by_name.get("record_id")


def _record_id_sql(stem: str, seed: str) -> str:
    return f"({hash_sql([literal(stem), seed])} >> 1)::BIGINT"


def _row_ids_sql(stem: str, columns: Sequence[str]) -> str:
    """Return SQL for record_id and link_id of rows without an id: their cells, numbered where rows are equal; their place."""
    row = hash_sql([f"coalesce({quote(c)}, chr(31))" for c in columns]) if columns else "0"
    seed = f"({row}::VARCHAR || '-' || (row_number() OVER (PARTITION BY {row} ORDER BY rowid))::VARCHAR)"
    return f"{_record_id_sql(stem, seed)} AS record_id, (rowid + 1)::VARCHAR AS link_id"


def _check_ids(con: Connection, table: str, key: str, stem: str) -> None:
    """Raise CemError where ids repeat or are missing; numbers are compared first, because texts are many times dearer."""
    ids = np.sort(con.execute(f"SELECT record_id FROM {table}").fetchnumpy()["record_id"])
    missing = con.execute(f"SELECT count(*) - count(link_id) FROM {table}").fetchall()[0][0]
    if not missing and (ids[1:] != ids[:-1]).all():
        return
    repeated = con.execute(f"SELECT count(*) - count(DISTINCT link_id) FROM {table}").fetchall()[0][0]
    raise CemError(
        "E-LINK-IDS", f"the ids in column '{key}' are not unique", where=stem, why=f"{repeated} rows repeat an id or have none",
        code=ExitCode.INPUT, fix="name another column with --id, or remove the repeated rows",
    )


def own_name(column: str) -> str:
    """Return the column's name inside `link_people`, where some names are taken: it gets a space at its end."""
    return column + " " if column.lower() in {"record_id", "source", "link_id", "link_key"} else column
