"""What a source's rows mean: keys, identifiers, consents, events, order lines, dimension rows."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from cem_cli.config.document import Strict
from cem_cli.config.values import CHANNELS, DIMENSIONS, EVENT_TYPES, IDENTIFIER_KINDS, Condition, Value, one_of


def _gathered(data: Any, own: tuple[str, ...]) -> Any:
    """Return `{kind: k, column: c}` as `{kind: k, value: {column: c}}`: the short form people write."""
    if not isinstance(data, dict) or "value" in data:
        return data
    rest = {key: entry for key, entry in data.items() if key not in own}
    return {**{key: data[key] for key in own if key in data}, **({"value": rest} if rest else {})}


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
        return one_of(value, IDENTIFIER_KINDS, "identifier kind")

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
        return one_of(value, CHANNELS, "channel")


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
            one_of(str(self.kind), IDENTIFIER_KINDS, "identifier kind")
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
        return one_of(value, EVENT_TYPES, "event type")


class Dimension(Strict):
    """Rows of a dimension table."""

    table: Literal["product", "store", "campaign", "rate", "weather"]
    fields: dict[str, Value]

    @model_validator(mode="after")
    def _known_fields(self) -> Dimension:
        for name in self.fields:
            one_of(name, DIMENSIONS[self.table], f"field of {self.table}")
        return self
