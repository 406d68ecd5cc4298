"""The company's address book: what it holds of each person, from which it sends surveys, texts and paper mail.

Such silos repeat what another silo holds (its errors included), because nobody types anything anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cem_cli.synth.errors import Entries
from cem_cli.synth.words import Text, text
from cem_cli.synth.world import rows_of

_FIELDS = ("given", "surname", "email", "phone", "street", "city", "cap", "province")


@dataclass(frozen=True)
class Book:
    """One element per person, '' where no silo has the field; names follow the first silo that knows the person."""

    given: Text
    surname: Text
    email: Text
    phone: Text
    street: Text
    city: Text
    cap: Text
    province: Text


def make_book(people: int, silos: list[Entries]) -> Book:
    """Return the book from silos in order of preference; an address is taken whole from one silo."""
    columns = {name: text([""] * people) for name in _FIELDS}
    for entries in silos:
        row = rows_of(entries, people)
        known = np.flatnonzero(row >= 0)
        for group in (("given", "surname"), ("email",), ("phone",), ("street", "city", "cap", "province")):
            lacking = known[columns[group[0]][known] == ""]
            for name in group:
                columns[name][lacking] = getattr(entries, name)[row[lacking]]
    return Book(**columns)
