"""Unusable values in usable rows: null in the record, kept in `raw`, counted in `field_issue` by field and reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.config.values import Value
from cem_cli.engines.duck import Connection
from cem_cli.sources.context import ImportContext
from cem_cli.sources.derive_event import EVENT_KINDS
from cem_cli.sources.derive_record import FIELD_KINDS
from cem_cli.sources.stage import compiler


@dataclass(frozen=True)
class _Watched:
    """A value that may have been refused: where it is, and how its reason is found."""

    field: str
    table: str
    text: str
    """Column of the delivered text."""
    refused_sql: str
    """Boolean SQL: the row's value was refused."""
    value: Value
    kind: str


def count_issues(con: Connection, source: SourceConfig, context: ImportContext, import_id: int | None = None) -> dict[str, int]:
    """Write the refused values of `new_person` and `new_act` to `field_issue`; return `FIELD: REASON` -> rows of one import.

    Reasons are asked for only where values were refused: planning a kind's tests costs more than counting them.
    """
    con.execute(f"""
        DELETE FROM cem.field_issue WHERE source = {literal(source.name)}
          AND import_id IN (SELECT import_id FROM new_person UNION SELECT import_id FROM new_act)""").fetchall()
    told: Counter[str] = Counter()
    for watched in _refused(con, [*_record_values(source), *_event_values(source)]):
        reason = compiler(source, context).reason(watched.value, watched.kind, watched.text)
        found = con.execute(f"""
            INSERT INTO cem.field_issue BY NAME
            SELECT import_id, {literal(source.name)} AS source, {literal(watched.field)} AS field, reason, count(*) AS rows
            FROM (SELECT import_id, coalesce({reason}, 'missing') AS reason FROM {watched.table} WHERE {watched.refused_sql})
            GROUP BY ALL ORDER BY ALL RETURNING import_id, reason, rows""").fetchall()
        for number, name, rows in found:
            if number == import_id:
                told[f"{watched.field}: {name}"] += int(rows)
    return dict(sorted(told.items()))


def _refused(con: Connection, watched: list[_Watched]) -> list[_Watched]:
    """Return those of `watched` that have refused values, by one look at each table."""
    found: list[_Watched] = []
    for table in sorted({one.table for one in watched}):
        here = [one for one in watched if one.table == table]
        counts = con.execute(f"SELECT {', '.join(f'count(*) FILTER (WHERE {one.refused_sql})' for one in here)} FROM {table}").fetchall()[0]
        found += [one for one, count in zip(here, counts, strict=True) if count]
    return found


def _record_values(source: SourceConfig) -> list[_Watched]:
    return [
        _Watched(name, "new_person", f"t_{name}", f"{name} IS NULL AND t_{name} IS NOT NULL", value, FIELD_KINDS.get(name, name))
        for name, value in source.record.items()
    ]


def _event_values(source: SourceConfig) -> list[_Watched]:
    """An event without an instant cannot be placed: where it is missing altogether, that counts, too."""
    found: dict[str, _Watched] = {}
    for event in source.events:
        for name, kind in EVENT_KINDS.items():
            value = getattr(event, name)
            if value is None or value.constant is not None:
                continue
            delivered = "" if name == "at" else f" AND t_{name} IS NOT NULL"
            refused = f'type = {literal(event.type)} AND "{name}" IS NULL{delivered}'
            found[f"{event.type}.{name}"] = _Watched(f"{event.type}.{name}", "new_act", f"t_{name}", refused, value, kind)
    return list(found.values())
