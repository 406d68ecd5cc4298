"""Columns of different files that hold the same thing under different headers (`title` and `name`, `brand` and `Hersteller`).

Kinds tell which columns hold a name, a date or a town, whatever the header; this is about the others: texts, codes, categories
and numbers. Their values tell: two columns that never stand in one file and use the same words, numbers or shapes of codes are
taken for one. Reads the view `link_people`; `unite` writes it anew, the view as it was stays as `link_apart`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.kinds.headers import header_words
from cem_cli.linkage.derive.numbered import find_places
from cem_cli.linkage.derive.things import number_sql

ROWS = 1500
"""Rows of each file that are looked at."""
MOST = 100
"""Columns up to which each is held against each other."""
ALIKE = 0.35
"""Bhattacharyya coefficient of the words of two columns from which they are one."""
COUNTS_ALIKE = 0.6
"""The same for numbers other than amounts: many things are counted from one to a hundred."""
LONGER = 2.5
"""How many times as many words the cells of one column may have: a state stands in every address, and is none."""
NAMED = 0.2
"""What a word that both headers hold adds to it."""
BOTH_NAMES, MOST_WORDS = 0.5, 5
"""Share of the cells that hold a given name and a surname of other files, from which they are names; words of a name."""
YEARS_ALIKE = 0.85
"""The same for years of birth: those of an event are of other years."""
OWN = ("birth_year", "full_name", "given_name", "surname", "city", "street", "address", "postcode")
"""Kinds that columns under unknown headers take from a column of another file."""
_RIVALS = {
    "birth_year": frozenset({"birth_year", "birth_date"}),
    "full_name": frozenset({"full_name", "given_name", "surname"}), "given_name": frozenset({"full_name", "given_name"}),
    "surname": frozenset({"full_name", "surname"}),
}
"""Kinds of which a file needs none beside one of these."""
_RANK = ("company", "text", "url", "vat_number", "tax_code", "loyalty_card", "amount", "quantity", "integer", "external_id", "country",
         "province", "title", "date", "category")
"""Which kind columns that are one have: the first of theirs."""
DATES = frozenset({"date"})
FREE = frozenset(_RANK) - DATES
COUNTS = frozenset({"integer", "quantity"})
_ROWS = (
    f"(SELECT * FROM link_people SEMI JOIN (SELECT unnest(min(record_id, {ROWS})) AS record_id FROM link_people GROUP BY source) "
    "USING (record_id))"
)
_CELL = "strip_accents(lower(trim(v)))"
_NUMBER = r"^[^0-9a-z]{0,3}(eur|usd|gbp|chf|rs)?[^0-9a-z]{0,3}[0-9]+([.,][0-9]+)*[^0-9a-z]{0,3}[a-z]{0,4}[^0-9a-z]{0,2}$"


def _tokens_sql() -> str:
    """Return SQL for what a cell is made of: words; codes and their shapes; of a number its digits and its size."""
    number = f"({number_sql(_CELL)} / 100)"
    sized = f"['=' || ({number})::VARCHAR, '#' || round(3 * ln(greatest({number}, 0.01)))::VARCHAR]"
    words = f"list_filter(regexp_split_to_array({_CELL}, '[^a-z0-9\\x{{80}}-\\x{{FFFF}}]+'), lambda w: w <> '')"
    shape = "regexp_replace(regexp_replace(w, '[0-9]', '9', 'g'), '[a-z]', 'a', 'g')"
    coded = f"list_transform({words}, lambda w: CASE WHEN regexp_matches(w, '[0-9]') AND length(w) > 4 THEN '~' || {shape} ELSE w END)"
    return f"CASE WHEN regexp_matches({_CELL}, '{_NUMBER}') AND {number} IS NOT NULL THEN {sized} ELSE {coded} END"


def _alike(con: Connection, columns: Sequence[str]) -> tuple[dict[str, frozenset[str]], dict[tuple[str, str], float]]:
    """Return in which sources each column has values, and how alike two columns are."""
    listed = ", ".join(f"{quote(c)}::VARCHAR" for c in columns)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE link_cells AS
        SELECT source, c, v FROM (SELECT source, unnest(range({len(columns)})) AS c, unnest([{listed}]) AS v FROM {_ROWS})
        WHERE trim(v) <> ''
    """).fetchall()
    places = con.execute("SELECT c, list(DISTINCT source) FROM link_cells GROUP BY c ORDER BY c").fetchall()
    words = f"avg(len(list_filter({_tokens_sql()}, lambda w: w <> '')))"
    size = dict(con.execute(f"SELECT c, {words} FROM link_cells GROUP BY c ORDER BY c").fetchall())
    rows = con.execute(f"""
        WITH parts AS (SELECT c, {_tokens_sql()} AS t FROM link_cells),
        words AS (SELECT c, unnest(t) AS w, 1 / len(t) AS n FROM parts WHERE len(t) > 0),
        p AS (SELECT c, w, sum(n) / sum(sum(n)) OVER (PARTITION BY c) AS p FROM words GROUP BY c, w)
        SELECT a.c, b.c, round(sum(sqrt(a.p * b.p)), 4) FROM p AS a JOIN p AS b ON a.w = b.w AND a.c < b.c GROUP BY ALL ORDER BY ALL
    """).fetchall()
    con.execute("DROP TABLE link_cells").fetchall()
    alike = {(columns[a], columns[b]): float(s) for a, b, s in rows if max(size[a], size[b]) <= LONGER * min(size[a], size[b])}
    return {columns[c]: frozenset(s) for c, s in places}, alike


