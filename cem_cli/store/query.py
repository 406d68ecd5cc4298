"""SQL asked by a person: read-only, locked in, with an error that helps and holds no data. Reads the public views."""

from __future__ import annotations

from collections.abc import Sequence

from cem_cli.base.errors import CemError, did_you_mean
from cem_cli.engines.duck import Connection, EngineFault
from cem_cli.store.views import VIEWS


def read_query(con: Connection, query: str, most: int | None = None) -> tuple[list[str], list[Sequence[object]]]:
    """Return the columns and rows of a query on a read-only connection.

    Files, attachments and settings are shut off first. Raises CemError (exit 2) for anything but one readable SELECT.
    """
    con.execute("SET enable_external_access = false").fetchall()
    con.execute("SET lock_configuration = true").fetchall()
    try:
        cursor = con.execute(query)
        if cursor is None:  # nothing but space and comments
            raise CemError("E-SQL", "there is no statement", fix='cem sql "SHOW TABLES"')
        columns = [column[0] for column in cursor.description or []]
        rows = cursor.fetchmany(most) if most else cursor.fetchall()
    except EngineFault as err:
        raise _told(err) from err
    return columns, list(rows)


def _told(err: EngineFault) -> CemError:
    """Return the failure without the engine's text, which may quote cell values."""
    kind = type(err).__name__.removesuffix("Exception")
    message = str(err)
    if kind == "Catalog" and "Table with name " in message:
        name = message.split("Table with name ", 1)[1].split(" ", 1)[0]
        return CemError("E-SQL-TABLE", f"there is no view called '{name}'; {did_you_mean(name, VIEWS)}", fix='cem sql "SHOW TABLES"')
    if kind in ("Parser", "Binder", "Catalog"):
        first = message.splitlines()[0]
        return CemError("E-SQL", f"the query cannot be understood: {first}", fix='cem sql "DESCRIBE profiles"')
    return CemError("E-SQL-REFUSED", f"the query was refused or failed ({kind})", why="cem sql only reads the public views",
                    fix='cem sql "SHOW TABLES"')
