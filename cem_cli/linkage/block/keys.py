"""Blocking keys: what records can be found by. A key is a stable hash per record (negative: none).

Where records have several values of a feature, its keys are (records, values).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from cem_cli.linkage.block.pairs import combine
from cem_cli.linkage.records import Codes, Feature, Longs, Records, stable_hash
from cem_cli.linkage.strings import soundex
from cem_cli.linkage.threads import spread
from cem_cli.linkage.words import SEEDS

WORD_ROWS = 60
"""Records that may hold a word by itself a reason to compare them."""
START = 5
"""Letters at the start of a text that are a key beside another column: a mistyped word is another word."""
SIZE = 0.02
"""Relative difference of numbers (ln) of one size."""
Keys = dict[str, Longs]
Make = Callable[[], Keys]


def blocking_keys(records: Records, features_present: Iterable[str], counts: Mapping[str, Longs], threads: int = 1) -> Keys:
    """Return the blocking keys: hashes of values, and what is derived from them, each made by one thread.

    `counts` says how often each code of a feature occurred in training: it decides which of a record's names is rarest.
    """
    have = set(features_present)
    found = _Values(records, {name: f for name, f in records.features.items() if name in have})
    got = _made([partial(found.whole, name) for name in found.present], threads)
    return got | _made([*_of_names(found, got, counts), *_of_numbers(found), *_of_words(found)], threads)


def _made(tasks: Sequence[Make], threads: int) -> Keys:
    return {name: key for keys in spread(lambda make: make(), tasks, threads) for name, key in keys.items()}


@dataclass(frozen=True)
class _Values:
    """What keys are made of: the features that are looked at."""

    records: Records
    present: dict[str, Feature]

    def of(self, name: str, key_of_value: Longs) -> Longs:
        """Return the key of every record by a feature's keys per code."""
        every = [_of_codes(key_of_value, codes) for codes in self.present[name].every]
        return every[0] if len(every) == 1 else np.stack(every, axis=1)

    def whole(self, name: str) -> Keys:
        """Return the key of a feature's own values."""
        return {name: self.of(name, self.records.values[self.present[name].dictionary].key)}


def _of_codes(key_of_value: Longs, codes: Codes) -> Longs:
    if not len(key_of_value):
        return np.full(len(codes), -1)
    key = key_of_value.take(codes, mode="clip")
    key[np.flatnonzero(codes < 0)] = -1
    return key


def _of_names(found: _Values, got: Keys, counts: Mapping[str, Longs]) -> list[Make]:
    """Return what makes the keys of given names, surnames and middle names."""
    records, tasks = found.records, list[Make]()
    parts = [n for n in ("given", "surname", "middle") if n in got]
    if len(parts) >= 2:
        tasks.append(lambda: {"names": _unordered(got[parts[0]], got[parts[1]])})
    if len(parts) == 3:
        tasks.append(lambda: dict(zip(("rarest names", "rarest name"), _rarest(records, parts, got, counts), strict=True)))
    if parts:
        sound = soundex(records.values["name"].matrix).astype(np.int64)
        of_value = np.where(sound > 0, sound, -1)
        tasks += [partial(lambda n: {f"sound of {n}": found.of(n, of_value)}, n) for n in parts if n != "middle"]
    if "given" in parts:
        tasks.append(lambda: {"initial of given": found.of("given", records.values["name"].matrix[:, 0].astype(np.int64))})
    if "coded given" in got and "written given" in got:
        tasks += [partial(_letters, n, got) for n in ("given", "surname")]
    return tasks


def _of_numbers(found: _Values) -> list[Make]:
    """Return what makes the keys of dates and other numbers."""
    numbers, tasks = found.records.numbers, list[Make]()
    if "birth" in found.present:
        tasks.append(lambda: {"birth year": found.of("birth", numbers["birth"] >> 16)})
    sized = [n for n in found.present if n.startswith("number:") and n in numbers and "surname" not in found.present]
    return tasks + [partial(lambda n: {f"size of {n}": found.of(n, _size(numbers[found.present[n].dictionary]))}, n) for n in sized]


def _of_words(found: _Values) -> list[Make]:
    """Return what makes the keys of texts and their words."""
    return [partial(_words, found, name) for name in found.records.words if name in found.present]


def _words(found: _Values, name: str) -> Keys:
    words = found.records.words[name]
    return {
        **{f"word {k} of {name}": found.of(name, words.first_in_order(seed, WORD_ROWS)) for k, seed in enumerate(SEEDS, start=1)},
        f"rarest word of {name}": found.of(name, words.rarest()),
        f"start of {name}": found.of(name, stable_hash(found.records.values[name].matrix[:, :START])),
    }


def _letters(name: str, got: Keys) -> Keys:
    return {f"letters of {name}": np.where(got[f"coded {name}"] >= 0, got[f"coded {name}"], got[f"written {name}"])}


def _size(numbers: Longs) -> Longs:
    """Return a key that numbers within `SIZE` of each other mostly share."""
    return np.asarray(np.round(np.log1p(np.abs(numbers)) / SIZE), np.int64) * 2 + (numbers < 0)


def _unordered(a: Longs, b: Longs) -> Longs:
    key = combine([np.minimum(a, b), np.maximum(a, b)])
    key[np.flatnonzero((a < 0) | (b < 0))] = -1
    return key


def _rarest(records: Records, parts: Sequence[str], got: Keys, counts: Mapping[str, Longs]) -> tuple[Longs, Longs]:
    """Return (pair of the two rarest name parts, the rarest one), by how many records hold them as any part."""
    total = np.sum([counts[p] for p in parts], axis=0)
    codes = np.stack([records.features[p].codes for p in parts])
    stable = np.stack([got[p] for p in parts])
    rows = np.where(codes >= 0, total[np.maximum(codes, 0)] if len(total) else 0, np.iinfo(np.int64).max)
    order = np.lexsort((stable, rows), axis=0)
    ranked = np.take_along_axis(stable, order, axis=0)
    first, second = ranked[0], ranked[1]
    return _unordered(first, second), first
