"""Words of longer texts (titles, companies, addresses): which a value holds, how much each says, and what two values share.

A word weighs as it is rare (idf = ln(records / records with the word)); two texts are as alike as the cosine of their weighted words,
in whatever order these stand. All in numpy on the byte matrices of `Values`; nothing loops over values or pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.model import TermCounts
from cem_cli.linkage.records import Codes, Feature, Longs, Records, Values
from cem_cli.linkage.sorting import distinct, places_in_runs, starts_of_runs
from cem_cli.linkage.strings import Bytes, Floats

MOST = 12
"""Words of a text that are looked at: the rarest."""
SEEDS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93)
"""Each makes another order of all words; texts that share most words share the first one in some order."""
RARE_ROWS, RARE_SHARE = 6, 1e-3
"""A word is rare below so many records, or this share of them."""
_PART = 1 << 15
_PREFIX = "words of "


@dataclass(frozen=True)
class Words:
    """The words of one feature's values."""

    word: Codes
    """(values, `MOST`) number of each word, rarest first; a negative number of its own where there are fewer."""
    weight: Floats
    """(values, `MOST`) idf of each word, divided by the length of the value's vector; 0 where there is none."""
    mask: npt.NDArray[np.uint64]
    """Per value: its words as bits, so that most pairs without a common word are seen at once."""
    key: Longs
    """Per word: stable hash."""
    rows: Longs
    """Per word: records that hold it, as counted in training."""
    rare: npt.NDArray[np.bool_]
    """Per word: so few records hold it that it hardly stands in two for another reason than that they are one."""

    @property
    def count(self) -> npt.NDArray[np.int64]:
        """Words per value."""
        return np.asarray((self.word >= 0).sum(axis=1))

    def overlap(self, a: Codes, b: Codes) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.uint8]]:
        """Return of pairs of values the cosine of the weighted words (1: the same words), whether a rare word is among the shared, and
        how many are shared."""
        cosine, rare, count = np.zeros(len(a), np.float32), np.zeros(len(a), bool), np.zeros(len(a), np.uint8)
        hot = np.flatnonzero(self.mask[a] & self.mask[b])
        for start in range(0, len(hot), _PART):
            part = hot[start : start + _PART]
            cosine[part], rare[part], count[part] = self._shared(a[part], b[part])
        return cosine, rare, count

    def _shared(self, a: Codes, b: Codes) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.uint8]]:
        words_b, weight_b = (np.ascontiguousarray(m[b].T) for m in (self.word, self.weight))
        total, rare, count = np.zeros(len(a), np.float32), np.zeros(len(a), bool), np.zeros(len(a), np.uint8)
        for i in range(MOST):
            word, weight = self.word[a, i], self.weight[a, i]
            if not (word >= 0).any():
                break
            met = np.zeros(len(a), np.float32)
            for j in range(MOST):
                met += (word == words_b[j]) * weight_b[j]
            total += met * weight
            shared = met > 0
            rare |= shared & self.rare.take(word, mode="clip")
            count += shared
        return np.minimum(total, np.float32(1)), rare, count

    def first_in_order(self, seed: int, most: int) -> Longs:
        """Return per value the key of its first word in one random order, of those that 2 to `most` records hold; -1: none."""
        place = (self.key.astype(np.uint64) * np.uint64(seed)) >> np.uint64(1)
        place = np.where((self.rows >= 2) & (self.rows <= most), place, np.iinfo(np.uint64).max)
        found = np.where(self.word >= 0, place[np.maximum(self.word, 0)] if len(place) else np.uint64(0), np.iinfo(np.uint64).max)
        best = self.word[np.arange(len(found)), found.argmin(axis=1)]
        some = found.min(axis=1) < np.iinfo(np.uint64).max
        return np.where(some, self.key[np.maximum(best, 0)], -1) if len(self.key) else np.full(len(found), -1)

    def rarest(self) -> Longs:
        """Return per value the key of its rarest word that two records or more hold; -1: none."""
        shared = (self.word >= 0) & (self.rows[np.maximum(self.word, 0)] >= 2) if len(self.rows) else np.zeros(self.word.shape, bool)
        best = self.word[np.arange(len(shared)), shared.argmax(axis=1)]
        return np.where(shared.any(axis=1), self.key[np.maximum(best, 0)], -1) if len(self.key) else np.full(len(shared), -1)


def find_words(values: Values, feature: Feature, known: TermCounts | None = None) -> Words:
    """Return the words of a feature's values; `known`: in how many records each was in training, else as counted here."""
    value, hashed = split_words(values.matrix)
    key, word = np.unique(hashed, return_inverse=True)
    held = distinct((value << 32) | word)
    value, word = held >> 32, held & 0xFFFFFFFF
    rows = np.bincount(word, weights=feature.counts[value], minlength=len(key)).astype(np.int64)
    filled = feature.filled
    if known:
        rows, filled = known.counts(key), known.filled
    idf = np.log1p(filled / np.maximum(rows, 1)) if len(key) else np.empty(0)
    order = np.lexsort((key[word], -idf[word], value))
    value, word = value[order], word[order]
    place = places_in_runs(starts_of_runs(value), len(value))
    kept = place < MOST
    value, word, place = value[kept], word[kept], place[kept]
    numbers = np.tile(-1 - np.arange(MOST, dtype=np.int32), (len(values.matrix), 1))
    numbers[value, place] = word
    weight = np.zeros(numbers.shape, np.float32)
    weight[value, place] = idf[word]
    weight /= np.maximum(np.sqrt((weight * weight).sum(axis=1)), 1e-9)[:, None]
    mask = np.zeros(len(numbers), np.uint64)
    np.bitwise_or.at(mask, value, np.left_shift(np.uint64(1), (key[word] & 63).astype(np.uint64)))
    return Words(numbers, weight, mask, key, rows, rows < np.maximum(RARE_ROWS, RARE_SHARE * filled))


def split_words(matrix: Bytes) -> tuple[Longs, Longs]:
    """Return (row, 63-bit hash) of every word of a byte matrix; words are divided by spaces, padding ends the last one."""
    state = np.zeros(len(matrix), np.uint64)
    rows, hashes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    columns = np.zeros((matrix.shape[1] + 1, len(matrix)), np.uint8)
    columns[:-1] = matrix.T
    for column in columns:
        inside = (column != 0) & (column != ord(" "))
        ended = np.flatnonzero(~inside & (state > 0))
        rows.append(ended)
        hashes.append((state[ended] >> np.uint64(1)).astype(np.int64))
        mixed = (state ^ column) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(0x9E3779B97F4A7C15)
        state = np.where(inside, mixed ^ (mixed >> np.uint64(29)), np.uint64(0))
    return np.concatenate(rows), np.concatenate(hashes)


def holds_words(feature: str) -> bool:
    """Return whether words are made of a feature's values."""
    return feature == "address" or feature.startswith(("text:", "figures:"))


def kept_words(records: Records) -> dict[str, TermCounts]:
    """Return what a model keeps of word frequencies, among its term frequencies; words seen once are left out."""
    found = {}
    for name, w in records.words.items():
        often = np.flatnonzero(w.rows > 1)
        found[_PREFIX + name] = TermCounts(w.key[often], w.rows[often], records.features[name].filled, 0.0)
    return found


def known_words(terms: Mapping[str, TermCounts], name: str) -> TermCounts | None:
    """Return the word frequencies of a feature that a model keeps."""
    return terms.get(_PREFIX + name)
