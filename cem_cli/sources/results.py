"""What an import returns, and the one error that leaves something behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.engines.duck import Connection


@dataclass(frozen=True)
class FileResult:
    """What became of one file."""

    file: str
    import_id: int | None
    """None where the file was taken in before, under the same mapping."""
    rows_read: int
    counts: dict[str, int]
    """Rows by verdict: loaded, unchanged, superseded, suppressed, quarantined."""
    reasons: dict[str, int] = field(default_factory=dict)
    """Quarantined rows by reason."""
    issues: dict[str, int] = field(default_factory=dict)
    """`FIELD: REASON` -> values set to null in rows that were loaded."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportResult:
    """What became of a source's files."""

    source: str
    files: tuple[FileResult, ...]
    rederived: int = 0
    """Rows derived again from `raw` because the mapping changed."""

    def total(self, verdict: str) -> int:
        """Return the rows of a verdict over all files."""
        return sum(result.counts[verdict] for result in self.files)


class QuarantineLimitError(CemError):
    """Too many rows cannot be used (exit 4): the load is rolled back, `keep` writes the refused records after it."""

    def __init__(self, where: str, bad_of_limit: tuple[int, int], keep: Callable[[Connection], None]) -> None:
        bad, limit = bad_of_limit
        super().__init__(
            "E-QUARANTINE-LIMIT", f"{bad} rows cannot be used; at most {limit} may be quarantined", where=where,
            code=ExitCode.QUARANTINE_LIMIT, fix="cem quarantine, then correct the source (or raise max_quarantine in cem.yaml)",
        )
        self.keep = keep
