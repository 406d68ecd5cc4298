"""Living records as linkage reads them: their own columns, and the further e-mail addresses and phones that `identifier` holds.

Reads `record`, `identifier`; writes the temporary tables `further_value` (record_id, kind, value, nth) and `further_contact`
(record_id, `email 2`, `phone 2`, ...) where some records have several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.several import MOST

CONTACTS = ("email", "phone")
"""Columns of `record` of which a record may have further values: identifiers of a kind of that name."""


def show_living(con: Connection, kinds: Mapping[str, str], view: str, only: Sequence[int] = ()) -> dict[str, str]:
    """Make the view `view` (record_id, source, import_id, entity, columns ...) of living records; return its columns with kinds.

    `kinds`: columns of `record` with their kinds. `only`: ids of the records that are asked for, by default all.
    """
    among = f"record_id IN ({', '.join(map(str, only))})" if only else "true"
    further = _find_further(con, [name for name in CONTACTS if name in kinds], among)
    columns = "".join(f", {quote(column)}::VARCHAR AS {quote(column)}" for column in kinds) + "".join(f", {quote(c)}" for c in further)
    beside = " LEFT JOIN further_contact USING (record_id)" if further else ""
    con.execute(
        f"CREATE OR REPLACE TEMP VIEW {view} AS SELECT record_id, source, import_id, kind AS entity{columns} FROM cem.record{beside} "
        f"WHERE NOT coalesce(deleted, false) AND {among}"
    ).fetchall()
    return {**kinds, **{column: kinds[name] for column, name in further.items()}}


def _find_further(con: Connection, names: Sequence[str], among: str) -> dict[str, str]:
    """Write `further_contact`; return its columns, each with the column of `record` of which it holds further values."""
    several = _held_several_times(con, names, among)
    if not several:
        return {}
    own = " ".join(f"WHEN {literal(name)} THEN r.{quote(name)}" for name in several)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE further_value AS
        SELECT record_id, i.kind, i.value, 1 + row_number() OVER (PARTITION BY record_id, i.kind ORDER BY i.value) AS nth
        FROM (SELECT DISTINCT record_id, kind, value FROM cem.identifier WHERE kind IN ({', '.join(map(literal, several))})) i
        JOIN cem.record r USING (record_id) WHERE i.value IS DISTINCT FROM CASE i.kind {own} END AND {among}
        QUALIFY nth <= {MOST}""").fetchall()
    listed = con.execute("SELECT DISTINCT kind, nth FROM further_value ORDER BY kind, nth").fetchall()
    columns = {f"{name} {nth}": f"max(value) FILTER (kind = {literal(name)} AND nth = {nth})" for name, nth in listed}
    made = "".join(f", {sql} AS {quote(column)}" for column, sql in columns.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE further_contact AS SELECT record_id{made} FROM further_value GROUP BY record_id").fetchall()
    return {column: column.partition(" ")[0] for column in columns}


def _held_several_times(con: Connection, names: Sequence[str], among: str) -> list[str]:
    """Return the kinds with more identifiers than records that show one; each that a record shows is among them."""
    held = dict(con.execute(f"""
        SELECT kind, count(*) FROM cem.identifier
        WHERE list_contains($names, kind) AND {among} GROUP BY kind ORDER BY kind""", {"names": list(names)}).fetchall())
    if not held:
        return []
    shown = con.execute(f"SELECT {', '.join(f'count({quote(name)})' for name in held)} FROM cem.record WHERE {among}").fetchall()[0]
    return [name for name, count in zip(held, shown, strict=True) if held[name] > count]
