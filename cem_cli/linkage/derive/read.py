"""From a table to records: every distinct raw value is cleaned once, records only carry numbers.

Reads the table of `LinkInput`; writes the temporary table `link_value` and drops it. Columns that are derived together
(the parts of a date, a full name beside its parts) form one group; per group each record holds the hash of its raw cells,
and the distinct cells are cleaned by `cells`. Groups whose values are rare are cleaned row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cem_cli.base.sql import quote
from cem_cli.engines.arrow import Column, fetch_columns
from cem_cli.engines.duck import Connection, Turns
from cem_cli.linkage.derive.cells import FeatureSpec, cleaned_sql, derived_sql
from cem_cli.linkage.records import Codes, Feature, Hashes, Longs, Records, Values, hash_words, stable_hash
from cem_cli.linkage.several import unite
from cem_cli.linkage.sorting import per_member, sort_with_places, starts_of_runs

if TYPE_CHECKING:
    from concurrent.futures import Future

SHORT = 12
"""Bytes of a cell up to which differences cannot cancel each other in the engine's hash."""
DIGITS = 9
"""Digits in which whole numbers are compared as text."""
_HELD = np.array([(1 << 8 * held) - 1 for held in range(9)], np.uint64)
"""Masks of a word of which so many bytes belong to the text."""


@dataclass(frozen=True)
class Group:
    """Columns that are derived together, and what becomes of them."""

    columns: tuple[str, ...]
    specs: tuple[FeatureSpec, ...]

    @property
    def key_sql(self) -> str:
        """Return SQL for the hash of a row's cells; what is no longer than a word and a half needs no second one (`hash_sql`)."""
        twice = ", ".join(f"{c}, CASE WHEN strlen({c}::VARCHAR) > {SHORT} THEN '+' || {c} END" for c in map(quote, self.columns))
        return f"hash({twice})" if self.columns else "0::UBIGINT"

    @property
    def made(self) -> tuple[FeatureSpec, ...]:
        """Return the features, without those that only lend helpers."""
        return tuple(s for s in self.specs if s.name)

    @property
    def rare(self) -> bool:
        """Return whether its numbers are made row by row."""
        return all(s.rare for s in self.specs)


@dataclass(frozen=True)
class Derived:
    """One feature of a group's distinct raw values."""

    spec: FeatureSpec
    column: Column
    """The derived values."""
    hashes: Hashes
    """Per derived value: its hash; whole numbers: the number itself."""
    raw: Future[Longs]
    """Per position: number of the derived value."""

    @classmethod
    def of(cls, spec: FeatureSpec, found: dict[str, Column], raw: Future[Longs]) -> Derived:
        """Return a feature out of the columns of `_clean` or `_rows`."""
        hashes = found[f"hash {spec.name}" if spec.text else spec.name].values
        return cls(spec, found[spec.name], hashes.view(np.uint64), raw)


@dataclass(frozen=True)
class Coded:
    """Features of all records that share a dictionary."""

    features: tuple[Feature, ...]
    values: Values
    numbers: Longs | None
    """The values of whole-number features."""


def hash_sql(cells: Sequence[str]) -> str:
    """Return SQL for a 64-bit hash of texts, each hashed twice, the second time shifted by one byte.

    Differences at the ends of two neighbouring words of eight bytes cancel each other in DuckDB's hash: among 280,000
    street lines 15 pairs collided. Shifted, they no longer stand at the ends.
    """
    twice = ", ".join(f"{c}, '+' || {c}" for c in cells)
    return f"hash({twice})"


def group_features(columns: Sequence[str], specs: Sequence[FeatureSpec]) -> list[Group]:
    """Return the features in groups that share no column; a feature's columns are those that its SQL and its helpers name."""
    groups: list[Group] = []
    helpers = {name: sql for spec in specs for name, sql in spec.helpers}
    for spec in specs:
        text = _whole_sql(" ".join((spec.sql, *(sql for _, sql in spec.helpers))), helpers)
        own = {c for c in columns if quote(c) in text}
        met = [g for g in groups if own & set(g.columns) or own == set(g.columns)]
        merged = Group(
            tuple(sorted(own.union(*(g.columns for g in met)))), (*(s for g in met for s in g.specs), spec)
        )
        groups = [*(g for g in groups if g not in met), merged]
    return groups


def _whole_sql(text: str, helpers: Mapping[str, str]) -> str:
    """Return SQL followed by that of every helper it names, whosever helper it is."""
    left = dict(helpers)
    while met := [name for name in left if quote(name) in text]:
        text = " ".join((text, *(left.pop(name) for name in met)))
    return text


