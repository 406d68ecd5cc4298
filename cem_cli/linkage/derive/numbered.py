"""Birth dates that stand inside numbers of persons: personnummer, CPR, PESEL, CNP, henkilötunnus, rodné číslo and their like.

No list of countries: a column holds birth dates where at one place nearly all of its numbers have the digits of a day, and these
span a life or are the dates of birth that stand beside them. Months may be raised: by 20, 40 or 80 for another century, by 50, 70
or 20 for women and where numbers ran out. Reads the table it is given; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive.dates import lowest_ids_sql

SAMPLE = 2000
"""Records that are looked at."""
FEW = 20
"""Numbers of one length from which their digits are no accident."""
NEARLY_ALL = 0.98
"""Share of the numbers of one length that hold a date."""
LIFE = 30
"""Years between the fifth and the ninety-fifth of a hundred dates from which they are dates of birth."""
AGREE = 0.7
"""Share of dates of birth beside them that they repeat, from which they are these whatever years they span."""
SHORTEST, LONGEST = 6, 24
"""Characters of a number that may hold a date."""
EARLIEST, LATEST = 1850, 2100
"""Years of birth, from and below."""
PIVOT = 30
"""Two-digit years below are those of this century."""
_ORDERS = {
    "ymd": ((0, 4), (4, 2), (6, 2)), "dmy": ((4, 4), (2, 2), (0, 2)), "yymd": ((0, 2), (2, 2), (4, 2)), "dmyy": ((4, 2), (2, 2), (0, 2)),
}
"""Order -> (start, digits) of year, month and day."""
_RAISED = ((), (20, 40, 80), (20, 50, 70))
"""What may have been added to a month."""


@dataclass(frozen=True)
class Place:
    """Where numbers of one length hold a date."""

    length: int
    start: int
    order: str
    raised: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return how many digits the date has."""
        return sum(digits for _, digits in _ORDERS[self.order])

    def date_sql(self, bare: str) -> str:
        """Return SQL for the date in a bare number, as year x 65536 + month x 256 + day; NULL where there is none."""
        year, month, day = (
            f"try_cast(substr({bare}, {self.start + at + 1}, {digits}) AS INTEGER)" for at, digits in _ORDERS[self.order]
        )
        lowered = " ".join(f"WHEN {month} > {more} THEN {month} - {more}" for more in sorted(self.raised, reverse=True))
        whole = f"(CASE {lowered} ELSE {month} END)" if lowered else month
        full = f"(CASE WHEN {year} >= 100 THEN {year} WHEN {year} < {PIVOT} THEN {year} + 2000 ELSE {year} + 1900 END)"
        return (
            f"CASE WHEN strlen({bare}) = {self.length} AND {whole} BETWEEN 1 AND 12 AND {day} BETWEEN 1 AND 31 "
            f"THEN {full} * 65536 + {whole} * 256 + {day} END"
        )


Places = dict[str, tuple[Place, ...]]


def bare_number_sql(column: str) -> str:
    """Return SQL for a number without signs and spaces, in small letters."""
    return f"lower(regexp_replace({quote(column)}::VARCHAR, '[^0-9A-Za-z]', '', 'g'))"


def born_sql(column: str, places: Sequence[Place]) -> str:
    """Return SQL for the birth date that a column's numbers hold."""
    bare = bare_number_sql(column)
    return f"coalesce({', '.join(place.date_sql(bare) for place in places)}, NULL)::BIGINT"


def number_sql(bare: str, places: Sequence[Place]) -> str:
    """Return SQL for the number itself, out of its bare form: without the century in front; nothing where it is a date alone."""
    whole = [f"WHEN strlen({bare}) = {p.length} THEN NULL" for p in places if p.length == p.size]
    short = [
        f"WHEN strlen({bare}) = {p.length} THEN substr({bare}, 3)"
        for p in places if p.order == "ymd" and not p.start and p.length > p.size
    ]
    return f"CASE {' '.join(whole + short)} ELSE {bare} END" if whole + short else bare


