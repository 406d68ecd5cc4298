"""What the silos share: the population, its history, one random stream per silo, the truth, and the writers of files."""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np

from cem_cli.synth.errors import Entries
from cem_cli.synth.history import History, Members
from cem_cli.synth.people import People, Rng
from cem_cli.synth.truth import Truth
from cem_cli.synth.words import Ints, Text, text

Column = Sequence[Any] | np.ndarray | str


def stream(seed: int, name: str) -> Rng:
    """Return the random stream of one part of the company: adding a silo changes no other silo's bytes."""
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(name.encode())]))


@dataclass(frozen=True)
class World:
    """The company while it is being written."""

    folder: Path
    seed: int
    people: People
    members: Members
    history: History
    truth: Truth = field(default_factory=Truth)

    def rng(self, name: str) -> Rng:
        """Return the random stream of a silo."""
        return stream(self.seed, name)

    def write_rows(self, name: str, header: str, columns: Mapping[str, Column], *, rows: int, layout: Layout | None = None) -> None:
        """Write `rows` rows under `header` (comma-joined); columns not given are empty; a text stands for every row."""
        layout = layout or Layout()
        names = header.split(",")
        unknown = set(columns) - set(names)
        if unknown:
            raise KeyError(f"{name} has no column {sorted(unknown)}")
        cells = [columns.get(column, "") for column in names]
        filled = [repeat(c, rows) if isinstance(c, str) else c.tolist() if isinstance(c, np.ndarray) else c for c in cells]
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=layout.delimiter, lineterminator=layout.line_end)
        writer.writerows(chain([names], zip(*filled, strict=True)))
        self.write_bytes(name, layout.mark + buffer.getvalue().encode(layout.encoding))

    def write_json_lines(self, name: str, documents: Iterable[dict[str, Any]]) -> None:
        """Write one JSON document per line."""
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        self.write_bytes(name, "".join([encode(document) + "\n" for document in documents]).encode())

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a file of the company's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@dataclass(frozen=True)
class Layout:
    """How a delimited file is written."""

    delimiter: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"
    mark: bytes = b""


def money(cents: Ints, comma: bool = False) -> Text:
    """Return cents as `12.50`, or `12,50`."""
    point = "," if comma else "."
    distinct, inverse = np.unique(cents, return_inverse=True)
    sign = ["-" if c < 0 else "" for c in distinct.tolist()]
    whole = [f"{s}{abs(c) // 100}{point}{abs(c) % 100:02d}" for s, c in zip(sign, distinct.tolist(), strict=True)]
    return text(whole)[inverse]


def numbered(pattern: str, first: int, count: int) -> Text:
    """Return `count` ids from a pattern with one number, counting from `first`."""
    return text([pattern % number for number in range(first, first + count)])


def sum_by(owner: Ints, cents: Ints, count: int) -> Ints:
    """Return the sum of cents per owner, exactly (integers below 2**53)."""
    return np.bincount(owner, weights=cents, minlength=count).astype(np.int64)


def rows_of(entries: Entries, people: int) -> Ints:
    """Return for each person the row of their first entry, or -1."""
    row = np.full(people, -1, dtype=np.int64)
    row[entries.who[::-1]] = np.arange(len(entries))[::-1]
    return row
