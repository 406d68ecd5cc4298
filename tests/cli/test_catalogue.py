"""The list of commands is true: each exists, its line is its own, and the documents know it."""

from pathlib import Path

import pytest
from typer.main import get_command

from cem_cli.cli.lazy import load
from cem_cli.cli.main import Commands, app
from cem_cli.cli.reference import commands_markdown, exit_codes_markdown

DOCS = Path(__file__).parents[2] / "docs"
CATALOGUE = Commands.catalogue


@pytest.mark.parametrize("name", CATALOGUE)
def test_line_of_help_is_the_commands_own(name: str) -> None:
    command = load(name, CATALOGUE[name])
    first = (command.help or "").strip().splitlines()[0]
    assert CATALOGUE[name].help == first
    assert "Examples:" in (command.help or "")


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_command_has_the_common_options(name: str) -> None:
    command = load(name, CATALOGUE[name])
    for leaf in getattr(command, "commands", {"": command}).values():
        assert {"json", "project", "quiet", "as_of", "lock_timeout"} <= {param.name for param in leaf.params}


def test_reference_page_is_current(request: pytest.FixtureRequest) -> None:
    page = DOCS / "commands.md"
    text = commands_markdown(CATALOGUE)
    if request.config.getoption("--update-golden"):
        page.write_text(text)
    assert page.read_text() == text


def test_exit_codes_in_the_contract_are_current(request: pytest.FixtureRequest) -> None:
    page = DOCS / "contract.md"
    head, rest = page.read_text().split("<!-- exit codes: generated -->\n")
    text = head + "<!-- exit codes: generated -->\n" + exit_codes_markdown() + "<!-- end -->" + rest.split("<!-- end -->", 1)[1]
    if request.config.getoption("--update-golden"):
        page.write_text(text)
    assert page.read_text() == text


def test_typo_in_a_command_is_answered() -> None:
    with pytest.raises(Exception, match="Did you mean 'status'"):
        get_command(app)(["statsu"], standalone_mode=False)
