"""`cem run`: every stage of a project, in order; also what `cem demo` runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from cem_cli.base.errors import ExitCode
from cem_cli.cli.common import Session
from cem_cli.cli.fail_on import FailOn
from cem_cli.reports.result import Grid, Result, Warn

if TYPE_CHECKING:
    from cem_cli.pipeline import Flags

run_app = typer.Typer(add_completion=False)
CHANGES = ("loaded", "created", "merged", "split", "retired", "entered_segments", "left_segments")
"""Counts of a run that say that something changed."""


@run_app.command()
def run(
    ctx: typer.Context,
    first: Annotated[str, typer.Option("--from", help="Begin with this stage.")] = "import",
    last: Annotated[str, typer.Option("--to", help="End with this stage.")] = "export",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, with the same counts, and change nothing.")] = False,
    allow_shrink: Annotated[bool, typer.Option("--allow-shrink", help="Accept files with far fewer rows than last time.")] = False,
    fail_on: Annotated[str | None, typer.Option("--fail-on", help="`quarantine`: exit 6 where rows were quarantined; `review`: exit 7 "
                                                "where pairs wait for a decision; or exit 3 where a condition holds.")] = None,
) -> Result:
    """Run the project: import, link, unify, insight, segment, export.

    Examples:
      cem run
      cem run --from link --to unify
      cem run --quiet --lock-timeout 600 --fail-on "quarantined > 20 or split > 0"
    """
    from cem_cli.pipeline import Flags

    session = Session.of(ctx)
    limit = FailOn.read(fail_on, session.as_of)
    return run_project(session, (first, last), Flags(allow_shrink=allow_shrink), dry_run=dry_run, limit=limit)


def run_project(
    session: Session, stages: tuple[str, str] = ("import", "export"), flags: Flags | None = None, *, dry_run: bool = False,
    limit: FailOn | None = None,
) -> Result:
    """Run the project's stages from the first to the last named and return what they did, one line each; fail as `limit` says."""
    from cem_cli.pipeline import Flags, run_stages

    if stages[0] == "import":
        session.project.source_names()  # without any there is nothing to run: told before anything is written
    with session.workspace(write=True, rehearse=dry_run) as workspace, session.run(workspace) as current:
        results = run_stages(current, *stages, flags or Flags())
    rows = [(r.stage, round(r.seconds, 1), r.told) for r in results]
    total = sum(r.seconds for r in results)
    code = limit.code(current.counts, current.held) if limit else ExitCode.OK
    changed = any(current.counts.get(name) for name in CHANGES)
    summary = f"run {current.run_id}: {len(results)} stages in {total:.1f} s, {'done' if changed else 'nothing changed'}"
    return Result(
        data={"stages": [{"stage": r.stage, "seconds": round(r.seconds, 3), "told": r.told, "outcome": r.outcome} for r in results]},
        show=[Grid(("stage", "s", "what it did"), rows), "", summary + (" (dry run: nothing kept)" if dry_run else ""),
              *(limit.told(code) if limit else [])],
        counts=current.counts, run_id=None if dry_run else current.run_id, dry_run=dry_run,
        status="ok" if changed else "unchanged", exit_code=code, warnings=_warnings(results),
    )


def _warnings(results: Sequence[object]) -> list[Warn]:
    """Return what imports and linkage want a person to know, gathered from the outcomes."""
    found: list[Warn] = []
    for result in results:
        outcome = getattr(result, "outcome", None)
        for item in outcome if isinstance(outcome, list | tuple) else [outcome]:
            found += [Warn("W-LINK", text) for text in getattr(item, "warnings", ())]
            for file in getattr(item, "files", ()):
                found += [Warn("W-IMPORT", text, where=file.file) for text in getattr(file, "warnings", ())]
    return found