def _stem(one: str, other: str) -> bool:
    """Return whether a word of one header begins a word of the other."""
    x, y = (header_words(c).split() for c in (one, other))
    return any(len(a) > 2 and len(b) > 2 and (a.startswith(b) or b.startswith(a)) for a in x for b in y)


@dataclass(frozen=True)
class Same:
    """What columns turned out to be."""

    kind: dict[str, str]
    """Column -> its kind, where another file's column told it."""
    into: dict[str, str]
    """Column -> the column of another file with which it is one."""


class _Groups:
    """Columns that are one, which never stand in one file."""

    def __init__(self, sources: Mapping[str, frozenset[str]]) -> None:
        self.members = {c: [c] for c in sources}
        self._sources = dict(sources)

    def join(self, one: str, other: str) -> None:
        """Take the groups of two columns for one, unless some file has columns of both."""
        a, b = self.members[one], self.members[other]
        if a is b or any(self._sources[x] & self._sources[y] for x in a for y in b):
            return
        a += b
        self.members |= dict.fromkeys(b, a)


def find_same(con: Connection, kinds: Mapping[str, str], sure: frozenset[str]) -> Same:
    """Return which columns are one under different headers; `sure`: columns whose headers say what they are."""
    columns = [c for c, kind in kinds.items() if kind in FREE | DATES or kind in OWN]
    apart = Same({}, {})
    if len(columns) > MOST or not any(kinds[c] in FREE | DATES for c in columns) or _sources(con) < 2:
        return apart
    sources, alike = _alike(con, columns)
    numbers = find_places(con, _ROWS, [c for c in columns if kinds[c] == "external_id"])
    for sort in ([c for c in columns if kinds[c] in DATES], list(numbers)):
        alike |= dict.fromkeys(_only_one(sort, sources), 1.0)
    scores = {(a, b): s + NAMED * _stem(a, b) for (a, b), s in alike.items() if not sources[a] & sources[b]}
    told, groups = dict[str, str](), _Groups(sources)
    for (a, b), score in sorted(scores.items(), key=lambda item: (-item[1], item[0])):
        counts = not COUNTS.isdisjoint((kinds[a], kinds[b]))
        if score < (COUNTS_ALIKE if counts else ALIKE) or (counts and not sure.isdisjoint((a, b)) and not _stem(a, b)):
            continue
        known = {kinds[c] for c in (a, b) if kinds[c] in OWN}
        if not known:
            groups.join(a, b)
        elif len(known) == 1 and (open_ := [c for c in (a, b) if kinds[c] in FREE and c not in sure | told.keys()]):
            kind = known.pop()
            rivals = _RIVALS.get(kind, {kind})
            least = YEARS_ALIKE if kind == "birth_year" else ALIKE
            if alike[a, b] >= least and not any(sources[open_[0]] & sources[c] for c in sources if told.get(c, kinds[c]) in rivals):
                told[open_[0]] = kind
    return _settled(kinds, told, groups)


