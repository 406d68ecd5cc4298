"""Labels: a few hundred answers make links better, a handful and none change little or nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cem_cli.base.errors import CemError
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.dedupe import DedupeOptions, DedupeResult, dedupe
from cem_cli.linkage.derive.files import load_files
from cem_cli.linkage.engine import LinkResult
from cem_cli.linkage.train.labels import SPEAKS_FOR, Answers
from cem_cli.synth.flat import write_flat

counts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.floats(0, 1), st.just(0.0) | st.floats(0.01, 1e9)), min_size=1, max_size=6)


@given(counts)
def test_answers_move_classes_and_no_more_than_they_may(rows: list[tuple[int, int, float, float]]) -> None:
    yes, no, match, weights = (np.array(column, float) for column in zip(*rows, strict=True))
    classes = [match, 0.3 * (1 - match), 0.7 * (1 - match)]
    found = Answers(yes, no).correct(classes, weights)
    assert np.allclose(np.add.reduce(found), 1)
    assert all((c > -1e-9).all() for c in found)
    assert np.array_equal(found[0][yes + no == 0], match[yes + no == 0])
    moved = np.abs(found[0] - match) * weights
    assert (moved <= (1 + SPEAKS_FOR) * (yes + no) + 1e-6 * weights).all()
    unanimous = (no == 0) & (weights >= 1)
    assert (found[0][unanimous] >= match[unanimous] - 1e-9).all()


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three thousand records without birth dates, most of them of families: one mailbox name, one phone, one address."""
    folder = tmp_path_factory.mktemp("families")
    write_flat(folder, 0, 1, households=0.6, records=3000)
    return folder


def linked(folder: Path, labels: Path | None = None) -> DedupeResult:
    options = DedupeOptions(kinds={"dob": "ignore", "email": "ignore"}, truth=folder / "truth.csv", labels=labels)
    return dedupe([folder / "people.csv"], options)


def judge(folder: Path, before: LinkResult, count: int) -> Path:
    """Write the truth about `count` pairs that the model is unsure of, drawn at random."""
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        entity = {row["id"]: row["entity"] for row in csv.DictReader(file)}
    names = name_of(folder / "people.csv")
    edges = before.edges
    unsure = np.flatnonzero((edges.probability > 0.03) & (edges.probability < 0.97))
    drawn = np.random.default_rng(7).choice(unsure, count, replace=False)
    lines = ["kind,a,b"]
    for left, right in zip(edges.record_id_l[drawn].tolist(), edges.record_id_r[drawn].tolist(), strict=True):
        a, b = names[left], names[right]
        lines.append(f"{'link' if entity[a] == entity[b] else 'separate'},people:{a},people:{b}")
    path = folder / f"labels{count}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def name_of(people: Path) -> dict[int, str]:
    """Return record id -> id, as `cem dedupe` names records."""
    with connect_memory() as con:
        load_files(con, [people])
        return dict(con.execute("SELECT record_id, link_id FROM link_people").fetchall())


def test_labels_raise_f1_and_a_handful_changes_little(people: Path) -> None:
    none = linked(people)
    assert none.quality is not None
    assert none.link is not None
    many, few = (linked(people, judge(people, none.link, count)).quality for count in (200, 5))
    assert many is not None
    assert few is not None
    assert many.f1 > none.quality.f1 + 0.005
    assert many.precision > none.quality.precision - 0.01
    assert abs(few.f1 - none.quality.f1) < 0.01


def test_no_labels_is_the_model_without(people: Path) -> None:
    empty = people / "empty.csv"
    empty.write_text("kind,a,b\n", encoding="utf-8")
    one, other = linked(people), linked(people, empty)
    assert one.link is not None
    assert other.link is not None
    assert one.link.model.to_json() == other.link.model.to_json()


@pytest.mark.parametrize(("text", "error"), [
    ("kind,a\n", "E-LABELS-COLUMNS"), ("kind,a,b\nmaybe,people:1,people:2\n", "E-LABELS-KIND"),
    ("kind,a,b\nlink,people:1,people:99999999\n", "E-LABELS-PAIR"), ("kind,a,b\nlink,people:1,people:1\n", "E-LABELS-PAIR"),
])
def test_bad_labels_are_told_with_their_line(people: Path, tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CemError) as caught:
        linked(people, path)
    assert caught.value.id == error
    assert caught.value.where.startswith(str(path))
