"""Numbers of models, which tell products apart whatever their titles share: in a column of their own, or inside a text.

`Sony Cyber-shot DSC-W830 20 MP` is the W830. Reads a sample of the table; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cem_cli.base.sql import quote
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
CODES = ("external_id", "category")
_NUMBER = "[a-z]+[0-9][a-z0-9]+|[a-z][a-z]+[0-9]|[0-9]+[a-z][a-z0-9]+|[0-9]{5,}"
_MEASURE = (
    "[0-9]+(st|nd|rd|th|s|x|gb|mb|tb|kb|mp|mpix|mm|cm|m|km|in|inch|ft|g|kg|mg|oz|lb|lbs|ml|cl|l|w|kw|v|hz|khz|mhz|ghz|p|k|d|pc|pcs|pk|pack|"
    "ct|h|hr|hrs|min|sec|qt|gal|rpm|dpi|bit|port|ch|way|ply|gsm|btu)|[0-9]+x[0-9]+[a-z]*|v[0-9]+|win[0-9]+|mp[0-9]|usb[0-9]|ddr[0-9]|cat[0-9]e?"
)


@dataclass(frozen=True)
class Models:
    """Where the numbers of models stand."""

    texts: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

    @property
    def feature(self) -> str:
        """Return the name of the feature."""
        return f"{FEATURE}{(*self.codes, *self.texts)[0]}"

    def spec(self) -> FeatureSpec:
        """Return the number of a record's model: of the first column that has one."""
        bare = [f"nullif({d.bare_sql(quote(c))}, '')" for c in self.codes] + [f"nullif({model_sql(quote(c))}, '')" for c in self.texts]
        helper = ("model", f"coalesce({', '.join(bare)}, NULL)")
        return FeatureSpec(self.feature, d.identifier_sql(quote("model")), text=True, helpers=(helper,))


def find_models(con: Connection, table: str, kinds: Mapping[str, str]) -> Models:
    """Return which texts often hold numbers of models, and which columns of codes these repeat."""
    texts = [c for c, kind in kinds.items() if kind == "text"]
    held = _shares(con, table, {c: f"{model_sql(_folded(c))} <> ''" for c in texts})
    found = sorted((c for c in texts if held[c] >= OFTEN), key=lambda c: (-held[c], c))
    if not found:
        return Models()
    codes = [c for c, kind in kinds.items() if kind in CODES]
    bare = {c: f"regexp_replace({_folded(c)}, '[^a-z0-9]', '', 'g')" for c in codes}
    told = f"concat_ws(' ', {', '.join(model_sql(_folded(c)) for c in found)})"
    said = {c: f"CASE WHEN {told} <> '' THEN contains({told}, {bare[c]}) AND strlen({bare[c]}) > 2 END" for c in codes}
    repeated = _shares(con, table, said)
    return Models(tuple(found), tuple(c for c in codes if repeated[c] >= REPEATED))


def _folded(column: str) -> str:
    return f"strip_accents(lower({quote(column)}::VARCHAR))"


def _shares(con: Connection, table: str, tests: Mapping[str, str]) -> dict[str, float]:
    """Return per column the share of a sample's rows with a value in which the test is true."""
    if not tests:
        return {}
    told = ", ".join(f"coalesce(avg(({test})::INTEGER) FILTER (WHERE trim({quote(c)}::VARCHAR) <> ''), 0)" for c, test in tests.items())
    row = con.execute(f"SELECT {told} FROM {table} WHERE {lowest_ids_sql(con, table, SAMPLE)}").fetchall()[0]
    return dict(zip(tests, map(float, row), strict=True))


def model_sql(folded: str) -> str:
    """Return SQL for the number of a model in a folded text: the longest code that is no measure, '' where there is none."""
    words = f"regexp_extract_all({d.coded_sql(folded)}, '[a-z0-9]+')"
    codes = f"list_filter({words}, lambda w: regexp_full_match(w, '{_NUMBER}') AND NOT regexp_full_match(w, '{_MEASURE}'))"
    return f"coalesce(list_reduce({codes}, lambda a, b: CASE WHEN strlen(b) > strlen(a) THEN b ELSE a END, ''), '')"
