"""`cem segment`: named expressions over profiles and measures."""

from __future__ import annotations

from typing import Annotated

import typer

from cem_cli.cli.common import Session
from cem_cli.reports.result import Grid, Result

app = typer.Typer(no_args_is_help=True, add_completion=False, help="""List, preview, build and explain segments.

    Examples:
      cem segment list
      cem segment preview champions
      cem segment explain champions --customer salesforce_contacts:0035g00000000750AAG
    """)


@app.command("list")
def list_(ctx: typer.Context) -> Result:
    """List the segments of the project, with their members at the last build."""
    from cem_cli.audiences.segments import list_segments
    from cem_cli.pipeline import segment_rules

    session = Session.of(ctx)
    with session.workspace(write=False) as workspace:
        built = {state.name: state for state in list_segments(workspace.con)}
    rows = [(rule.name, built[rule.name].members if rule.name in built else None, rule.description, rule.where)
            for rule in segment_rules(session.project)]
    columns = ("name", "members", "description", "where")
    return Result(data={"segments": [dict(zip(columns, row, strict=True)) for row in rows]},
                  show=[Grid(columns, rows, empty="no segment yet: describe one in segments.yaml")])


@app.command()
def preview(ctx: typer.Context, name: Annotated[str, typer.Argument(help="A segment of segments.yaml.")]) -> Result:
    """Count who would be a member now, without storing it."""
    from cem_cli.audiences.segments import preview as preview_segment
    from cem_cli.pipeline import segment_rules

    session = Session.of(ctx)
    with session.workspace(write=False) as workspace:
        found = preview_segment(workspace.con, segment_rules(session.project), name, session.as_of)
    share = f"{found.members / found.population:.1%}" if found.population else "-"
    return Result(data={"preview": found}, show=[f"{found.members} of {found.population} profiles ({share})", *found.sample])


@app.command()
def build(ctx: typer.Context) -> Result:
    """Compute every segment and remember who entered and who left."""
    from cem_cli.pipeline import segment

    session = Session.of(ctx)
    with session.workspace(write=True) as workspace, session.run(workspace) as current:
        changes = segment(current)
    rows = [(change.name, change.members, change.entered, change.left) for change in changes]
    columns = ("segment", "members", "entered", "left")
    return Result(data={"segments": [dict(zip(columns, row, strict=True)) for row in rows]}, show=[Grid(columns, rows)],
                  run_id=current.run_id)


@app.command()
def explain(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A segment of segments.yaml.")],
    customer: Annotated[str | None, typer.Option("--customer", "-c", help="Tell it for one customer.")] = None,
) -> Result:
    """Show a segment clause by clause, with how many customers each clause holds for."""
    from cem_cli.audiences.explain import explain as explain_segment
    from cem_cli.pipeline import segment_rules
    from cem_cli.store.lookup import resolve_customer

    session = Session.of(ctx)
    with session.workspace(write=False) as workspace:
        who = resolve_customer(workspace.con, customer) if customer else None
        told = explain_segment(workspace.con, segment_rules(session.project), name, session.as_of, who)
    rows = [("  " * clause.depth + clause.words, clause.customers if who is None else bool(clause.customers)) for clause in told.clauses]
    head = f"population: {told.population}" if who is None else f"customer {who}"
    return Result(data={"explanation": told}, show=[head, Grid(("clause", "holds for" if who is None else "holds"), rows)])


@app.command()
def fields(ctx: typer.Context) -> Result:
    """List the fields that segments and exports may use."""
    with Session.of(ctx).workspace(write=False) as workspace:
        rows = workspace.con.execute("SELECT name, type, meaning, purposes FROM fields ORDER BY table_name <> 'profile', name").fetchall()
    columns = ("field", "type", "meaning", "purposes")
    return Result(data={"fields": [dict(zip(columns, row, strict=True)) for row in rows]}, show=[Grid(columns, rows)])
