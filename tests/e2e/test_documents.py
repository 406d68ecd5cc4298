"""The documents are true: README's demo output, its commands, the cron line, the CI example."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from cem_cli.cli.main import Commands
from tests.e2e.conftest import Outcome

pytestmark = pytest.mark.xdist_group("demo")
ROOT = Path(__file__).parents[2]
Cem = Callable[..., Outcome]


def test_readme_shows_what_the_demo_prints(demo: Path, request: pytest.FixtureRequest) -> None:
    stages = json.loads((demo / "demo.json").read_text())["data"]["stages"]
    told = "\n".join(f"{stage['stage']:<8}  {stage['told']}" for stage in stages)
    page = ROOT / "README.md"
    head, rest = page.read_text().split("<!-- demo: generated -->\n")
    text = f"{head}<!-- demo: generated -->\n```text\n{told}\n```\n<!-- end -->" + rest.split("<!-- end -->", 1)[1]
    if request.config.getoption("--update-golden"):
        page.write_text(text)
    assert page.read_text() == text


def _commands(text: str) -> list[list[str]]:
    """Return the words of every cem command in the shell blocks and CI steps of a page."""
    blocks = re.findall(r"^```(?:sh|bash|yaml)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    found: list[list[str]] = []
    for line in (line for block in blocks for line in block.splitlines() if "cem " in line):
        words: list[str] = []
        for word in [*shlex.split(line.split("- run:")[-1], comments=True), "&&"]:
            if word not in ("&&", "||", "|", ">"):
                words.append(word)
            elif words:
                found.append(words)
                words = []
    return [words[1:] for words in found if words[0] == "cem" and len(words) > 1]


@pytest.mark.parametrize("page", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))])
def test_commands_in_documents_exist(page: str, cem: Cem) -> None:
    for command in _commands((ROOT / page).read_text()):
        assert command[0] in Commands.catalogue, (page, command)
        options = {word.split("=")[0] for word in command if word.startswith("-")}
        group = command[:2] if command[0] in ("insight", "segment", "source") and len(command) > 1 and not command[1].startswith("-") else command[:1]
        told = cem(*group, "--help")
        if told.code:  # `cem insight NAME` is `cem insight show NAME`
            told = cem(command[0], "show", "--help")
        for option in options:
            assert option in told.out, (page, command, option)


def test_cron_line_in_substance(own_demo: Path, cem: Cem) -> None:
    """Quiet, with a lock timeout, from the project's folder: nothing printed, exit 0."""
    told = cem("run", "--quiet", "--lock-timeout", "600", "--project", own_demo)
    assert (told.code, told.out, told.err) == (0, "", "")


def test_ci_example_in_substance(own_demo: Path, cem: Cem, tmp_path: Path) -> None:
    assert cem("run", "--project", own_demo, "--json").document["status"] == "unchanged"
    assert cem("test", "--project", own_demo, "--junit", tmp_path / "report.xml").code == 0
    assert 'failures="0"' in (tmp_path / "report.xml").read_text()
    assert cem("diff", "--project", own_demo, "--fail-on", "split > 0 or merged > 50").code == 0
    assert cem("diff", "0", "1", "--project", own_demo, "--fail-on", "created > 50").code == 3


def test_failing_assertion_is_exit_three(own_demo: Path, cem: Cem, tmp_path: Path) -> None:
    (own_demo / "tests.yaml").write_text("wrong:\n  where: kind = 'customer'\n  expect: share > 0.99\n")
    told = cem("test", "--project", own_demo, "--junit", tmp_path / "report.xml", "--json")
    assert told.code == 3
    assert told.document["data"]["verdicts"][0]["held"] is False
    assert 'failures="1"' in (tmp_path / "report.xml").read_text()


def test_the_referee_is_asked_on_the_same_pairs_and_does_worse(demo: Path, cem: Cem) -> None:
    told = cem("evaluate", "--referee", "--project", demo, "--json").document["data"]
    assert 0 < told["referee"]["f1"] < told["quality"]["f1"]
    assert told["referee"]["true_pairs"] == told["quality"]["true_pairs"]
