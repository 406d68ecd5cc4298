"""JSON is one valid document, with nothing JSON cannot hold."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.reports.envelope import as_json, envelope, error_envelope
from cem_cli.reports.result import Grid, Result, Warn


def test_envelope_has_every_promised_field() -> None:
    document = json.loads(envelope("status", Result(data={"a": 1}, warnings=[Warn("W-X", "careful")]), "2026-01-01T00:00:00+00:00", 5))
    assert set(document) == {
        "schema", "command", "status", "exit_code", "run_id", "started_at", "elapsed_ms", "versions", "dry_run", "counts", "conserved",
        "files", "warnings", "data",
    }
    assert document["warnings"] == [{"id": "W-X", "message": "careful", "where": "", "count": 1}]


def test_failure_is_a_document_too() -> None:
    error = CemError("E-LOCKED", "in use", where="w.lock", why="waited", fix="later", code=ExitCode.LOCKED)
    document = json.loads(error_envelope("run", error, "", 1))
    assert document["status"] == "error"
    assert document["exit_code"] == 11
    assert document["error"] == {"id": "E-LOCKED", "message": "in use", "where": "w.lock", "why": "waited", "fix": "later", "retryable": True}


def test_values_json_cannot_hold() -> None:
    value = {
        "big": 2**60, "nan": float("nan"), "money": Decimal("1.10"), "day": date(2026, 1, 2), "at": datetime(2026, 1, 2, 3, tzinfo=UTC),
        "path": Path("a/b"), "set": {"b", "a"}, "grid": Grid(("x",), [(1,)]), "none": None, "yes": True,
    }
    assert json.loads(as_json(value)) == {
        "big": str(2**60), "nan": None, "money": "1.10", "day": "2026-01-02", "at": "2026-01-02T03:00:00+00:00", "path": "a/b",
        "set": ["a", "b"], "grid": {"columns": ["x"], "rows": [[1]], "title": "", "empty": "", "compared": False}, "none": None, "yes": True,
    }
