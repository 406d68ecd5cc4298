"""Records as numbers: positions by record id, an int32 code per feature value, dictionaries of the values as bytes.

Reads the temporary table `link_derived`. A code says only "the same value"; NULL is a negative code of its own per
record, so NULL never equals anything. Positions follow record ids, so nothing depends on the order of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive import WIDTH, FeatureSpec
from cem_cli.linkage.strings import Bytes, byte_masks, heads, letters_hash

Codes = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Values:
    """The distinct values of a dictionary, by code."""

    matrix: Bytes
    """(values, width) bytes, zero-padded."""
    length: npt.NDArray[np.uint8]
    mask: Hashes
    """Bytes present, as bits."""
    head: npt.NDArray[np.uint32]
    """First four bytes."""
    letters: Longs
    """Hash of the value's letters (mailbox names only; else empty)."""
    key: Longs
    """Stable 63-bit hash of the value: the name under which term frequencies are kept."""

    def text(self, code: int) -> str:
        """Return one value as text (for a user who asked to see it)."""
        return bytes(self.matrix[code, : self.length[code]]).decode("utf-8", "replace")


@dataclass(frozen=True)
class Feature:
    """One feature of all records."""

    name: str
    codes: Codes
    """Per position: code of the value, or a negative number of its own where there is none."""
    counts: npt.NDArray[np.int64]
    """Per code: number of records with that value."""
    filled: int
    """Number of records with a value."""
    dictionary: str
    """Name of its dictionary in `Records.values`."""


@dataclass(frozen=True)
class Records:
    """All records, ready for pairs."""

    record_id: Longs
    """Ascending; the index is the position."""
    row: Longs
    """Row id in `link_derived` per position."""
    source: Codes
    """Code of the source per position, in alphabetical order of `sources`."""
    sources: tuple[str, ...]
    features: dict[str, Feature]
    values: dict[str, Values]
    numbers: dict[str, Longs]
    """Values of the whole-number features by code."""
    aliases: Longs
    """Sorted pairs of name codes (lower << 32 | higher) that are forms of one given name."""

    def __len__(self) -> int:
        return len(self.record_id)

    def positions(self, record_ids: Longs) -> Longs:
        """Return positions of record ids; raises KeyError where one is unknown."""
        found = np.searchsorted(self.record_id, record_ids)
        found = np.minimum(found, max(len(self) - 1, 0))
        if len(record_ids) and not np.array_equal(self.record_id[found], record_ids):
            raise KeyError("unknown record id")
        return found


def factorise(hashes: Hashes, present: npt.NDArray[np.bool_]) -> tuple[Codes, Longs, npt.NDArray[np.int64]]:
    """Return (codes, representative position per code, count per code) of hashed values; codes follow the hash order.

    Packs the top bits of the hash and the position into one integer and sorts it: many times faster than an argsort.
    Values whose top bits collide are told apart by their full hash.
    """
    n = len(hashes)
    codes = (-1 - np.arange(n, dtype=np.int64)).astype(np.int32)
    where = np.nonzero(present)[0]
    if len(where) == 0:
        return codes, np.empty(0, np.int64), np.empty(0, np.int64)
    bits = max(1, int(n - 1).bit_length())
    packed = ((hashes[where] >> np.uint64(bits + 1)) << np.uint64(bits)).astype(np.int64) | where
    packed.sort()
    place = packed & ((1 << bits) - 1)
    full = hashes[place]
    top = packed >> bits
    new = np.empty(len(place), bool)
    new[0] = True
    np.not_equal(full[1:], full[:-1], out=new[1:])
    if np.any(new[1:] & (top[1:] == top[:-1])):
        order = np.lexsort((place, full))
        place, full = place[order], full[order]
        np.not_equal(full[1:], full[:-1], out=new[1:])
    starts = np.nonzero(new)[0]
    codes[place] = np.cumsum(new) - 1
    counts = np.diff(np.append(starts, len(place)))
    return codes, place[starts].astype(np.int64), counts


