"""From a table to records: every distinct raw value is cleaned once, records only carry numbers.

Reads the table of `LinkInput`; writes the temporary tables `link_value` and `link_derived_<n>` and drops them. Columns that
are derived together (the parts of a date, a full name beside its parts) form one group; per group each record holds the
hash of its raw cells, and the distinct cells are cleaned by `derive`.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive import WIDTH, FeatureSpec, derive
from cem_cli.linkage.records import Codes, Feature, Hashes, Longs, Records, Values, stable_hash
from cem_cli.linkage.strings import Bytes

DIGITS = 9
"""Digits in which whole numbers are compared as text."""


@dataclass(frozen=True)
class Group:
    """Columns that are derived together, and what becomes of them."""

    columns: tuple[str, ...]
    specs: tuple[FeatureSpec, ...]

    @property
    def key_sql(self) -> str:
        """Return SQL for the hash of a row's cells."""
        return hash_sql([quote(c) for c in self.columns]) if self.columns else "0::UBIGINT"


@dataclass(frozen=True)
class Derived:
    """One feature of a group's distinct raw values."""

    spec: FeatureSpec
    table: str
    row: Longs
    """Per raw value, in the order of its hash: its row id in `table`."""
    hashes: Hashes
    """Per raw value: hash of the derived value; whole numbers: the number itself."""
    present: npt.NDArray[np.bool_]
    raw: Future[Codes]
    """Per position: number of the raw value."""


def hash_sql(cells: Sequence[str]) -> str:
    """Return SQL for a 64-bit hash of texts, each hashed twice, the second time shifted by one byte.

    Differences at the ends of two neighbouring words of eight bytes cancel each other in DuckDB's hash: among 280,000
    street lines 15 pairs collided. Shifted, they no longer stand at the ends.
    """
    twice = ", ".join(f"{c}, '+' || {c}" for c in cells)
    return f"hash({twice})"


def group_features(columns: Sequence[str], specs: Sequence[FeatureSpec]) -> list[Group]:
    """Return the features in groups that share no column; a feature's columns are those that its SQL names."""
    groups: list[Group] = []
    for spec in specs:
        text = " ".join((spec.sql, *(sql for _, sql in spec.helpers)))
        own = {c for c in columns if quote(c) in text}
        met = [g for g in groups if own & set(g.columns) or own == set(g.columns)]
        merged = Group(
            tuple(sorted(own.union(*(g.columns for g in met)))), (*(s for g in met for s in g.specs), spec)
        )
        groups = [*(g for g in groups if g not in met), merged]
    return groups


def read(con: Connection, table: str, columns: Sequence[str], specs: Sequence[FeatureSpec], threads: int) -> Records:
    """Return the records of a table with the features that `specs` make of its columns."""
    groups = group_features(columns, specs)
    hashes = "".join(f", {g.key_sql} AS h{k}" for k, g in enumerate(groups))
    rows = con.execute(f"SELECT record_id, {hash_sql(['source'])} AS source{hashes} FROM {table}").fetchnumpy()
    ids = np.asarray(rows.pop("record_id"), np.int64)
    order = ascending(ids.astype(np.uint64))
    with ThreadPoolExecutor(threads) as pool:
        source, names = _sources(con, table, rows.pop("source"))
        derived: list[Derived] = []
        for k, group in enumerate(groups):
            derived += _derive_group(con, table, group, k, (pool, order, rows.pop(f"h{k}")))
        features, values, numbers = {}, {}, {}
        for name, members in _by_dictionary(derived).items():
            codes, first = factorise(np.concatenate([d.hashes for d in members]), np.concatenate([d.present for d in members]))
            if members[0].spec.text:
                values[name] = _texts(con, members, first)
            else:
                numbers[name] = members[0].hashes[first].astype(np.int64)
                values[name] = digits_of(numbers[name])
            for d, own in zip(members, np.split(codes, np.cumsum([len(d.hashes) for d in members])[:-1]), strict=True):
                features[d.spec.name] = pool.submit(_feature, d, own, len(first), name)
        ready = {s.name: features[s.name].result() for s in specs if s.name}
    for k in range(len(groups)):
        con.execute(f"DROP TABLE link_derived_{k}").fetchall()
    return Records(ids[order], source[order], names, ready, values, numbers, np.empty(0, np.int64))


def _sources(con: Connection, table: str, hashes: Hashes) -> tuple[Codes, tuple[str, ...]]:
    """Return (code of the source per row, sources in alphabetical order)."""
    known = con.execute(f"SELECT DISTINCT source, {hash_sql(['source'])} FROM {table} ORDER BY source").fetchall()
    keys = np.array([h for _, h in known], np.uint64)
    rank = ascending(keys)
    return rank.astype(np.int32)[find(keys[rank], hashes)], tuple(str(name) for name, _ in known)


