"""Common options stand before the command or after it, and both mean the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cem_cli.cli.main import run


def _answer(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    run([str(word) for word in words])
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def test_options_before_the_command_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = tmp_path / "demo"  # named like a command
    for words in (("--project", project, "--json", "runs"), ("--json", "runs", "--project", project), ("runs", "--project", project, "--json")):
        document = _answer(capsys, *words)
        assert document["command"] == "runs"
        assert document["error"] == {
            "id": "E-NO-PROJECT", "message": "no cem.yaml here", "where": str(project), "why": "", "fix": f"cem init {project}", "retryable": False,
        }


def test_what_stands_after_the_command_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = _answer(capsys, "--project", tmp_path / "one", "runs", "--project", tmp_path / "two", "--json")
    assert document["error"]["where"] == str(tmp_path / "two")  # type: ignore[index]


def test_a_wrong_command_is_named_as_it_was_typed(capsys: pytest.CaptureFixture[str]) -> None:
    document = _answer(capsys, "--json", "frobnicate")
    assert (document["command"], document["exit_code"]) == ("frobnicate", 2)


@pytest.mark.parametrize("flag", ["-q", "--quiet"])
def test_quiet_before_the_command(flag: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([flag, "init", str(tmp_path / "new")]) == 0
    assert capsys.readouterr().out == ""


def test_a_whole_process_leaves_nothing_on_stderr(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,first_name,surname\n1,Anna,Rossi\n2,Anna,Rosi\n3,Carlo,Verdi\n", encoding="utf-8")
    command = [sys.executable, "-c", "from cem_cli.cli.main import main; main()", "inspect", str(people)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout
    assert done.stderr == ""
