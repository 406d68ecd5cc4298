"""A source: one YAML file that says how a silo's export is read and what its columns mean.

A file may name a `preset` (`sources/presets/NAME.yaml`, a real system's layout); its own keys override the preset's.
Every value in a mapping is a column's name, or an entry of `Value`. YAML stays a description: the steps a value can go
through are a closed registry (`STEPS`), the kinds it can be cleaned as are `kinds.KINDS`.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from cem_cli.base.errors import did_you_mean
from cem_cli.config.document import ConfigError, Document, Problem, Strict, read_document, validated

PRESETS = Path(__file__).parents[1] / "sources" / "presets"

RECORD_FIELDS = (
    "kind", "title", "given_name", "middle_name", "surname", "full_name", "sex", "birth_date", "email", "phone", "street",
    "house_number", "city", "postcode", "province", "country", "tax_code", "company", "language", "deleted",
)
"""What a record can be told by a mapping (columns of table `record`)."""

DIMENSIONS = {
    "product": ("sku", "name", "category", "brand", "price", "cost"),
    "store": ("store_id", "name", "city", "province", "region", "opened_on"),
    "campaign": ("campaign_id", "name", "channel", "sent_at", "cost"),
    "rate": ("currency", "day", "rate"),
    "weather": ("place", "day", "condition", "temperature", "rain_mm"),
}
"""Dimension tables with their columns, key columns first."""

MERGED = ("reader", "record", "columns")
"""Keys whose entries are added to the preset's; any other key replaces the preset's."""

IDENTIFIER_KINDS = ("email", "phone", "tax_code", "loyalty_card", "handle", "external")

EVENT_TYPES = (
    "order", "receipt", "return", "refund", "payment", "payment_failed", "shipped", "ticket_opened", "ticket_solved",
    "ticket_rating", "email_sent", "email_opened", "email_clicked", "email_bounced", "unsubscribed", "sms_sent", "sms_clicked",
    "sms_stop", "mail_sent", "mail_redeemed", "points_earned", "points_spent", "card_enrolled", "session_start", "page_view",
    "view_item", "search", "add_to_cart", "begin_checkout", "checkout_error", "web_purchase", "login", "review", "comment",
    "nps_answer", "survey_answer", "lead_created", "referral", "kiosk_visit", "beacon_seen", "staff_note", "account_created",
)
"""Types of events that measures know; a mapping may not invent others."""

CHANNELS = ("web", "store", "email", "sms", "mail", "phone", "chat", "social", "app", "kiosk")

STEPS = (
    "strip_apostrophe", "strip_prefix", "strip_mailto", "first_of_list", "split_tags", "slug", "lower", "upper", "digits",
    "before", "after", "prefix", "pad", "negate", "plus_sign",
    "address_street", "address_city", "address_postcode", "address_province",
)
"""Steps a value can go through before it is cleaned; `sources.transforms` has one function for each."""


def _one_of(word: str, known: tuple[str, ...], what: str) -> str:
    if word not in known:
        raise ValueError(f"unknown {what} '{word}'; {did_you_mean(word, known)}")
    return word


def _pattern(text: str | None) -> str | None:
    try:
        re.compile(text or "")
    except re.error as err:
        raise ValueError(f"not a regular expression: {err}") from err
    return text


RecordField = Annotated[str, AfterValidator(lambda name: _one_of(name, RECORD_FIELDS, "record field"))]


class Value(Strict):
    """Where a value comes from and what is done to it: text -> steps -> map -> cleaning by kind."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    """The first of these columns that is not empty."""
    constant: str | None = None
    template: str | None = None
    """Text with `{column}` in it; empty where all its columns are empty."""
    steps: tuple[str, ...] = ()
    """Entries of STEPS, with an argument after a colon: `strip_prefix:p:`."""
    map: dict[str, str] = Field(default_factory=dict)
    """Delivered text (any case) -> value."""
    otherwise: str | None = None
    """What a text becomes that `map` does not hold (default: nothing; `=` keeps the text)."""
    kind: str | None = None
    format: str | None = None
    """strptime format of dates and instants."""
    time_zone: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return {"column": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _one_origin(self) -> Value:
        if sum(map(bool, (self.column, self.columns, self.constant is not None, self.template))) != 1:
            raise ValueError("give exactly one of column, columns, constant, template")
        return self

    @field_validator("steps")
    @classmethod
    def _known_steps(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for step in value:
            name = step.partition(":")[0]
            if name not in STEPS:
                raise ValueError(f"unknown step '{name}'; {did_you_mean(name, STEPS)}")
        return value

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str | None) -> str | None:
        from cem_cli.kinds import KINDS

        return value if value is None else _one_of(value, tuple(KINDS), "kind of value")

    def used_columns(self) -> list[str]:
        """Return the columns this value reads."""
        inside = re.findall(r"\{([^{}]+)\}", self.template or "")
        return [*([self.column] if self.column else []), *self.columns, *inside]


class Condition(Strict):
    """A test on one column of a row, as delivered; the tests given must all hold."""

    column: str
    equals: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    """None of these texts."""
    matches: str | None = None
    """Regular expression (RE2) found in the text."""
    empty: bool | None = None
    """true: the cell is empty; false: it is not."""

    @field_validator("matches")
    @classmethod
    def _valid_pattern(cls, value: str | None) -> str | None:
        return _pattern(value)

    @field_validator("equals", "differs", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value


class Reader(Strict):
    """How the bytes of a file become rows of text."""

    format: Literal["csv", "json", "ndjson"] = "csv"
    encoding: Literal["utf-8", "utf-16", "cp1252", "latin-1"] = "utf-8"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    """The quote character; empty where none is used."""
    decimal: Literal[".", ","] = "."
    skip: int = Field(default=0, ge=0)
    """Lines before the header."""
    header_rows: Literal["1", "2"] = "1"
    """2: a row of questions and a row of answer options (SurveyMonkey); an option names its column."""
    header: tuple[str, ...] = ()
    """Column names, where the file has no header line."""
    records_path: str | None = None
    """JSON: where the array of records is (`data`); the document itself by default."""
    file_name: str | None = None
    """Regular expression on the file's name; its named groups become columns `file.NAME`."""
    on_bad_bytes: Literal["refuse", "quarantine"] = "refuse"
    allow_multiline: bool = False
    """Accept quoted cells whose lines look like rows of their own."""

    @field_validator("file_name")
    @classmethod
    def _valid_pattern(cls, value: str | None) -> str | None:
        return _pattern(value)


