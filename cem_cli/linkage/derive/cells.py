"""Cells trimmed and folded as their column needs it, and the features made of them: one SELECT per group of columns.

Looks at the table's columns to see what cleaning they need; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cem_cli.base.fold import fold_latin_sql, fold_sql
from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive.cleaning import WIDTH

LONGEST = 200
"""Characters of a cell that are looked at."""
SCRIPTS = ("ascii", "latin", "other")
"""ASCII alone; accents and letters of their own; Greek or Cyrillic among them."""


@dataclass(frozen=True)
class FeatureSpec:
    """One derived column."""

    name: str
    sql: str
    """Expression over the folded columns of the input."""
    text: bool
    """Whether strings are compared (a dictionary of values is kept), or only codes."""
    dictionary: str = ""
    """Name of the dictionary of values that the feature shares with others (given names and surnames); its own if ''."""
    helpers: tuple[tuple[str, str], ...] = ()
    """(name, expression) that `sql` and later helpers use by name, so that each is computed once."""
    width: int = WIDTH
    """Characters that are kept of a text."""
    rare: bool = False
    """Whether few records share a raw value and cleaning is cheap, so that every record is cleaned by itself."""
    further_of: str = ""
    """Name of the feature of which it holds further values of the same records (a second phone); '' if it stands for itself."""

    @property
    def empty(self) -> bool:
        """Return whether no record has it."""
        return self.sql.startswith("NULL::")

    @property
    def home(self) -> str:
        """Return the name of its dictionary."""
        return self.further_of or self.dictionary or self.name


@dataclass(frozen=True)
class Cells:
    """What the cells of a column need, so that nobody pays for what is not there."""

    script: str
    """One of `SCRIPTS`."""
    untidy: bool
    """Whether some are longer than `LONGEST`, empty, or have spaces around them."""


def derived_sql(con: Connection, table: str, columns: Sequence[str], features: Sequence[FeatureSpec]) -> str:
    """Return a SELECT of link_key and the features of `table` (link_key, columns)."""
    chosen = "".join(f", {f.sql} AS {quote(f.name)}" for f in features if f.name)
    return f"SELECT link_key{chosen} FROM ({cleaned_sql(con, table, columns, features)})"


def cleaned_sql(con: Connection, table: str, columns: Sequence[str], features: Sequence[FeatureSpec]) -> str:
    """Return SQL for a table with `columns` trimmed and folded, and the helpers of the features beside them."""
    return cleaned_as_needed_sql(table, cells_of(con, table, columns), features)


def cleaned_as_needed_sql(table: str, cells: Mapping[str, Cells], features: Sequence[FeatureSpec]) -> str:
    """Return the same SQL where it is known what the cells of every column need."""
    if not cells:
        return f"SELECT * FROM {table}"
    trimmed = ", ".join(f"{_trimmed_sql(f'{quote(c)}::VARCHAR', held)} AS {quote(c)}" for c, held in cells.items())
    folded = ", ".join(f"{column_fold_sql(quote(c), held.script)} AS {quote(c)}" for c, held in cells.items())
    cleaned = f"SELECT * REPLACE ({folded}) FROM (SELECT * REPLACE ({trimmed}) FROM {table})"
    for depth in range(max((len(f.helpers) for f in features), default=0)):
        layer = {f.helpers[depth][0]: f.helpers[depth][1] for f in features if len(f.helpers) > depth}
        cleaned = f"SELECT *{''.join(f', {sql} AS {quote(name)}' for name, sql in layer.items())} FROM ({cleaned})"
    return cleaned


def _trimmed_sql(cell: str, cells: Cells) -> str:
    return f"nullif(trim(left({cell}, {LONGEST})), '')" if cells.untidy else cell


def cells_of(con: Connection, table: str, columns: Sequence[str]) -> dict[str, Cells]:
    """Return what the cells of each column need."""
    if not columns:
        return {}
    tests = ", ".join(
        f"coalesce(max(CASE WHEN strlen({c}) > length({c}) THEN 1 + regexp_matches({c}, '[\\x{{0370}}-\\x{{04FF}}]')::INTEGER END), 0), "
        f"coalesce(bool_or({c} < '!' OR ends_with({c}, ' ') OR strlen({c}) > {LONGEST}), false)"
        for c in (f"{quote(n)}::VARCHAR" for n in columns)
    )
    row = con.execute(f"SELECT {tests} FROM {table}").fetchall()[0]
    return {column: Cells(SCRIPTS[row[2 * k]], row[2 * k + 1]) for k, column in enumerate(columns)}


def column_fold_sql(expr: str, script: str) -> str:
    """Return SQL that folds a column of a known script; what a column does not hold costs nothing."""
    if script == "ascii":
        return f"lower({expr})"
    if script == "other":
        return fold_sql(expr)
    return f"CASE WHEN strlen({expr}) = length({expr}) THEN lower({expr}) ELSE {fold_latin_sql(expr)} END"
