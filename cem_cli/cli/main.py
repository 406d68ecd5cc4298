"""`cem`: the entry point, the list of commands, and the one door for errors."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from cem_cli import __version__
from cem_cli.base.clock import stopwatch, wall_now
from cem_cli.base.errors import CemError, ExitCode
from cem_cli.cli.lazy import Entry, LazyGroup

START, BRING, LINK, KNOW, ACT, CARE = (
    "Start", "Bring data in", "Who is who", "See the experience", "Act on it", "Keep it running",
)


class Commands(LazyGroup):
    """Every command of cem."""

    catalogue = {
        "demo": Entry("cem_cli.cli.demo", "Run everything on the bundled sample company.", START),
        "init": Entry("cem_cli.cli.start", "Start a project with commented configuration.", START),
    }


app = typer.Typer(cls=Commands, add_completion=True, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")


def _version(value: bool) -> None:
    if value:
        print(f"cem {__version__}")  # noqa: T201
        raise typer.Exit


@app.callback(epilog="Start with: cem demo, then: cem init my-project. Exit codes and JSON: docs/contract.md")
def cem(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Unify a company's customer data on one file, see the experience, act on it. Offline."""


def main() -> None:
    """Run a command; whatever happens ends in one message (or one JSON document) and one documented exit code."""
    os.umask(0o077)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader (head, less) had enough: not our failure
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def run(args: list[str]) -> int:
    """Run one command line and return its exit code."""
    started_at, start = wall_now().isoformat(), stopwatch()
    as_json = "--json" in args
    command = next((word for word in args if not word.startswith("-")), "")
    try:
        outcome = typer.main.get_command(app)(args, prog_name="cem", standalone_mode=False)
        return _show(outcome, command, as_json, started_at, start, quiet="-q" in args or "--quiet" in args)
    except BrokenPipeError:
        return int(ExitCode.OK)
    except BaseException as err:
        error = _as_cem_error(err)
        if error is None:
            raise
        _tell(error, command, as_json, started_at, start)
        return int(error.code)


def _show(outcome: Any, command: str, as_json: bool, started_at: str, start: float, *, quiet: bool) -> int:
    from cem_cli.reports.result import Result

    if not isinstance(outcome, Result):
        return outcome if isinstance(outcome, int) else 0
    if as_json:
        from cem_cli.reports.envelope import envelope

        print(envelope(command, outcome, started_at, _since(start)))  # noqa: T201
    else:
        from cem_cli.reports.terminal import render

        render(outcome, quiet=quiet)
    return int(outcome.exit_code)


def _tell(error: CemError, command: str, as_json: bool, started_at: str, start: float) -> None:
    if as_json:
        from cem_cli.reports.envelope import error_envelope

        print(error_envelope(command, error, started_at, _since(start)))  # noqa: T201
    else:
        print(str(error), file=sys.stderr)  # noqa: T201


def _since(start: float) -> int:
    return round((stopwatch() - start) * 1000)


def _as_cem_error(err: BaseException) -> CemError | None:
    """Return the failure in cem's terms; None for exits that carry their own code."""
    if isinstance(err, CemError):
        return err
    if isinstance(err, KeyboardInterrupt):
        return CemError("E-INTERRUPTED", "stopped; nothing half-done was kept", code=ExitCode.INTERRUPTED)
    if isinstance(err, SystemExit):
        return None
    if isinstance(err, MemoryError):
        return CemError("E-MEMORY", "memory ran out; rolled back", code=ExitCode.RESOURCES, fix="free memory, then run it again")
    message = getattr(err, "format_message", None)
    if message is not None:
        return CemError("E-USAGE", str(message()), fix="cem --help", code=ExitCode.USAGE)
    from cem_cli.cli.crash import crash_error

    return crash_error(err)


if __name__ == "__main__":
    main()
