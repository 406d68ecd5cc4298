"""Dates in one file where another has only the year (`Aug 31, 2023`, `2023`): the years are compared, for more is not known.

Reads the view `link_people`; `to_years` writes it anew, the view as it was stays as `link_dated`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection

NEARLY_ALL = 0.9
"""Share of the values of a column that must hold a year."""
ALIKE = 0.35
"""Bhattacharyya coefficient of the years of both from which they tell when the same things were made."""
_YEAR = "(?:1[5-9]|20)[0-9]{2}"


def year_sql(column: str) -> str:
    """Return SQL for the year that a date or a number holds, NULL where there is none."""
    return f"nullif(regexp_extract({quote(column)}::VARCHAR, '(?:^|[^0-9])({_YEAR})(?:[^0-9]|$)', 1), '')"


def find_years(con: Connection, dates: Sequence[str], numbers: Sequence[str]) -> list[str]:
    """Return the columns of `dates` that are read as years: one of `numbers` holds those of other files, and no file has two of them."""
    if not (dates and numbers):
        return []
    dated = [c for c in dates if _share(con, c, f"{year_sql(c)} IS NOT NULL") >= NEARLY_ALL]
    bare = [c for c in numbers if _share(con, c, f"regexp_full_match(trim({quote(c)}::VARCHAR, ' []()c.'), '{_YEAR}')") >= NEARLY_ALL]
    if len(dated) < len(dates) or not bare or _share_a_file(con, [*dated, *bare]):
        return []
    return dated if _alike(con, dated, bare) >= ALIKE else []


def to_years(con: Connection, columns: Collection[str]) -> None:
    """Write `link_people` anew, only the years of some columns left."""
    if columns:
        con.execute("DROP VIEW IF EXISTS link_dated").fetchall()
        con.execute("ALTER VIEW link_people RENAME TO link_dated").fetchall()
        years = ", ".join(f"{year_sql(c)} AS {quote(c)}" for c in sorted(columns))
        con.execute(f"CREATE VIEW link_people AS SELECT * REPLACE ({years}) FROM link_dated").fetchall()


def _share(con: Connection, column: str, test: str) -> float:
    """Return the share of a column's values in which a test is true."""
    share = f"avg(({test})::INTEGER) FILTER (WHERE trim({quote(column)}::VARCHAR) <> '')"
    return float(con.execute(f"SELECT {share} FROM link_people").fetchall()[0][0] or 0)


def _share_a_file(con: Connection, columns: Sequence[str]) -> bool:
    """Return whether some file has values in two of the columns."""
    held = " + ".join(f"(count({quote(c)}) > 0)::INTEGER" for c in columns)
    return bool(con.execute(f"SELECT max(n) FROM (SELECT {held} AS n FROM link_people GROUP BY source)").fetchall()[0][0] > 1)


def _alike(con: Connection, dates: Sequence[str], numbers: Sequence[str]) -> float:
    """Return how alike the years of the dates and of the numbers are spread."""
    one, other = (
        f"SELECT y, count(*) / sum(count(*)) OVER () AS p FROM (SELECT coalesce({', '.join(map(year_sql, columns))}, NULL) AS y "
        "FROM link_people) WHERE y IS NOT NULL GROUP BY y" for columns in (dates, numbers)
    )
    return float(con.execute(f"SELECT sum(sqrt(a.p * b.p)) FROM ({one}) AS a JOIN ({other}) AS b USING (y)").fetchall()[0][0] or 0)
