"""`cem test` and `cem diff`: does it hold, and what changed. Exit 3 where an answer is no."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cem_cli.base.errors import ExitCode
from cem_cli.base.files import write_text
from cem_cli.cli.common import Session
from cem_cli.reports.result import Grid, Result

test_app = typer.Typer()
diff_app = typer.Typer()


@test_app.command()
def test(
    ctx: typer.Context,
    junit: Annotated[Path | None, typer.Option("--junit", help="Also write the verdicts as JUnit XML.")] = None,
) -> Result:
    """Check the assertions of tests.yaml; exit 3 where one does not hold.

    Examples:  cem test   |   cem test --junit report.xml
    """
    from cem_cli.audiences.assertions import Assertion, check_assertions
    from cem_cli.pipeline import segment_rules
    from cem_cli.reports.junit import junit_xml
    from cem_cli.store.ledger import read_counts

    session = Session.of(ctx)
    assertions = [Assertion(name, a.expect, a.where or "", a.description) for name, a in session.project.tests.items()]
    with session.workspace(write=False) as workspace:
        counts = read_counts(workspace.con)
        verdicts = check_assertions(workspace.con, assertions, segment_rules(session.project), counts, session.as_of)
    if junit:
        write_text(junit, junit_xml(verdicts))
    failed = sum(not verdict.held for verdict in verdicts)
    rows = [("holds" if v.held else "FAILS", v.name, v.expect, ", ".join(f"{k} = {n}" for k, n in v.numbers.items())) for v in verdicts]
    return Result(
        data={"verdicts": verdicts}, counts={"assertions": len(verdicts), "failed": failed},
        show=[Grid(("verdict", "assertion", "expects", "found"), rows), f"{len(verdicts)} assertions, {failed} failed"],
        status="failed" if failed else "ok", exit_code=ExitCode.CHECKS_FAILED if failed else ExitCode.OK,
    )
