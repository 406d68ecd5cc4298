"""One file of people for linkage benchmarks: `people.csv` and its truth, of any size in bounded memory.

`people.csv`  id,source,first_name,surname,dob,email,phone,street,city,postcode (dob `YYYY-MM-DD`); sources crm, shop, loyalty,
              newsletter and helpdesk fill different fields
`truth.csv`   source,id,entity: source is `people` (the file's stem)
People are made, erred and written in chunks, each with its own random stream.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cem_cli.synth.dates import dates_text
from cem_cli.synth.errors import Entries, Habits, fill_in
from cem_cli.synth.people import Rng, make_people
from cem_cli.synth.words import Ints, Text, pick, text
from cem_cli.synth.world import numbered, stream

HEADER = ("id", "source", "first_name", "surname", "dob", "email", "phone", "street", "city", "postcode")
CHUNK = 25_000
"""People per chunk: a chunk and its records take some 150 MB."""
_SOURCES = text(["crm", "shop", "loyalty", "newsletter", "helpdesk"])
_FILLED = np.array([
    # birth, email, phone, address
    [0.50, 0.88, 0.80, 0.85], [0.00, 0.97, 0.65, 0.92], [0.70, 0.60, 0.80, 0.82], [0.10, 1.00, 0.30, 0.45], [0.05, 0.80, 0.60, 0.35],
])
_COPIES = np.array([0.22, 0.30, 0.22, 0.15, 0.08, 0.03])
"""Shares of the people with 1, 2 ... 6 records; 2.66 on average."""
_MEAN_COPIES = float(_COPIES @ np.arange(1, len(_COPIES) + 1))


@dataclass(frozen=True)
class FlatSummary:
    """What was written."""

    folder: Path
    people: int
    records: int


def write_flat(folder: Path, people: int, seed: int, households: float = 0.2, records: int | None = None) -> FlatSummary:
    """Write `people.csv` and `truth.csv`; with `records`, as many people as it takes for exactly so many records."""
    folder.mkdir(parents=True, exist_ok=True)
    made = written = entities = 0
    seen: set[int] = set()
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as cells, (folder / "truth.csv").open("w", newline="") as truth:
        rows, answers = csv.writer(cells, lineterminator="\n"), csv.writer(truth, lineterminator="\n")
        rows.writerow(HEADER)
        answers.writerow(("source", "id", "entity"))
        while count := _people_needed(people - made, None if records is None else records - written):
            entries, source = _make_chunk(stream(seed, f"flat {made}"), count, made, households, seen)
            most = len(entries) if records is None else min(len(entries), records - written)
            ids = numbered("%d", written + 1, most)
            rows.writerows(zip(ids, *(column[:most].tolist() for column in _cells(entries, source)), strict=True))
            who = entries.who[:most]
            answers.writerows(("people", key, f"P{made + person:07d}") for key, person in zip(ids, who.tolist(), strict=True))
            made, written, entities = made + count, written + most, entities + len(np.unique(who))
    return FlatSummary(folder, entities, written)


def _people_needed(people: int, records: int | None) -> int:
    """Return the size of the next chunk, 0 when done: the people still to write, or as many as the records still to write need."""
    if records is None:
        return min(CHUNK, people)
    return min(CHUNK, int(np.ceil(records / _MEAN_COPIES)))


def _make_chunk(rng: Rng, count: int, first: int, households: float, seen: set[int]) -> tuple[Entries, Ints]:
    """Return the records of `count` people in random order, with their sources' numbers."""
    population = make_people(rng, count, households, first, seen)
    who = rng.permutation(np.repeat(np.arange(count), pick(rng, _COPIES, count) + 1))
    source = rng.integers(0, len(_SOURCES), len(who))
    birth, email, phone, address = _FILLED[source].T
    return fill_in(rng, population, who, Habits(birth=birth, email=email, phone=phone, address=address)), source


def _cells(entries: Entries, source: Ints) -> list[Text]:
    return [
        _SOURCES[source], entries.given, entries.surname, dates_text(entries.birth), entries.email, entries.phone, entries.street,
        entries.city, entries.cap,
    ]
