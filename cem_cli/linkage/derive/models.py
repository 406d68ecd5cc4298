"""Numbers of models, which tell products apart whatever their titles share: in a column of their own, or inside a text.

`Sony Cyber-shot DSC-W830 20 MP` is the W830. Reads a sample of the table; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive import cleaning as d
from cem_cli.linkage.derive.cells import FeatureSpec
from cem_cli.linkage.derive.dates import SAMPLE, lowest_ids_sql

OFTEN = 0.25
"""Share of texts that hold the number of a model, from which such numbers are compared."""
REPEATED = 0.3
"""Share of the rows with both in which a text repeats a code, from which the code is the number of a model."""
FEATURE = "model:"
"""What the feature's name begins with; the column follows."""
SEVERAL = 3
"""Rows that write a code in one way, from which it is no slip."""
FEW, COMMON = 20, 0.02
"""Rows, and share of the rows, that hold one number of a model at most."""
CODES = ("external_id", "category")
_NUMBER = "[a-z]+[0-9][a-z0-9]+|[a-z][a-z]+[0-9]|[0-9]+[a-z][a-z0-9]+|[0-9]{5,}"
_MEASURE = (
    "[0-9]+(st|nd|rd|th|s|x|gb|mb|tb|kb|mp|mpix|mm|cm|m|km|in|inch|ft|g|kg|mg|oz|lb|lbs|ml|cl|l|w|kw|v|hz|khz|mhz|ghz|p|k|d|pc|pcs|pk|pack|"
    "ct|h|hr|hrs|min|sec|qt|gal|rpm|dpi|bit|port|ch|way|ply|gsm|btu)|[0-9]+x[0-9]+[a-z]*|v[0-9]+|win[0-9]+|mp[0-9]|x[0-9]+|usb[0-9]|ddr[0-9]|cat[0-9]e?"
)


@dataclass(frozen=True)
class Codes:
    """What is taken for the number of a model."""

    common: tuple[str, ...] = ()
    """Codes in so many texts that they name no model: `usb3`, the shop's own name."""

    parted: tuple[str, ...] = ()
    """Letters that some texts write apart from the figures behind them, and others do not: `DSC 367`, `DSC367`."""

    def coded_sql(self, folded: str) -> str:
        """Return SQL for a folded text in which each code is one word."""
        coded = d.coded_sql(folded)
        return f"regexp_replace({coded}, '\\b({'|'.join(self.parted)}) ([0-9])', '\\1\\2', 'g')" if self.parted else coded

    def parts_sql(self, folded: str) -> str:
        """Return SQL for the words of a folded text (list), codes written as one, points and commas left where they stand."""
        return f"string_split(trim(regexp_replace({self.coded_sql(folded)}, '[^a-z0-9.,]+', ' ', 'g')), ' ')"

    def all_sql(self, folded: str) -> str:
        """Return SQL for the codes in a folded text (list)."""
        return f"list_filter(regexp_extract_all({self.coded_sql(folded)}, '[a-z0-9]+'), lambda w: {self.is_one_sql('w')})"

    def longest_sql(self, folded: str) -> str:
        """Return SQL for the longest code in a folded text, '' where there is none."""
        return f"coalesce(list_reduce({self.all_sql(folded)}, lambda a, b: CASE WHEN strlen(b) > strlen(a) THEN b ELSE a END, ''), '')"

    def is_one_sql(self, word: str, behind: str = "") -> str:
        """Return SQL for whether a word is a code; `behind`: what else may follow it (regular expression)."""
        looks = f"regexp_full_match({word}, '({_NUMBER}){behind}') AND NOT regexp_full_match({word}, '({_MEASURE}){behind}')"
        return f"{looks} AND {word} NOT IN ({', '.join(map(literal, self.common))})" if self.common else looks