def _derive_group(
    con: Connection, table: str, group: Group, number: int, rows: tuple[ThreadPoolExecutor, Longs, Hashes]
) -> list[Derived]:
    """Clean the distinct cells of a group; a thread looks up each row's, while the next group is cleaned."""
    pool, order, hashes = rows
    into, listed = f"link_derived_{number}", ", ".join(map(quote, group.columns)) or "0 AS nothing"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE link_value AS SELECT {group.key_sql} AS link_key, * FROM (SELECT DISTINCT {listed} FROM {table})"
    ).fetchall()
    derive(con, "link_value", group.columns, group.specs, into)
    con.execute("DROP TABLE link_value").fetchall()
    made = [s for s in group.specs if s.name]
    cells = (
        f", coalesce({hash_sql([quote(s.name)]) if s.text else quote(s.name)}, 0) AS v{k}, {quote(s.name)} IS NOT NULL AS p{k}"
        for k, s in enumerate(made)
    )
    found = con.execute(f"SELECT link_key, rowid{''.join(cells)} FROM {into}").fetchnumpy()
    rank = ascending(found["link_key"])
    keys = found["link_key"][rank]
    raw = pool.submit(lambda: find(keys, hashes)[order])
    row = np.asarray(found["rowid"], np.int64)[rank]
    return [
        Derived(s, into, row, np.asarray(found[f"v{k}"])[rank].astype(np.uint64), np.asarray(found[f"p{k}"], bool)[rank], raw)
        for k, s in enumerate(made)
    ]


def ascending(hashes: Hashes) -> Longs:
    """Return the stable order of hashes: sorting their top bits with their places is several times faster than an argsort."""
    bits = len(hashes).bit_length()
    lost = max(0, int(hashes.max(initial=0)).bit_length() + bits - 64)
    packed = ((hashes >> np.uint64(lost)) << np.uint64(bits)) | np.arange(len(hashes), dtype=np.uint64)
    packed.sort()
    order = (packed & np.uint64((1 << bits) - 1)).astype(np.int64)
    ordered = hashes[order]
    return order if (ordered[1:] >= ordered[:-1]).all() else np.argsort(hashes, kind="stable")


def find(known: Hashes, wanted: Hashes) -> Codes:
    """Return where each wanted hash stands in `known`, which is ascending and holds all of them.

    The top bits of a hash say almost where: one look at a table of starts and mostly one comparison, whatever the size.
    """
    bits = max(1, len(known).bit_length())
    shift = np.uint64(64 - bits)
    ends = np.cumsum(np.bincount((known >> shift).astype(np.int64), minlength=1 << bits))
    start = np.concatenate([[0], ends[:-1]]).astype(np.int32)
    at = start[(wanted >> shift).astype(np.int64)]
    late = np.flatnonzero(known[at] != wanted) if len(wanted) else np.empty(0, np.int64)
    while len(late):
        at[late] += 1
        late = late[known[at[late]] != wanted[late]]
    return at


def factorise(hashes: Hashes, present: npt.NDArray[np.bool_]) -> tuple[Codes, Longs]:
    """Return (code per value, -1 where absent; an index of each code's value); codes follow the order of the hashes."""
    where = np.flatnonzero(present)
    order = where[ascending(hashes[where])]
    ordered = hashes[order]
    new = np.ones(len(order), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    codes = np.full(len(hashes), -1, np.int32)
    codes[order] = np.cumsum(new) - 1
    return codes, order[new]


def _by_dictionary(derived: Sequence[Derived]) -> dict[str, list[Derived]]:
    groups: dict[str, list[Derived]] = {}
    for one in derived:
        groups.setdefault(one.spec.dictionary or one.spec.name, []).append(one)
    return groups


def _feature(derived: Derived, codes: Codes, size: int, dictionary: str) -> Feature:
    """Return a feature of all records; `codes`: per raw value."""
    by_position = codes[derived.raw.result()]
    missing = np.flatnonzero(by_position < 0)
    by_position[missing] = -1 - missing
    counts = np.bincount(by_position[by_position >= 0], minlength=size)
    return Feature(derived.spec.name, by_position, counts, len(by_position) - len(missing), dictionary)


def _texts(con: Connection, members: Sequence[Derived], first: Longs) -> Values:
    """Return the dictionary of text features; `first`: an index into the raw values of all members per code."""
    parts, start = [], 0
    for d in members:
        mine = np.flatnonzero((first >= start) & (first < start + len(d.hashes)))
        parts.append((mine, _bytes(con, d, first[mine] - start)))
        start += len(d.hashes)
    matrix = np.zeros((len(first), max((part.shape[1] for _, part in parts), default=1)), np.uint8)
    for mine, part in parts:
        matrix[mine, : part.shape[1]] = part
    return Values(matrix, stable_hash(matrix))


def _bytes(con: Connection, derived: Derived, rows: Longs) -> Bytes:
    """Return the texts of some rows of a derived table as zero-padded bytes, at most `WIDTH` of each."""
    if len(rows) == 0:
        return np.zeros((0, 1), np.uint8)
    name = quote(derived.spec.name)
    con.register("link_rows", {"place": np.arange(len(rows)), "r": derived.row[rows]})
    width = max(1, int(con.execute(f"SELECT max(strlen({name})) FROM {derived.table}").fetchall()[0][0]))
    got = con.execute(
        f"SELECT place, {name} || repeat(chr(0), {width} - strlen({name})) AS v FROM link_rows JOIN {derived.table} t ON t.rowid = r"
    ).fetchnumpy()
    con.unregister("link_rows")
    blob = "".join(got["v"].tolist()).encode()
    matrix = np.empty((len(rows), min(width, WIDTH)), np.uint8)
    matrix[np.asarray(got["place"])] = np.frombuffer(blob, np.uint8).reshape(len(rows), width)[:, :WIDTH]
    return matrix


def digits_of(numbers: Longs) -> Values:
    """Return whole numbers as digits of text, so that a mistyped digit can be seen."""
    matrix = np.empty((len(numbers), DIGITS), np.uint8)
    rest = numbers.astype(np.uint32)
    for place in range(DIGITS - 1, -1, -1):
        matrix[:, place] = rest % 10 + ord("0")
        rest //= 10
    return Values(matrix, stable_hash(matrix))
