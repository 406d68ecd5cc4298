"""A source YAML proposed from what `inspect` found: a preset where the system is known, else a mapping by kinds, commented."""

from __future__ import annotations

import json
import re

from cem_cli.config.values import IDENTIFIER_KINDS, RECORD_FIELDS
from cem_cli.kinds.detect import Detection
from cem_cli.sources.inspect import FileReport

_PLAIN = re.compile(r"[A-Za-z0-9À-ÿ_][A-Za-z0-9À-ÿ_ ./()-]*")
_WORDS = frozenset({"yes", "no", "true", "false", "on", "off", "null"})


def propose(report: FileReport, name: str = "") -> str:
    """Return the text of a source YAML that `config.source` accepts, for a source called `name` (by default as the file)."""
    lines = [f"# {report.file.path.name}: {report.file.rows} rows, {report.file.reader.format}, {report.file.reader.encoding}"]
    lines.append(f"name: {name or source_name(report.file.path.name)}")
    lines += _from_preset(report) if report.preset else _from_kinds(report)
    return "\n".join(lines) + "\n"


def source_name(file: str) -> str:
    """Return a name for the source of a file: its stem without dates and counters."""
    stem = re.sub(r"[^a-z0-9]+", "_", file.split(".", maxsplit=1)[0].lower())
    return re.sub(r"^[^a-z]+|(_?\d{4,})+|_+$", "", stem)[:62] or "source"


def _from_preset(report: FileReport) -> list[str]:
    match = report.preset
    if match is None:
        return []
    renamed = f", {len(match.renamed)} renamed" if match.renamed else ""
    lines = [
        f"# Recognised: {match.title} ({match.present} of {match.required} required columns{renamed}).",
        f"preset: {match.name}", f"files: {_quoted(report.file.path.name)}",
    ]
    lines += ["columns:", *(f"  {_quoted(column)}: {_quoted(other)}" for column, other in match.renamed)] if match.renamed else []
    lines += [f"# Missing, and nothing looks like it: {', '.join(match.missing)}"] if match.missing else []
    return lines


def _from_kinds(report: FileReport) -> list[str]:
    columns = dict(report.columns)
    keys = [name for name, seen in columns.items() if seen.kind == "row_id"] or [
        name for name, seen in columns.items() if seen.kind == "external_id" and seen.distinct == 1 and seen.fill == 1
    ]
    record = _record_lines(columns)
    dated = [name for name, seen in columns.items() if seen.kind in ("timestamp", "date") and seen.fill == 1]
    return [
        f"files: {_quoted(report.file.path.name)}",
        "owner: ''            # who answers for this silo",
        "trust: 50            # 0 to 100: which silo wins where two disagree",
        "party: first         # third: bought or borrowed data",
        *_reader_lines(report),
        f"key: {_quoted(keys[0])}" if keys else "# key: COLUMN        # which rows are about the same thing; the whole row by default",
        f"# effective_at: {_quoted(dated[0]) if dated else 'COLUMN'}    # when a row became true; the import's order by default",
        *record,
        *(_identifier_lines(columns) if record[0] == "record:" else []),
        "# What every column seems to be:",
        *(f"#   {' '.join(name.split())}: {seen.kind}, {seen.fill:.0%} filled ({seen.reason})" for name, seen in columns.items()),
    ]


def _identifier_lines(columns: dict[str, Detection]) -> list[str]:
    found = [(name, seen.kind) for name, seen in columns.items() if seen.kind in IDENTIFIER_KINDS and seen.kind not in RECORD_FIELDS]
    return ["identifiers:", *(f"  - {{kind: {kind}, column: {_quoted(name)}}}" for name, kind in found)] if found else []


def _reader_lines(report: FileReport) -> list[str]:
    given = report.file.reader.model_dump(exclude_defaults=True) | ({"decimal": ","} if report.decimal == "," else {})
    return [f"reader: {{{', '.join(f'{name}: {json.dumps(value)}' for name, value in given.items())}}}"] if given else []


def _record_lines(columns: dict[str, Detection]) -> list[str]:
    lines = []
    for field in RECORD_FIELDS:
        found = [(name, seen) for name, seen in columns.items() if seen.kind == field and field not in ("kind", "deleted")]
        if not found:
            continue
        names = [name for name, _ in found]
        formats = [seen.date_format for _, seen in found if seen.date_format]
        if len(names) == 1 and not formats:
            lines.append(f"  {field}: {_quoted(names[0])}")
        else:
            origin = f"column: {_quoted(names[0])}" if len(names) == 1 else f"columns: [{', '.join(map(_quoted, names))}]"
            lines.append(f"  {field}: {{{origin}{f', format: {json.dumps(formats[0])}' if formats else ''}}}")
    return ["record:", *lines] if lines else ["# record: no column tells a person; map events instead (see docs)"]


def _quoted(text: str) -> str:
    """Return a YAML scalar: plain where it can be read in one way only."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not text.endswith(" ")
    return text if plain else json.dumps(text, ensure_ascii=False)
