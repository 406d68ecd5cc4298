"""Results on stdout: tables on a terminal, tab-separated text when piped. Data is shown as stored, never obeyed."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from cem_cli.reports.result import Grid, Result

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control and direction characters: data could drive the terminal with them."""

WORD = 24
"""Longest cell that is kept on one line: customer ids and source names fit."""
FOLDED = 10
"""Narrowest column in which folded text can be read."""
FEW = 3
"""Rows up to which somebody reads rather than compares."""


def render(result: Result, *, quiet: bool = False) -> None:
    """Print a result on stdout and its warnings on stderr."""
    if result.raw is not None:
        sys.stdout.write(result.raw)
    elif result.markdown is not None:
        _print_page(result.markdown)
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


def _print_page(page: str) -> None:
    if not sys.stdout.isatty():
        sys.stdout.write(page)
        return
    from rich.markdown import Markdown

    _console().print(Markdown(clean(page)))


def _print_grid(grid: Grid) -> None:
    if not sys.stdout.isatty():
        _print_tabs(grid)
        return
    if not grid.rows:
        print(grid.empty, end="\n" if grid.empty else "")  # noqa: T201
        return
    columns = [_Column(name, [row[place] for row in grid.rows]) for place, name in enumerate(grid.columns)]
    console = _console()
    if _width(columns) > console.width:
        columns = [column for column in columns if any(column.values)]  # what says nothing makes room first
    if _width(columns) <= console.width:
        console.print(_table(grid.title, columns))
    elif grid.compared and len(grid.rows) > FEW:
        _print_left(console, grid.title, columns)
    else:
        _print_blocks(columns)


def _print_left(console: Console, title: str, columns: list[_Column]) -> None:
    """Print the columns that fit, from the left, and name the others."""
    fitting = max(count for count in range(1, len(columns) + 1) if count == 1 or _width(columns[:count]) <= console.width)
    console.print(_table(title, columns[:fitting]))
    console.print("Not shown for want of width (--format csv has them):", ", ".join(column.name for column in columns[fitting:]))


class _Column:
    """A column as it is shown: its values, their clean texts, and how wide it must be."""

    def __init__(self, name: str, values: Sequence[object]) -> None:
        self.name, self.values = name, values
        self.cells = [clean(text(value)) for value in values]
        longest = max(map(len, self.cells))
        single = longest <= WORD and not any(" " in cell for cell in self.cells)
        self.width = max([longest, *map(len, name.split())]) if single else None
        """Of single short words (ids, numbers, days), which must not be broken; None for texts that may be folded."""

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers only."""
        given = [value for value in self.values if value is not None]
        return bool(given) and all(isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in given)


def _width(columns: Sequence[_Column]) -> int:
    """Return the width that a table needs to be readable."""
    return sum(FOLDED if column.width is None else column.width for column in columns) + 2 * (len(columns) - 1)


def _table(title: str, columns: Sequence[_Column]) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    for column in columns:
        table.add_column(column.name, justify="right" if column.numeric else "left", overflow="fold", width=column.width)
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*map(Text, row))
    return table


def _print_blocks(columns: Sequence[_Column]) -> None:
    """Print a table too wide for the terminal row by row, one value per line."""
    broad = max(len(column.name) for column in columns)
    for row in range(len(columns[0].cells)):
        lines = [f"{column.name:<{broad}}  {column.cells[row]}" for column in columns if column.cells[row]]
        print("\n".join([*lines, ""]))  # noqa: T201


def _console() -> Console:
    from rich.console import Console

    return Console(markup=False, emoji=False, highlight=False, no_color=bool(os.environ.get("NO_COLOR")))


def _print_tabs(grid: Grid) -> None:
    lines = ["\t".join(grid.columns)]
    lines += ["\t".join(clean(text(value)).replace("\t", " ").replace("\n", " ") for value in row) for row in grid.rows]
    sys.stdout.write("\n".join(lines) + "\n")

