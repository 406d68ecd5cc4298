"""The ordered stages of a run: import, link, unify, insight, segment, export. Each is a contract in tables.

A stage does its work in one transaction and returns what it did; the command prints. `run_stages` is what `cem run` and
`cem demo` call; the single commands call one stage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from cem_cli.config.project import Project
from cem_cli.store.workspace import Workspace


@dataclass
class Run:
    """One run under way: its number, clock, workspace and project, and what it counted so far."""

    run_id: int
    as_of: datetime
    workspace: Workspace
    project: Project
    say: Callable[[str], None]
    counts: dict[str, int] = field(default_factory=dict)
