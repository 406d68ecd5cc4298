"""`cem test` and `cem diff`: does it hold, and what changed. Exit 3 where an answer is no."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cem_cli.base.errors import ExitCode
from cem_cli.base.files import write_text
from cem_cli.cli.common import Session
from cem_cli.reports.result import Grid, Result

if TYPE_CHECKING:
    from cem_cli.linkage.identity.changes import FieldChange

test_app = typer.Typer(add_completion=False)
diff_app = typer.Typer(add_completion=False)
MOST = 30
"""Changed customers that `cem diff` lists on a terminal."""


@test_app.command()
def test(
    ctx: typer.Context,
    junit: Annotated[Path | None, typer.Option("--junit", help="Also write the verdicts as JUnit XML.")] = None,  # noqa: PT028 - a command, not a test
) -> Result:
    """Check the assertions of tests.yaml; exit 3 where one does not hold.

    Examples:
      cem test
      cem test --junit report.xml
    """
    from cem_cli.audiences.assertions import Assertion, check_assertions
    from cem_cli.linkage.identity.numbers import IDENTITY_NUMBERS
    from cem_cli.pipeline import segment_rules
    from cem_cli.reports.junit import junit_xml
    from cem_cli.store.ledger import COUNTS, read_numbers

    session = Session.of(ctx)
    assertions = [Assertion(name, a.expect, a.where or "", a.description) for name, a in session.project.tests.items()]
    with session.workspace(write=False) as workspace:
        counts = read_numbers(workspace.con, COUNTS | IDENTITY_NUMBERS)
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


def field_grids(fields: Sequence[FieldChange]) -> list[Grid | str]:
    """Return profile fields that changed, counted by what happened to which field and why (values are not kept)."""
    counted = Counter((f.field, f.act, f.cause) for f in fields)
    rows = [(*what, number) for what, number in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
    return [Grid(("field", "became", "cause", "profiles"), rows)] if rows else []


@diff_app.command()
def diff(
    ctx: typer.Context,
    run1: Annotated[int | None, typer.Argument(help="The earlier run (default: the one before the last).")] = None,
    run2: Annotated[int | None, typer.Argument(help="The later run (default: the last).")] = None,
    fail_on: Annotated[str | None, typer.Option("--fail-on", help="Exit 3 where this holds, e.g. \"split > 0 or merged > 50\".")] = None,
) -> Result:
    """Tell what changed between two runs: counts, customers, fields, segments, with causes.

    Examples:
      cem diff
      cem diff 0 1
      cem diff --fail-on "split > 0 or merged > 50 or fields > 1000"
    """
    from cem_cli.audiences.assertions import read_failure
    from cem_cli.linkage.identity.changes import diff as compare
    from cem_cli.store.ledger import read_count_changes, read_runs

    session = Session.of(ctx)
    with session.workspace(write=False) as workspace:
        known = [int(str(row[0])) for row in read_runs(workspace.con, 2)]
        later = run2 or (known[0] if known else 0)
        earlier = run1 if run1 is not None else (known[1] if len(known) > 1 else 0)
        found = compare(workspace.con, earlier, later)
        counts = read_count_changes(workspace.con, found.run1, found.run2)
    failed = bool(fail_on) and read_failure(fail_on or "", found.counts, session.as_of)
    moves = [(c.act, c.customer_id, c.other_id, c.cause) for c in found.changes]
    shown = moves[: MOST if session.interactive else None]
    told = ", ".join(f"{n} {name}" for name, n in found.counts.items() if n and name != "changes") or "nothing changed"
    return Result(
        data={"diff": found, "counts": counts}, counts=found.counts, status="failed" if failed else "ok",
        exit_code=ExitCode.CHECKS_FAILED if failed else ExitCode.OK,
        show=[
            f"from run {found.run1} to run {found.run2}: {told}",
            Grid(("count", "before", "after"), counts), Grid(("act", "customer", "other", "cause"), shown),
            *([f"... and {len(moves) - len(shown)} more (--json tells all)"] if len(shown) < len(moves) else []),
            *field_grids(found.fields),
            Grid(("segment", "entered", "left"), [(s.segment, s.entered, s.left) for s in found.segments]),
            *([f"--fail-on holds: {fail_on}"] if failed else []),
        ],
    )
