"""Birth dates as numbers: the forms in which a column writes them are found in a sample, then parsed in SQL.

A date is year x 65536 + month x 256 + day; unknown parts are 0. Impossible dates (month 13) keep their digits, because a
typing error in a date still resembles the right date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive.coded import birth_dates_sql

SAMPLE = 2000

_SHAPES: tuple[tuple[str, str, str], ...] = (
    (r"(\d{1,2})[/](\d{1,2})[/]\d{4}", "%d/%m/%Y", "%m/%d/%Y"),
    (r"(\d{1,2})[-](\d{1,2})[-]\d{4}", "%d-%m-%Y", "%m-%d-%Y"),
    (r"(\d{1,2})[.](\d{1,2})[.]\d{4}", "%d.%m.%Y", "%m.%d.%Y"),
    (r"(\d{1,2})[/](\d{1,2})[/]\d{2}", "%d/%m/%y", "%m/%d/%y"),
    (r"(\d{1,2})[-](\d{1,2})[-]\d{2}", "%d-%m-%y", "%m-%d-%y"),
    (r"(\d{1,2})[.](\d{1,2})[.]\d{2}", "%d.%m.%y", "%m.%d.%y"),
)
_PLAIN: tuple[tuple[str, str], ...] = (
    (r"\d{8}", "%Y%m%d"),
    (r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
    (r"\d{4}[.]\d{1,2}[.]\d{1,2}", "%Y.%m.%d"),
    (r"\d{4}[.]\d{1,2}[.]\d{1,2}[.]", "%Y.%m.%d."),
    (r"\d{4}[.] \d{1,2}[.] \d{1,2}[.]", "%Y. %m. %d."),
    (r"\d{1,2}-[a-z]{3}-\d{4}", "%d-%b-%Y"),
    (r"\d{1,2}-[a-z]{3}-\d{2}", "%d-%b-%y"),
    (r"\d{1,2} [a-z]{3} \d{4}", "%d %b %Y"),
    (r"\d{1,2} [a-z]{4,} \d{4}", "%d %B %Y"),
    (r"[a-z]{3} \d{1,2},? \d{4}", "%b %d, %Y"),
    (r"[a-z]{4,} \d{1,2},? \d{4}", "%B %d, %Y"),
)
_SHORT = {"%y%m%d": (2, 4), "%d%m%y": (2, 0), "%m%d%y": (0, 2)}
"""Six digits: where month and day begin."""
PIVOT = 2030
"""Two-digit years read as this one or a later one are of the century before."""
_IN_WORDS = r"(\d{1,2})[. -]+(?:de )?([a-z]{3,})[., -]+(?:de )?(\d{4})"
"""Day, month as a word and year, in the six languages that `kinds.dates` knows."""
_TIME = r"[t ]\d{1,2}:\d{2}.*$"


def date_formats(values: list[str]) -> list[str]:
    """Return the `strptime` forms that `values` (not ISO) are written in, best first; day before month unless most refuse it."""
    counts: dict[str, int] = {}
    for shape, day_first, month_first in _SHAPES:
        hits = [m for m in (re.fullmatch(shape, v) for v in values) if m]
        if hits:
            only_month = sum(int(m[2]) > 12 >= int(m[1]) for m in hits)
            only_day = sum(int(m[1]) > 12 >= int(m[2]) for m in hits)
            order = (month_first, day_first) if only_month > only_day else (day_first, month_first)
            counts[order[0]] = len(hits) * 2
            counts[order[1]] = min(only_month, only_day) + 1
    short = [v for v in values if re.fullmatch(r"\d{6}", v)]
    days = {form: sum(_is_day(v, *parts) for v in short) for form, parts in _SHORT.items()}
    counts |= {form: 2 * found for form, found in days.items() if found > len(short) / 2}
    for shape, form in _PLAIN:
        hits_here = sum(bool(re.fullmatch(shape, v)) for v in values)
        if hits_here:
            counts[form] = hits_here * 2
    return sorted(counts, key=lambda form: (-counts[form], form))


def _is_day(digits: str, month: int, day: int) -> bool:
    """Return whether six digits have a month and a day at two places."""
    return 1 <= int(digits[month : month + 2]) <= 12 and 1 <= int(digits[day : day + 2]) <= 31


def lowest_ids_sql(con: Connection, table: str, rows: int) -> str:
    """Return a condition that is true of the rows with the lowest record ids: a sample that no order of rows changes."""
    ids = con.execute(f"SELECT record_id FROM {table}").fetchnumpy()["record_id"]
    return f"record_id <= {int(np.partition(ids, rows - 1)[rows - 1])}" if len(ids) > rows else "true"


def date_sql(con: Connection, table: str, column: str) -> str:
    """Return SQL for the date number of a folded column, by the forms found in a sample of the table's values."""
    name = quote(column)
    rows = con.execute(
        f"SELECT DISTINCT lower(trim({name}::VARCHAR)) v FROM {table} WHERE {lowest_ids_sql(con, table, SAMPLE * 10)} "
        f"AND {name} IS NOT NULL AND try_cast({name} AS DATE) IS NULL ORDER BY v LIMIT {SAMPLE}"
    ).fetchall()
    values = [str(v) for (v,) in rows]
    timed = any(re.search(_TIME, v) for v in values)
    forms = date_formats([re.sub(_TIME, "", v) for v in values])
    cell = f"regexp_replace({name}, {literal(_TIME)}, '')" if timed else name
    tried = [f"try_cast({name} AS DATE)", *(f"try_strptime({cell}, {literal(f)})::DATE" for f in forms)]
    if any(re.fullmatch(_IN_WORDS, v) for v in values):
        tried.append(_in_words_sql(name))
    parsed = f"coalesce({', '.join(tried)})" if len(tried) > 1 else tried[0]
    year = f"year({parsed})"
    if any("%y" in form for form in forms):
        year = f"(CASE WHEN {year} >= {PIVOT} THEN {year} - 100 ELSE {year} END)"
    number = f"({year} * 65536 + month({parsed}) * 256 + day({parsed}))"
    digits = f"regexp_replace({name}, '[^0-9]', '', 'g')"
    year, month, day = (f"try_cast(substr({digits}, {at}, {size}) AS INTEGER)" for at, size in ((1, 4), (5, 2), (7, 2)))
    spelled = f"({year} * 65536 + {month} * 256 + {day})"
    rescued = (
        f"CASE WHEN regexp_matches({name}, '^[12][0-9]{{3}}[-/]?[0-9]{{2}}[-/]?[0-9]{{2}}$') THEN {spelled} "
        f"WHEN regexp_matches({name}, '^[12][0-9]{{3}}$') THEN try_cast({name} AS INTEGER) * 65536 END"
    )
    return f"CASE WHEN {name} IS NULL THEN NULL WHEN {parsed} IS NOT NULL THEN {number} ELSE {rescued} END::BIGINT"