class Key(Strict):
    """Columns that say which rows are about the same thing."""

    values: tuple[Value, ...]

    @model_validator(mode="before")
    @classmethod
    def _from_columns(cls, data: Any) -> Any:
        if isinstance(data, str) or (isinstance(data, dict) and "values" not in data):
            data = [data]
        return {"values": data} if isinstance(data, list) else data


class Identifier(Strict):
    """An identifier of the record besides its own e-mail, phone and tax code."""

    kind: str
    value: Value

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str) -> str:
        return _one_of(value, IDENTIFIER_KINDS, "identifier kind")

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        return _gathered(data, ("kind",))


class Consent(Strict):
    """A statement of consent that a row makes about its record."""

    channel: str
    purpose: str
    status: Value
    """Gives granted, denied, withdrawn or unknown; rows without a status state nothing."""
    at: Value | None = None
    legal_basis: str | None = None
    proof: Value | None = None
    identifier: Literal["email", "phone"] | None = None
    """The contact point the statement holds for, on every profile that has it."""
    where: tuple[Condition, ...] = ()

    @field_validator("channel")
    @classmethod
    def _known_channel(cls, value: str) -> str:
        return _one_of(value, CHANNELS, "channel")


class Person(Strict):
    """Who acted: the row's own record, the record of a key in another source, or whoever has an identifier."""

    by: Literal["record", "key", "identifier"] = "record"
    source: str | None = None
    """The source of the key; with an identifier: only records of this source are looked at."""
    kind: str | None = None
    value: Value | None = None

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: Any) -> Any:
        return {"by": "record"} if data == "record" else _gathered(data, ("by", "source", "kind"))

    @model_validator(mode="after")
    def _complete(self) -> Person:
        if self.by == "key" and not (self.source and self.value):
            raise ValueError("person by key needs source and column")
        if self.by == "identifier" and not (self.kind and self.value):
            raise ValueError("person by identifier needs kind and column")
        if self.by == "identifier":
            _one_of(str(self.kind), IDENTIFIER_KINDS, "identifier kind")
        return self


