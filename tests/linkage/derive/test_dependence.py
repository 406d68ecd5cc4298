"""Columns that follow from others are found by looking at few rows first, and the same ones as by looking at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.linkage.derive import dependence
from cem_cli.linkage.derive.read import feature_of
from cem_cli.linkage.records import Records


def records(columns: dict[str, np.ndarray]) -> Records:
    """Return records with one feature per column of codes."""
    size = len(next(iter(columns.values())))
    features = {name: feature_of(name, code.astype(np.int32), int(code.max()) + 1, name) for name, code in columns.items()}
    return Records(np.arange(size), np.zeros(size, np.int32), ("s",), features, {}, {}, np.empty(0, np.int64))


def thoroughly(given_records: Records) -> dict[str, str]:
    """Return what is found if no pair of columns is passed over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dependence, "PERHAPS", 0.0)
        return dependence.find(given_records, {})


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1), values=st.sampled_from([2, 7, 300, 4000]), wrong=st.sampled_from([0.0, 0.02, 0.2]),
    missing=st.sampled_from([0.0, 0.5, 0.95]),
)
def test_few_rows_show_what_all_rows_show(seed, values, wrong, missing):
    draw, size = np.random.default_rng(seed), 8000
    cause = draw.integers(0, values, size)
    computed = np.where(draw.random(size) < wrong, draw.integers(0, 50, size), cause % 50)
    chance = draw.integers(0, 30, size)
    columns = {"category:cause": cause, "category:computed": computed, "category:chance": chance}
    made = records({name: np.where(draw.random(size) < missing, -1, code) for name, code in columns.items()})
    assert dependence.find(made, {}) == thoroughly(made)


def test_a_copy_is_found_once():
    code = np.random.default_rng(5).integers(0, 200, 4000)
    assert dependence.find(records({"category:a": code, "category:b": code[::-1].copy() * 0 + code}), {}) == {"category:a": "category:b"}


def test_many_columns_are_looked_at_in_few_rows(monkeypatch):
    draw = np.random.default_rng(7)
    made = records({f"category:{k}": draw.integers(0, 20, 3000) for k in range(60)})
    asked = []
    sound = dependence.follows
    monkeypatch.setattr(dependence, "follows", lambda *of: asked.append(of) or sound(*of))
    assert dependence.find(made, {}) == {}
    assert len(asked) == 0