def _in_words_sql(name: str) -> str:
    """Return SQL for a DATE such as `12 marzo 1980`, NULL where the word is no month."""
    from cem_cli.kinds.dates import MONTHS  # kinds take longer to import than few records to link
    from cem_cli.kinds.kind import lookup_sql

    pattern = literal(f"^{_IN_WORDS}$")
    day, word, year = (f"regexp_extract({name}, {pattern}, {k})" for k in (1, 2, 3))
    month = lookup_sql(f"left({word}, 4)", MONTHS, lookup_sql(f"left({word}, 3)", MONTHS))
    return f"try_cast({year} || '-' || lpad({month}, 2, '0') || '-' || lpad({day}, 2, '0') AS DATE)"


def birth_sql(con: Connection, table: str, kinds: Mapping[str, str]) -> str | None:
    """Return SQL for the birth date as year x 65536 + month x 256 + day (0 where a part is unknown), or None.

    Where dates are missing, a tax code or columns of year, month and day tell them; where there are only codes, they are compared
    themselves.
    """
    told = [date_sql(con, table, c) for c, kind in kinds.items() if kind == "birth_date"]
    if told:
        told += birth_dates_sql(c for c, kind in kinds.items() if kind == "tax_code")
    parts = {part: [c for c, kind in kinds.items() if kind == part] for part in ("birth_year", "birth_month", "birth_day")}
    if parts["birth_year"]:
        year, month, day = (f"coalesce({', '.join([*(f'try_cast({quote(c)} AS INTEGER)' for c in own), '0'])})" for own in parts.values())
        told.append(f"nullif({year} * 65536 + {month} * 256 + {day}, 0)::BIGINT")
    return f"coalesce({', '.join(told)})" if len(told) > 1 else told[0] if told else None