class Parent(Strict):
    """The event this one belongs to (a return's order, a rating's ticket)."""

    type: str
    key: Key
    source: str | None = None
    """Another source; this one by default."""


class Lines(Strict):
    """Order lines: one per row of the event (`rows: many`)."""

    sku: Value
    name: Value | None = None
    quantity: Value | None = None
    unit_price: Value | None = None
    discount: Value | None = None
    amount: Value | None = None
    """What the line costs after its discount; quantity x price - discount by default."""
    where: tuple[Condition, ...] = ()


class Event(Strict):
    """A dated act in a row."""

    type: str
    key: Key | None = None
    """What tells events of this type apart; the row's key by default."""
    at: Value
    each: str | None = None
    """JSON array in the row: one event per element, whose values are `each.NAME`."""
    person: Person | None = None
    device: Value | None = None
    channel: Value | None = None
    store: Value | None = None
    staff: Value | None = None
    campaign: Value | None = None
    amount: Value | None = None
    currency: Value | None = None
    revenue: bool = False
    """Declares that this type's amounts are what was earned; exactly one type per purchase may."""
    active: bool = False
    """An act of the person (not a delivery, a bounce, a shop's note)."""
    status: Value | None = None
    text: Value | None = None
    properties: dict[str, Value] = Field(default_factory=dict)
    where: tuple[Condition, ...] = ()
    lines: Lines | None = None
    parent: Parent | None = None

    @field_validator("type")
    @classmethod
    def _known_type(cls, value: str) -> str:
        return _one_of(value, EVENT_TYPES, "event type")


class Dimension(Strict):
    """Rows of a dimension table."""

    table: Literal["product", "store", "campaign", "rate", "weather"]
    fields: dict[str, Value]

    @model_validator(mode="after")
    def _known_fields(self) -> Dimension:
        for name in self.fields:
            _one_of(name, DIMENSIONS[self.table], f"field of {self.table}")
        return self


