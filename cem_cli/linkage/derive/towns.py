"""Columns of towns that say more than the town (`Austin, TX 78701`, `10115 Berlin`): what stands around it is left out.

Reads the view `link_people`; `bare_towns` writes it anew, the view as it was stays as `link_located`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection

SOME = 0.1
"""Share of a column's values that say more than the town, from which no town is called so."""
_AROUND = (
    r"^([A-Z]{1,2}-)?[0-9]{4,6} +(\p{L})|(\p{L})(, *[\p{L}. ]{2,})?(,? +[A-Z]{2})?(,? +[0-9]{5}(-[0-9]{4})?)?$"
)
"""A postcode before the town; region or country behind a comma, state in two capital letters, American postcode behind it."""


def bare_towns(con: Connection, towns: Sequence[str]) -> list[str]:
    """Leave out what stands around the town in columns of towns where it often does; return these columns."""
    found = _with_more(con, towns)
    if not found:
        return []
    bare = ", ".join(f"{_bare_sql(quote(c))} AS {quote(c)}" for c in found)
    for statement in (
        "BEGIN",  # others read the view meanwhile
        "DROP VIEW IF EXISTS link_located",
        "ALTER VIEW link_people RENAME TO link_located",
        f"CREATE VIEW link_people AS SELECT * REPLACE ({bare}) FROM link_located",
        "COMMIT",
    ):
        con.execute(statement).fetchall()
    return found


def _bare_sql(column: str) -> str:
    return f"regexp_replace(trim({column}), {literal(_AROUND)}, '\\2\\3')"


def _with_more(con: Connection, towns: Collection[str]) -> list[str]:
    if not towns:
        return []
    listed = ", ".join(f"avg((trim({quote(c)}) <> {_bare_sql(quote(c))})::INTEGER)" for c in towns)
    row = con.execute(f"SELECT {listed} FROM link_sample").fetchall()[0]
    return [c for c, share in zip(towns, row, strict=True) if (share or 0) >= SOME]
