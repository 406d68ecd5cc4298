"""What an export is: who, which columns, in which form, for which purpose, and where. Reads `field` and `segment`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode, did_you_mean
from cem_cli.engines.duck import Connection

FORMATS = ("csv", "json", "ndjson", "parquet")
PROFILES = ("machine", "spreadsheet")
UNITS = ("household",)
"""What an export may write one person of."""
INTERNAL_PURPOSE = "analytics"
"""What an export is for that states no purpose: looking at numbers. Names and contact data are not for that."""

_ADDRESS = {
    "email": ("email",), "sms": ("phone",), "phone": ("phone",),
    "mail": ("street", "house_number", "postcode", "city", "province", "country"),
}  # fmt: skip
_ALL_ADDRESSES = {"email": "emails", "sms": "phones", "phone": "phones"}


@dataclass(frozen=True)
class ExportSpec:
    """One export of the project."""

    name: str
    """The destination: deliveries to it are remembered under this name."""
    of: str
    """`profiles`, or a segment's name."""
    path: Path
    """The file to write; manifest, blocked, adds, removes and redirects stand beside it."""
    format: str = "csv"
    columns: tuple[str, ...] = ()
    """Names of the `field` catalogue; by default the customer id, and the names and address that channel and purpose need."""
    channel: str = ""
    """The channel that will reach the people; empty = nobody is contacted."""
    purpose: str = ""
    profile: str = "machine"
    """`spreadsheet` (csv) takes the life out of values that a spreadsheet would run as a formula."""
    one_per: str = ""
    """`household`: one of those who live together, the others are kept back; empty = everybody."""


@dataclass(frozen=True)
class ExportColumn:
    """A column of the catalogue that an export writes."""

    name: str
    table: str
    column: str
    type: str


def target_path(folder: Path, name: str, format: str, path: str = "") -> Path:
    """Return the file of an export below `folder`: `path`, else `NAME/NAME.FORMAT`. Raises CemError E-OUT-OUTSIDE (exit 8)."""
    target = folder / (path or f"{name}/{name}.{format}")
    if not target.resolve().is_relative_to(folder.resolve()):
        raise CemError(
            "E-OUT-OUTSIDE", f"export '{name}' would be written outside the exports folder", where=str(target),
            code=ExitCode.OUTPUT, fix=f"name a path below {folder}",
        )
    return target


def check_spec(con: Connection, spec: ExportSpec) -> tuple[ExportColumn, ...]:
    """Return the columns to write. Raises CemError for what cannot be (exit 2) and for what privacy forbids (exit 15)."""
    place = f"export {spec.name}"
    _one_of(spec.format, FORMATS, "format", place)
    _one_of(spec.profile, PROFILES, "profile", place)
    if spec.one_per:
        _one_of(spec.one_per, UNITS, "unit", place)
    if spec.profile == "spreadsheet" and spec.format != "csv":
        raise CemError("E-EXPORT-PROFILE", "only a csv file has the profile `spreadsheet`", where=place, fix="format: csv")
    if spec.of != "profiles":
        segments = [row[0] for row in con.execute("SELECT name FROM cem.segment ORDER BY name").fetchall()]
        if spec.of not in segments:
            raise CemError("E-EXPORT-OF", f"no segment '{spec.of}' has been built", where=place,
                           why=did_you_mean(spec.of, ["profiles", *segments]), fix="cem segment build")  # fmt: skip
    if spec.channel and not spec.purpose:
        raise CemError("E-EXPORT-PURPOSE", f"contact by {spec.channel} needs a purpose", where=place,
                       why="consent is given for a purpose", fix="purpose: marketing", code=ExitCode.PRIVACY)  # fmt: skip
    return _columns(con, spec, place)


def _one_of(word: str, known: tuple[str, ...], what: str, place: str) -> None:
    if word not in known:
        raise CemError(f"E-EXPORT-{what.upper()}", f"'{word}' is no {what} of exports", where=place, why=did_you_mean(word, known))


def _columns(con: Connection, spec: ExportSpec, place: str) -> tuple[ExportColumn, ...]:
    rows = con.execute(
        "SELECT name, table_name, column_name, type, coalesce(purposes, []) FROM cem.field ORDER BY table_name <> 'profile', name"
    ).fetchall()
    known = {row[0]: ExportColumn(*row[:4]) for row in rows}
    purposes: dict[str, list[str]] = {row[0]: row[4] for row in rows}
    purpose = spec.purpose or INTERNAL_PURPOSE
    allowed = [name for name in known if not purposes[name] or purpose in purposes[name]]
    wanted = spec.columns or _default_columns(spec, known, allowed)
    for name in wanted:
        if name not in known:
            raise CemError("E-EXPORT-COLUMN", f"no field is called '{name}'", where=place, why=did_you_mean(name, known),
                           fix="cem segment fields")  # fmt: skip
        if name not in allowed:
            raise CemError("E-EXPORT-PURPOSE", f"field '{name}' may not be exported for {purpose}", where=place,
                           why=f"its purposes: {', '.join(purposes[name])}",
                           fix="state a purpose that allows it, or leave it out", code=ExitCode.PRIVACY)  # fmt: skip
        if name == _ALL_ADDRESSES.get(spec.channel):
            raise CemError("E-EXPORT-ADDRESSES", f"field '{name}' may hold addresses that opted out of {spec.channel}", where=place,
                           why="consent was checked for the main address", fix=f"use {name[:-1]}", code=ExitCode.PRIVACY)  # fmt: skip
    if len(set(wanted)) < len(wanted):
        raise CemError("E-EXPORT-COLUMN", "a column is named twice", where=place)
    return tuple(known[name] for name in wanted)


def _default_columns(spec: ExportSpec, known: dict[str, ExportColumn], allowed: list[str]) -> tuple[str, ...]:
    if not spec.channel:
        return ("customer_id", *(name for name in allowed if known[name].table == "profile" and name != "customer_id"))
    needed = ("customer_id", "given_name", "surname", *_ADDRESS.get(spec.channel, ()))
    return tuple(name for name in needed if name in allowed)
