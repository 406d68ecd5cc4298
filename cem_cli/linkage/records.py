"""Records as numbers: positions by record id, an int32 code per feature value, dictionaries of the values as bytes.

A code says only "the same value"; NULL is a negative code of its own per record, so NULL never equals anything. Positions
follow record ids, so nothing depends on the order of the rows. `read` makes all this from a table.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.strings import Bytes, byte_masks, heads, last_digits, letters_hash

if TYPE_CHECKING:
    from cem_cli.linkage.words import Words

Codes = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Values:
    """The distinct values of a dictionary, by code. What only some comparisons ask for is made when it is asked for."""

    matrix: Bytes
    """(values, width) bytes, zero-padded."""
    key: Longs
    """Stable 63-bit hash of the value: the name under which term frequencies are kept."""

    @cached_property
    def length(self) -> npt.NDArray[np.uint8]:
        """Bytes per value."""
        return np.asarray(np.count_nonzero(self.matrix, axis=1), np.uint8)

    @cached_property
    def mask(self) -> Hashes:
        """Bytes present per value, as bits."""
        return byte_masks(self.matrix)

    @cached_property
    def head(self) -> npt.NDArray[np.uint32]:
        """First four bytes per value."""
        return heads(self.matrix)

    @cached_property
    def foreign(self) -> npt.NDArray[np.bool_]:
        """Whether each value begins in a script that is not written in Latin letters when it is cleaned (Arabic, Chinese)."""
        return np.asarray(self.matrix[:, 0] >= 0x80)

    @cached_property
    def letters(self) -> Longs:
        """Hash of each value's letters."""
        return letters_hash(self.matrix)

    @cached_property
    def digits(self) -> npt.NDArray[np.int8]:
        """Last two digits of each value, -1 where it has fewer."""
        return last_digits(self.matrix)

    def rows(self, codes: npt.NDArray[np.integer]) -> Bytes:
        """Return the bytes of many values (six times as fast as an index)."""
        return self.matrix.take(codes, axis=0, mode="clip")

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
    further: tuple[Codes, ...] = ()
    """Further values of records that have several (a second phone), each like `codes`; no record has a value twice, or only these."""

    @property
    def every(self) -> tuple[Codes, ...]:
        """Return the values of the records: the first of each, the second, ..."""
        return (self.codes, *self.further)

    @property
    def chance(self) -> float:
        """Return the probability that two of the records with a value share it."""
        share = self.counts / max(self.filled, 1)
        return float((share * share).sum())

    def only(self, chosen: npt.NDArray[np.bool_]) -> Feature:
        """Return the feature of the chosen records."""
        codes, *further = (codes[chosen] for codes in self.every)
        known = [part[part >= 0] for part in (codes, *further)]
        counts = np.bincount(np.concatenate(known), minlength=len(self.counts))
        return replace(self, codes=codes, counts=counts, filled=len(known[0]), further=tuple(further))


@dataclass(frozen=True)
class Records:
    """All records, ready for pairs."""

    record_id: Longs
    """Ascending; the index is the position."""
    source: Codes
    """Code of the source per position, in alphabetical order of `sources`."""
    sources: tuple[str, ...]
    features: dict[str, Feature]
    values: dict[str, Values]
    numbers: dict[str, Longs]
    """Values of the whole-number features by code."""
    aliases: Longs
    """Sorted pairs of name codes (lower << 32 | higher) that are forms of one given name."""
    common: dict[str, npt.NDArray[np.bool_]] = field(default_factory=dict)
    """Per name feature and code: so many bear it that it is a name of its own, and no slip of the pen."""
    words: dict[str, Words] = field(default_factory=dict)
    """Per text feature: the words of its values."""

    def __len__(self) -> int:
        return len(self.record_id)

    def only(self, chosen: npt.NDArray[np.bool_]) -> Records:
        """Return the chosen records, with their values counted among them."""
        if chosen.all():
            return self
        features = {n: f.only(chosen) for n, f in self.features.items()}
        return replace(self, record_id=self.record_id[chosen], source=self.source[chosen], features=features)

    def positions(self, record_ids: Longs) -> Longs:
        """Return positions of record ids; raises KeyError where one is unknown."""
        found = np.searchsorted(self.record_id, record_ids)
        found = np.minimum(found, max(len(self) - 1, 0))
        if len(record_ids) and not np.array_equal(self.record_id[found], record_ids):
            raise KeyError("unknown record id")
        return found


def stable_hash(matrix: Bytes) -> Longs:
    """Return a 63-bit hash of each row that is the same on every machine and version (multiply-rotate on 8-byte words)."""
    width = -(-matrix.shape[1] // 8) * 8
    padded = np.zeros((len(matrix), width), np.uint8)
    padded[:, : matrix.shape[1]] = matrix
    return hash_words(padded.view("<u8").T)


def hash_words(words: Hashes) -> Longs:
    """Return the stable hash of texts given as words of eight bytes, first words first."""
    state = np.full(words.shape[1], 0x9E3779B97F4A7C15, np.uint64)
    for word in words:
        live = word > 0
        mixed = (state ^ word) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
        state = np.where(live, mixed * np.uint64(0x94D049BB133111EB), state)
    state ^= state >> np.uint64(32)
    return (state >> np.uint64(1)).astype(np.int64)
