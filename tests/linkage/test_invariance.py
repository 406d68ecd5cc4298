"""What must not matter: the order of rows, the threads, a second copy of the file, a copy of a column."""

import csv
import random
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from cem_cli.linkage.dedupe import DedupeOptions, dedupe
from cem_cli.linkage.evaluate import evaluate
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


def test_a_second_copy_of_the_file_joins_itself_and_costs_little(people, plain, tmp_path):
    """The training looks at one of equal records; blocks twice as large and clusters twice as cautious still cost a little."""
    found = clusters(tmp_path, [people, write(tmp_path / "copy.csv", rows_of(people))])
    home = {(r["source"], r["id"]): r["cluster_id"] for r in found}
    apart = [r["id"] for r in plain if home["people", r["id"]] != home["copy", r["id"]]]
    assert len(apart) <= 0.002 * len(plain)
    assert len(pairs_within(found) ^ pairs_within(found, "copy")) <= 0.002 * len(pairs_within(plain))
    assert f1(people, found) >= f1(people, plain) - 0.04


def f1(people: Path, rows: Rows) -> float:
    """Return pairwise F1 of the records of people.csv."""
    entity = {r["id"]: r["entity"] for r in rows_of(people.with_name("truth.csv"))}
    mine = [r for r in rows if r["source"] == "people"]
    return evaluate(np.array([int(r["cluster_id"]) for r in mine]), np.array([int(entity[r["id"]][1:]) for r in mine])).f1


@pytest.mark.parametrize("column", ["email", "city", "dob", "first_name", "surname"])
def test_a_copy_of_a_column_under_another_name_changes_nothing(people, plain, tmp_path, column):
    rows = [{**row, "attribute": row[column]} for row in rows_of(people)]
    before = pairs_within(plain)
    after = pairs_within(clusters(tmp_path, [write(tmp_path / "in" / "people.csv", rows)]))
    assert len(before ^ after) <= 0.002 * len(before)
