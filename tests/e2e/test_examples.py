"""Help opens with examples that run on the demo; on a terminal of 80 columns they read well and break no id."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cem_cli.cli.lazy import load
from cem_cli.cli.main import Commands, run
from tests.e2e.conftest import Outcome, call
from tests.e2e.test_loop import query
from tests.e2e.test_questions import QUESTIONS

pytestmark = pytest.mark.xdist_group("demo")
Cem = Callable[..., Outcome]

ELSEWHERE = {"demo", "run", "synth"}
"""Commands whose examples take long and which tests of their own run."""
NEEDS = {
    "cem review": 2,  # no terminal here
    "cem evaluate --referee": None,  # trains a second classifier: shown by the benchmarks
    "cem source rekey salesforce_contacts new_crm --crosswalk keys.csv": None,  # tests/e2e/test_keeping.py
}
"""Examples that cannot just run, with their exit code; None leaves one out."""


def examples(name: str) -> list[str]:
    """Return the examples of a command's help."""
    help_text = load(name, Commands.catalogue[name]).help or ""
    return [line.strip() for line in help_text.partition("Examples:")[2].splitlines() if line.strip()]


@pytest.fixture(scope="module")
def scratch(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demo with the files that examples speak of."""
    folder = Path(shutil.copytree(demo, tmp_path_factory.mktemp("examples") / "demo"))
    customer = query(folder, "SELECT customer_id FROM records WHERE record_key = '0035g00000000750AAG'")[0][0]
    (folder / "judged.csv").write_text(f"kind,a,b,why\nfreeze,{customer},,known in person\n")
    return folder


@pytest.mark.parametrize("name", [name for name in Commands.catalogue if name not in ELSEWHERE])
def test_examples_of_the_help_run_on_the_demo(scratch: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(scratch)
    if name == "review":
        call("review", "--export", "answered.csv")
    if name == "restore":
        call("backup", "monday.cembackup")
    for example in examples(name):
        code = NEEDS.get(example, 0)
        if code is None or example == "cem init   # here":
            continue
        outcome = call(*shlex.split(example)[1:])
        assert outcome.code == code, (example, outcome.err)
    if name == "inspect":
        (scratch / "sources" / "cards.yaml").unlink()


class Terminal(io.StringIO):
    """A terminal that remembers what was written to it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command as at a terminal of 80 columns and return what stands on it."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")

    def look(*args: object) -> str:
        out = Terminal()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(Terminal()):
            assert run([str(arg) for arg in args]) == 0
        return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())

    return look


WIDE = [*QUESTIONS, ["show", "salesforce_contacts:0035g00000000750AAG"], ["insight", "contact", "-n", "3"], ["insight", "explain", "rfm"],
        ["unify", "--rules"], ["source", "list"], ["quarantine"], ["diff", "0", "1"]]


@pytest.mark.parametrize("question", WIDE, ids=" ".join)
def test_reads_well_at_eighty_columns(demo: Path, on_terminal: Callable[..., str], question: list[str]) -> None:
    common = [] if question[1:2] == ["explain"] and question[0] == "insight" else ["--project", demo]
    shown = on_terminal(*question, *common)
    prose = question[0] == "segment" and question[1] == "list"
    assert prose or max(map(len, shown.splitlines())) <= 80
    ids = set(re.findall(r"\bC[0-9a-f]{3,}", shown))
    assert all(re.fullmatch(r"C[0-9a-f]{16}", found) for found in ids)


def test_help_shows_one_example_per_line(on_terminal: Callable[..., str]) -> None:
    shown = on_terminal("link", "--help")
    assert re.search(r"^ +cem link *\n +cem link --retrain --dry-run --fail-on .*$", shown, flags=re.MULTILINE)
    assert "completion" not in shown


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_commands(shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_CEM_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("COMP_WORDS", "cem qua")
    monkeypatch.setenv("COMP_CWORD", "1")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "cem qua")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    assert "quarantine" in call().out
