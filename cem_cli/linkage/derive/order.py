"""Whole names in which the surname stands first (`Rossi Mario`), turned round: `Mario Rossi`.

Which word of a name is the given one is found in the data: words that stand in columns of given names or are known as such, what
stands beside them, and how often a file writes names in each order, by expectation and maximisation. Reads the view `link_people`;
`turn` writes it anew, the view as it was stays as `link_written`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection
from cem_cli.kinds.given_names import GIVEN_NAMES
from cem_cli.linkage.derive.cleaning import PARTICLES, TITLES
from cem_cli.linkage.derive.dates import lowest_ids_sql

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
ROWS = 3000
"""Names of each column of each file that are looked at."""
SELDOM, MOSTLY = 0.05, 0.9
"""Share of a file's names turned round up to which none is (slips), and from which all are."""
KNOWN = 5.0
"""Names of other files that a known given name stands for."""
USUAL = 0.1
"""Share of names that stand surname first, before anybody looked."""
ROUNDS = 30
_WORD = "strip_accents(lower({}))"
_FIRST = rf"((?:(?:{PARTICLES})\s+)*\S+)"


@dataclass(frozen=True)
class Orders:
    """In which order names are written."""

    share: dict[tuple[str, str], float]
    """(column, source) -> share of names that stand surname first."""
    given: tuple[str, ...]
    """Words that are given names."""


def find_orders(con: Connection, kinds: Mapping[str, str]) -> Orders:
    """Return in which order the columns of whole names write them."""
    whole = [c for c, kind in kinds.items() if kind == "full_name"]
    if not whole:
        return Orders({}, ())
    rows = [row for c in whole for row in con.execute(_names_sql(c)).fetchall()]
    groups = sorted({(c, source) for c, source, *_ in rows})
    known, sample = [(w, KNOWN, 0.0) for w in sorted(GIVEN_NAMES)], lowest_ids_sql(con, "link_people", ROWS)
    for kind, weights in (("given_name", (1.0, 0.0)), ("surname", (0.0, 1.0))):
        for c in (c for c, k in kinds.items() if k == kind):
            known += [(w, n * weights[0], n * weights[1]) for w, n in con.execute(_words_sql(c, sample)).fetchall()]
    words = {w: k for k, w in enumerate(sorted({w for _, _, *pair in rows for w in pair} | {w for w, *_ in known}))}
    first, last = (np.array([words[row[k]] for row in rows], np.int64) for k in (2, 3))
    group = np.array([groups.index(row[:2]) for row in rows], np.int64)
    before = np.ones((2, len(words)))
    for word, as_given, as_surname in known:
        before[:, words[word]] += as_given, as_surname
    turned, given = _settle(first, last, group, before)
    listed = sorted(words)
    share = np.bincount(group, weights=turned > 0.5) / np.maximum(np.bincount(group), 1)
    return Orders(dict(zip(groups, share.tolist(), strict=True)), tuple(listed[k] for k in np.flatnonzero(given > 0.5)))


def _settle(first: Longs, last: Longs, group: Longs, before: Floats) -> tuple[Floats, Floats]:
    """Return (per name, the probability that its surname stands first; per word, that it is a given name)."""
    size, names = before.shape[1], np.bincount(group)
    usual = np.full(len(names), USUAL)
    turned = np.empty(0)
    given = before[0] / before.sum(0)
    for _ in range(ROUNDS):
        odds = np.log(given / (1 - given))
        turned = 1 / (1 + np.exp(np.clip(odds[first] - odds[last] - np.log(usual / (1 - usual))[group], -50, 50)))
        as_given = before[0] + np.bincount(first, 1 - turned, size) + np.bincount(last, turned, size)
        as_surname = before[1] + np.bincount(first, turned, size) + np.bincount(last, 1 - turned, size)
        given = as_given / (as_given + as_surname)
        usual = (np.bincount(group, turned) + 10 * USUAL) / (names + 10)
    return turned, given


