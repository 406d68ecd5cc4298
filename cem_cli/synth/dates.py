"""The sample company's calendar: instants are whole seconds since 1970 in UTC, rendered column by column."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cem_cli.synth.words import Ints, Mask, Text, text

DAY = 86_400
START_DATE, AS_OF_DATE = np.datetime64("2024-07-01"), np.datetime64("2026-06-30")
START, AS_OF = int(START_DATE.astype("datetime64[s]").astype(np.int64)), int(AS_OF_DATE.astype("datetime64[s]").astype(np.int64))
"""The company's data begin and end at these midnights, UTC; nothing is dated later."""
DAYS = (AS_OF - START) // DAY

Days = NDArray[np.datetime64]

_SUMMERS = [
    (np.datetime64(start).astype("datetime64[s]").astype(np.int64), np.datetime64(end).astype("datetime64[s]").astype(np.int64))
    for start, end in [
        ("2023-03-26T01", "2023-10-29T01"), ("2024-03-31T01", "2024-10-27T01"),
        ("2025-03-30T01", "2025-10-26T01"), ("2026-03-29T01", "2026-10-25T01"),
    ]
]


def instant(day: str) -> int:
    """Return the midnight UTC of `YYYY-MM-DD` in seconds."""
    return int(np.datetime64(day).astype("datetime64[s]").astype(np.int64))


def summer(at: Ints) -> Mask:
    """Return where Italian summer time holds."""
    found: Mask = np.logical_or.reduce([(at >= start) & (at < end) for start, end in _SUMMERS])
    return found


def local(at: Ints) -> Ints:
    """Return instants shifted to Italian wall time (for rendering)."""
    return at + 3600 + 3600 * summer(at)


def _by_code(codes: Ints, render: Callable[[int], str]) -> Text:
    distinct, inverse = np.unique(codes, return_inverse=True)
    return text([render(int(code)) for code in distinct])[inverse]


def day_text(at: Ints, pattern: str = "%Y-%m-%d") -> Text:
    """Return the calendar day of instants in a strftime pattern (give `local(at)` for Italian days)."""
    return _by_code(at // DAY, lambda day: np.datetime64(day, "D").item().strftime(pattern))


def time_text(at: Ints, seconds: bool = True) -> Text:
    """Return the time of day of instants as HH:MM:SS, or HH:MM."""
    if not seconds:
        return _by_code(at % DAY // 60, lambda minute: f"{minute // 60:02d}:{minute % 60:02d}")
    return _by_code(at % DAY, lambda second: f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}")


def iso(at: Ints) -> Text:
    """Return instants as `2025-10-07T07:50:26Z`."""
    stamps: Text = day_text(at) + "T" + time_text(at) + "Z"
    return stamps


def plain(at: Ints) -> Text:
    """Return instants as `2025-10-07 07:50:26` (UTC)."""
    stamps: Text = day_text(at) + " " + time_text(at)
    return stamps


def with_offset(at: Ints) -> Text:
    """Return instants as Shopify writes them: `2025-10-07 09:50:26 +0200`."""
    stamps: Text = plain(local(at)) + np.where(summer(at), " +0200", " +0100").astype(object)
    return stamps


def dates_text(days: Days, pattern: str = "%Y-%m-%d") -> Text:
    """Return dates in a strftime pattern, '' for NaT."""
    absent = np.isnat(days)
    codes = np.where(absent, np.datetime64("1970-01-01"), days).astype("datetime64[D]").astype(np.int64)
    rendered = _by_code(codes, lambda day: np.datetime64(day, "D").item().strftime(pattern))
    rendered[absent] = ""
    return rendered


def blank_unless(present: Mask, column: Text | str) -> Text:
    """Return the column with '' where `present` is false."""
    return np.where(present, column, "").astype(object)
