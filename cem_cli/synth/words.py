"""The word data of the sample company, read once from `words/` (rows in order of frequency where they are names)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Text = NDArray[np.object_]
"""A column of Python strings; '' stands for an absent value."""
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def text(values: list[str]) -> Text:
    """Return strings as an object array (fancy indexing and `+` then work column by column)."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


@cache
def read_lines(name: str) -> Text:
    """Return the lines of `words/name`."""
    return text(files("cem_cli.synth").joinpath("words", name).read_text("utf-8").splitlines())


@cache
def read_table(name: str) -> dict[str, Text]:
    """Return the columns of the CSV file `words/name` by header."""
    lines = files("cem_cli.synth").joinpath("words", name).read_text("utf-8").splitlines()
    header, *rows = csv.reader(lines)
    return {column: text([row[i] for row in rows]) for i, column in enumerate(header)}


def shares(weights: Floats) -> Floats:
    """Return weights as probabilities."""
    total: Floats = weights / weights.sum()
    return total


def rank_shares(count: int, flatness: float = 8.0) -> Floats:
    """Return Zipf-like probabilities of `count` ranks: 1 / (rank + flatness)."""
    return shares(1.0 / (np.arange(count, dtype=np.float64) + 1.0 + flatness))


def pick(rng: np.random.Generator, share: Floats, size: int) -> Ints:
    """Return `size` indices drawn with probabilities `share` (by inversion: one search per draw)."""
    drawn: Ints = np.searchsorted(np.cumsum(share), rng.random(size) * 0.999999, side="right").astype(np.int64)
    return np.minimum(drawn, len(share) - 1)


@dataclass(frozen=True)
class Places:
    """The comuni: name, province, region, first and last CAP, cadastral code, telephone prefix, share of people."""

    city: Text
    province: Text
    region: Text
    first_cap: Ints
    last_cap: Ints
    code: Text
    dial: Text
    share: Floats


@cache
def places() -> Places:
    """Return the comuni of `words/comuni.csv`."""
    table = read_table("comuni.csv")
    return Places(
        table["comune"], table["province"], table["region"], table["cap_first"].astype(np.int64),
        table["cap_last"].astype(np.int64), table["code"], table["dial"], shares(table["weight"].astype(np.float64)),
    )


@cache
def surnames() -> tuple[Text, Floats]:
    """Return Italian surnames and their shares: 60 % from the list of the frequent ones, the rest built from
    roots and endings, as long-tailed as a real telephone book.
    """
    frequent = read_lines("surnames.txt")
    built = [root + ending for root in read_lines("surname_roots.txt") for ending in read_lines("surname_endings.txt")]
    rare = text([name for name in dict.fromkeys(built) if name not in set(frequent)])
    share = np.concatenate([0.6 * rank_shares(len(frequent), 60.0), np.full(len(rare), 0.4 / len(rare))])
    return np.concatenate([frequent, rare]), share
