"""What must not matter: the order of rows, the threads, a second copy of the file, a copy of a column."""

import csv
import random
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from cem_cli.linkage.dedupe import DedupeOptions, dedupe
from cem_cli.synth.flat import write_flat

Rows = list[dict[str, str]]
Pairs = set[tuple[str, str]]


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> Path:
    """3,000 records: more than are compared all with all, so blocking takes part."""
    folder = tmp_path_factory.mktemp("flat")
    write_flat(folder, 0, 11, 0.4, records=3000)
    return folder / "people.csv"


def rows_of(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Rows) -> Path:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


def clusters(folder: Path, files: list[Path], threads: int = 2) -> Rows:
    """Link files; return the rows of the output."""
    output = folder / "clusters.csv"
    dedupe(files, DedupeOptions(output=output, threads=threads))
    return rows_of(output)


def pairs_within(rows: Rows, source: str = "people") -> Pairs:
    """Return the linked pairs of ids of one file."""
    members = defaultdict(list)
    for row in rows:
        if row["source"] == source:
            members[row["cluster_id"]].append(row["id"])
    return {pair for ids in members.values() for pair in combinations(sorted(ids), 2)}


@pytest.fixture(scope="module")
def plain(people, tmp_path_factory) -> Rows:
    return clusters(tmp_path_factory.mktemp("plain"), [people])


@pytest.mark.parametrize(("seed", "threads"), [(None, 1), (1, 1), (2, 2)])
def test_shuffled_rows_and_other_threads_give_the_same_file(people, plain, tmp_path, seed, threads):
    rows = rows_of(people)
    if seed is not None:
        random.Random(seed).shuffle(rows)
    assert clusters(tmp_path, [write(tmp_path / "in" / "people.csv", rows)], threads) == plain


@pytest.mark.parametrize("steps", [(1,), (1, 1), (2,), (5, 3)], ids=["twice", "three times", "half of it", "a fifth and a third"])
def test_copies_of_the_file_join_their_originals_and_change_nothing_else(people, plain, tmp_path, steps):
    copies = [write(tmp_path / f"copy{k}.csv", rows_of(people)[::step]) for k, step in enumerate(steps)]
    found = clusters(tmp_path, [people, *copies])
    home = {(r["source"], r["id"]): r["cluster_id"] for r in found}
    apart = [key for key, cluster in home.items() if cluster != home["people", key[1]]]
    assert len(apart) <= 0.002 * len(found)
    assert len(pairs_within(found) ^ pairs_within(plain)) <= 0.01 * len(pairs_within(plain))


def test_a_file_that_repeats_itself_changes_little(people, plain, tmp_path):
    """People of whom two records are equal are then told from copies no more."""
    rows = rows_of(people)
    found = clusters(tmp_path, [write(tmp_path / "in" / "people.csv", [*rows, *({**r, "id": f"again {r['id']}"} for r in rows)])])
    once = [r for r in found if not r["id"].startswith("again")]
    assert len(pairs_within(once) ^ pairs_within(plain)) <= 0.02 * len(pairs_within(plain))


@pytest.mark.parametrize("column", ["email", "city", "dob", "first_name", "surname"])
def test_a_copy_of_a_column_under_another_name_changes_nothing(people, plain, tmp_path, column):
    rows = [{**row, "attribute": row[column]} for row in rows_of(people)]
    before = pairs_within(plain)
    after = pairs_within(clusters(tmp_path, [write(tmp_path / "in" / "people.csv", rows)]))
    assert len(before ^ after) <= 0.002 * len(before)


def people_once(people: Path, columns: list[str]) -> Rows:
    """Return one row per distinct person of the file, with some columns."""
    first: dict[tuple[str, ...], dict[str, str]] = {}
    for row in rows_of(people):
        first.setdefault(tuple(row[c] for c in columns), {c: row[c] for c in ("id", *columns)})
    return list(first.values())


@pytest.mark.parametrize("columns", [["first_name", "surname"], ["first_name", "surname", "dob"]])
def test_a_file_without_duplicates_given_twice_finds_every_row_again(people, tmp_path, columns):
    rows = people_once(people, columns)
    found = clusters(tmp_path, [write(tmp_path / "one" / "a.csv", rows), write(tmp_path / "two" / "b.csv", rows)])
    both = defaultdict(set)
    for row in found:
        both[row["id"]].add(row["cluster_id"])
    assert sum(len(ids) == 1 for ids in both.values()) >= 0.94 * len(rows), "all but those with a common name"


@pytest.mark.parametrize("people_there", [5, 60])
def test_rows_repeated_in_a_small_file_are_found(tmp_path, people_there):
    names = [(f"{given} {surname}", f"{given}.{surname}@example.it".lower())
             for given in ("Anna", "Bruno", "Carla", "Dario", "Elena", "Fabio", "Gaia", "Hugo") for surname in
             ("Rossi", "Verdi", "Neri", "Gallo", "Conti", "Fontana", "Greco", "Riva")][:people_there]
    rows = [{"id": f"{n}-{k}", "name": name, "email": email} for k in range(8) for n, (name, email) in enumerate(names)]
    found = clusters(tmp_path, [write(tmp_path / "in" / "a.csv", rows)])
    assert {(row["id"].split("-")[0], row["cluster_id"]) for row in found} == {
        (row["id"].split("-")[0], row["cluster_id"]) for row in found if row["id"].endswith("-0")}
    assert len({row["cluster_id"] for row in found}) == people_there
