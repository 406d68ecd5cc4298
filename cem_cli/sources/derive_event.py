"""From staged rows to events: temporary tables `PREFIX_act` and `PREFIX_event`.

Needs `PREFIX_person` of the same stage. `PREFIX_act` keeps every event with what was delivered, for refused values.
"""

from __future__ import annotations

from dataclasses import dataclass

from cem_cli.base.ids import keyed_hash_sql
from cem_cli.base.sql import literal
from cem_cli.config.mapping import Event, Person
from cem_cli.config.source import SourceConfig
from cem_cli.config.values import Value
from cem_cli.engines.duck import Connection
from cem_cli.sources.context import ImportContext
from cem_cli.sources.derive_record import IDENTIFIER_KINDS, settle
from cem_cli.sources.paths import extract_sql
from cem_cli.sources.stage import key_sql, stage_columns
from cem_cli.sources.values import Compiler

EVENT_KINDS = {
    "at": "timestamp", "device": "device", "channel": "category", "store": "row_id", "staff": "row_id", "campaign": "row_id",
    "amount": "amount", "currency": "currency", "status": "category", "text": "text",
}
"""Parts of an event -> kind of value."""
TYPES = {"at": "TIMESTAMP", "amount": "DECIMAL(18,2)"}
NOTHING = "NULL"
"""SQL of a part that an event does not have."""


def event_id_sql(context: ImportContext, source: str, type_: str, key: str) -> str:
    """Return SQL for the id of the event with key expression `key`."""
    return keyed_hash_sql(context.key, literal("event"), literal(source), literal(type_), key)


def derive_events(con: Connection, source: SourceConfig, context: ImportContext, stage: str, prefix: str) -> None:
    """Create `PREFIX_act` and `PREFIX_event` from table `stage`; empty where the source maps no event."""
    compiled = event_compiler(source, context)
    acts = [_Act(n, event, compiled, stage, f"{prefix}_person") for n, event in enumerate(source.events)]
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_act AS {_acts_sql(acts)}").fetchall()
    if any(event.person and event.person.kind == "phone" for event in source.events):
        settle(con, f"{prefix}_act", "t_phone", "ref_value", compiled)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_event AS {_event_sql(prefix)}").fetchall()


def event_compiler(source: SourceConfig, context: ImportContext) -> Compiler:
    """Return a compiler that also knows the columns `each.NAME` of an event with `each`."""
    named = stage_columns(source)

    def column(name: str) -> str:
        return extract_sql("element", name.removeprefix("each.")) if name.startswith("each.") else named[name]

    return Compiler(source, context, column)


def _acts_sql(acts: list[_Act]) -> str:
    """Return the SELECT of all events: every event's texts one below the other, then each part cleaned once for all.

    Planning a kind's cleaning takes longer than reading a small file: a source with eight events plans it once, not eight times.
    """
    told = " UNION ALL BY NAME ".join([_no_act_sql(), *(act.told_sql() for act in acts)])
    cleaned = "".join(
        f', {_chosen_sql({act.n: act.part_sql(name) for act in acts})}::{TYPES.get(name, "VARCHAR")} AS "{name}"' for name in EVENT_KINDS
    )
    value = _chosen_sql({act.n: act.ref.value_sql for act in acts})
    return f"SELECT *, {value}::VARCHAR AS ref_value{cleaned} FROM ({told})"


def _chosen_sql(by_act: dict[int, str]) -> str:
    """Return SQL that holds for every event: the one expression they share, or the one of each; what an event has not is NULL."""
    acts: dict[str, list[str]] = {}
    for n, sql in by_act.items():
        if sql != NOTHING:
            acts.setdefault(sql, []).append(str(n))
    if len(acts) < 2:
        return next(iter(acts), NOTHING)
    branches = " ".join(f"WHEN act IN ({', '.join(which)}) THEN {sql}" for sql, which in acts.items())
    return f"CASE {branches} END"


def _no_act_sql() -> str:
    """Return a SELECT of no row that gives the events their columns and types."""
    return """
        SELECT -1 AS act, 0::BIGINT AS event_id, '' AS source, '' AS type, '' AS event_key, 0::BIGINT AS import_id, 0::BIGINT AS line,
               NULL::TIMESTAMP AS effective_at, 0::BIGINT AS parent_id, 0::BIGINT AS record_id, '' AS record_key, '' AS ref_kind,
               '' AS t_ref, '' AS t_phone, false AS revenue, false AS active, '' AS time_zone, NULL::JSON AS properties WHERE false"""


def _event_sql(prefix: str) -> str:
    """One row per event id: an event told twice (the lines of an order, a newer delivery) is one event."""
    return f"""
        SELECT event_id, source, type, event_key, import_id, parent_id, record_id, ref_kind, ref_value, device AS device_id, channel,
               store AS store_id, staff AS staff_id, campaign AS campaign_id, "at", time_zone, amount, currency, revenue, active, status,
               text, properties, line
        FROM {prefix}_act WHERE "at" IS NOT NULL AND event_id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY effective_at DESC, import_id DESC, line) = 1
        ORDER BY event_id"""


