"""The types of the language, and how a column of the workspace is seen in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Type(StrEnum):
    """What a value is; two values can be compared only when their types fit."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    FLAG = "true or false"
    LIST = "list"
    UNKNOWN = "missing value"
    """Only in `evaluate`, for a value that is not there; it fits everything and matches nothing."""


ARTICLES = {
    Type.TEXT: "a text", Type.NUMBER: "a number", Type.DATE: "a date", Type.INSTANT: "an instant", Type.FLAG: "true or false",
    Type.LIST: "a list", Type.UNKNOWN: "missing",
}
MOMENTS = frozenset({Type.DATE, Type.INSTANT})
ORDERED = frozenset({Type.TEXT, Type.NUMBER, Type.DATE, Type.INSTANT})

_WRITTEN = {
    Type.TEXT: "varchar text string",
    Type.NUMBER: "number money decimal numeric double float real tinyint smallint int integer bigint hugeint utinyint usmallint "
    "uinteger ubigint",
    Type.DATE: "date",
    Type.INSTANT: "timestamp instant datetime",
    Type.FLAG: "boolean bool flag",
    Type.LIST: "list",
}
_COLUMN_TYPES = {word: known for known, words in _WRITTEN.items() for word in words.split()}


def type_of_column(column_type: str) -> Type | None:
    """Return the type of a column as the catalogue writes it (`DECIMAL(18,2)`, `VARCHAR[]`, `text`), None where none fits."""
    plain = column_type.strip().lower()
    if plain.endswith("[]"):
        return Type.LIST if plain in ("varchar[]", "text[]") else None
    return _COLUMN_TYPES.get(plain.split("(")[0].strip())


def type_of_value(value: object) -> Type | None:
    """Return the type of a Python value, None where the language has no such values."""
    if value is None:
        return Type.UNKNOWN
    for kind, known in (
        (bool, Type.FLAG), (int, Type.NUMBER), (float, Type.NUMBER), (Decimal, Type.NUMBER), (str, Type.TEXT),
        (datetime, Type.INSTANT), (date, Type.DATE), (list, Type.LIST), (tuple, Type.LIST),
    ):  # fmt: skip
        if isinstance(value, kind):
            return known
    return None


@dataclass(frozen=True)
class Field:
    """A field that expressions may use."""

    name: str
    type: Type
    table: str = ""
    """Table of schema `cem` with one row per customer; empty where the values come from elsewhere (`evaluate`)."""
    column: str = ""
    meaning: str = ""
    purposes: tuple[str, ...] = ()
    """What the field may be used for; empty = everything."""