class SourceConfig(Strict):
    """One silo."""

    name: str = Field(pattern="^[a-z][a-z0-9_]{0,62}$")
    preset: str | None = None
    title: str = ""
    files: tuple[str, ...] = ()
    """Glob patterns below the project's data folder, in the order they are imported."""
    owner: str = ""
    trust: int = Field(default=50, ge=0, le=100)
    party: Literal["first", "third"] = "first"
    reader: Reader = Reader()
    key: Key | None = None
    """Columns that identify a row; the whole row by default."""
    rows: Literal["one", "many"] = "one"
    """Rows per key: `many` where an order is spread over a row per line."""
    record_key: Literal["row", "contact"] | Key = "row"
    """Which rows are about one person: the row's key; `contact`, equal contact details (persons inside event files); columns."""
    effective_at: Value | None = None
    """When a row became true (a column, or `file.NAME`); the import's order by default."""
    columns: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Column name used here -> other headers it is known by."""
    optional: tuple[str, ...] = ()
    """Columns that a delivery may lack."""
    known: tuple[str, ...] = ()
    """The system's full header, by which `cem inspect` recognises it; others count as new columns."""
    never_load: tuple[str, ...] = ()
    """Columns whose content must not be taken in (password hashes, tokens)."""
    fill_down: tuple[str, ...] = ()
    """Columns given only on the first row of a key."""
    drop_rows: tuple[Condition, ...] = ()
    """Test rows: refused with the reason `test_row` where any of these holds."""
    allow_empty: bool = False
    record: dict[RecordField, Value] = Field(default_factory=dict)
    identifiers: tuple[Identifier, ...] = ()
    consents: tuple[Consent, ...] = ()
    events: tuple[Event, ...] = ()
    dimension: Dimension | None = None

    @field_validator("files", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("columns", mode="before")
    @classmethod
    def _aliases_listed(cls, value: Any) -> Any:
        return {k: [v] if isinstance(v, str) else v for k, v in value.items()} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _consistent(self) -> SourceConfig:
        earning = [event for event in self.events if event.revenue and event.type not in ("refund", "return")]
        if len(earning) > 1 and not all(event.where for event in earning):
            raise ValueError("two event types earn revenue from the same rows: declare `revenue: true` on one of them only")
        if not self.record and (self.identifiers or self.consents):
            raise ValueError("identifiers and consents belong to a record: map `record` too")
        if not self.record and any(e.person and e.person.by == "record" for e in self.events):
            raise ValueError("an event's person is the row's record, but the source maps no record")
        if self.rows == "many" and self.key is None:
            raise ValueError("`rows: many` needs a key")
        return self

    @property
    def shares_records(self) -> bool:
        """Whether rows of several keys may be about one record."""
        return self.record_key != "row"

    def values(self) -> list[Value]:
        """Return every value of the mapping, in a fixed order."""
        found: list[Value] = []
        _collect(self, found)
        return found

    def conditions(self) -> list[Condition]:
        """Return every condition of the mapping."""
        inner = [c for e in self.events for c in (*e.where, *(e.lines.where if e.lines else ()))]
        return [*self.drop_rows, *inner, *(c for consent in self.consents for c in consent.where)]

    def used_columns(self) -> list[str]:
        """Return the columns that the mapping reads, each once, in order of appearance."""
        names = [name for value in self.values() for name in value.used_columns()]
        names += [condition.column for condition in self.conditions()]
        names += [*self.fill_down, *(event.each for event in self.events if event.each)]
        return list(dict.fromkeys(names))

    def reader_fingerprint(self) -> str:
        """Return a hash of what decides the delivered rows: a change means reading the file again."""
        parts = self.model_dump_json(include={"reader", "never_load", "drop_rows"})
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    def mapping_fingerprint(self) -> str:
        """Return a hash of what the rows mean: a change means deriving again from raw."""
        parts = self.model_dump_json(exclude={"reader", "never_load", "drop_rows", "title", "files", "owner", "preset", "known"})
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    def fingerprint(self) -> str:
        """Return both fingerprints, as the ledger keeps them."""
        return f"{self.reader_fingerprint()}.{self.mapping_fingerprint()}"


def read_source(path: Path) -> SourceConfig:
    """Read a source's YAML with its preset. Raises ConfigError with every mistake."""
    document = read_document(path)
    if not isinstance(document.data, dict):
        raise ConfigError([Problem(str(path), "expected keys with values")])
    data = dict(document.data)
    data.setdefault("name", path.stem)
    preset = data.get("preset")
    if isinstance(preset, str):
        base = _read_preset(preset, document)
        data = {**base, **data, **{key: _joined(base.get(key), data.get(key)) for key in MERGED if key in base or key in data}}
    return validated(SourceConfig, document, data)


def _joined(base: Any, own: Any) -> Any:
    return {**base, **own} if isinstance(base, dict) and isinstance(own, dict) else own if own is not None else base


def preset_names() -> list[str]:
    """Return the names of the presets that come with cem."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def read_preset(name: str) -> SourceConfig:
    """Return a preset as a source of its own name."""
    document = read_document(PRESETS / f"{name}.yaml")
    data = document.data if isinstance(document.data, dict) else {}
    return validated(SourceConfig, document, {"name": name, **data})


def _read_preset(name: str, document: Document) -> dict[str, Any]:
    if name not in preset_names():
        raise ConfigError([Problem(document.place(("preset",)), f"unknown preset '{name}'; {did_you_mean(name, preset_names())}")])
    base = read_document(PRESETS / f"{name}.yaml").data
    return dict(base) if isinstance(base, dict) else {}


def _gathered(data: Any, own: tuple[str, ...]) -> Any:
    """Return `{kind: k, column: c}` as `{kind: k, value: {column: c}}`: the short form people write."""
    if not isinstance(data, dict) or "value" in data:
        return data
    rest = {key: entry for key, entry in data.items() if key not in own}
    return {**{key: data[key] for key in own if key in data}, **({"value": rest} if rest else {})}


def _collect(node: object, found: list[Value]) -> None:
    if isinstance(node, Value):
        found.append(node)
    elif isinstance(node, Strict):
        for name in type(node).model_fields:
            _collect(getattr(node, name), found)
    elif isinstance(node, dict):
        for item in node.values():
            _collect(item, found)
    elif isinstance(node, tuple):
        for item in node:
            _collect(item, found)
