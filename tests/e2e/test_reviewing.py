"""Questions asked at a terminal and through a file: every answer is kept at once, undone when asked, and counts the next time."""

from __future__ import annotations

import contextlib
import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cem_cli.cli.main import run
from tests.e2e.conftest import Outcome
from tests.e2e.test_examples import Terminal
from tests.e2e.test_loop import query

pytestmark = pytest.mark.xdist_group("demo")
Cem = Callable[..., Outcome]


def answered(folder: Path) -> list[tuple[object, ...]]:
    return query(folder, "SELECT kind, who, undone_at IS NULL FROM cem.decision WHERE who <> 'cem' ORDER BY decision_id")


def at_the_terminal(folder: Path, keys: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Answer with one key per question and return what was shown."""
    out = Terminal()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdin", Terminal("\n".join(keys) + "\n"))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        assert run(["review", "--who", "anna", "--project", str(folder)]) == 0
    return out.getvalue()


def test_keys_at_the_terminal(own_demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = at_the_terminal(own_demo, "ynuxsq", monkeypatch)
    assert "y = same person, n = not, s = skip, u = undo my last answer, q = stop" in shown
    assert "<>" in shown
    assert "probability" in shown
    assert "E-REVIEW-ANSWER" in shown  # x is no key
    assert "1 answer\n" in shown
    assert [(kind, who) for kind, who, in_force in answered(own_demo) if in_force] == [("link", "anna")]
    assert ("separate", "anna", False) in answered(own_demo)
    again = at_the_terminal(own_demo, "q", monkeypatch)
    assert "1 answered" in again  # resumed where it stopped


def test_answers_through_a_file(own_demo: Path, cem: Cem, tmp_path: Path) -> None:
    questions, answers = tmp_path / "questions.csv", tmp_path / "answers.csv"
    exported = cem("review", "--export", questions, "--project", own_demo, "--json").document
    with questions.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == exported["data"]["questions"] > 30
    for row in rows[:32]:
        row["answer"] = "n"
    with answers.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows[:32])
    taken = cem("review", "--import", answers, "--project", own_demo)
    assert taken.code == 0, taken.err
    assert "32 answers taken" in taken.out
    assert "links at the operating point: precision" in taken.out
    assert {kind for kind, _, _ in answered(own_demo)} == {"separate"}
    conflict = [{**row, "answer": "y"} for row in rows[:1]]
    with answers.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(conflict)
    assert cem("review", "--import", answers, "--project", own_demo).code == 2


def test_a_decision_shows_in_the_diff_with_the_fields_it_changed(own_demo: Path, cem: Cem) -> None:
    def ask(*words: str) -> Outcome:
        return cem(*words, "--project", own_demo)

    def last_run() -> str:
        return str(query(own_demo, "SELECT max(run_id) FROM cem.run")[0][0])

    before = last_run()
    one, other = (row[0] for row in query(own_demo, """
        SELECT customer_id FROM cem.profile WHERE kind = 'customer' AND city IS NOT NULL AND email IS NOT NULL AND birth_date IS NULL
        ORDER BY customer_id LIMIT 2"""))
    assert ask("decide", "link", str(one)[:9], str(other)).code == 0
    assert ask("run", "--from", "unify", "--to", "unify").code == 0
    after = last_run()
    told = json.loads(ask("diff", before, after, "--json").out)["data"]["diff"]["fields"]
    assert "emails" in {field["field"] for field in told}
    assert {field["cause"] for field in told} == {"decision"}
    assert ask("diff", before, after, "--fail-on", "fields > 0").code == 3
    assert ask("diff", after, after, "--fail-on", "fields > 0").code == 0
    rehearsal = ask("link", "--retrain", "--dry-run", "--fail-on", "customers > 0", "--json")
    assert rehearsal.code == json.loads(rehearsal.out)["exit_code"] == 3
    rehearsed = json.loads(rehearsal.out)["data"]
    assert rehearsed["outcome"]["answers"] > 0
    assert last_run() == after, "a rehearsal is no run"
    assert query(own_demo, "SELECT count(*) > 0 FROM cem.review WHERE state = 'open'") == [(True,)]
    waiting = ask("link", "--fail-on", "review")
    assert (waiting.code, "--fail-on holds: review" in waiting.out) == (7, True)
    assert ask("run", "--from", "link", "--to", "link", "--fail-on", "review").code == 7
    assert ask("link", "--fail-on", "mergd > 0").code == 2
    assert ask("decide", "undo", str(one), str(other)).code == 0