def _names_sql(column: str) -> str:
    """Return SQL for (column, source, first word, last word) of a sample of names of several words."""
    titles = "|".join(TITLES)
    name = rf"regexp_replace(trim(v), '^((({titles})[.]?)\s+)+', '', 'i')"
    word = [_WORD.format(f"regexp_extract(n, '{part}')") for part in (r"^\S+", r"\S+$")]
    several = f"contains(trim({quote(column)}), ' ') AND NOT contains({quote(column)}, ',')"
    return f"""
        WITH named AS NOT MATERIALIZED (SELECT source, record_id, {quote(column)} AS v FROM link_people WHERE {several}),
        least AS (SELECT source, list_max(min(record_id, {ROWS})) AS last FROM named GROUP BY source)
        SELECT {literal(column)}, source, {word[0]} AS a, {word[1]} AS b FROM (
            SELECT source, {name} AS n FROM named JOIN least USING (source) WHERE record_id <= last)
        WHERE contains(n, ' ') AND length(a) > 2 AND length(b) > 2 AND NOT regexp_full_match(a, '{PARTICLES}')
        ORDER BY source, a, b
    """


def _words_sql(column: str, sample: str) -> str:
    """Return SQL for (word, rows) of a column of given names or surnames; `sample`: a condition on rows."""
    word = _WORD.format(f"trim({quote(column)})")
    return f"SELECT w, count(*) FROM (SELECT {word} AS w FROM link_people WHERE {sample}) WHERE w <> '' GROUP BY w ORDER BY w"


def turn(con: Connection, orders: Orders) -> tuple[str, ...]:
    """Write `link_people` anew, names turned round where they stand surname first; return the columns in which some do."""
    columns = sorted({c for (c, _), share in orders.share.items() if share > SELDOM})
    if not columns:
        return ()
    con.execute("CREATE OR REPLACE TABLE link_given AS SELECT unnest(?::VARCHAR[]) AS word", [list(orders.given)]).fetchall()
    whole = ", ".join(f"{_turned_sql(c, orders)} AS {quote(c)}" for c in columns)
    for statement in (
        "BEGIN",  # others read the view meanwhile
        "DROP VIEW IF EXISTS link_written",
        "ALTER VIEW link_people RENAME TO link_written",
        f"CREATE VIEW link_people AS SELECT * REPLACE ({whole}) FROM link_written",
        "COMMIT",
    ):
        con.execute(statement).fetchall()
    return tuple(columns)


def _turned_sql(column: str, orders: Orders) -> str:
    """Return SQL for the names of a column, the given name first: of several words, the surname is the first or all but the last."""
    name = f"trim({quote(column)})"
    words = {at: f"split_part({name}, ' ', {at})" for at in (1, -1)} | {2: rf"regexp_extract({name}, '^{_FIRST}\s+(\S+)', 2, 'i')"}
    known = {at: f"{_WORD.format(word)} IN (SELECT word FROM link_given)" for at, word in words.items()}
    shares = {source: share for (c, source), share in orders.share.items() if c == column}
    all_, some = (_in_sql([s for s, x in shares.items() if low < x <= high]) for low, high in ((MOSTLY, 1.0), (SELDOM, MOSTLY)))
    front = rf"regexp_replace({name}, '^{_FIRST}\s+(.*)$', '\2 \1', 'i')"
    back = rf"regexp_replace({name}, '^(.*)\s+(\S+)$', '\2 \1')"
    turned = f"CASE WHEN {known[-1]} AND NOT {known[2]} THEN {back} ELSE {front} END"
    asked = f"{all_} OR ({some} AND {known[-1]} AND NOT {known[1]})"
    return f"CASE WHEN contains({name}, ' ') AND NOT contains({name}, ',') AND ({asked}) THEN {turned} ELSE {quote(column)} END"


def _in_sql(sources: Sequence[str]) -> str:
    return f"source IN ({', '.join(map(literal, sorted(sources)))})" if sources else "false"