@dataclass(frozen=True)
class Models:
    """Where the numbers of models stand."""

    texts: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    codes: Codes = field(default_factory=Codes)

    @property
    def feature(self) -> str:
        """Return the name of the feature."""
        return f"{FEATURE}{(*self.columns, *self.texts)[0]}"

    def spec(self) -> FeatureSpec:
        """Return the number of a record's model: of the first column that has one."""
        bare = [f"nullif({d.bare_sql(quote(c))}, '')" for c in self.columns]
        bare += [f"nullif({self.codes.longest_sql(quote(c))}, '')" for c in self.texts]
        helper = ("model", f"coalesce({', '.join(bare)}, NULL)")
        return FeatureSpec(self.feature, d.identifier_sql(quote("model")), text=True, helpers=(helper,))


def find_models(con: Connection, table: str, kinds: Mapping[str, str]) -> Models:
    """Return which texts often hold numbers of models, and which columns of codes these repeat."""
    texts = [c for c, kind in kinds.items() if kind == "text"]
    codes = Codes(parted=_parted(con, table, texts))
    codes = replace(codes, common=_common(con, table, texts, codes))
    held = shares(con, table, {c: f"{codes.longest_sql(folded_sql(c))} <> ''" for c in texts})
    found = sorted((c for c in texts if held[c] >= OFTEN), key=lambda c: (-held[c], c))
    if not found:
        return Models(codes=codes)
    asked = [c for c, kind in kinds.items() if kind in CODES]
    bare = {c: f"regexp_replace({folded_sql(c)}, '[^a-z0-9]', '', 'g')" for c in asked}
    told = f"concat_ws(' ', {', '.join(codes.longest_sql(folded_sql(c)) for c in found)})"
    said = {c: f"CASE WHEN {told} <> '' THEN contains({told}, {bare[c]}) AND strlen({bare[c]}) > 2 END" for c in asked}
    repeated = shares(con, table, said)
    return Models(tuple(found), tuple(c for c in asked if repeated[c] >= REPEATED), codes)


def _parted(con: Connection, table: str, texts: Sequence[str]) -> tuple[str, ...]:
    """Return letters that stand before figures in a sample's texts, now with a space between and now without."""
    if not texts:
        return ()
    found = []
    for between in ("", " "):
        every = ", ".join(f"regexp_extract_all({d.coded_sql(folded_sql(c))}, '\\b([a-z]{{2,6}}){between}[0-9]', 1)" for c in texts)
        found.append(f"SELECT unnest(list_distinct(flatten([{every}]))) AS p FROM {table} WHERE {lowest_ids_sql(con, table, SAMPLE)}")
    told = " INTERSECT ".join(f"(SELECT p FROM ({one}) GROUP BY p HAVING count(*) >= {SEVERAL})" for one in found)
    return tuple(p for (p,) in con.execute(f"SELECT p FROM ({told}) ORDER BY p").fetchall())


def _common(con: Connection, table: str, texts: Sequence[str], codes: Codes) -> tuple[str, ...]:
    """Return the codes that so many of a sample's rows hold that they name no model."""
    if not texts:
        return ()
    every = f"list_distinct(flatten([{', '.join(codes.all_sql(folded_sql(c)) for c in texts)}]))"
    rows = con.execute(f"""
        WITH held AS (SELECT {every} AS codes FROM {table} WHERE {lowest_ids_sql(con, table, SAMPLE)})
        SELECT code FROM (SELECT unnest(codes) AS code FROM held) GROUP BY code
        HAVING count(*) > greatest({FEW}, {COMMON} * (SELECT count(*) FROM held)) ORDER BY code
    """).fetchall()
    return tuple(code for (code,) in rows)


def folded_sql(column: str) -> str:
    """Return SQL for a column's values in small letters without accents."""
    return f"strip_accents(lower({quote(column)}::VARCHAR))"


def shares(con: Connection, table: str, tests: Mapping[str, str]) -> dict[str, float]:
    """Return per column the share of a sample's rows with a value in which the test is true."""
    if not tests:
        return {}
    told = ", ".join(f"coalesce(avg(({test})::DOUBLE) FILTER (WHERE trim({quote(c)}::VARCHAR) <> ''), 0)" for c, test in tests.items())
    row = con.execute(f"SELECT {told} FROM {table} WHERE {lowest_ids_sql(con, table, SAMPLE)}").fetchall()[0]
    return dict(zip(tests, map(float, row), strict=True))

