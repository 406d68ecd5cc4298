"""Several e-mail addresses and phones of one record: whichever agrees counts, wherever it stands."""

import csv
import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.linkage.block.pairs import Rule, Scope, block
from cem_cli.linkage.compare.contact import EMAIL_ADDRESS, PHONE, email_levels
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.dedupe import DedupeOptions, DedupeResult, dedupe
from cem_cli.linkage.records import Feature, Records, Values, stable_hash
from cem_cli.linkage.several import MOST, feature_of_several, shared_values
from cem_cli.synth.flat import write_flat

Rows = list[dict[str, str]]
KEPT = ("id", "first_name", "surname", "city")
NUMBERS = np.array([f"33{n % 2}12{n // 2}401" for n in range(8)], "S9").view(np.uint8).reshape(8, 9)
numbers = st.lists(st.lists(st.integers(0, 7), max_size=4), min_size=2, max_size=12)


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> tuple[Rows, dict[str, str]]:
    """2,500 records of households, each with its landline, and the person of each record."""
    folder = tmp_path_factory.mktemp("flat")
    write_flat(folder, 0, 5, 0.5, records=2500)
    rows, entity = (list(csv.DictReader((folder / f"{name}.csv").read_text("utf-8").splitlines())) for name in ("people", "truth"))
    whose = {r["id"]: r["entity"] for r in entity}
    home = {whose[r["id"]]: r["surname"].lower() + r["postcode"] for r in rows if r["postcode"]}
    for r in rows:
        number = random.Random(home.get(whose[r["id"]], whose[r["id"]])).randint(1_000_000, 9_999_999)
        r["landline"] = f"06 {number}"
        r["work"] = f"{r['surname'].lower().replace(' ', '')}.{whose[r['id']].lower()}@firm.it"
    return rows, whose


def link(folder: Path, people: tuple[Rows, dict[str, str]], form: str) -> tuple[str, DedupeResult]:
    """Link one half of the records, with both contacts, to the other with one; `form`: how the first half is written."""
    rows, whose = people
    folder.mkdir()
    chance = random.Random(2)
    both, one = [], []
    for r in rows:
        kept, tossed = [r[name] for name in KEPT], [chance.random() < 0.5 for _ in range(3)]
        if tossed[0]:
            pairs = [[r["email"], r["work"]], [r["phone"], r["landline"]]]
            if form == "swapped" or (form == "mixed" and tossed[1]):
                pairs = [pair[::-1] for pair in pairs]
            cells = [" / ".join(filter(None, pair)) for pair in pairs] if form == "cell" else [c for pair in pairs for c in pair]
            both.append([*kept, *cells])
        else:
            one.append([*kept, r["work"] if tossed[1] else r["email"], r["landline"] if tossed[2] else r["phone"]])
    single = ["email", "phone"]
    columns = single if form == "cell" else ["email", "e-mail 2", "mobile", "telefono casa"]
    for name, header, listed in (("crm", columns, both), ("till", single, one), ("truth", None, None)):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow([*KEPT, *header] if header else ("source", "id", "entity"))
            out.writerows(listed or [(source, r[0], whose[r[0]]) for source, part in (("crm", both), ("till", one)) for r in part])
    result = dedupe(
        [folder / "crm.csv", folder / "till.csv"], DedupeOptions(truth=folder / "truth.csv", output=folder / "clusters.csv")
    )
    return (folder / "clusters.csv").read_text(encoding="utf-8"), result


def test_whichever_contact_agrees_counts_in_whatever_column_or_cell_it_stands(people, tmp_path):
    told = {form: link(tmp_path / form, people, form) for form in ("columns", "swapped", "mixed", "cell")}
    clusters, result = told["columns"]
    assert result.quality is not None
    assert result.quality.f1 > 0.975, "0.957 to 0.974 by the first filled column alone"
    assert result.quality.precision > 0.98, "who shares a landline is a family"
    assert all(other == clusters for other, _ in told.values())


