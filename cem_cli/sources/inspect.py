"""`cem inspect`: what a file is, what its columns mean, and which known system it comes from. Reads files, writes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cem_cli.base.sql import quote
from cem_cli.config.source import SourceConfig, preset_names, read_preset
from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.kinds.detect import Detection, detect_kinds
from cem_cli.sources.header import VIRTUAL, top_level
from cem_cli.sources.table import TableFile, read_table

SAME = 0.75
"""Share of a preset's required columns a header must hold to be taken for that system's export."""


@dataclass(frozen=True)
class PresetMatch:
    """A known system's layout found again in a header."""

    name: str
    title: str
    present: int
    required: int
    renamed: tuple[tuple[str, str], ...]
    """Columns of the preset that were missing, with the delivered column that seems to be meant."""
    missing: tuple[str, ...]


@dataclass(frozen=True)
class FileReport:
    """What one file is."""

    file: TableFile
    columns: tuple[tuple[str, Detection], ...]
    preset: PresetMatch | None
    decimal: str = "."
    """The decimal separator of most amounts."""


def inspect(files: Iterable[Path]) -> list[FileReport]:
    """Return a report per file. Raises CemError (exit 5) for what cannot be read."""
    reports = []
    with tempfile.TemporaryDirectory(prefix="cem-") as folder:  # mode 0700
        for path in files:
            con = connect_memory(spill=Path(folder))
            try:
                reports.append(_inspect(con, path, Path(folder)))
            finally:
                con.close()
    return reports


def _inspect(con: Connection, path: Path, spill: Path) -> FileReport:
    file = read_table(con, path, spill, "inspected")
    detected = detect_kinds(con, "inspected", list(file.columns))
    amounts = [name for name, seen in detected.items() if seen.kind in ("amount", "quantity")]
    return FileReport(file, tuple(detected.items()), match_preset(file, detected), _decimal(con, amounts))


def _decimal(con: Connection, columns: list[str]) -> str:
    """Return the sign that stands before the last one or two digits of most amounts."""
    if not columns:
        return "."
    listed = ", ".join(quote(column) for column in columns)
    commas, points = con.execute(rf"""
        SELECT count(*) FILTER (WHERE regexp_matches(v, ',[0-9]{{1,2}}$')), count(*) FILTER (WHERE regexp_matches(v, '\.[0-9]{{1,2}}$'))
        FROM (SELECT unnest([{listed}]) AS v FROM inspected LIMIT 2000)""").fetchall()[0]
    return "," if commas > points else "."


def match_preset(file: TableFile, detected: dict[str, Detection]) -> PresetMatch | None:
    """Return the known layout the file fits best, or None."""
    matches = [match for name in preset_names() if (match := _against(name, read_preset(name), file, detected))]
    return max(matches, key=lambda m: (m.present / m.required, m.present, m.name), default=None)


def _against(name: str, preset: SourceConfig, file: TableFile, detected: dict[str, Detection]) -> PresetMatch | None:
    if (preset.reader.format == "csv") != (file.reader.format == "csv"):
        return None
    delivered = set(file.header)
    used = {top_level(column, preset) for column in preset.used_columns() if not column.startswith(VIRTUAL)}
    required = used - {top_level(column, preset) for column in preset.optional}
    missing = sorted(column for column in required if not {column, *preset.columns.get(column, ())} & delivered)
    strange = len(delivered - set(preset.known) - set(preset.columns))
    if not required or len(required) < 3 or len(required) - len(missing) < SAME * len(required) or strange > len(delivered) / 2:
        return None
    renamed = _renamed(preset, missing, detected)
    rest = tuple(column for column in missing if column not in dict(renamed))
    return PresetMatch(name, preset.title, len(required) - len(missing), len(required), renamed, rest)


def _renamed(preset: SourceConfig, missing: list[str], detected: dict[str, Detection]) -> tuple[tuple[str, str], ...]:
    """Return missing columns with the unknown delivered column whose values are of the same kind, where there is just one."""
    kinds = {column: field for field, value in preset.record.items() for column in value.used_columns()}
    unknown = {column: detection.kind for column, detection in detected.items() if column not in preset.known}
    found = []
    for column in missing:
        candidates = [name for name, kind in unknown.items() if kind == kinds.get(column)]
        if len(candidates) == 1:
            found.append((column, candidates[0]))
    return tuple(found)
