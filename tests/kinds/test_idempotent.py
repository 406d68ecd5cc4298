"""Cleaning what is clean changes nothing: for every kind, on what sources write and on what nobody would."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.kinds import KINDS, Context
from cem_cli.kinds.kind import squeeze_sql

PIECES = st.sampled_from([
    "Mario", "ROSSI", "de", "LUCA", "D'", "’", "dott.", "sig.ra", "Sig", "Rossi, ", ", ", ". ", "-", " ", "  ", "'", "n/a", "via", "V.LE ", "P.zza ", "c/", "12", "12/b",
    "n.", "snc", "bis", "20121", "(MI)", "118", "EX4 4PW", "1980", "05", "13", "/", ".", "-05-12", "T10:00", "Z", "+02:00", "maggio ", "@", "x.it", "<", ">", ";", "mailto:",
    "+39", "00", "333", "1234567", "p:", "int. 3", "€", "1.234", ",56", "(", ")", "−", "EUR", "sì", "it-IT", "https://", "www.", "0", "é", "ß", "Ł", "\u200b", "\t", "\n", "李", "🙂",
])
VALUES = st.lists(st.one_of(st.lists(PIECES, min_size=1, max_size=6).map("".join), st.text(max_size=12).filter(lambda t: "\0" not in t)), min_size=1, max_size=80)
CONTEXTS = st.sampled_from([
    Context(), Context(country="GB", language="en"), Context(time_zone="Europe/Rome", date_format="%d/%m/%Y", as_of=date(2026, 6, 30)), Context(country="ES", language="es"),
])


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=12, deadline=None)
@given(values=VALUES, context=CONTEXTS)
def test_clean_of_clean_is_clean(engine, name, values, context):
    kind = KINDS[name]
    once = engine.clean(name, values, context)
    assert engine.clean(name, once, context) == once
    if kind.sql_type != "VARCHAR":
        typed = engine.values(kind.typed_sql("x", context), once)
        assert [value is None for value in typed] == [value is None for value in once]


@pytest.mark.parametrize("name", KINDS)
@settings(max_examples=6, deadline=None)
@given(values=VALUES, context=CONTEXTS)
def test_every_dropped_value_has_a_reason(engine, name, values, context):
    kind = KINDS[name]
    filled = [value for value, seen in zip(values, engine.values(squeeze_sql("x"), values), strict=True) if seen]
    clean = engine.clean(name, filled, context)
    reasons = engine.values(kind.reason_sql("x", context), filled)
    for value, cleaned, reason in zip(filled, clean, reasons, strict=True):
        assert (cleaned is None) == (reason is not None), (value, cleaned, reason)
