"""`cem insight`: measures listed, computed, explained, read."""

from __future__ import annotations

import csv
import io
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cem_cli.cli.common import Session
from cem_cli.cli.lazy import DefaultGroup
from cem_cli.reports.result import Grid, Result, Warn

app = typer.Typer(cls=DefaultGroup, add_completion=False, no_args_is_help=True, help="""
    Measure the customer's experience, and read the measures.

    Examples:
      cem insight list
      cem insight rfm
      cem insight contact --customer salesforce_contacts:0035g00000000750AAG
      cem insight explain rfm
    """)


class Form(StrEnum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


@app.command("list")
def list_(ctx: typer.Context) -> Result:
    """List the measures, with the state of their last computation."""
    from cem_cli.insights.registry import MEASURES
    from cem_cli.insights.run import measure_states

    session = Session.of(ctx)
    states: dict[str, str] = {}
    if session.project.database.exists():
        with session.workspace(write=False) as workspace:
            states = measure_states(workspace.con)
    rows = [(name, measure.title, states.get(name, "not computed")) for name, measure in MEASURES.items()]
    return Result(data={"measures": [dict(zip(("name", "title", "state"), row, strict=True)) for row in rows]},
                  show=[Grid(("name", "measures", "state"), rows)])


@app.command("run")
def run(ctx: typer.Context, names: Annotated[list[str] | None, typer.Argument(help="Measures (default: all).")] = None) -> Result:
    """Compute measures as of the run's clock."""
    from cem_cli.pipeline import insight

    session = Session.of(ctx)
    with session.workspace(write=True) as workspace, session.run(workspace) as current:
        outcomes = insight(current, names)
    rows = [(o.name, o.rows, round(o.seconds, 2), o.refusal.reason if o.refusal else "") for o in outcomes]
    warnings = [Warn("W-REFUSED", f"{o.name}: {o.refusal.reason}") for o in outcomes if o.refusal]
    return Result(data={"measures": [dict(zip(("name", "rows", "seconds", "refused"), row, strict=True)) for row in rows]},
                  show=[Grid(("measure", "rows", "seconds", "refused because"), rows)], warnings=warnings, run_id=current.run_id)


@app.command("explain")
def explain(name: Annotated[str, typer.Argument(help="A measure.")]) -> Result:
    """Print a measure's definition, formula, source, units, and what it refuses to say."""
    from cem_cli.insights.reference import measure_markdown
    from cem_cli.insights.run import find_measure

    text = measure_markdown(find_measure(name))
    return Result(data={"name": name, "text": text}, markdown=text)


@app.command("map")
def map_(
    ctx: typer.Context,
    html: Annotated[Path | None, typer.Option("--html", help="Write the map as one self-contained page.")] = None,
) -> Result:
    """Read the experience map, or draw it as a page that opens offline."""
    from cem_cli.base.files import write_text
    from cem_cli.insights.run import read_measure
    from cem_cli.reports.map import map_html

    session = Session.of(ctx)
    with session.workspace(write=False) as workspace:
        table = read_measure(workspace.con, "experience_map")
        page = map_html(workspace.con, session.project.file.name, session.project.file.currency) if html else ""
    if html:
        write_text(html, page)
        return Result(data={"file": html}, show=[f"the experience map is in {html}: open it in a browser"])
    return Result(data={"columns": table.columns, "rows": table.rows}, show=[Grid(table.columns, table.rows, compared=True)])


@app.command("show", hidden=True)
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="A measure.")],
    customer: Annotated[str | None, typer.Option("--customer", "-c", help="One customer (id, its beginning, or source:key).")] = None,
    form: Annotated[Form, typer.Option("--format", help="How to print the rows.")] = Form.table,
    most: Annotated[int | None, typer.Option("--most", "-n", help="Rows to print (default: all, 50 on a terminal).", min=1)] = None,
) -> Result:
    """Read a measure: `cem insight rfm`."""
    from cem_cli.insights.run import read_measure
    from cem_cli.store.lookup import resolve_customer

    session = Session.of(ctx)
    with session.workspace(write=False) as workspace:
        who = resolve_customer(workspace.con, customer) if customer else None
        table = read_measure(workspace.con, name, who)
    rows = table.rows[: most or (50 if session.interactive and form is Form.table else None)]
    data = {"measure": name, "refused": table.refusal, "columns": table.columns, "total": len(table.rows),
            "rows": [dict(zip(table.columns, row, strict=True)) for row in rows]}
    warnings = [Warn("W-REFUSED", f"{name}: {table.refusal}")] if table.refusal else []
    if form is Form.csv:
        return Result(data=data, raw=_csv(table.columns, rows), warnings=warnings)
    if form is Form.json:
        from cem_cli.reports.envelope import as_json

        return Result(data=data, raw=as_json(data["rows"]) + "\n", warnings=warnings)
    rest = len(table.rows) - len(rows)
    more = [f"... and {rest} more (--most N, --format csv)"] if rest else []
    return Result(data=data, show=[Grid(table.columns, rows, compared=True), *more], warnings=warnings)


def _csv(columns: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
