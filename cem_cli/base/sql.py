"""Quoting and named steps: the only way identifiers and literals get into SQL text."""

from __future__ import annotations

from dataclasses import dataclass


def quote(identifier: str) -> str:
    """Return `identifier` as a quoted SQL identifier. Raises ValueError for a NUL byte."""
    if "\0" in identifier:
        raise ValueError("an identifier cannot hold a NUL byte")
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str | float | bool | None) -> str:
    """Return `value` as a SQL literal, for places where a parameter cannot be bound (DDL, generated views)."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if "\0" in value:
        raise ValueError("a literal cannot hold a NUL byte")
    return "'" + value.replace("'", "''") + "'"


@dataclass(frozen=True)
class Step:
    """One named SELECT (or statement) of a stage: it can be printed (`--show-sql`) and run alone."""

    name: str
    """What the step makes: the table it creates, or a short act ("delete superseded events")."""
    sql: str
    """The statement; values it needs are bound as `$name` from `params`."""
    params: dict[str, object] | None = None
    """Named parameters, or None."""
