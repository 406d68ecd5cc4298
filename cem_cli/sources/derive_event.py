"""From staged rows to events and order lines: temporary tables `PREFIX_event` and `PREFIX_line`; and to dimension rows.

Needs `PREFIX_person` of the same stage. `PREFIX_act` keeps every event with what was delivered, for refused values.
"""

from __future__ import annotations

from cem_cli.base.ids import keyed_hash_sql
from cem_cli.base.sql import literal
from cem_cli.config.source import DIMENSIONS, Event, Lines, Person, SourceConfig, Value
from cem_cli.engines.duck import Connection
from cem_cli.sources.context import ImportContext
from cem_cli.sources.derive_record import IDENTIFIER_KINDS, settle
from cem_cli.sources.paths import extract_sql
from cem_cli.sources.stage import KEY_SEPARATOR, compiler, key_parts, stage_columns
from cem_cli.sources.values import Compiler

EVENT_KINDS = {
    "at": "timestamp", "device": "device", "channel": "category", "store": "row_id", "staff": "row_id", "campaign": "row_id",
    "amount": "amount", "currency": "currency", "status": "category", "text": "text",
}
"""Parts of an event -> kind of value."""
LINE_KINDS = {"sku": "row_id", "name": "text", "quantity": "quantity", "unit_price": "amount", "discount": "amount", "amount": "amount"}
DIMENSION_KINDS = {
    "opened_on": "date", "sent_at": "timestamp", "day": "date", "price": "amount", "cost": "amount", "city": "city", "province": "province",
    "currency": "currency", "sku": "row_id", "store_id": "row_id", "campaign_id": "row_id",
}
TYPES = {"at": "TIMESTAMP", "amount": "DECIMAL(18,2)"}


def event_id_sql(context: ImportContext, source: str, type_: str, key: str) -> str:
    """Return SQL for the id of the event with key expression `key`."""
    return keyed_hash_sql(context.key, literal("event"), literal(source), literal(type_), key)


def derive_events(con: Connection, source: SourceConfig, context: ImportContext, stage: str, prefix: str) -> None:
    """Create `PREFIX_act`, `PREFIX_event`, `PREFIX_line` from table `stage`; empty where the source maps no event."""
    acts = [_act_sql(event, source, context, stage, prefix) for event in source.events]
    empty = _empty_act_sql()
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_act AS {' UNION ALL BY NAME '.join([empty, *acts])}").fetchall()
    if any(event.person and event.person.kind == "phone" for event in source.events):
        settle(con, f"{prefix}_act", "t_phone", "ref_value", compiler(source, context))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_event AS {_event_sql(prefix)}").fetchall()
    lines = [_line_sql(event, event.lines, source, context, stage, prefix) for event in source.events if event.lines]
    nothing = "SELECT * FROM cem.order_line WHERE false"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_line AS {' UNION ALL '.join(lines) or nothing}").fetchall()


def _empty_act_sql() -> str:
    """Return a SELECT of no row that gives `PREFIX_act` its columns and types."""
    parts = "".join(f", NULL::{TYPES.get(name, 'VARCHAR')} AS {_quoted(name)}" for name in EVENT_KINDS)
    return f"""
        SELECT 0::BIGINT AS event_id, '' AS source, '' AS type, '' AS event_key, 0::BIGINT AS import_id, 0::BIGINT AS line,
               NULL::TIMESTAMP AS effective_at, 0::BIGINT AS parent_id, 0::BIGINT AS record_id, '' AS ref_kind, '' AS ref_value,
               '' AS t_phone, false AS revenue, false AS active, '' AS time_zone, NULL::JSON AS properties{parts} WHERE false"""


def _event_sql(prefix: str) -> str:
    """One row per event id: an event told twice (the lines of an order, a newer delivery) is one event."""
    return f"""
        SELECT event_id, source, type, event_key, import_id, parent_id, record_id, ref_kind, ref_value, device AS device_id, channel,
               store AS store_id, staff AS staff_id, campaign AS campaign_id, "at", time_zone, amount, currency, revenue, active, status,
               text, properties, line
        FROM {prefix}_act WHERE "at" IS NOT NULL AND event_id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY effective_at DESC, import_id DESC, line) = 1
        ORDER BY event_id"""