def with_numbers(con: Connection, table: str, columns: Sequence[str], born: str | None) -> tuple[str | None, Places]:
    """Return SQL for the birth date `born`, where it is missing that which a number holds, and where the numbers of columns hold it.

    Where there are only numbers of one form, they are compared themselves.
    """
    if not columns:
        return born, {}
    found = find_places(con, f"(SELECT * FROM {table} WHERE {lowest_ids_sql(con, table, SAMPLE)})", columns, born)
    told = [born_sql(column, places) for column, places in found.items()]
    if not told or not (born or sum(map(len, found.values())) > 1):
        return born, found
    return f"coalesce({', '.join([born, *told] if born else told)}, NULL)", found


def find_places(con: Connection, rows: str, columns: Iterable[str], born: str | None = None) -> Places:
    """Return where the numbers of columns hold dates of birth; `rows`: SQL for the rows looked at, `born`: for their birth date."""
    found = {}
    for column in columns:
        numbers = f"SELECT DISTINCT {bare_number_sql(column)} AS v FROM {rows} WHERE {quote(column)} IS NOT NULL ORDER BY v"
        values = [str(v) for (v,) in con.execute(numbers).fetchall()]
        by_length = [[v for v in values if len(v) == size] for size in sorted({len(v) for v in values})]
        told = [_chosen(con, rows, column, list(_places(listed)), born) for listed in by_length]
        if any(told):
            found[column] = tuple(filter(None, told))
    return found


def _places(values: Sequence[str]) -> Iterator[Place]:
    """Yield where numbers of one length have the digits of a day."""
    length = len(values[0])
    if len(values) < FEW or not SHORTEST <= length <= LONGEST:
        return
    digits = np.frombuffer("".join(values).encode(), np.uint8).reshape(-1, length).astype(np.int64) - ord("0")
    for raised in _RAISED:
        for order, parts in _ORDERS.items():
            for start in range(length - sum(size for _, size in parts) + 1):
                if _dated(digits[:, start:], parts, raised) >= NEARLY_ALL:
                    yield Place(length, start, order, raised)


def _dated(digits: npt.NDArray[np.int64], parts: Sequence[tuple[int, int]], raised: tuple[int, ...]) -> float:
    """Return the share of numbers whose digits have a day at `parts` (year, month, day)."""
    year, month, day = (_read(digits[:, at : at + size]) for at, size in parts)
    months = np.logical_or.reduce([(month > more) & (month <= more + 12) for more in (0, *raised)])
    years = (year >= EARLIEST) & (year < LATEST) if parts[0][1] == 4 else year >= 0
    return float((months & years & (day >= 1) & (day <= 31)).mean())


def _read(digits: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the number that columns of digits write, -1 where one of them is no digit."""
    number = digits @ (10 ** np.arange(digits.shape[1])[::-1])
    return np.where(((digits >= 0) & (digits <= 9)).all(axis=1), number, -1)


def _chosen(con: Connection, rows: str, column: str, places: Sequence[Place], born: str | None) -> Place | None:
    """Return the place whose dates are those of births: they repeat the ones that are known; else the first, if they span a life."""
    for place in places:
        both, agree, years = con.execute(
            f"SELECT count(*) FILTER (WHERE b IS NOT NULL), coalesce(avg((a = b)::INTEGER), 0), "
            f"coalesce(quantile_cont(a // 65536, 0.95) - quantile_cont(a // 65536, 0.05), 0) "
            f"FROM (SELECT {born_sql(column, [place])} AS a, {born or 'NULL::BIGINT'} AS b FROM {rows}) WHERE a IS NOT NULL"
        ).fetchall()[0]
        if agree >= AGREE if both >= FEW else place is places[0] and years >= LIFE:
            return place
    return None
