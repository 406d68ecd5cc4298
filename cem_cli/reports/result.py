"""What a command hands over to be shown: grids and sentences for people, data for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cem_cli.base.errors import ExitCode


@dataclass(frozen=True)
class Grid:
    """A table to show: on a terminal as a table, piped as tab-separated text, never cut when piped."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    title: str = ""
    empty: str = ""
    """What a person sees instead of a table without rows."""
    compared: bool = False
    """Rows are compared rather than read one by one: a terminal too narrow for all columns shows those that fit, from the left."""


@dataclass(frozen=True)
class Warn:
    """Something that went well enough, but that a person should know."""

    id: str
    message: str
    where: str = ""
    count: int = 1


@dataclass
class Result:
    """The outcome of one command."""

    data: Mapping[str, object] = field(default_factory=dict)
    """What `--json` carries under `data`."""
    show: Sequence[Grid | str] = ()
    """What a person sees on stdout, in order."""
    counts: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[Warn] = ()
    files: Sequence[Mapping[str, object]] = ()
    status: str = "ok"
    """ok, unchanged, warning, failed."""
    exit_code: ExitCode = ExitCode.OK
    run_id: int | None = None
    dry_run: bool = False
    conserved: bool | str = True
    """True, or where rows were not accounted for."""
    markdown: str | None = None
    """A page of text: laid out on a terminal, as it is when piped; shown instead of `show`."""
    raw: str | None = None
    """Text for stdout exactly as it is (a CSV asked for, SQL, a YAML proposal); shown instead of `show`."""