def _act_sql(event: Event, source: SourceConfig, context: ImportContext, stage: str, prefix: str) -> str:
    compiled = _compiler(source, context)
    parts = {name: getattr(event, name) for name in EVENT_KINDS}
    texts = "".join(f", {compiled.text(value)} AS t_{name}" for name, value in parts.items() if value)
    properties = "".join(f", {compiled.text(value)} AS p{n}" for n, value in enumerate(_properties(event).values()))
    columns = "".join(f", {_part_sql(compiled, name, value)} AS {_quoted(name)}" for name, value in parts.items())
    zone = event.at.time_zone or context.time_zone
    key = f" || {literal(KEY_SEPARATOR)} || ".join(key_parts(event.key, compiled)) if event.key else f"row_key{_nth(event)}"
    ref, ref_columns = _person_ref(event.person, compiled)
    return f"""
        SELECT {event_id_sql(context, source.name, event.type, 'event_key')} AS event_id, {literal(source.name)} AS source,
               {literal(event.type)} AS type, event_key, import_id, line, effective_at, {_parent_sql(event, source, context)} AS parent_id,
               {'record_id' if ref == 'record' else 'NULL::BIGINT'} AS record_id, {ref_columns},
               {literal(event.revenue)} AS revenue, {literal(event.active)} AS active, {literal(zone)} AS time_zone,
               {_properties_sql(event, compiled)} AS properties{columns}{''.join(f', t_{name}' for name, value in parts.items() if value)}
        FROM (SELECT s.import_id, s.line, s.effective_at, row_key, {key} AS event_key, {_ref_text(event.person, compiled)} AS t_ref,
                     {_parent_key(event, compiled)} AS parent_key{texts}{properties}
              FROM {_rows_sql(event, source, stage)} s WHERE {compiled.where(event.where)})
        {f'LEFT JOIN (SELECT import_id, line, record_id, record_key FROM {prefix}_person) USING (import_id, line)' if ref == 'record' else ''}
        WHERE event_key IS NOT NULL"""


def _compiler(source: SourceConfig, context: ImportContext) -> Compiler:
    """Return a compiler that also knows the columns `each.NAME` of an event with `each`."""
    named = stage_columns(source)

    def column(name: str) -> str:
        return extract_sql("element", name.removeprefix("each.")) if name.startswith("each.") else named[name]

    return Compiler(source, context, column)


def _rows_sql(event: Event, source: SourceConfig, stage: str) -> str:
    if event.each is None:
        return stage
    array = f"CAST({stage_columns(source)[event.each]} AS JSON[])"
    return f"(SELECT *, unnest({array}) AS element, generate_subscripts({array}, 1) AS nth FROM {stage})"


def _nth(event: Event) -> str:
    return " || '#' || nth" if event.each else ""


def _quoted(name: str) -> str:
    return '"at"' if name == "at" else name


def _part_sql(compiled: Compiler, name: str, value: Value | None) -> str:
    if value is not None:
        return compiled.cleaned(value, EVENT_KINDS[name], f"t_{name}")
    if name == "currency":
        return f"CASE WHEN amount IS NOT NULL THEN {literal(compiled.context.currency)} END"
    return f"NULL::{TYPES.get(name, 'VARCHAR')}"


def _properties(event: Event) -> dict[str, Value]:
    return dict(sorted(event.properties.items()))


def _properties_sql(event: Event, compiled: Compiler) -> str:
    """Return SQL for a JSON object of the properties that have a value, keys sorted."""
    if not event.properties:
        return "'{}'::JSON"
    pairs = ", ".join(
        f"({literal(name)}, {compiled.cleaned(value, value.kind or 'text', f'p{n}')}::VARCHAR)" for n, (name, value) in enumerate(_properties(event).items())
    )
    return f"coalesce(to_json(map_from_entries(list_filter([{pairs}], lambda pair: pair[2] IS NOT NULL))), '{{}}'::JSON)"


def _person_ref(person: Person | None, compiled: Compiler) -> tuple[str, str]:
    """Return how the person is told, and the columns ref_kind, ref_value, t_phone."""
    if person is None:
        return "none", "NULL::VARCHAR AS ref_kind, NULL::VARCHAR AS ref_value, NULL::VARCHAR AS t_phone"
    if person.by == "record":
        kind = literal(f"record:{compiled.source.name}")
        return "record", f"CASE WHEN record_key IS NOT NULL THEN {kind} END AS ref_kind, record_key AS ref_value, NULL::VARCHAR AS t_phone"
    if person.value is None:
        raise ValueError("a person by key or identifier has a value")
    kind = str(person.kind)
    told = f"record:{person.source}" if person.by == "key" else f"{kind}@{person.source}" if person.source else kind
    cleaned = "t_ref"
    if person.by == "identifier" or person.value.kind:
        cleaned = compiled.cleaned(person.value, IDENTIFIER_KINDS.get(kind, kind) if person.by == "identifier" else "row_id", "t_ref")
    phone = "t_ref" if person.by == "identifier" and kind == "phone" else "NULL::VARCHAR"
    return "other", f"CASE WHEN t_ref IS NOT NULL THEN {literal(told)} END AS ref_kind, ({cleaned})::VARCHAR AS ref_value, {phone} AS t_phone"


