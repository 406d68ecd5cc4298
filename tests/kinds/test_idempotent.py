"""Cleaning what is clean changes nothing: for every kind, on what sources write and on what nobody would."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.kinds import KINDS, Context
from cem_cli.kinds.kind import squeeze_sql

PIECES = [
    "Mario", "ROSSI", "de", "LUCA", "D'", "’", "dott.", "sig.ra", "Sig", "Rossi, ", ", ", ". ", "-", " ", "  ", "'", "n/a", "via", "V.LE ", "P.zza ", "c/", "12", "12/b",
    "n.", "snc", "bis", "20121", "(MI)", "118", "EX4 4PW", "1980", "05", "13", "/", ".", "-05-12", "T10:00", "Z", "+02:00", "maggio ", "@", "x.it", "<", ">", ";", "mailto:",
    "+39", "00", "333", "1234567", "p:", "int. 3", "€", "1.234", ",56", "(", ")", "−", "EUR", "sì", "it-IT", "https://", "www.", "0", "é", "ß", "Ł", "\u200b", "\t", "\n", "李", "🙂",
]
SEEDS = st.integers(0, 2**32)
ALPHABET = "aZ é'’0123456789,.;:-/()@+€ßÑ李\u00ad\u2003"


def made_up(seed: int, count: int = 1500) -> list[str]:
    """Return values glued from pieces that sources write, and from letters nobody would; the engine cleans them in one query."""
    chance = random.Random(seed)
    glued = ["".join(chance.choices(PIECES, k=chance.randint(1, 6))) for _ in range(count)]
    return glued + ["".join(chance.choices(ALPHABET, k=chance.randint(1, 12))) for _ in range(count // 5)]


CONTEXTS = st.sampled_from([
    Context(), Context(country="GB", language="en"), Context(time_zone="Europe/Rome", date_format="%d/%m/%Y", as_of=date(2026, 6, 30)), Context(country="ES", language="es"),
])


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=3, deadline=None, derandomize=True)
@given(seed=SEEDS, context=CONTEXTS)
def test_clean_of_clean_is_clean(engine, name, seed, context):
    kind = KINDS[name]
    values = made_up(seed)
    once = engine.clean(name, values, context)
    twice = engine.clean(name, once, context)
    assert [(v, a, b) for v, a, b in zip(values, once, twice, strict=True) if a != b] == []
    if kind.sql_type != "VARCHAR":
        typed = engine.values(kind.typed_sql("x", context), once)
        assert [value is None for value in typed] == [value is None for value in once]


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=2, deadline=None, derandomize=True)
@given(seed=SEEDS, context=CONTEXTS)
def test_every_dropped_value_has_a_reason(engine, name, seed, context):
    values = made_up(seed, 500)
    filled = [value for value, seen in zip(values, engine.values(squeeze_sql("x"), values), strict=True) if seen]
    clean = engine.clean(name, filled, context)
    reasons = engine.values(KINDS[name].reason_sql("x", context), filled)
    assert [v for v, cleaned, reason in zip(filled, clean, reasons, strict=True) if (cleaned is None) != (reason is not None)] == []
