"""Data is shown as stored: whole when piped, never obeyed by the terminal."""

import re

import pytest

from cem_cli.reports.result import Grid, Result, Warn
from cem_cli.reports.terminal import clean, render, text

HOSTILE = ["\x1b[31mred", "\x1b]8;;http://x\x07link", "a\u202eb", "[/b]", ":smile:", "a\rb", "tab\tand\nline"]


def test_piped_tables_are_tab_separated_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    render(Result(show=[Grid(("a", "b"), [("x" * 300, 1), (None, 2.5)]), "done"]))
    assert capsys.readouterr().out == "a\tb\n" + "x" * 300 + "\t1\n\t2.5\ndone\n"


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("terminal", [True, False])
def test_hostile_values_drive_nothing(value: str, terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    render(Result(show=[Grid(("value",), [(value,)])]))
    out = capsys.readouterr().out
    assert "\x1b]" not in out
    assert "\x1b[31m" not in out
    assert "\u202e" not in out
    assert "\x07" not in out
    if value in ("[/b]", ":smile:"):
        assert value in out


def test_a_ranking_stays_a_table_on_a_narrow_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    columns = ("rank", "kind", "money", "customers", "explanation")
    rows = [(n, "returned", 1000 - n, 12, "word" * 5) for n in range(4)]
    render(Result(show=[Grid(columns, rows, compared=True)]))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 40, lines
    assert lines[0].split() == ["rank", "kind", "money", "customers"]
    assert lines[2].split() == ["0", "returned", "1000", "12"]
    assert "Not shown for want of width" in " ".join(lines)
    assert lines[-1].endswith("explanation")
    render(Result(show=[Grid(columns, rows[:2], compared=True)]))
    assert "explanation  wordword" in capsys.readouterr().out


def test_warnings_go_to_stderr_and_quiet_means_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    result = Result(show=["hello"], warnings=[Warn("W-X", "careful", "a.csv:3")])
    render(result)
    assert capsys.readouterr().err == "warning W-X: a.csv:3: careful\n"
    render(result, quiet=True)
    assert capsys.readouterr() == ("", "")


def test_values_as_people_read_them() -> None:
    assert [text(v) for v in (None, True, 0.12345, 1234.6, ["a", None])] == ["", "yes", "0.1235", "1235", "a, "]
    assert clean("a\x00b") == "ab"
