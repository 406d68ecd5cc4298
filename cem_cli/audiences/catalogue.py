"""The fields expressions may use, read from the `field` catalogue."""

from __future__ import annotations

from cem_cli.audiences.types import Field, type_of_column
from cem_cli.engines.duck import Connection


def load_fields(con: Connection) -> dict[str, Field]:
    """Return the fields of the catalogue whose type the language knows, by name."""
    rows = con.execute(
        "SELECT name, type, table_name, column_name, coalesce(meaning, ''), coalesce(purposes, []) FROM cem.field ORDER BY name"
    ).fetchall()
    fields = {}
    for name, column_type, table, column, meaning, purposes in rows:
        known = type_of_column(column_type)
        if known is not None:
            fields[name] = Field(name, known, table, column, meaning, tuple(purposes))
    return fields
