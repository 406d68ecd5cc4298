"""The JSON document of `--json`: one on stdout whatever happens. Additive: readers ignore fields they do not know."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from cem_cli import __version__
from cem_cli.base.errors import RETRYABLE, CemError, ExitCode
from cem_cli.reports.result import Result

SCHEMA = "cem.result/1"
SAFE_INTEGER = 2**53


def envelope(command: str, result: Result, started_at: str, elapsed_ms: int) -> str:
    """Return the document of a command that came to an end."""
    document = {
        "schema": SCHEMA, "command": command, "status": result.status, "exit_code": int(result.exit_code), "run_id": result.run_id,
        "started_at": started_at, "elapsed_ms": elapsed_ms, "versions": versions(), "dry_run": result.dry_run,
        "counts": dict(result.counts), "conserved": result.conserved, "files": list(result.files),
        "warnings": [asdict(warning) for warning in result.warnings], "data": result.data,
    }
    return as_json(document)


def as_json(value: object) -> str:
    """Return any value of ours as JSON text (big integers and money as text, no NaN)."""
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, indent=2)


def error_envelope(command: str, error: CemError, started_at: str, elapsed_ms: int) -> str:
    """Return the document of a command that failed."""
    status = "cancelled" if error.code in (ExitCode.INTERRUPTED, ExitCode.TERMINATED) else "error"
    document = {
        "schema": SCHEMA, "command": command, "status": status, "exit_code": int(error.code), "run_id": None,
        "started_at": started_at, "elapsed_ms": elapsed_ms, "versions": versions(), "dry_run": False, "counts": {},
        "conserved": True, "files": [], "warnings": [],
        "error": {
            "id": error.id, "message": error.what, "where": error.where, "why": error.why, "fix": error.fix,
            "retryable": error.code in RETRYABLE,
        },
        "data": {},
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def versions() -> dict[str, str | int]:
    """Return the versions a reader may depend on."""
    from cem_cli.store.tables import VERSION

    return {"cem": __version__, "tables": VERSION}


def _plain(value: object) -> object:
    """Return `value` in JSON's terms: big integers as text, no NaN, dates in RFC 3339, money as text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) < SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") + ("Z" if value.tzinfo is None else "")
    if isinstance(value, date | Decimal | Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Sequence | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_plain(item) for item in items]
    return str(value)