@dataclass(frozen=True)
class _Act:
    """One mapped event, the `n`-th of its source: texts of a row (`t_PART`, `p0`, ...) below, cleaned values above."""

    n: int
    event: Event
    compiled: Compiler
    stage: str
    person: str

    @property
    def ref(self) -> _Ref:
        """How the event tells who acted."""
        return _Ref.of(self.event.person, self.compiled)

    @property
    def parts(self) -> dict[str, Value]:
        """The parts that the mapping fills."""
        values = {name: getattr(self.event, name) for name in EVENT_KINDS}
        return {name: value for name, value in values.items() if value}

    def told_sql(self) -> str:
        """Return the SELECT of all rows' events of this type, their parts as delivered text."""
        event, compiled, ref = self.event, self.compiled, self.ref
        joined = f"LEFT JOIN (SELECT import_id, line, record_id, record_key FROM {self.person}) USING (import_id, line)" if ref.own else ""
        own = "record_id, record_key" if ref.own else "NULL::BIGINT AS record_id"
        return f"""
            SELECT {self.n} AS act, {event_id_sql(compiled.context, compiled.source.name, event.type, 'event_key')} AS event_id,
                   {literal(compiled.source.name)} AS source, {literal(event.type)} AS type, event_key, import_id, line,
                   effective_at, {self._parent_id_sql()} AS parent_id, {own},
                   {ref.kind_sql} AS ref_kind, t_ref, {ref.phone_sql} AS t_phone, {literal(event.revenue)} AS revenue,
                   {literal(event.active)} AS active, {literal(event.at.time_zone or compiled.context.time_zone)} AS time_zone,
                   {self._properties_sql()} AS properties{"".join(f", t_{name}" for name in self.parts)}
            FROM ({self._texts_sql()}) {joined} WHERE event_key IS NOT NULL"""

    def part_sql(self, name: str) -> str:
        """Return SQL for a part, cleaned, over its text `t_NAME`."""
        if name in self.parts:
            return self.compiled.cleaned(self.parts[name], EVENT_KINDS[name], f"t_{name}")
        if name == "currency":
            return f"CASE WHEN amount IS NOT NULL THEN {literal(self.compiled.context.currency)} END"
        return NOTHING

    def _texts_sql(self) -> str:
        event, compiled = self.event, self.compiled
        texts = "".join(f", {compiled.text(value)} AS t_{name}" for name, value in self.parts.items())
        properties = "".join(f", {compiled.text(value)} AS p{n}" for n, (_, value) in enumerate(sorted(event.properties.items())))
        key = key_sql(event.key, compiled) if event.key else "row_key || '#' || nth" if event.each else "row_key"
        person = compiled.text(event.person.value) if event.person and event.person.value else "NULL::VARCHAR"
        parent = key_sql(event.parent.key, compiled) if event.parent else "NULL::VARCHAR"
        return f"""
            SELECT import_id, line, effective_at, row_key, {key} AS event_key, {person} AS t_ref, {parent} AS parent_key{texts}{properties}
            FROM {self._rows_sql()} WHERE {compiled.where(event.where)}"""

    def _rows_sql(self) -> str:
        if self.event.each is None:
            return self.stage
        array = f"CAST({stage_columns(self.compiled.source)[self.event.each]} AS JSON[])"
        return f"(SELECT *, unnest({array}) AS element, generate_subscripts({array}, 1) AS nth FROM {self.stage})"

    def _parent_id_sql(self) -> str:
        parent = self.event.parent
        if parent is None:
            return "NULL::BIGINT"
        parent_id = event_id_sql(self.compiled.context, parent.source or self.compiled.source.name, parent.type, "parent_key")
        return f"CASE WHEN parent_key IS NOT NULL THEN {parent_id} END"

    def _properties_sql(self) -> str:
        """Return SQL for a JSON object of the properties that have a value, keys sorted."""
        if not self.event.properties:
            return "'{}'::JSON"
        pairs = ", ".join(
            f"({literal(name)}, {self.compiled.cleaned(value, 'text', f'p{n}')}::VARCHAR)"
            for n, (name, value) in enumerate(sorted(self.event.properties.items()))
        )
        return f"coalesce(to_json(map_from_entries(list_filter([{pairs}], lambda pair: pair[2] IS NOT NULL))), '{{}}'::JSON)"


@dataclass(frozen=True)
class _Ref:
    """How a row tells who acted, as SQL over its texts."""

    own: bool
    """The row's own record; otherwise `resolve` looks for it."""
    kind_sql: str = "NULL::VARCHAR"
    value_sql: str = NOTHING
    phone_sql: str = "NULL::VARCHAR"
    """The delivered text of a phone, which may still be settled."""

    @classmethod
    def of(cls, person: Person | None, compiled: Compiler) -> _Ref:
        """Return the reference of an event's person."""
        if person is None:
            return cls(own=False)
        if person.by == "record" or person.value is None:
            kind = f"CASE WHEN record_key IS NOT NULL THEN {literal(f'record:{compiled.source.name}')} END"
            return cls(True, kind, "record_key")
        if person.by == "key":
            told, value = f"record:{person.source}", "t_ref"
            if person.value.kind:
                value = compiled.cleaned(person.value, person.value.kind, "t_ref")
        else:
            kind = str(person.kind)
            told = f"{kind}@{person.source}" if person.source else kind
            value = compiled.cleaned(person.value, IDENTIFIER_KINDS.get(kind, kind), "t_ref")
        phone = "t_ref" if person.kind == "phone" else "NULL::VARCHAR"
        return cls(False, f"CASE WHEN t_ref IS NOT NULL THEN {literal(told)} END", value, phone)
