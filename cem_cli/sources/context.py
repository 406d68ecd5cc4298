"""What an import needs to know besides its source and file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class ImportContext:
    """The run and the project an import belongs to."""

    run_id: int
    as_of: datetime
    key: str
    """The project's hashing key."""
    spill: Path
    """Private folder for temporary copies."""
    country: str = "IT"
    time_zone: str = "Europe/Rome"
    """Zone of instants that carry none."""
    currency: str = "EUR"
    """Currency of amounts that carry none."""
    effective_at: datetime | None = None
    """The flag `--effective-at`: when the file's rows became true."""
    max_quarantine: float = 0.01
    """Share of a file's rows that may be quarantined (never fewer than 100 rows)."""
    allow_shrink: bool = False
    """Accept a file with less than half of the rows of the last one."""
