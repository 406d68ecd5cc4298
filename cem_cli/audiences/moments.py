"""Periods of time seen from the run's as_of, by the calendar: a month before 31 March is 28 (or 29) February. Reads no table."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta

from cem_cli.audiences.tree import Window

FIRST, LAST = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - the workspace keeps UTC without a zone


def without_zone(as_of: datetime) -> datetime:
    """Return `as_of` in UTC without its zone, as the workspace keeps instants."""
    return as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of


def shift(as_of: datetime, count: int, unit: str) -> datetime:
    """Return `as_of` moved by `count` units (hour, day, week, month, year); outside the calendar, its first or last instant."""
    try:
        if unit in ("hour", "day", "week"):
            return as_of + timedelta(**{f"{unit}s": count})
        months = as_of.year * 12 + as_of.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        day = min(as_of.day, calendar.monthrange(year, month + 1)[1])
        return as_of.replace(year=year, month=month + 1, day=day)
    except (OverflowError, ValueError, IndexError):
        return FIRST if count < 0 else LAST


def bounds(window: Window, as_of: datetime) -> tuple[datetime | None, datetime]:
    """Return the first and last instant of a period (None = no beginning); for `older`, the instant it must come before."""
    if window.direction == "next":
        return as_of, shift(as_of, window.count, window.unit)
    past = shift(as_of, -window.count, window.unit)
    return (None, past) if window.direction == "older" else (past, as_of)


def as_day(instant: datetime) -> date:
    """Return the day (UTC) of an instant."""
    return instant.date()
