"""Names of one origin are found in who bears which names; names that mix freely have none."""

from __future__ import annotations

import numpy as np
import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.contract import LinkInput, LinkOptions
from cem_cli.linkage.model import TermCounts
from cem_cli.linkage.prepare import prepare
from cem_cli.linkage.records import Records
from cem_cli.linkage.train.origins import UNKNOWN, Origins, find_origins

RECORDS = 20_000
PEOPLES = ((0.8, "ital", 120, 400), (0.12, "ukra", 25, 30), (0.08, "alba", 20, 25))
"""Share of the records, beginning of their names, given names, surnames."""


def records(mixed: float) -> Records:
    """Return records of three peoples, in which a share `mixed` bears a surname of anybody."""
    rng = np.random.default_rng(5)
    which = rng.choice(3, RECORDS, p=[share for share, *_ in PEOPLES])
    lender = np.where(rng.random(RECORDS) < mixed, rng.permutation(which), which)
    given = [f"g{PEOPLES[k][1]}{_word(int(n * PEOPLES[k][2]))}" for k, n in zip(which, rng.random(RECORDS) ** 2, strict=True)]
    surname = [f"s{PEOPLES[k][1]}{_word(int(n * PEOPLES[k][3]))}" for k, n in zip(lender, rng.random(RECORDS) ** 2, strict=True)]
    with connect_memory() as con:
        con.register("rows", {"n": np.arange(RECORDS), "g": np.array(given, object), "s": np.array(surname, object)})
        con.execute("CREATE TABLE people AS SELECT n AS record_id, 'a' AS source, g::VARCHAR AS given, s::VARCHAR AS surname FROM rows").fetchall()
        return prepare(con, LinkInput("people", {"given": "given_name", "surname": "surname"}), LinkOptions()).records


def _word(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in f"{number:03d}")


def origins_of(found: Origins, seen: Records) -> dict[str, set[int]]:
    """Return the origins of the names of each people."""
    out: dict[str, set[int]] = {name: set() for _, name, *_ in PEOPLES}
    values = seen.values["name"]
    for feature, origin in zip(("given", "surname"), found.of_codes(seen), strict=True):
        for code in np.flatnonzero(seen.features[feature].counts >= 20):
            out[values.text(int(code))[1:5]].add(int(origin[code]))
    return out


def test_peoples_are_told_apart_and_know_how_often_their_names_meet():
    seen = records(mixed=0.02)
    found = find_origins(seen)
    of = origins_of(found, seen)
    assert all(len(numbers) == 1 for numbers in of.values())
    (ital,), (ukra,), (alba,) = of.values()
    assert len({ital, ukra, alba}) == 3
    assert found.together[ukra, ukra] == pytest.approx(np.log(1 / 0.12), abs=0.1)
    assert found.together[alba, alba] == pytest.approx(np.log(1 / 0.08), abs=0.1)
    assert found.together[ital, ital] == pytest.approx(np.log(1 / 0.8), abs=0.05)
    assert found.together[ukra, alba] < -1


def test_names_that_mix_freely_have_no_origin():
    found = find_origins(records(mixed=1.0))
    assert len(found.given.key) == 0
    assert not found.together.any()


def test_names_that_nobody_knew_are_of_no_origin():
    seen = records(mixed=0.02)
    found = find_origins(seen)
    none = np.empty(0, np.int64)
    forgotten = Origins(TermCounts(none, none, 0, 0.0), TermCounts(none, none, 0, 0.0), found.together)
    given, surname = forgotten.of_codes(seen)
    assert set(given) == set(surname) == {UNKNOWN}
    assert not found.together[UNKNOWN].any()
    assert not found.together[:, UNKNOWN].any()


def test_the_order_of_the_rows_changes_nothing():
    one, two = find_origins(records(mixed=0.02)), find_origins(records(mixed=0.02))
    assert np.array_equal(one.together, two.together)
    assert np.array_equal(one.given.key, two.given.key)
