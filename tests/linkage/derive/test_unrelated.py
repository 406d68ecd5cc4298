"""Columns that agree between records of one person no more often than between strangers are left out, and no others."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import numpy as np
import pytest

from cem_cli.linkage.dedupe import DedupeOptions, dedupe
from cem_cli.linkage.derive import unrelated
from cem_cli.linkage.derive.read import feature_of
from cem_cli.linkage.records import Records
from cem_cli.synth.flat import write_flat


def people(columns: dict[str, np.ndarray], size: int = 4000) -> Records:
    """Return `size` records, every two neighbours one person by given name and e-mail, with further columns of codes."""
    pair = np.arange(size) // 2
    named = {"given": pair % 50, "email": pair, **columns}
    features = {name: feature_of(name, code.astype(np.int32), int(code.max()) + 1, name) for name, code in named.items()}
    numbers = {name: np.arange(int(code.max()) + 1) * 100 for name, code in columns.items() if name.startswith("number:")}
    return Records(np.arange(size), np.zeros(size, np.int32), ("s",), features, {}, numbers, np.empty(0, np.int64))


DRAW = np.random.default_rng(3)
OWN = np.arange(4000) // 2 % 300


@pytest.mark.parametrize(("name", "code", "left_out"), [
    ("category:owner", DRAW.integers(0, 20, 4000), True),
    ("id:session", np.arange(4000), True),
    ("number:score", DRAW.integers(0, 900, 4000), True),
    ("category:shop", OWN, False),
    ("category:shop, often another", np.where(DRAW.random(4000) < 0.5, DRAW.integers(0, 300, 4000), OWN), False),
    ("number:tax year", np.arange(4000) % 2, False),
    ("number:age, told three years later", 20 + np.arange(4000) // 2 % 60 + np.arange(4000) % 2 * 3, False),
    ("category:mostly missing", np.where(DRAW.random(4000) < 0.9, -1, DRAW.integers(0, 20, 4000)), False),
    ("text:notes", DRAW.integers(0, 900, 4000), True),
])  # fmt: skip
def test_what_is_left_out(name, code, left_out):
    assert (name in unrelated.find(people({name: code}), {})) is left_out


def test_nobody_is_asked_without_people_or_before_enough_of_them():
    nameless = people({"category:owner": DRAW.integers(0, 20, 4000)})
    nameless.features.pop("given")
    assert unrelated.find(nameless, {}) == {}
    assert unrelated.find(people({"category:owner": DRAW.integers(0, 20, 150)}, 150), {}) == {}
    assert unrelated.find(people({"category:owner": DRAW.integers(0, 20, 4000)}), {"category:owner": "known to be useless"}) == {}


def f1_with(folder: Path, columns: int) -> float:
    """Return the F1 of 3,000 people with so many columns that are drawn anew for every row."""
    draw = random.Random(7)
    (folder / str(columns)).mkdir()
    with (folder / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = (lambda: f"{draw.randrange(10**9):x}", lambda: f"agent {draw.randrange(30)}", lambda: str(draw.randrange(5000)))
    for row in rows:
        row |= {f"x{k}": kinds[k % 3]() for k in range(columns)}
    path = folder / str(columns) / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    quality = dedupe([path], DedupeOptions(truth=folder / "truth.csv")).quality
    assert quality is not None
    return quality.f1


def test_columns_of_a_system_do_not_disturb(tmp_path):
    write_flat(tmp_path, 0, 11, 0.4, records=3000)
    assert f1_with(tmp_path, 30) >= f1_with(tmp_path, 0) - 0.005


def test_things_are_told_by_two_columns_that_agree_beyond_chance():
    thing = np.arange(4000) // 2
    columns = {
        "text:title": thing * 7 % 1900, "category:maker": thing % 180, "category:shelf": DRAW.integers(0, 120, 4000),
        "id:session": np.arange(4000), "number:year": 20 + thing % 40, "number:stock": DRAW.integers(0, 40, 4000),
    }
    made = people(columns)
    for name in ("given", "email"):
        made.features.pop(name)
    assert set(unrelated.find(made, {})) == {"category:shelf", "id:session", "number:stock"}


def test_chance_alone_makes_no_pairs_of_things():
    made = people({"category:a": DRAW.integers(0, 300, 4000), "category:b": DRAW.integers(0, 300, 4000), "id:c": np.arange(4000)})
    for name in ("given", "email"):
        made.features.pop(name)
    assert unrelated.find(made, {}) == {}
