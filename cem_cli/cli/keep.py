"""Looking after a workspace: `doctor`, `backup`, `restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cem_cli.base.errors import ExitCode
from cem_cli.cli.common import Session
from cem_cli.reports.result import Grid, Result

doctor_app = typer.Typer(add_completion=False)
backup_app = typer.Typer(add_completion=False)
restore_app = typer.Typer(add_completion=False)


@doctor_app.command()
def doctor(ctx: typer.Context) -> Result:
    """Check the workspace: files, permissions, ledger, invariants; each line with its fix.

    Examples:
      cem doctor
      cem doctor --json
    """
    from cem_cli.store.doctor import examine_files, examine_tables

    session = Session.of(ctx)
    findings = list(examine_files(session.project.database)) if session.project.database.exists() else []
    with session.workspace(write=False) as workspace:
        findings += examine_tables(workspace)
    failed = any(finding.state == "fail" for finding in findings)
    rows = [(f.state, f.check, f.detail, f.fix) for f in findings]
    return Result(
        data={"findings": findings}, show=[Grid(("state", "check", "found", "fix"), rows)],
        status="failed" if failed else "ok", exit_code=ExitCode.CHECKS_FAILED if failed else ExitCode.OK,
    )


@backup_app.command()
def backup(ctx: typer.Context, file: Annotated[Path, typer.Argument(help="The backup to write.")]) -> Result:
    """Write the whole workspace, with its key, into one file.

    Examples:
      cem backup monday.cembackup
    """
    from cem_cli.store.backup import back_up

    with Session.of(ctx).workspace(write=True) as workspace:
        manifest = back_up(workspace, file)
    return Result(data={"file": file, **manifest}, show=[f"backed up run {manifest['run_id']} to {file}"])


@restore_app.command()
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file written by cem backup.")],
    yes: Annotated[bool, typer.Option("--yes", help="Replace the present workspace (it is kept beside the restored one).")] = False,
) -> Result:
    """Bring a backup back, after checking it.

    Examples:
      cem restore monday.cembackup --yes
    """
    from cem_cli.store.backup import restore as bring_back
    from cem_cli.store.lock import Lock

    session = Session.of(ctx)
    database = session.project.database
    timeout = session.options.get("lock_timeout") or 5.0
    with Lock(database.with_suffix(".lock"), exclusive=True, timeout=timeout, command="restore"):
        manifest = bring_back(file, database, overwrite=yes)
    return Result(data={"file": file, **manifest}, show=[f"restored run {manifest['run_id']} from {file}"])
