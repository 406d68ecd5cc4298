"""Who is who: the entity of every person-like record, for evaluation and tests only.

`truth.csv` and `truth_unlinkable.csv` have the columns source, id, entity; source is the configured source's name, id
the record's own key (of event files the row's: an order's name, a payment's id ...). The second file holds records that
no linker can place, which evaluation leaves out: those that carry no contact, birth date or address at all, or only one
such value, which agrees with no other record of that person; those without a name whose contacts are all shared with
somebody else; and test accounts.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cem_cli.synth.dates import Days, dates_text
from cem_cli.synth.errors import Entries
from cem_cli.synth.words import Ints, Mask, Text


@dataclass(frozen=True)
class Evidence:
    """What a source shows of its people beyond the name, by column (absent columns are None)."""

    email: Text | None = None
    phone: Text | None = None
    birth: Days | None = None
    street: Text | None = None
    strong: Text | None = None
    """A tax code or a card number."""
    named: Mask | None = None
    """Where the record has a name (None: everywhere)."""


def evidence_of(entries: Entries) -> Evidence:
    """Return everything an entry shows."""
    return Evidence(entries.email, entries.phone, entries.birth, entries.street, entries.tax_code)


def _plain_street(value: str) -> str:
    return "".join(c for c in value.lower() if c.isalnum())[-9:]


def _plain_phone(value: str) -> str:
    return "".join(c for c in value if c.isdigit())[-9:]


class _Row(NamedTuple):
    source: str
    key: str
    entity: str
    named: bool
    shown: tuple[str, ...]


@dataclass
class Truth:
    """The growing truth: rows in the order in which silos were written."""

    rows: list[_Row] = field(default_factory=list)

    def add(self, source: str, ids: Text, who: Ints, shown: Evidence) -> None:
        """Add records of people (`who`) with the evidence they show."""
        blank = [""] * len(ids)
        email = blank if shown.email is None else [f"e{v.lower()}" if v else "" for v in shown.email]
        phone = blank if shown.phone is None else [f"p{_plain_phone(v)}" if v else "" for v in shown.phone]
        birth = blank if shown.birth is None else [f"b{v}" if v else "" for v in dates_text(shown.birth)]
        street = blank if shown.street is None else [f"s{_plain_street(v)}" if v else "" for v in shown.street]
        strong = blank if shown.strong is None else [f"x{v}" if v else "" for v in shown.strong]
        named = [True] * len(ids) if shown.named is None else shown.named.tolist()
        for key, person, known, *values in zip(ids.tolist(), who.tolist(), named, email, phone, birth, street, strong, strict=True):
            self.rows.append(_Row(source, key, f"P{person:06d}", known, tuple(value for value in values if value)))

    def add_others(self, source: str, ids: list[str], entities: list[str]) -> None:
        """Add organisations (linkable) and test accounts (entities that begin with T: not)."""
        for key, entity in zip(ids, entities, strict=True):
            self.rows.append(_Row(source, key, entity, True, () if entity.startswith("T") else ("-", "-")))

    def write(self, folder: Path, people_household: Ints, shared: np.ndarray) -> tuple[int, int]:
        """Write the truth files; return the numbers of linkable and of unlinkable records."""
        seen = Counter((row.entity, value) for row in self.rows for value in set(row.shown))
        owners = Counter(value for _, value in seen)
        linkable: list[tuple[str, ...]] = []
        rest: list[tuple[str, ...]] = []
        for row in self.rows:
            alone = len(row.shown) < 2 and all(seen[row.entity, value] < 2 for value in row.shown)
            anybody = not row.named and all(owners[value] > 1 for value in row.shown)
            (rest if alone or anybody else linkable).append((row.source, row.key, row.entity))
        _write(folder / "truth.csv", ["source", "id", "entity"], linkable)
        _write(folder / "truth_unlinkable.csv", ["source", "id", "entity"], rest)
        homes: list[tuple[str, ...]] = [(f"P{i:06d}", f"H{people_household[i]:06d}") for i in np.flatnonzero(shared).tolist()]
        _write(folder / "truth_households.csv", ["entity", "household"], homes)
        return len(linkable), len(rest)


def _write(path: Path, header: list[str], rows: list[tuple[str, ...]]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header, *rows])
    path.write_bytes(buffer.getvalue().encode())
