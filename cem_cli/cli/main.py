"""`cem`: the entry point, the list of commands, and the one door for errors."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import Annotated, Any, NoReturn

import typer

from cem_cli import __version__
from cem_cli.base.clock import stopwatch, wall_now
from cem_cli.base.errors import CemError, ExitCode
from cem_cli.cli.common import common_options
from cem_cli.cli.lazy import Entry, LazyGroup

START, BRING, LINK, KNOW, ACT, CARE = (
    "Start", "Bring data in", "Who is who", "See the experience", "Act on it", "Keep it running",
)


class Commands(LazyGroup):
    """Every command of cem."""

    catalogue = {
        "demo": Entry("cem_cli.cli.start", "Run everything on the bundled sample company.", START),
        "init": Entry("cem_cli.cli.start", "Start a project with commented configuration.", START),
        "synth": Entry("cem_cli.cli.start", "Generate the sample company's exports with their truth.", START),
        "run": Entry("cem_cli.cli.whole", "Run the project: import, link, unify, insight, segment, export.", START),
        "inspect": Entry("cem_cli.cli.bring", "Say what an export is and what its columns mean; propose a source.", BRING),
        "import": Entry("cem_cli.cli.bring", "Take in exports; every row is accounted for, the same file twice changes nothing.", BRING),
        "quarantine": Entry("cem_cli.cli.bring", "List refused rows with file, line and reason.", BRING),
        "source": Entry("cem_cli.cli.bring", "Look after the sources of a project.", BRING),
        "link": Entry("cem_cli.cli.link", "Find which records are the same person; ids last from run to run.", LINK),
        "dedupe": Entry("cem_cli.cli.link", "Link the rows of any people file, without configuration or workspace.", LINK),
        "evaluate": Entry("cem_cli.cli.link", "Measure the project's identities against a known truth.", LINK),
        "why": Entry("cem_cli.cli.why", "Say what joins two records, or keeps them apart, or holds a customer together.", LINK),
        "decide": Entry("cem_cli.cli.decide", "Decide that two records or customers are the same, are not, or stay as they are.", LINK),
        "review": Entry("cem_cli.cli.review", "Answer what the model is unsure of; answers become decisions and training labels.", LINK),
        "unify": Entry("cem_cli.cli.unify", "Build one profile per customer, each value with the record it came from.", LINK),
        "insight": Entry("cem_cli.cli.insight", "Measure the customer's experience, and read the measures.", KNOW),
        "status": Entry("cem_cli.cli.ask", "Show what the workspace holds and what ran last.", KNOW),
        "show": Entry("cem_cli.cli.ask", "Show one customer: golden record, where each value came from, timeline.", KNOW),
        "find": Entry("cem_cli.cli.ask", "Find people by name, e-mail, phone or card, misspelt or in part.", KNOW),
        "sql": Entry("cem_cli.cli.ask", "Ask in SQL, read-only, over the public views.", KNOW),
        "segment": Entry("cem_cli.cli.segment", "List, preview, build and explain segments.", ACT),
        "export": Entry("cem_cli.cli.export", "Write profiles and segments to files, with consent at the door.", ACT),
        "runs": Entry("cem_cli.cli.ask", "List the runs of this workspace, or show one.", CARE),
        "diff": Entry("cem_cli.cli.check", "Tell what changed between two runs: counts, customers, fields, segments, with causes.", CARE),
        "test": Entry("cem_cli.cli.check", "Check the assertions of tests.yaml; exit 3 where one does not hold.", CARE),
        "doctor": Entry("cem_cli.cli.keep", "Check the workspace: files, permissions, ledger, invariants; each line with its fix.", CARE),
        "backup": Entry("cem_cli.cli.keep", "Write the whole workspace, with its key, into one file.", CARE),
        "restore": Entry("cem_cli.cli.keep", "Bring a backup back, after checking it.", CARE),
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
    # what a start loads stays: looking through it again and again costs a fifth of the start
    gc.set_threshold(200_000, 20, 20)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader (head, less) had enough: not our failure
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process without taking it apart: all is written, and the system takes memory back in a tenth of the time.

    Taking modules, bindings and arrays apart takes 0.05 s, as long as many a command works.
    """
    sys.stderr.flush()
    atexit._run_exitfuncs()  # noqa: SLF001  what others left to be done at the end
    os._exit(code)


def run(args: list[str]) -> int:
    """Run one command line and return its exit code."""
    started_at, start = wall_now().isoformat(), stopwatch()
    as_json = "--json" in args
    whole: Any = typer.main.get_command(app)
    whole.params.extend(common_options())
    try:
        outcome = whole(args, prog_name="cem", standalone_mode=False)
        if outcome == ExitCode.INTERRUPTED:  # Typer's answer to Ctrl-C before a workspace was open
            raise KeyboardInterrupt  # noqa: TRY301
        return _show(outcome, whole.called, as_json, started_at, start, quiet="-q" in args or "--quiet" in args)
    except BrokenPipeError:
        return int(ExitCode.OK)
    except BaseException as err:
        error = _as_cem_error(err)
        if error is None:
            raise
        _tell(error, whole.called, as_json, started_at, start)
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
