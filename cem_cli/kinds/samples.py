"""What the values of columns say before anybody decides what they mean: which kinds they look like, how many, how long.

Reads the table it is given, writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection, unplanned
from cem_cli.kinds import KINDS
from cem_cli.kinds.address import WHOLE_ADDRESS
from cem_cli.kinds.kind import squeeze_sql
from cem_cli.kinds.names import looks_named_sql

DECISIVE = ("email", "tax_code", "url", "timestamp", "birth_date", "vat_number", "handle", "phone")
"""Kinds that values alone prove, the most exact first; dates in a column without a header word are plain dates."""

SUGGESTIVE = (
    "sex", "boolean", "currency", "country", "province", "address", "street", "postcode", "amount", "full_name", "given_name", "company",
    "language",
)
"""Kinds that values make likely."""

TESTED = (*DECISIVE, *SUGGESTIVE, "external_id", "integer", "quantity", "surname", "birth_year")


@dataclass(frozen=True)
class Sample:
    """What the sampled values of one column say."""

    fits: dict[str, float]
    """Share of values that look like each kind."""
    rows: int
    filled: int
    distinct: int
    length: float
    """Average length in characters."""
    words: float
    """Share of values with two or more words."""
    pairs: float
    """Share of values of just two words of letters, or of more with a comma between them, as most whole names are."""
    parts: float
    """Share of values with a comma or a postcode behind other words, as whole addresses have."""
    located: float
    """Share of values with a postcode behind other words, before the town or at the end."""
    day_first: int
    """Values such as 31/12/1980, that can only be day first."""
    month_first: int
    """Values such as 12/31/1980."""
    separator: str
    """The most common separator of dates written with digits."""
    two_digit_years: bool
    """Whether no date written with digits has more."""

    @property
    def fill(self) -> float:
        """Share of rows with a value."""
        return self.filled / self.rows if self.rows else 0.0

    @property
    def distinct_share(self) -> float:
        """Distinct values per value."""
        return self.distinct / self.filled if self.filled else 0.0

    def date_format(self) -> str | None:
        """Return the format that explains most dates written with digits, or None for ISO and undecided columns."""
        if self.day_first == self.month_first or not self.separator:
            return None
        year = "%y" if self.two_digit_years else "%Y"
        return self.separator.join(("%d", "%m", year) if self.day_first > self.month_first else ("%m", "%d", year))


def take_samples(con: Connection, table: str, columns: Sequence[str], rows: int) -> dict[str, Sample]:
    """Return what the first `rows` values of each column say, in one query."""
    values = ", ".join(squeeze_sql(quote(column)) for column in columns)
    tests = (fits("v") for fits in (KINDS[name].fits for name in TESTED) if fits)
    shares = ", ".join(f"coalesce(avg(({test})::INTEGER), 0)" for test in tests)
    first, second = f"TRY_CAST({_date_part_sql(1)} AS INTEGER)", f"TRY_CAST({_date_part_sql(3)} AS INTEGER)"
    separate = "(contains(v, ', ') OR length(v) - length(replace(v, ' ', '')) = 1)"
    sql = f"""
        SELECT c, count(*), count(v), count(DISTINCT v), coalesce(avg(length(v)), 0), coalesce(avg(contains(v, ' ')::INTEGER), 0),
               coalesce(avg(({looks_named_sql('v')} AND {separate})::INTEGER), 0),
               coalesce(avg(regexp_matches(v, '{_PARTS}')::INTEGER), 0),
               coalesce(avg(regexp_matches(v, '{WHOLE_ADDRESS}')::INTEGER), 0),
               count(*) FILTER (WHERE {first} > 12 AND {second} <= 12),
               count(*) FILTER (WHERE {second} > 12 AND {first} <= 12),
               coalesce(mode(nullif({_date_part_sql(2)}, '')), ''),
               coalesce(bool_and(length({_date_part_sql(4)}) IN (0, 2)), false),
               {shares}
        FROM (SELECT unnest(range({len(columns)})) AS c, unnest([{values}]) AS v FROM (SELECT * FROM {quote(table)} LIMIT {int(rows)}))
        GROUP BY c ORDER BY c
    """
    nothing = Sample(dict.fromkeys(TESTED, 0.0), 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0, 0, "", False)
    found = dict.fromkeys(columns, nothing)
    with unplanned(con):
        measured = con.execute(sql).fetchall()
    for row in measured:
        found[columns[row[0]]] = Sample(dict(zip(TESTED, row[13:], strict=True)), *row[1:13])
    return found


_PARTS = r",|[^ ] .*\b(\d{5}|[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2})\b"


def _date_part_sql(group: int) -> str:
    """Return SQL for a part of a date written with digits: day or month, separator, month or day, year."""
    return rf"regexp_extract(v, '^(\d{{1,2}})([-/.])(\d{{1,2}})[-/.](\d{{2,4}})( .*)?$', {group})"
