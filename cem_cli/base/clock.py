"""The run's one clock: the only place that asks the machine for the time."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

from cem_cli.base.errors import CemError


def wall_now() -> datetime:
    """Return the machine's time in UTC, without microseconds. Consent alone may look at it; runs use their `as_of`."""
    return datetime.now(UTC).replace(microsecond=0)


def stopwatch() -> float:
    """Return seconds from an arbitrary origin, for durations."""
    return time.monotonic()


def parse_as_of(text: str) -> datetime:
    """Return the instant a flag or cem.yaml names: `2026-06-30`, or an ISO instant; a bare date is its midnight UTC."""
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        instant = datetime.fromisoformat(text)
    except ValueError as err:
        raise CemError(
            "E-AS-OF", f"cannot read '{text}' as an instant", why="expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS+00:00",
            fix="cem run --as-of 2026-06-30",
        ) from err
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
