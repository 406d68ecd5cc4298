"""Unusable values in usable rows: null in the record, kept in `raw`, counted in `field_issue` by field and reason."""

from __future__ import annotations

from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.engines.duck import Connection
from cem_cli.sources.context import ImportContext
from cem_cli.sources.derive_event import EVENT_KINDS
from cem_cli.sources.derive_record import FIELD_KINDS
from cem_cli.sources.stage import compiler


def count_issues(con: Connection, source: SourceConfig, context: ImportContext) -> dict[str, int]:
    """Append the refused values of `new_person` and `new_act` to `field_issue`; return `FIELD: REASON` -> rows."""
    counts = [*_record_counts(source, context), *_event_counts(source, context)]
    if not counts:
        return {}
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE new_issue AS
        SELECT import_id, field, reason, count(*) AS rows FROM ({' UNION ALL '.join(counts)}) WHERE reason IS NOT NULL
        GROUP BY ALL ORDER BY ALL""").fetchall()
    con.execute(f"INSERT INTO cem.field_issue BY NAME SELECT *, {literal(source.name)} AS source FROM new_issue ORDER BY ALL").fetchall()
    told = con.execute("SELECT field || ': ' || reason, sum(rows)::BIGINT FROM new_issue GROUP BY 1 ORDER BY 1").fetchall()
    return {text: int(rows) for text, rows in told}


def _record_counts(source: SourceConfig, context: ImportContext) -> list[str]:
    compiled = compiler(source, context)
    return [
        f"SELECT import_id, {literal(name)} AS field, {compiled.reason(value, FIELD_KINDS.get(name, name), f't_{name}')} AS reason "
        f"FROM new_person WHERE {name} IS NULL AND t_{name} IS NOT NULL"
        for name, value in source.record.items()
    ]


def _event_counts(source: SourceConfig, context: ImportContext) -> list[str]:
    """An event without an instant cannot be placed: its instant counts as missing, too."""
    compiled = compiler(source, context)
    counts = []
    for event in source.events:
        for name, kind in EVENT_KINDS.items():
            value = getattr(event, name)
            if value is None or value.constant is not None:
                continue
            reason = compiled.reason(value, kind, f"t_{name}")
            if name == "at":
                reason = f"coalesce({reason}, CASE WHEN t_at IS NULL THEN 'missing' END)"
            wanted = "" if name == "at" else f"AND t_{name} IS NOT NULL"
            counts.append(
                f"SELECT import_id, {literal(f'{event.type}.{name}')} AS field, {reason} AS reason "
                f"FROM new_act WHERE type = {literal(event.type)} AND \"{name}\" IS NULL {wanted}"
            )
    return counts
