"""The queue: ordered by what an answer changes, answers become decisions, two reviewers, CSV, the estimate."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import numpy as np
import pytest

from cem_cli.base.errors import CemError
from cem_cli.linkage.identity import answers
from cem_cli.linkage.identity.decisions import Author
from cem_cli.linkage.identity.estimate import draw_sample, estimate

ANNA = Author("anna", datetime(2026, 6, 1, tzinfo=UTC), "review")


@pytest.fixture
def queue(project):
    """Four nearly linked pairs (two letters of five shared: probability 0.33); the buyers of the second pair spent most."""
    for number, word in enumerate(("aaxyz", "aauvw", "bbxuv", "bbyzw", "ccccx", "ccccy"), 1):
        project.put(1, number, word)
    for event, record, amount in ((1, 3, 900), (2, 1, 10)):
        project.con.execute(
            "INSERT INTO cem.event (event_id, record_id, revenue, active, amount) VALUES (?, ?, true, true, ?)", [event, record, amount])
    project.link(1)
    return project


def test_the_queue_starts_where_an_answer_changes_most(queue) -> None:
    rows = queue.rows("SELECT record_id_l, record_id_r, kind, priority FROM cem.review WHERE kind != 'sample' ORDER BY priority DESC")
    everything = queue.rows("SELECT priority FROM cem.review ORDER BY review_id")
    assert everything == sorted(everything, reverse=True)
    assert rows == sorted(rows, key=lambda r: -r[3])
    asked = queue.rows("SELECT record_id_l, record_id_r FROM cem.review ORDER BY priority DESC LIMIT 1")
    assert asked == [(3, 4)]


def test_answers_become_decisions_and_can_be_taken_back(queue) -> None:
    item = answers.next_item(queue.con)
    shown = {f.field: (f.left, f.right, f.differs) for f in answers.side_by_side(queue.con, item.record_id_l, item.record_id_r)}
    assert shown["source"] == ("crm", "crm", False)
    assert shown["record_key"][2]
    before = queue.identity()
    assert answers.answer(queue.con, item.review_id, "y", ANNA) == "yes"
    with pytest.raises(CemError, match="meanwhile"):
        answers.answer(queue.con, item.review_id, "n", Author("bruno", ANNA.at, "review"))
    queue.link(2)
    assert queue.identity()[item.record_id_l] == queue.identity()[item.record_id_r]
    assert answers.undo_answer(queue.con, ANNA).review_id == item.review_id
    queue.link(3)
    assert queue.identity() == before
    with pytest.raises(CemError, match="no answer of yours"):
        answers.undo_answer(queue.con, ANNA)


def test_the_queue_travels_as_csv(queue, tmp_path) -> None:
    path = tmp_path / "queue.csv"
    number = answers.export_queue(queue.con, path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == number > 1
    rows[0]["answer"], rows[1]["answer"] = "n", "skip"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    assert answers.import_answers(queue.con, path, ANNA) == 2
    assert answers.progress(queue.con) == answers.Progress(number - 2, 1, 1)
    with pytest.raises(CemError) as caught:
        answers.import_answers(queue.con, path, ANNA)
    assert caught.value.where == f"{path}:2"


def test_answered_pairs_do_not_come_back(queue) -> None:
    item = answers.next_item(queue.con)
    answers.answer(queue.con, item.review_id, "skip", ANNA)
    queue.link(2, full=True)
    asked = queue.rows("SELECT state FROM cem.review WHERE record_id_l = ? AND record_id_r = ?", item.record_id_l, item.record_id_r)
    assert asked == [("skip",)]


def test_the_estimate_covers_the_truth(project) -> None:
    """2,000 pairs whose probability is right: precision and recall at 0.5 are known; answers come from the same truth."""
    rng = np.random.Generator(np.random.PCG64(5))
    probability = rng.beta(0.4, 0.6, 2000)
    match = rng.random(2000) < probability
    project.con.register("pairs", {"record_id_l": np.arange(2000), "record_id_r": np.arange(2000) + 5000,
                                   "weight": np.log2(probability / (1 - probability)), "probability": probability})
    project.con.execute("INSERT INTO cem.edge SELECT record_id_l, record_id_r, 0, weight, probability, 'model' FROM pairs")
    project.con.execute("CREATE TEMP TABLE fresh_edge AS SELECT * FROM cem.edge")
    project.con.unregister("pairs")
    draw_sample(project.con, drawn=True)
    assert estimate(project.con) is None
    sample = [row[0] for row in project.rows("SELECT record_id_l FROM planned_sample ORDER BY 1")]
    assert len(sample) == 70
    for number, record in enumerate(sample):
        state = "yes" if match[record] else "no"
        project.con.execute("INSERT INTO cem.review (review_id, kind, record_id_l, record_id_r, state) VALUES (?, 'sample', ?, ?, ?)",
                            [number, record, record + 5000, state])
    found = estimate(project.con)
    linked = probability >= 0.5
    precision, recall = match[linked].mean(), match[linked].sum() / match.sum()
    assert found.answers == 70
    assert found.precision.low <= precision <= found.precision.high
    assert found.recall.low <= recall <= found.recall.high
    assert found.precision.high - found.precision.low < 0.3


def test_a_question_says_what_hangs_on_it(queue) -> None:
    number = queue.rows("SELECT review_id FROM cem.review WHERE record_id_l = 3 AND record_id_r = 4")[0][0]
    item = next(i for i in all_items(queue) if i.review_id == number)
    assert answers.stakes(queue.con, item) == (2, 900)


def all_items(queue) -> list[answers.ReviewItem]:
    rows = queue.rows("SELECT review_id, kind, record_id_l, record_id_r, weight, probability, reason, priority FROM cem.review")
    return [answers.ReviewItem(*row) for row in rows]