def find_whole_names(con: Connection, kinds: Mapping[str, str], sure: frozenset[str]) -> list[str]:
    """Return the columns, of files without a name, whose cells hold a given name and a surname of other files.

    Of two in one file (a pupil, a mother) that which names the same persons.
    """
    named = {kind: [c for c, k in kinds.items() if k == kind] for kind in ("given_name", "surname", "full_name")}
    asked = [c for c, kind in kinds.items() if kind in ("text", "category", "company", "external_id") and c not in sure]
    if not (named["given_name"] and named["surname"] and asked) or _sources(con) < 2:
        return []
    given, surname, whole = (f"concat_ws(' ', {', '.join([*map(quote, own), 'NULL'])})" for own in named.values())
    tests = ", ".join(
        f"coalesce(avg(({test})::INTEGER) FILTER (WHERE len({w}) > 0 AND n = ''), 0)" for w in map(_words_sql, asked) for test in (
            f"list_has_any({w}, g) AND list_has_any({w}, s) AND len({w}) <= {MOST_WORDS}",
            f"list_contains(p, {w}[1] || ' ' || {w}[-1]) OR list_contains(p, {w}[-1] || ' ' || {w}[1])",
        )
    )
    row = con.execute(f"""
        WITH r AS (SELECT *, {given} AS given, {surname} AS surname, trim(concat_ws(' ', {given}, {surname}, {whole})) AS n FROM {_ROWS}),
        k AS (SELECT list_distinct(flatten(list({_words_sql('given')}))) AS g, list_distinct(flatten(list({_words_sql('surname')}))) AS s,
                     list(DISTINCT lower(strip_accents(given || ' ' || surname))) AS p FROM r)
        SELECT {tests} FROM r, k""").fetchall()[0]
    scores = dict(zip(asked, zip(row[1::2], row[::2], strict=True), strict=True))
    whole_names = sorted((c for c in asked if scores[c][1] >= BOTH_NAMES), key=lambda c: scores[c], reverse=True)
    return [c for k, c in enumerate(whole_names) if not any(_together(con, c, other) for other in whole_names[:k])]


def _together(con: Connection, one: str, other: str) -> bool:
    """Return whether a record has both columns."""
    return bool(con.execute(f"SELECT count(*) FROM {_ROWS} WHERE {quote(one)} <> '' AND {quote(other)} <> ''").fetchall()[0][0])


def _words_sql(column: str) -> str:
    return f"list_filter(string_split_regex(lower(strip_accents({quote(column)}::VARCHAR)), '[ ,.]+'), lambda w: w <> '')"


def _only_one(columns: Sequence[str], sources: Mapping[str, frozenset[str]]) -> list[tuple[str, str]]:
    """Return pairs of columns of one sort (dates, numbers that hold dates of birth), in whatever form, where no file has two of them."""
    pairs = list(itertools.combinations([c for c in columns if c in sources], 2))
    return [] if any(sources[a] & sources[b] for a, b in pairs) else pairs


def _settled(kinds: Mapping[str, str], told: Mapping[str, str], groups: _Groups) -> Same:
    """Return what is said of the columns: a group has the kind and the name of its most telling column."""
    kind, into = dict(told), dict[str, str]()
    order = {c: (_RANK.index(k) if k in FREE | DATES else 0, place) for place, (c, k) in enumerate(kinds.items())}
    for column in kinds:
        group = [c for c in groups.members.get(column, []) if c not in told]
        if len(group) > 1 and column in group:
            chief = min(group, key=order.__getitem__)
            kind[column] = kinds[chief]
            into |= {column: chief} if column != chief else {}
    return Same(kind, into)


def _sources(con: Connection) -> int:
    return int(con.execute("SELECT count(DISTINCT source) FROM link_people").fetchall()[0][0])


def unite(con: Connection, into: Mapping[str, str]) -> None:
    """Write `link_people` anew, each column of `into` merged into the one it belongs to."""
    if not into:
        return
    chiefs = sorted(set(into.values()))
    merged = {chief: [chief, *sorted(c for c, into_ in into.items() if into_ == chief)] for chief in chiefs}
    whole = ", ".join(f"coalesce({', '.join(map(quote, columns))}) AS {quote(chief)}" for chief, columns in merged.items())
    con.execute("DROP VIEW IF EXISTS link_apart").fetchall()
    con.execute("ALTER VIEW link_people RENAME TO link_apart").fetchall()
    gone = ", ".join(quote(c) for c in sorted(into))
    con.execute(f"CREATE VIEW link_people AS SELECT * EXCLUDE ({gone}) REPLACE ({whole}) FROM link_apart").fetchall()
