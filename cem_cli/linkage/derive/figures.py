"""Figures in texts, which tell things apart whose words are the same: the size of a pack, a vintage, the part of a series, a house number.

`Seagate 2TB 7200 rpm` holds 2 and 7200; `Part II` holds 2. Reads a sample of the table; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive.models import Codes, folded_sql, shares

OFTEN = 0.15
"""Share of texts with figures, from which these are compared by themselves."""
FEATURE = "figures:"
"""What the feature's name begins with; the column follows."""
_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
_PART_OF_SERIES = "iii?|iv|vi{1,3}|ix|xi{1,3}"
"""Roman numbers that are nothing else: one letter may be anything."""


def find_figures(con: Connection, table: str, kinds: Mapping[str, str], codes: Codes) -> str | None:
    """Return the column of texts, the shortest, that often hold figures: a description repeats those of the title."""
    texts = [c for c, kind in kinds.items() if kind == "text"]
    figures = {c: f"list_filter({codes.parts_sql(folded_sql(c))}, lambda w: {is_figure_sql('w', codes)})" for c in texts}
    held = shares(con, table, {c: f"len({found}) > 0" for c, found in figures.items()})
    size = shares(con, table, {c: f"length({folded_sql(c)})" for c in texts})
    return min((c for c in texts if held[c] >= OFTEN), key=lambda c: (size[c], c), default=None)


def is_figure_sql(word: str, codes: Codes) -> str:
    """Return SQL for whether a word (with points and commas) is a figure, perhaps with its unit, and no code."""
    looks = f"regexp_full_match({word}, 'x?[0-9].*|({_PART_OF_SERIES})[.,]*')"
    return f"({looks} AND NOT ({codes.is_one_sql(word, '[.,]*')}))"


def figures_sql(words: str) -> str:
    """Return SQL for figures out of a list of words that are such, each once and in order; 1,000 is 1000, 10.0 is 10, II is 2."""
    roman = f"list_position({list(_ROMAN)!r}, trim(f, '.,'))"
    number = "regexp_extract(f, '[0-9]+(?:[.,][0-9]+)?')"
    ungrouped = rf"regexp_replace(replace({number}, ',', '.'), '[.]([0-9]{{3}})$', '\1')"
    bare = rf"regexp_replace(regexp_replace({ungrouped}, '^0+([0-9])', '\1'), '[.]0+$', '')"
    plain = f"CASE WHEN {roman} > 0 THEN {roman}::VARCHAR ELSE {bare} END"
    return f"nullif(array_to_string(list_sort(list_distinct(list_transform({words}, lambda f: {plain}))), ' '), '')"
