"""The reference page of all commands, made from their own help (docs/commands.md; a test keeps it current)."""

from __future__ import annotations

import inspect
from typing import Any

from cem_cli.base.errors import RETRYABLE, ExitCode
from cem_cli.cli.common import PANEL
from cem_cli.cli.lazy import Entry, load


def commands_markdown(catalogue: dict[str, Entry]) -> str:
    """Return the page: commands in the order data flows, each with its help, arguments and options."""
    parts = [
        "# Commands\n",
        "Made from the commands' own help. Every command also has the common options at the end, which may stand before it, too: "
        "`cem --project shop status`.\n",
    ]
    panel = ""
    for name, entry in catalogue.items():
        if entry.panel != panel:
            panel = entry.panel
            parts.append(f"## {panel}\n")
        parts.append(_command(f"cem {name}", load(name, entry)))
    parts.append("## Common options\n\n" + _options(load(*next(iter(catalogue.items()))), common=True))
    return "\n".join(parts)


def exit_codes_markdown() -> str:
    """Return the table of exit codes, from the enum's own documentation."""
    source = inspect.getsource(ExitCode).splitlines()
    rows = ["| code | name | meaning | try again |", "| --- | --- | --- | --- |"]
    for number, line in enumerate(source):
        name = line.strip().split(" = ")[0]
        if name in ExitCode.__members__:
            code, meaning = ExitCode[name], source[number + 1].strip().strip('"')
            rows.append(f"| {int(code)} | {name.lower()} | {meaning} | {'yes' if code in RETRYABLE else ''} |")
    return "\n".join(rows) + "\n"


def _command(path: str, command: Any) -> str:
    told, _, examples = inspect.cleandoc(command.help or "").partition("\n\nExamples:\n")
    lines = [f"### {path}\n", told + "\n"]
    if examples:
        lines.append("```sh\n" + inspect.cleandoc(examples) + "\n```\n")
    subcommands = getattr(command, "commands", None)
    if subcommands:
        lines += [_command(f"{path} {name}", sub) for name, sub in subcommands.items() if not sub.hidden]
        return "\n".join(lines)
    options = _options(command, common=False)
    return "\n".join([*lines, options] if options else lines)


def _options(command: Any, *, common: bool) -> str:
    rows = []
    leaf = next(iter(command.commands.values())) if getattr(command, "commands", None) else command
    for param in leaf.params:
        if (getattr(param, "rich_help_panel", None) == PANEL) != common or param.name == "help":
            continue
        is_argument = param.param_type_name == "argument"
        names = (param.name or "").upper() if is_argument else ", ".join(param.opts)
        rows.append(f"- `{names}`: {param.help or ''}")
    return "\n".join(rows) + "\n" if rows else ""
