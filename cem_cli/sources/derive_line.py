"""From staged rows to order lines (`PREFIX_line`), and to rows of the dimension tables."""

from __future__ import annotations

from cem_cli.base.ids import keyed_hash_sql
from cem_cli.base.sql import literal
from cem_cli.config.mapping import Event
from cem_cli.config.source import SourceConfig
from cem_cli.config.values import DIMENSIONS
from cem_cli.engines.duck import Connection
from cem_cli.sources.context import ImportContext
from cem_cli.sources.derive_event import event_compiler
from cem_cli.sources.stage import compiler

LINE_PARTS = {
    "sku": ("row_id", "VARCHAR"), "name": ("text", "VARCHAR"), "quantity": ("quantity", "DECIMAL(18,3)"),
    "unit_price": ("amount", "DECIMAL(18,2)"), "discount": ("amount", "DECIMAL(18,2)"), "amount": ("amount", "DECIMAL(18,2)"),
}
"""Part of a line -> kind of value, SQL type."""
DIMENSION_PARTS = {
    "sku": ("row_id", "VARCHAR"), "store_id": ("row_id", "VARCHAR"), "campaign_id": ("row_id", "VARCHAR"), "city": ("city", "VARCHAR"),
    "province": ("province", "VARCHAR"), "currency": ("currency", "VARCHAR"), "price": ("amount", "DECIMAL(18,2)"),
    "cost": ("amount", "DECIMAL(18,2)"), "opened_on": ("date", "DATE"), "day": ("date", "DATE"), "sent_at": ("timestamp", "TIMESTAMP"),
    "rate": ("text", "DECIMAL(18,8)"), "temperature": ("text", "DOUBLE"), "rain_mm": ("text", "DOUBLE"),
}
"""Column of a dimension -> kind of value, SQL type; any other is text."""


def derive_lines(con: Connection, source: SourceConfig, context: ImportContext, stage: str, prefix: str) -> None:
    """Create `PREFIX_line` from table `stage` and `PREFIX_act`, `PREFIX_event` of it."""
    selects = [_line_sql(event, source, context, stage, prefix) for event in source.events if event.lines]
    lines = " UNION ALL ".join(selects) or "SELECT * FROM cem.order_line WHERE false"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_line AS {lines}").fetchall()


def _line_sql(event: Event, source: SourceConfig, context: ImportContext, stage: str, prefix: str) -> str:
    """One line per row of the event; a line's number is its place among the event's rows."""
    compiled = event_compiler(source, context)
    columns = ""
    for name, (kind, sql_type) in LINE_PARTS.items():
        value = getattr(event.lines, name)
        columns += f", {compiled.clean(value, kind) if value else f'NULL::{sql_type}'} AS {name}"
    line_id = keyed_hash_sql(context.key, literal("line"), "event_id::VARCHAR", "n::VARCHAR")
    return f"""
        SELECT {line_id} AS line_id, event_id, {literal(source.name)} AS source, sku, name, quantity, unit_price, discount,
               coalesce(amount, quantity * unit_price - coalesce(discount, 0))::DECIMAL(18,2) AS amount
        FROM (SELECT event_id, row_number() OVER (PARTITION BY event_id ORDER BY line) AS n{columns}
              FROM (SELECT event_id, import_id, line FROM {prefix}_act WHERE type = {literal(event.type)})
              JOIN (SELECT event_id, import_id FROM {prefix}_event) USING (event_id, import_id) JOIN {stage} USING (import_id, line)
              WHERE {compiled.where(event.lines.where if event.lines else ())})
        WHERE sku IS NOT NULL OR name IS NOT NULL"""


def derive_dimension(con: Connection, source: SourceConfig, context: ImportContext, stage: str) -> None:
    """Replace the dimension rows whose key the stage delivers."""
    if source.dimension is None:
        return
    table, fields, compiled = source.dimension.table, source.dimension.fields, compiler(source, context)
    names = DIMENSIONS[table]
    key = names[:2] if table in ("rate", "weather") else names[:1]
    columns = []
    for name in names:
        kind, sql_type = DIMENSION_PARTS.get(name, ("text", "VARCHAR"))
        columns.append(f"TRY_CAST({compiled.clean(fields[name], kind) if name in fields else 'NULL'} AS {sql_type}) AS {name}")
    known = " AND ".join(f"{name} IS NOT NULL" for name in key)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE new_dimension AS SELECT {', '.join(columns)} FROM {stage}
        QUALIFY {known} AND row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY effective_at DESC, import_id DESC, line DESC) = 1
        ORDER BY {', '.join(key)}""").fetchall()
    same = " AND ".join(f"d.{name} = n.{name}" for name in key)
    con.execute(f"DELETE FROM cem.{table} d USING new_dimension n WHERE {same}").fetchall()
    con.execute(f"INSERT INTO cem.{table} BY NAME SELECT * FROM new_dimension").fetchall()