def _ref_text(person: Person | None, compiled: Compiler) -> str:
    return compiled.text(person.value) if person and person.value else "NULL::VARCHAR"


def _parent_key(event: Event, compiled: Compiler) -> str:
    return f" || {literal(KEY_SEPARATOR)} || ".join(key_parts(event.parent.key, compiled)) if event.parent else "NULL::VARCHAR"


def _parent_sql(event: Event, source: SourceConfig, context: ImportContext) -> str:
    if event.parent is None:
        return "NULL::BIGINT"
    return f"CASE WHEN parent_key IS NOT NULL THEN {event_id_sql(context, event.parent.source or source.name, event.parent.type, 'parent_key')} END"


def _line_sql(event: Event, lines: Lines, source: SourceConfig, context: ImportContext, stage: str, prefix: str) -> str:
    """One line per row of the event; a line's number is its place among the event's rows."""
    compiled = _compiler(source, context)
    parts = {name: getattr(lines, name) for name in LINE_KINDS}
    types = {"quantity": "DECIMAL(18,3)", "unit_price": "DECIMAL(18,2)", "discount": "DECIMAL(18,2)", "amount": "DECIMAL(18,2)"}
    missing = {name: f"NULL::{types.get(name, 'VARCHAR')}" for name in parts}
    columns = "".join(f", {compiled.clean(value, LINE_KINDS[name]) if value else missing[name]} AS {name}" for name, value in parts.items())
    number = "row_number() OVER (PARTITION BY a.event_id ORDER BY a.import_id, a.line)"
    own = f"(SELECT event_id, import_id FROM {prefix}_event)"
    amount = "coalesce(amount, quantity * unit_price - coalesce(discount, 0))::DECIMAL(18,2)"
    return f"""
        SELECT {keyed_hash_sql(context.key, literal('line'), "event_id::VARCHAR", "n::VARCHAR")} AS line_id, event_id, {literal(source.name)} AS source,
               sku, name, quantity, unit_price, discount, {amount} AS amount
        FROM (SELECT a.event_id, {number} AS n{columns}
              FROM (SELECT event_id, import_id, line FROM {prefix}_act WHERE type = {literal(event.type)}) a
              JOIN {own} e USING (event_id, import_id) JOIN {stage} s USING (import_id, line)
              WHERE {compiled.where(lines.where)})
        WHERE sku IS NOT NULL OR name IS NOT NULL"""


def derive_dimension(con: Connection, source: SourceConfig, context: ImportContext, stage: str) -> None:
    """Replace the dimension rows whose key the stage delivers."""
    if source.dimension is None:
        return
    table, compiled = source.dimension.table, compiler(source, context)
    names = DIMENSIONS[table]
    key = names[:2] if table in ("rate", "weather") else names[:1]
    fields = source.dimension.fields
    columns = ", ".join(
        f"TRY_CAST({compiled.clean(fields[name], DIMENSION_KINDS.get(name, 'text')) if name in fields else 'NULL'} AS {_dimension_type(name)}) AS {name}"
        for name in names
    )
    known = " AND ".join(f"{name} IS NOT NULL" for name in key)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE new_dimension AS SELECT {columns} FROM {stage} s
            QUALIFY {known} AND row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY effective_at DESC, import_id DESC, line DESC) = 1
            ORDER BY {', '.join(key)}"""
    ).fetchall()
    same = " AND ".join(f"d.{name} = n.{name}" for name in key)
    con.execute(f"DELETE FROM cem.{table} d USING new_dimension n WHERE {same}").fetchall()
    con.execute(f"INSERT INTO cem.{table} BY NAME SELECT * FROM new_dimension").fetchall()


def _dimension_type(name: str) -> str:
    types = {
        "price": "DECIMAL(18,2)", "cost": "DECIMAL(18,2)", "opened_on": "DATE", "sent_at": "TIMESTAMP", "day": "DATE", "rate": "DECIMAL(18,8)",
        "temperature": "DOUBLE", "rain_mm": "DOUBLE",
    }
    return types.get(name, "VARCHAR")
