"""What every command shares: the common options, the project it finds, the workspace it opens, the run it writes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any

import typer

from cem_cli.base.errors import CemError

PANEL = "Common options"
KEY = "cem.common"


def _remember(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    """Keep what is said, before the command (`cem --project X status`) or after it; what the command does not say changes nothing."""
    told = ctx.meta.setdefault(KEY, {})
    source = ctx.get_parameter_source(str(param.name))
    if param.name not in told or (source and source.name == "COMMANDLINE"):
        told[param.name] = value
    return value


def _option(*names: str, help: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, rich_help_panel=PANEL, callback=_remember, expose_value=False, **more)


def _declare(
    project: Annotated[Path | None, _option("--project", help="Project folder (default: found upwards from here).")] = None,
    json: Annotated[bool, _option("--json", help="One JSON document on stdout.")] = False,
    quiet: Annotated[bool, _option("--quiet", "-q", help="Print errors only.")] = False,
    verbose: Annotated[bool, _option("--verbose", "-v", help="Tell each step on stderr.")] = False,
    as_of: Annotated[str | None, _option("--as-of", help="The run's clock (YYYY-MM-DD).")] = None,
    lock_timeout: Annotated[float | None, _option("--lock-timeout", help="Seconds to wait for the workspace.", min=0)] = None,
    threads: Annotated[int | None, _option("--threads", help="Threads of the engine.", min=1)] = None,
) -> None:
    """Declare the options that every command has."""


@cache
def common_options() -> tuple[Any, ...]:
    """Return the option objects to append to a command, or to `cem` itself."""
    app = typer.Typer(add_completion=False)
    app.command()(_declare)
    return tuple(param for param in typer.main.get_command(app).params if param.name != "help")


@dataclass
class Session:
    """One call of a command: its common options, and what it opens by them."""

    options: dict[str, Any]
    command: str

    @classmethod
    def of(cls, ctx: typer.Context) -> Session:
        """Return the session of a running command."""
        return cls(ctx.meta.get(KEY, {}), ctx.command_path.removeprefix("cem ").strip())

    @property
    def interactive(self) -> bool:
        """Whether a person sits at both ends: only then may a command ask."""
        return sys.stdin.isatty() and sys.stdout.isatty() and not self.options.get("json")

    @cached_property
    def project(self) -> Any:
        """The project's configuration (`config.project.Project`)."""
        from cem_cli.config.project import find_project, read_project

        return read_project(find_project(self.options.get("project")))

    @cached_property
    def as_of(self) -> datetime:
        """The run's clock."""
        instant: datetime = self.project.instant(self.options.get("as_of"))
        return instant

    @contextmanager
    def workspace(self, *, write: bool, rehearse: bool = False) -> Iterator[Any]:
        """Open the project's workspace (`store.workspace.Workspace`); to rehearse, a copy that is thrown away."""
        from cem_cli.store.workspace import Access, open_workspace, rehearsal

        timeout = self.options.get("lock_timeout")
        if timeout is None:
            timeout = 5.0 if sys.stderr.isatty() else 60.0
        access = Access(self.command, write=write, lock_timeout=timeout, threads=self.options.get("threads"))
        with (rehearsal if rehearse else open_workspace)(self.project.database, access) as workspace:
            yield workspace

    @contextmanager
    def run(self, workspace: Any) -> Iterator[Any]:
        """Write this command into the ledger of runs around a block; a failure is written too."""
        from cem_cli.pipeline import Run, record_counts

        run_id = workspace.begin_run(self.command, self.as_of, self.project.fingerprint())
        run = Run(run_id, self.as_of, workspace, self.project, self.say)
        try:
            yield run
            record_counts(run)
        except BaseException as err:
            known = workspace.stopped or err
            workspace.end_run(run_id, f"failed: {known.id if isinstance(known, CemError) else type(err).__name__}", run.counts)
            raise
        workspace.end_run(run_id, "ok", run.counts)

    def say(self, message: str) -> None:
        """Tell progress on stderr: always on a terminal, elsewhere only with -v."""
        if not self.options.get("quiet") and (self.options.get("verbose") or sys.stderr.isatty()):
            print(message, file=sys.stderr)  # noqa: T201
