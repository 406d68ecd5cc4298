"""Commands loaded when they are called: `cem --help` must not import an engine to print forty lines.

The catalogue gives each command's module and one line of help; a test keeps those lines equal to the commands' own.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True)
class Entry:
    """Where a command lives, and its line in `cem --help`."""

    module: str
    help: str
    panel: str


class LazyGroup(TyperGroup):
    """A group that knows its commands by `catalogue` and imports one when it is run or asked for help."""

    catalogue: dict[str, Entry]
    called = ""
    """The command's word, as it was typed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order data flows."""
        return list(self.catalogue)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a light stand-in with the command's help line (enough for listings and completion)."""
        entry = self.catalogue.get(cmd_name)
        if entry is None:
            return None
        return TyperCommand(cmd_name, help=entry.help, rich_help_panel=entry.panel, callback=lambda: None)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the real command for `args`."""
        self.called = args[0]
        self.commands = {name: self.get_command(ctx, name) for name in self.catalogue}  # for the base class's "did you mean"
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, load(name, self.catalogue[name]) if stand_in is not None and name is not None else None, rest


class DefaultGroup(TyperGroup):
    """A group in which an unknown word is the argument of its command `default` (`cem insight rfm`)."""

    default = "show"

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the named command, or the default one with all words as its arguments."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = [self.default, *args]
        return super().resolve_command(ctx, args)


def load(name: str, entry: Entry) -> Any:
    """Import a command, with the options that every command has."""
    from cem_cli.cli.common import common_options

    module = importlib.import_module(entry.module)
    app: typer.Typer = getattr(module, f"{name.replace('-', '_')}_app", None) or module.app
    command = typer.main.get_command(app)
    command.name = name
    for leaf in getattr(command, "commands", {"": command}).values():
        leaf.params.extend(common_options())
    return command