def feature(name: str, held: list[list[int]]) -> Feature:
    """Return a feature of records that hold some of `NUMBERS`."""
    every = np.full((max(map(len, held), default=0) + 1, len(held)), -1, np.int32)
    for place, values in enumerate(held):
        every[: len(values), place] = values
    empty = Feature(name, every[0], np.zeros(len(NUMBERS), np.int64), 0, name)
    return feature_of_several(empty, list(every), stable_hash(NUMBERS))


def records(**features: Feature) -> Records:
    n = len(next(iter(features.values())).codes)
    values = {name: Values(NUMBERS, stable_hash(NUMBERS)) for name in features}
    return Records(np.arange(n), np.zeros(n, np.int32), ("",), features, values, {}, np.empty(0, np.int64))


@given(numbers, st.randoms())
@settings(max_examples=100, deadline=None)
def test_a_record_has_every_value_once_in_an_order_of_its_own(held, chance):
    found = feature("phone", held)
    again = feature("phone", [chance.sample(values, len(values)) for values in held])
    assert all(np.array_equal(a, b) for a, b in zip(found.every, again.every, strict=True))
    for place, values in enumerate(held):
        got = [int(codes[place]) for codes in found.every]
        assert sorted(c for c in got if c >= 0) == sorted(set(values))
        assert all(a >= 0 or b < 0 for a, b in itertools.pairwise(got)), "none before one"
    assert found.counts.tolist() == [sum(code in values for values in held) for code in range(len(NUMBERS))]
    assert found.filled == sum(map(bool, held))
    assert len(found.every) == max(1, *(len(set(values)) for values in held))


def test_a_record_keeps_so_many_values_and_no_more():
    assert len(feature("phone", [list(range(8)), [3]]).every) == MOST


@given(numbers)
@settings(max_examples=60, deadline=None)
def test_the_level_of_two_records_is_the_best_of_their_values(held):
    known = records(phone=feature("phone", held))
    l, r = (side.astype(np.int32) for side in np.triu_indices(len(held), 1))
    level = PHONE.levels(known, l, r)
    for i, j, found in zip(l.tolist(), r.tolist(), level.tolist(), strict=True):
        apart = [sum(a != b for a, b in zip(NUMBERS[x], NUMBERS[y], strict=True)) for x in held[i] for y in held[j]]
        assert found == (0 if not apart else 3 if min(apart) == 0 else 2 if min(apart) == 1 else 1)
    shared = {(int(l[k]), int(r[k]), int(c)) for at, codes in shared_values(known.features["phone"], l, r) for k, c in zip(at, codes, strict=True)}
    assert shared == {(i, j, c) for i, j in itertools.combinations(range(len(held)), 2) for c in set(held[i]) & set(held[j])}


@given(numbers)
@settings(max_examples=30, deadline=None)
def test_mailboxes_are_compared_in_every_combination(held):
    single = [[code] for code in range(len(NUMBERS))] * 2
    x, y = (side.ravel().astype(np.int32) for side in np.indices((len(NUMBERS), len(NUMBERS))))
    alone = email_levels(records(email=feature("email", single), user=feature("user", single)), x, y + len(NUMBERS))
    alone = alone.reshape(len(NUMBERS), -1)
    known = records(email=feature("email", held), user=feature("user", held))
    l, r = (side.astype(np.int32) for side in np.triu_indices(len(held), 1))
    for i, j, found in zip(l.tolist(), r.tolist(), EMAIL_ADDRESS.levels(known, l, r).tolist(), strict=True):
        assert found == max((int(alone[a, b]) for a in held[i] for b in held[j]), default=0)


@given(numbers)
@settings(max_examples=60, deadline=None)
def test_records_meet_that_share_any_key_and_do_so_once(held):
    found = feature("phone", held)
    key = np.stack([np.where(codes >= 0, codes, -1) for codes in found.every], axis=1).astype(np.int64)
    scope = Scope(records(phone=found), np.zeros(1, bool))
    got = block(scope, {"phone": key}, (Rule(("phone",), 100, frozenset({"phone"})),), LinkOptions(threads=2))
    pairs = list(zip(got.pairs.l.tolist(), got.pairs.r.tolist(), strict=True))
    assert pairs == [(i, j) for i, j in itertools.combinations(range(len(held)), 2) if set(held[i]) & set(held[j])]
    assert got.counts[0].pairs == got.counts[0].new == len(pairs)
