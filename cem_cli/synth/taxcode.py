"""The codice fiscale (decree of 23 December 1976): consonants, date with sex, place, check letter; by columns."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np

from cem_cli.synth.dates import Days
from cem_cli.synth.words import Ints, Text, text

_MONTHS = text(list("ABCDEHLMPRST"))
_ODD = "BAKPLCQDREVOSFTGUHMINJWZYX"
"""Position of the letter that stands at index i is the odd-place value: A=1, B=0, C=5 ... (digits as letters)."""
_CONSONANTS = frozenset("BCDFGHJKLMNPQRSTVWXYZ")


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFD", name).upper()
    return "".join(c for c in plain if "A" <= c <= "Z")


@cache
def surname_part(surname: str) -> str:
    """Return the three letters of a surname: consonants, then vowels, then X."""
    letters = _letters(surname)
    consonants = "".join(c for c in letters if c in _CONSONANTS)
    vowels = "".join(c for c in letters if c not in _CONSONANTS)
    return (consonants + vowels + "XXX")[:3]


@cache
def given_part(given: str) -> str:
    """Return the three letters of a given name: of four or more consonants the first, third and fourth."""
    consonants = "".join(c for c in _letters(given) if c in _CONSONANTS)
    return consonants[0] + consonants[2:4] if len(consonants) >= 4 else surname_part(given)


def check_letters(bodies: Text) -> Text:
    """Return the sixteenth letter of fifteen-character bodies."""
    codes = np.array(bodies.tolist(), dtype="S15").view(np.uint8).reshape(-1, 15).astype(np.int64)
    values = np.where(codes >= ord("A"), codes - ord("A"), codes - ord("0"))
    odd = np.array([_ODD.index(chr(ord("A") + i)) for i in range(26)])
    total = odd[values[:, 0::2]].sum(axis=1) + values[:, 1::2].sum(axis=1)
    letters: Text = text(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))[total % 26]
    return letters


def tax_codes(surname: Text, given: Text, birth: Days, female: Ints, place_code: Text) -> Text:
    """Return the codici fiscali of people (columns of equal length; `female` is 0 or 1)."""
    years = birth.astype("datetime64[Y]").astype(np.int64) + 1970
    months = birth.astype("datetime64[M]").astype(np.int64) % 12
    days = (birth - birth.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1 + 40 * female
    two = text([f"{i:02d}" for i in range(100)])
    body = (
        text([surname_part(s) for s in surname]) + text([given_part(g) for g in given])
        + two[years % 100] + _MONTHS[months] + two[days] + place_code
    )
    codes: Text = body + check_letters(body)
    return codes