def read(
    con: Connection, table: str, columns: Sequence[str], specs: Sequence[FeatureSpec], threads: int, *, shared: bool = False
) -> Records:
    """Return the records of a table with the features that `specs` make of its columns.

    `shared`: other connections see the table too, so that groups are cleaned side by side; a small group keeps one core busy.
    """
    from concurrent.futures import ThreadPoolExecutor  # a few records are read by `read_rows`, without threads

    groups = group_features(columns, specs)
    with Turns(con, threads if shared else 1) as turns, ThreadPoolExecutor(threads) as pool:
        begun, known = turns.begin(_rows, table, groups), turns.begin(sources, table)
        # the last groups, contacts and places, have the most values: begun first, they keep no core waiting at the end
        cleaned = [None if g.rare else turns.begin(_clean, table, g) for g in reversed(groups)][::-1]
        rows = begun.result()
        ids, order = sort_with_places(rows["record_id"].values)
        derived: list[Derived] = []
        for k, (group, one) in enumerate(zip(groups, cleaned, strict=True)):
            if one:
                found = one.result()
                raw = pool.submit(_look_up, found["link_key"].values, rows.pop(f"h{k}").values, order)
            else:
                found, raw = rows, pool.submit(lambda: order)
            derived += [Derived.of(spec, found, raw) for spec in group.made]
        own = {d.spec.name: d for d in derived}
        homes = by_dictionary(d.spec for d in derived)
        coded = dict(zip(homes, pool.map(_code, ([own[name] for name in members] for members in homes.values())), strict=True))
        names, hashes = known.result()
    source = source_codes(hashes, rows["source"].values)[order]
    features = {f.name: f for one in coded.values() for f in one.features}
    values = {name: one.values for name, one in coded.items()}
    numbers = {name: one.numbers for name, one in coded.items() if one.numbers is not None}
    ready = {s.name: features[s.name] for s in specs if s.name}
    return unite(Records(ids, source, names, ready, values, numbers, np.empty(0, np.int64)), specs)


def _rows(con: Connection, table: str, groups: Sequence[Group]) -> dict[str, Column]:
    """Return per row record_id, the hash of its source, the hash `h<n>` of its cells per group, and the rare features."""
    rare = [g for g in groups if g.rare]
    hashes = "".join(f", {g.key_sql} AS h{k}" for k, g in enumerate(groups) if not g.rare)
    numbers = "".join(f", {s.sql} AS {quote(s.name)}" for g in rare for s in g.made)
    cleaned = cleaned_sql(con, table, [c for g in rare for c in g.columns], [s for g in rare for s in g.specs])
    return fetch_columns(con, f"SELECT record_id::BIGINT AS record_id, {hash_sql(['source'])} AS source{hashes}{numbers} FROM ({cleaned})")


def sources(con: Connection, table: str) -> tuple[tuple[str, ...], Hashes]:
    """Return (sources in alphabetical order, their hashes)."""
    known = con.execute(f"SELECT DISTINCT source, {hash_sql(['source'])} FROM {table} ORDER BY source").fetchall()
    return tuple(str(name) for name, _ in known), np.array([h for _, h in known], np.uint64)


def source_codes(known: Hashes, rows: Hashes) -> Codes:
    """Return which of the `known` sources each row is of, by their hashes."""
    if len(known) == 1:
        return np.zeros(len(rows), np.int32)
    ranked, rank = sort_with_places(known)
    return rank.astype(np.int32)[find(ranked, rows)]


def _clean(con: Connection, table: str, group: Group) -> dict[str, Column]:
    """Return per distinct cells of a group the hash `link_key`, the features, and the `hash <feature>` of texts."""
    listed = ", ".join(map(quote, group.columns)) or "0 AS nothing"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE link_value AS SELECT {group.key_sql} AS link_key, * FROM (SELECT DISTINCT {listed} FROM {table})"
    ).fetchall()
    hashed = "".join(f", {hash_sql([quote(s.name)])} AS {quote(f'hash {s.name}')}" for s in group.made if s.text)
    found = fetch_columns(con, f"SELECT *{hashed} FROM ({derived_sql(con, 'link_value', group.columns, group.specs)})")
    con.execute("DROP TABLE link_value").fetchall()
    return found


def _look_up(keys: Hashes, rows: Hashes, order: Longs) -> Longs:
    """Return per position where the key of its row stands in `keys`."""
    ranked, rank = sort_with_places(keys)
    return rank.take(find(ranked, rows).take(order, mode="clip"), mode="clip")


