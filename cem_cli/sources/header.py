"""A delivered header against the columns a source's mapping reads: order is free, names are exact or declared aliases.

With declared columns the engine does not compare the header at all (swapped headers load into the wrong fields), so cem does.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from cem_cli.base.errors import CemError, ExitCode, did_you_mean
from cem_cli.config.source import SourceConfig

MAX_NAME = 128
VIRTUAL = ("file.", "each.")
"""Prefixes of columns that are not in the header: parts of the file's name, elements of an array in the row."""

_LIKE_DATA = re.compile(r"@|\d{4}")
"""What no column is called, but a cell may hold: errors must not repeat it."""


@dataclass(frozen=True)
class Header:
    """A file's columns under the names the mapping uses, in the file's order."""

    names: tuple[str, ...]
    warnings: tuple[str, ...] = field(default=())


def tidy(names: Sequence[str]) -> list[str]:
    """Return header cells trimmed and composed; an empty one becomes `column N`."""
    return [unicodedata.normalize("NFC", name).strip() or f"column {n}" for n, name in enumerate(names, start=1)]


def top_level(column: str, source: SourceConfig) -> str:
    """Return what the header must hold for `column`: itself, or the first key of a JSON path."""
    if source.reader.format == "csv":
        return column
    return column.split(".", 1)[0].split("[", 1)[0]


def match_header(delivered: Sequence[str], source: SourceConfig, where: str) -> Header:
    """Return the delivered columns under the mapping's names. Raises CemError (exit 5): duplicate, missing, unusable names."""
    names = tidy(delivered)
    _refuse_unusable(names, where)
    alias = {other: name for name, others in source.columns.items() for other in others}
    taken = {name for name in names if name not in alias}
    names = [alias[name] if name in alias and alias[name] not in taken else name for name in names]
    _refuse_twice(names, where)
    needed = {top_level(column, source) for column in source.used_columns() if not column.startswith(VIRTUAL)}
    missing = needed - set(names) - {top_level(name, source) for name in source.optional}
    warnings = _warnings(names, source, needed)
    if source.reader.format != "csv":
        missing, absent = missing & _key_names(source), missing
        warnings += ["keys that no record has: " + ", ".join(sorted(absent))] if absent else []
    if missing:
        raise _missing(sorted(missing), names, where)
    return Header(tuple(names), tuple(warnings))


def _key_names(source: SourceConfig) -> set[str]:
    """Return the JSON keys no delivery can lack; others are often left out where they are empty."""
    return {top_level(column, source) for value in (source.key.values if source.key else ()) for column in value.used_columns()}


def _refuse_unusable(names: list[str], where: str) -> None:
    for position, name in enumerate(names, start=1):
        if "\0" in name or len(name) > MAX_NAME:
            raise CemError("E-HEADER-NAME", f"column {position} has no usable name (longer than {MAX_NAME} characters, or a NUL byte)",
                           where=where, code=ExitCode.INPUT, fix="check reader.delimiter and reader.quote of the source")


def _refuse_twice(names: list[str], where: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            places = " and ".join(str(n) for n, other in enumerate(names, start=1) if other == name)
            raise CemError("E-HEADER-TWICE", f"the header gives columns {places} one name", where=where, code=ExitCode.INPUT,
                           fix="rename one of them in the export, or declare which is which under `columns:`")


def _missing(missing: list[str], names: list[str], where: str) -> CemError:
    like_names = [name for name in names if not _LIKE_DATA.search(name)]
    hints = [did_you_mean(name, like_names) for name in missing]
    clauses = [f"'{name}'" + (f" ({hint})" if hint.startswith("did you mean") else "") for name, hint in zip(missing, hints, strict=True)]
    if len(names) == 1:
        return CemError("E-HEADER-MISSING", f"the header has one column only; {len(missing)} are expected", where=where,
                        code=ExitCode.INPUT, why="the delimiter is probably another",
                        fix="cem inspect FILE, then set reader.delimiter of the source")
    return CemError(
        "E-HEADER-MISSING", "the header lacks " + ", ".join(clauses), where=where, code=ExitCode.INPUT,
        fix="declare the new name under `columns:` of the source (NAME: [NEW NAME]), or list the column under `optional:`; "
            "a file without a header line needs `reader: {header: [...]}`",
    )


def _warnings(names: list[str], source: SourceConfig, needed: set[str]) -> list[str]:
    found = []
    if source.known:
        known = needed | set(source.known) | set(source.columns) | set(source.never_load)
        new = [name for name in names if name not in known]
        if new:
            found.append("columns the source does not know, kept as extra: " + ", ".join(new))
    folded = Counter(name.lower() for name in names)
    twins = sorted(name for name in names if folded[name.lower()] > 1)
    if twins:
        found.append("columns that differ by capitals only: " + ", ".join(twins))
    return found
