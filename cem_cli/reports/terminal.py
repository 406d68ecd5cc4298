"""Results on stdout: tables on a terminal, tab-separated text when piped. Data is shown as stored, never obeyed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from cem_cli.reports.result import Grid, Result

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control and direction characters: data could drive the terminal with them."""


def render(result: Result, *, quiet: bool = False) -> None:
    """Print a result on stdout and its warnings on stderr."""
    if result.raw is not None:
        sys.stdout.write(result.raw)
    elif not quiet:
        for part in result.show:
            if isinstance(part, Grid):
                _print_grid(part)
            else:
                print(clean(part))  # noqa: T201 - this room is where printing happens
    for warning in () if quiet else result.warnings:
        where = f" {warning.where}:" if warning.where else ""
        print(f"warning {warning.id}:{where} {clean(warning.message)}", file=sys.stderr)  # noqa: T201


def text(value: object) -> str:
    """Return a value as a person reads it: no null marks, thousands grouped only where it is a count."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return ", ".join(text(item) for item in value)
    return str(value)


def clean(value: str) -> str:
    """Return text without characters that would drive a terminal."""
    return CONTROL.sub("", value)


def _print_grid(grid: Grid) -> None:
    if not sys.stdout.isatty():
        _print_tabs(grid)
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=grid.title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    numeric = [_is_numeric(grid.rows, position) for position in range(len(grid.columns))]
    for name, right in zip(grid.columns, numeric, strict=True):
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for row in grid.rows:
        table.add_row(*(Text(clean(text(value))) for value in row))
    Console(markup=False, emoji=False, highlight=False, no_color=bool(os.environ.get("NO_COLOR"))).print(table)


def _print_tabs(grid: Grid) -> None:
    lines = ["\t".join(grid.columns)]
    lines += ["\t".join(clean(text(value)).replace("\t", " ").replace("\n", " ") for value in row) for row in grid.rows]
    sys.stdout.write("\n".join(lines) + "\n")


def _is_numeric(rows: Sequence[Sequence[object]], position: int) -> bool:
    values = [row[position] for row in rows if row[position] is not None]
    return bool(values) and all(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values)
