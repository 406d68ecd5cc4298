"""A source: one YAML file that says how a silo's export is read and what its columns mean.

A file may name a `preset` (`sources/presets/NAME.yaml`, a real system's layout); its own keys override the preset's.
`config.mapping` has the parts of a mapping, `config.values` the words and values it is made of.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from cem_cli.base.errors import did_you_mean
from cem_cli.config.document import ConfigError, Document, Problem, Strict, read_document, validated
from cem_cli.config.mapping import Consent, Dimension, Event, Identifier, Key
from cem_cli.config.values import Condition, RecordField, Value, pattern

PRESETS = Path(__file__).parents[1] / "sources" / "presets"

MERGED = ("reader", "record", "columns")
"""Keys whose entries are added to the preset's; any other key replaces the preset's."""


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
        return pattern(value)


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

    @field_validator("files")
    @classmethod
    def _below_the_data_folder(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for glob in value:
            if not glob or Path(glob).is_absolute() or ".." in Path(glob).parts:
                raise ValueError(f"'{glob}' is no pattern below the project's data folder (other files: cem import SOURCE FILE)")
        return value

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
