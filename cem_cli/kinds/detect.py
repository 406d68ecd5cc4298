"""What the columns of a table mean: header words first, values second, then what the columns say about each other.

Reads the table it is given, writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cem_cli.base.sql import quote
from cem_cli.kinds import KINDS
from cem_cli.kinds.headers import HeaderMatch, match_header
from cem_cli.kinds.kind import squeeze_sql

if TYPE_CHECKING:
    from cem_cli.engines.duck import Connection

DECISIVE: tuple[str, ...] = ("email", "tax_code", "url", "timestamp", "birth_date", "vat_number", "handle", "phone")
"""Kinds that values alone prove, the most exact first; dates in a column without a header word are plain dates."""

SUGGESTIVE: tuple[str, ...] = ("sex", "boolean", "currency", "country", "province", "address", "street", "postcode", "amount", "full_name", "given_name", "company", "language")
"""Kinds that values make likely."""

ENOUGH, CONTRADICTION = 0.8, 0.2
"""Share of values that must fit a kind found by values; share below which the values contradict a header."""


@dataclass(frozen=True)
class Detection:
    """What one column seems to mean."""

    kind: str
    confidence: float
    """0 to 1: how sure, before anybody looked."""
    fill: float
    """Share of rows with a value that is not blank."""
    distinct: float
    """Distinct values per value."""
    reason: str
    """Why, in words, without any value."""
    date_format: str | None = None
    """For dates: the strptime format the values prove, where they are not ISO."""


@dataclass(frozen=True)
class Sample:
    """What the sampled values of one column say."""

    rows: int
    filled: int
    distinct: int
    length: float
    """Average length in characters."""
    words: float
    """Share of values with two or more words."""
    fits: dict[str, float]
    """Share of values that look like each kind."""
    day_first: int
    """Values such as 31/12/1980, that can only be day first."""
    month_first: int
    """Values such as 12/31/1980."""
    separator: str
    """The most common separator of dates written with digits."""
    two_digit_years: bool

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


def detect_kinds(con: Connection, table: str, columns: Sequence[str], sample: int = 2000) -> dict[str, Detection]:
    """Return what each text column of `table` seems to mean, from its header and its first `sample` rows.

    One query reads the sample; a second one counts the columns that could be the key of the row in the whole table.
    """
    samples = _sample(con, table, columns, sample)
    found = {column: _detect(column, samples[column]) for column in columns}
    found = _settle_names(found, samples)
    return _settle_keys(con, table, found, samples)


def _sample(con: Connection, table: str, columns: Sequence[str], rows: int) -> dict[str, Sample]:
    tested = (*DECISIVE, *SUGGESTIVE, "external_id", "integer", "surname", "birth_year")
    values = ", ".join(f"{squeeze_sql(quote(column))}" for column in columns)
    shares = ", ".join(f"coalesce(avg(({KINDS[name].fits_sql('v')})::INTEGER), 0)" for name in tested)
    digits = r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{2,4})( .*)?"
    first, second = (rf"TRY_CAST(regexp_extract(v, '^{digits}$', {group}) AS INTEGER)" for group in (1, 3))
    sql = f"""
        SELECT c, count(*), count(v), count(DISTINCT v), coalesce(avg(length(v)), 0), coalesce(avg(contains(v, ' ')::INTEGER), 0),
               count(*) FILTER (WHERE {first} > 12 AND {second} <= 12), count(*) FILTER (WHERE {second} > 12 AND {first} <= 12),
               coalesce(mode(nullif(regexp_extract(v, '^{digits}$', 2), '')), ''), coalesce(bool_and(length(regexp_extract(v, '^{digits}$', 4)) IN (0, 2)), false),
               {shares}
        FROM (SELECT unnest(range({len(columns)})) AS c, unnest([{values}]) AS v FROM (SELECT * FROM {quote(table)} LIMIT {int(rows)}))
        GROUP BY c ORDER BY c
    """
    empty = Sample(0, 0, 0, 0.0, 0.0, dict.fromkeys(tested, 0.0), 0, 0, "", False)
    found = dict.fromkeys(columns, empty)
    for c, total, filled, distinct, length, words, day, month, separator, short, *fits in con.execute(sql).fetchall():
        found[columns[c]] = Sample(total, filled, distinct, length, words, dict(zip(tested, fits, strict=True)), day, month, separator, short)
    return found


def _detect(column: str, seen: Sample) -> Detection:
    header = match_header(column)
    if header is None:
        return _by_values(seen, "the header is unknown")
    if seen.filled == 0:
        return _detection(header.kind, 0.5 * header.confidence, seen, f"header says {_title(header.kind)}; no values")
    return _by_header(header, seen)


def _by_header(header: HeaderMatch, seen: Sample) -> Detection:
    """Trust the header, unless its values contradict it and prove something else."""
    kind, share = header.kind, seen.fits.get(header.kind)
    if kind in ("birth_date", "date", "timestamp"):
        share = max(seen.fits["birth_date"], seen.fits["timestamp"])
        if kind == "date" and seen.fits["timestamp"] >= ENOUGH:
            kind = "timestamp"
    if share is not None and share < CONTRADICTION:
        other = next((name for name in DECISIVE if name != kind and seen.fits[name] >= ENOUGH), None)
        if other is not None:
            found = "date" if other == "birth_date" else other
            return _detection(found, 0.7, seen, f"header says {_title(kind)}, but {_percent(seen.fits[other])} of the values look like {_title(found)}")
    agreement = "" if share is None else f"; {_percent(share)} of the values look like it"
    confidence = header.confidence if share is None else min(0.99, header.confidence * (0.75 + 0.3 * share))
    return _detection(kind, confidence, seen, f"header says {_title(kind)}{agreement}")


def _by_values(seen: Sample, why: str) -> Detection:
    """Decide on values alone: what they prove, what they make likely, then their shape."""
    if seen.filled == 0:
        return _detection("ignore", 0.5, seen, f"{why}; no values")
    for names, confidence in ((DECISIVE, 0.8), (SUGGESTIVE, 0.6)):
        for name in names:
            if seen.fits[name] >= (ENOUGH if name not in ("full_name", "given_name") else 0.4):
                kind = "date" if name == "birth_date" else name
                return _detection(kind, confidence * seen.fits[name], seen, f"{why}; {_percent(seen.fits[name])} of the values look like {_title(kind)}")
    return _by_shape(seen, why)


def _by_shape(seen: Sample, why: str) -> Detection:
    if seen.fits["external_id"] >= ENOUGH and seen.distinct_share > 0.5:
        return _detection("external_id", 0.5, seen, f"{why}; codes, {_percent(seen.distinct_share)} distinct")
    if seen.fits["integer"] >= ENOUGH:
        return _detection("integer", 0.5, seen, f"{why}; whole numbers")
    if seen.length > 40 or (seen.words > 0.8 and seen.length > 25 and seen.distinct_share > 0.5):
        return _detection("text", 0.5, seen, f"{why}; long texts")
    if seen.distinct_share > 0.9 and seen.words < 0.2 and seen.filled > 20 and seen.fits["surname"] < 0.5:
        return _detection("external_id", 0.4, seen, f"{why}; nearly all values distinct")
    return _detection("category", 0.4, seen, f"{why}; {seen.distinct} different values")


def _detection(kind: str, confidence: float, seen: Sample, reason: str) -> Detection:
    form = seen.date_format() if kind in ("birth_date", "date", "timestamp") else None
    return Detection(kind, round(confidence, 3), round(seen.fill, 4), round(seen.distinct_share, 4), reason, form)


def _settle_names(found: dict[str, Detection], samples: dict[str, Sample]) -> dict[str, Detection]:
    """Let name columns explain each other: `Name` beside a surname is a given name, two words in each value a full name."""
    kinds = {detection.kind for detection in found.values()}
    settled = dict(found)
    for column, detection in found.items():
        words = samples[column].words
        if detection.kind in ("given_name", "surname") and words > 0.7 and samples[column].filled:
            settled[column] = replace(detection, kind="full_name", reason=f"{detection.reason}, but {_percent(words)} of the values are several words")
        elif detection.kind == "full_name" and words < 0.2 and samples[column].filled:
            kind = "given_name" if "surname" in kinds else "surname" if "given_name" in kinds else "full_name"
            if samples[column].fits["surname"] < 0.5:
                kind = "external_id" if samples[column].distinct_share > 0.5 else "category"
            settled[column] = replace(detection, kind=kind, reason=f"{detection.reason}, but single words beside other name columns")
    return settled


def _settle_keys(con: Connection, table: str, found: dict[str, Detection], samples: dict[str, Sample]) -> dict[str, Detection]:
    """Choose at most one key of the row: filled and distinct in the whole table; the surest header, then the first column."""
    rank = {"row_id": 0, "external_id": 1, "integer": 2}
    candidates = [c for c, d in found.items() if d.kind in rank and samples[c].filled and samples[c].filled == samples[c].rows == samples[c].distinct]
    candidates.sort(key=lambda c: (rank[found[c].kind], -found[c].confidence))
    counts = _unique_columns(con, table, candidates)
    key = next((c for c in candidates if c in counts), None)
    settled = dict(found)
    for column, detection in found.items():
        if column == key:
            settled[column] = replace(detection, kind="row_id", reason=f"{detection.reason}; a different value in every row")
        elif detection.kind == "row_id":
            settled[column] = replace(detection, kind="external_id", reason=f"{detection.reason}, but not a different value in every row")
    return settled


def _unique_columns(con: Connection, table: str, columns: Sequence[str]) -> frozenset[str]:
    if not columns:
        return frozenset()
    tests = ", ".join(f"count(DISTINCT {quote(c)}) = count(*)" for c in columns)
    (row,) = con.execute(f"SELECT {tests} FROM {quote(table)}").fetchall()
    return frozenset(c for c, unique in zip(columns, row, strict=True) if unique)


def _title(kind: str) -> str:
    return KINDS[kind].title


def _percent(share: float) -> str:
    return f"{share:.0%}"