def stable_hash(matrix: Bytes) -> Longs:
    """Return a 63-bit hash of each row that is the same on every machine and version (multiply-rotate on 8-byte words)."""
    width = -(-matrix.shape[1] // 8) * 8
    padded = np.zeros((len(matrix), width), np.uint8)
    padded[:, : matrix.shape[1]] = matrix
    words = padded.view("<u8")
    state = np.full(len(matrix), 0x9E3779B97F4A7C15, np.uint64)
    for word in words.T:
        live = word > 0
        mixed = (state ^ word) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
        state = np.where(live, mixed * np.uint64(0x94D049BB133111EB), state)
    state ^= state >> np.uint64(32)
    return (state >> np.uint64(1)).astype(np.int64)


def load(con: Connection, specs: Sequence[FeatureSpec]) -> Records:
    """Read `link_derived` into arrays and dictionaries."""
    columns = ["rowid", "record_id", "hash(source) AS source"]
    for spec in specs:
        name = quote(spec.name)
        columns.append(f"coalesce({f'hash({name})' if spec.text else name}, 0) AS {name}")
        columns.append(f"{name} IS NOT NULL AS {quote('has ' + spec.name)}")
    raw = con.execute(f"SELECT {', '.join(columns)} FROM link_derived").fetchnumpy()
    ids = np.asarray(raw["record_id"], np.int64)
    row = np.argsort(ids, kind="stable")
    rowid = np.asarray(raw["rowid"], np.int64)[row]  # not the row's number: inside a transaction they start elsewhere
    source, names = _sources(con, np.asarray(raw["source"])[row], rowid)
    features, values, numbers = {}, {}, {}
    for dictionary, group in _by_dictionary(specs).items():
        hashes = np.concatenate([np.asarray(raw[s.name])[row].astype(np.uint64) for s in group])
        if not group[0].text:
            hashes = _spread(hashes)
        present = np.concatenate([np.asarray(raw["has " + s.name])[row] for s in group])
        codes, place, _ = factorise(hashes, present)
        for k, spec in enumerate(group):
            own = codes[k * len(ids) : (k + 1) * len(ids)]
            counts = np.bincount(own[own >= 0], minlength=len(place))
            features[spec.name] = Feature(spec.name, own, counts, int(counts.sum()), dictionary)
        if group[0].text:
            values[dictionary] = _dictionary(con, group, place, rowid)
        else:
            numbers[dictionary] = np.asarray(raw[group[0].name], np.int64)[row][place]
            values[dictionary] = _number_dictionary(numbers[dictionary])
    return Records(ids[row], rowid, source, names, features, values, numbers, np.empty(0, np.int64))


def _by_dictionary(specs: Sequence[FeatureSpec]) -> dict[str, list[FeatureSpec]]:
    groups: dict[str, list[FeatureSpec]] = {}
    for spec in specs:
        groups.setdefault(spec.dictionary or spec.name, []).append(spec)
    return groups


def _sources(con: Connection, hashes: Hashes, rowid: Longs) -> tuple[Codes, tuple[str, ...]]:
    codes, place, _ = factorise(hashes, np.ones(len(hashes), bool))
    names = [str(name) for name in _fetch(con, "source", rowid[place])]
    rank = np.empty(len(names), np.int32)
    rank[np.argsort(np.array(names, dtype=object))] = np.arange(len(names))
    return (rank[codes] if names else codes), tuple(sorted(names))


def _fetch(con: Connection, column: str, rows: Longs) -> npt.NDArray[np.object_]:
    """Return the texts of one column of `link_derived` at the given row ids, in that order."""
    out = np.empty(len(rows), object)
    if len(rows):
        con.register("link_rows", {"place": np.arange(len(rows)), "r": rows})
        got = con.execute(f"SELECT place, {quote(column)} AS v FROM link_rows JOIN link_derived ON link_derived.rowid = r").fetchnumpy()
        con.unregister("link_rows")
        out[np.asarray(got["place"])] = np.asarray(got["v"])
    return out


def _spread(numbers: Hashes) -> Hashes:
    """Return whole numbers mixed one-to-one over 64 bits, so that their top bits tell them apart."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(32)
    mixed *= np.uint64(0xD6E8FEB86659FD93)
    return mixed ^ (mixed >> np.uint64(32))


def _dictionary(con: Connection, group: list[FeatureSpec], place: Longs, rowid: Longs) -> Values:
    texts = np.empty(len(place), object)
    for k, spec in enumerate(group):
        mine = np.nonzero(place // len(rowid) == k)[0]
        texts[mine] = _fetch(con, spec.name, rowid[place[mine] % len(rowid)])
    try:
        packed = texts.astype("S")
    except UnicodeEncodeError:
        packed = np.array([str(t).encode()[:WIDTH] for t in texts], "S")
    width = max(1, min(packed.dtype.itemsize, WIDTH))
    matrix = packed.astype(f"S{width}").view(np.uint8).reshape(len(place), width)
    return _values(matrix, letters=group[0].name == "user")


def _number_dictionary(numbers: Longs, digits: int = 9) -> Values:
    """Return whole numbers as nine digits of text, so that a mistyped digit can be seen."""
    powers = 10 ** np.arange(digits - 1, -1, -1, dtype=np.int64)
    return _values((numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8))


def _values(matrix: Bytes, *, letters: bool = False) -> Values:
    length = (matrix > 0).sum(axis=1).astype(np.uint8)
    bare = letters_hash(matrix) if letters else np.empty(0, np.int64)
    return Values(matrix, length, byte_masks(matrix), heads(matrix), bare, stable_hash(matrix))