def find(known: Hashes, wanted: Hashes) -> Codes:
    """Return where each wanted hash stands in `known`, which is ascending and holds all of them.

    The top bits of a hash say almost where: one look at a table of starts and mostly one comparison, whatever the size.
    """
    bits = max(1, len(known).bit_length())
    shift = np.uint64(64 - bits)
    ends = np.cumsum(np.bincount((known >> shift).view(np.int64), minlength=1 << bits))
    start = np.concatenate([[0], ends[:-1]]).astype(np.int32)
    at = start.take((wanted >> shift).view(np.int64), mode="clip")
    late = np.flatnonzero(known.take(at, mode="clip") != wanted) if len(wanted) else np.empty(0, np.int64)
    while len(late):
        at[late] += 1
        late = late.compress(known.take(at.take(late), mode="clip") != wanted.take(late))
    return at


def factorise(hashes: Hashes, present: npt.NDArray[np.bool_]) -> tuple[Codes, Longs]:
    """Return (code per value, -1 where absent; an index of each code's value); codes follow the order of the hashes."""
    where = np.flatnonzero(present)
    ordered, rank = sort_with_places(hashes.take(where, mode="clip"))
    order = where.take(rank, mode="clip")
    start = starts_of_runs(ordered)
    codes = np.full(len(hashes), -1, np.int32)
    codes[order] = per_member(np.arange(len(start)), start, len(ordered))
    return codes, order[start]


def by_dictionary(specs: Iterable[FeatureSpec]) -> dict[str, list[str]]:
    """Return the names of the features that share each dictionary of values."""
    groups: dict[str, list[str]] = {}
    for spec in specs:
        groups.setdefault(spec.home, []).append(spec.name)
    return groups


def _code(members: Sequence[Derived]) -> Coded:
    """Number the values of features that share a dictionary; waits for what was begun before."""
    hashes = np.concatenate([d.hashes for d in members])
    codes, first = factorise(hashes, np.concatenate([d.column.present for d in members]))
    own = np.split(codes, np.cumsum([len(d.hashes) for d in members])[:-1])
    features = tuple(_feature(d, c, len(first)) for d, c in zip(members, own, strict=True))
    if members[0].spec.text:
        return Coded(features, _texts([d.column for d in members], first, members[0].spec.width), None)
    numbers = hashes[first].view(np.int64)
    return Coded(features, digits_of(numbers), numbers)


def _feature(derived: Derived, codes: Codes, size: int) -> Feature:
    """Return a feature of all records; `codes`: per derived value."""
    return feature_of(derived.spec.name, codes.take(derived.raw.result(), mode="clip"), size, derived.spec.home)


def feature_of(name: str, codes: Codes, size: int, dictionary: str) -> Feature:
    """Return a feature of all records out of its codes by position, -1 where absent: each absence becomes a number of its own."""
    counts = np.bincount(codes + 1, minlength=size + 1)[1:]
    missing = np.flatnonzero(codes < 0)
    codes[missing] = -1 - missing
    return Feature(name, codes, counts, len(codes) - len(missing), dictionary)


def _texts(members: Sequence[Column], first: Longs, most: int) -> Values:
    """Return the dictionary of text features; `first`: an index into the values of all members per code."""
    width = -(-min(most, max(int(m.length.max(initial=1)) for m in members)) // 8)
    parts = [words(m, width) for m in members]
    matrix = (np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]).take(first, axis=1, mode="clip")
    return Values(np.ascontiguousarray(matrix.T).view(np.uint8), hash_words(matrix))


def words(texts: Column, count: int) -> Hashes:
    """Return the first `count` words of eight bytes of each text, padded with zeros; one row per word, one column per text."""
    found = np.zeros((count, len(texts.values)), np.uint64)
    anywhere = np.ndarray(len(texts.letters) - 7, "<u8", texts.letters, strides=(1,))
    for k, word in enumerate(found):
        more = np.flatnonzero(texts.length > 8 * k)
        word[more] = anywhere[texts.values[more] + 8 * k] & _HELD[np.minimum(texts.length[more] - 8 * k, 8)]
    return found


def digits_of(numbers: Longs) -> Values:
    """Return whole numbers as digits of text, so that a mistyped digit can be seen."""
    matrix = np.empty((len(numbers), DIGITS), np.uint8)
    rest = numbers.astype(np.uint32)
    for place in range(DIGITS - 1, -1, -1):
        matrix[:, place] = rest % 10 + ord("0")
        rest //= 10
    return Values(matrix, stable_hash(matrix))
