"""Birth dates: swaps, mistyped digits, unknown days and placeholders are levels of their own."""

from __future__ import annotations

import numpy as np

from cem_cli.linkage.compare.base import Comparison, Levels, Positions, Term, both_codes, mark
from cem_cli.linkage.records import Longs, Records

LABELS = (
    "missing", "different", "year within two", "same year", "two digits differ", "same year, day unknown or 1 January",
    "two of day, month, year", "one digit differs", "day and month swapped", "exact, 1 January", "exact",
)
_PRIOR = (0.03, 0.01, 0.015, 0.02, 0.03, 0.035, 0.06, 0.02, 0.08, 0.70)


def digits(numbers: Longs) -> Longs:
    """Return dates as eight decimal digits, four bits each, so that differing digits can be counted by bits."""
    written = (numbers >> 16) * 10000 + ((numbers >> 8) & 255) * 100 + (numbers & 255)
    packed = np.zeros_like(written)
    for place in range(8):
        packed |= (written % 10) << (4 * place)
        written //= 10
    return np.asarray(packed, np.int64)


def date_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return the ladder `LABELS` for pairs."""
    a, b, both = both_codes(records, "birth", l, r)
    numbers = records.numbers["birth"]
    level = both.astype(np.uint8)
    same = a == b
    equal, other = np.flatnonzero(same), np.flatnonzero(both & ~same)
    level[equal] = np.uint8(10) - ((numbers & 0xFFFF) == 0x0101).take(a.take(equal), mode="clip")
    if len(other):
        x, y = a.take(other), b.take(other)
        written = digits(numbers)
        level[other] = _unequal(numbers.take(x), numbers.take(y), written.take(x) ^ written.take(y))
    return level


def _unequal(x: Longs, y: Longs, apart: Longs) -> Levels:
    """Return the levels of unequal dates; `apart`: where their digits differ, four bits each."""
    year_x, year_y, month_x, month_y, day_x, day_y = x >> 16, y >> 16, (x >> 8) & 255, (y >> 8) & 255, x & 255, y & 255
    parts = (year_x == year_y).astype(np.int8) + (month_x == month_y) + (day_x == day_y)
    apart |= apart >> 1
    apart |= apart >> 2
    differing = np.bitwise_count(apart & 0x11111111)
    vague = (((x & 0xFFFF) == 0x0101) | ((y & 0xFFFF) == 0x0101) | (month_x == 0) | (month_y == 0)) & (year_x == year_y)
    level = np.ones(len(x), np.uint8)
    same_year = year_x == year_y
    level += np.abs(year_x - year_y) <= 2
    level += same_year
    mark(level, differing == 2, 4)
    mark(level, parts == 2, 6)
    mark(level, vague, 5)
    mark(level, differing == 1, 7)
    mark(level, same_year & (month_x == day_y) & (day_x == month_y), 8)
    return level


BIRTH_DATE = Comparison("birth date", ("birth",), LABELS, _PRIOR, date_levels, (Term(10, "birth", 0.5),), own=7, steady=True)
