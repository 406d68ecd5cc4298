"""`cem export`: lists of people, past consent and suppression."""

from __future__ import annotations

from typing import Annotated

import typer

from cem_cli.cli.common import Session
from cem_cli.reports.result import Grid, Result

app = typer.Typer(add_completion=False)


@app.command()
def export(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Exports of exports.yaml (default: all); `list` lists them.")] = None,
) -> Result:
    """Write profiles and segments to files, with consent at the door.

    Examples:
      cem export list
      cem export
      cem export newsletter
    """
    from cem_cli.pipeline import export as write_exports

    session = Session.of(ctx)
    if names == ["list"]:
        rows = [(name, e.of, e.format, e.channel, e.purpose, e.description) for name, e in session.project.exports.items()]
        columns: tuple[str, ...] = ("name", "of", "format", "channel", "purpose", "description")
        return Result(data={"exports": [dict(zip(columns, row, strict=True)) for row in rows]},
                      show=[Grid(columns, rows, empty="no export yet: describe one in exports.yaml")])
    with session.workspace(write=True) as workspace, session.run(workspace) as current:
        done = write_exports(current, names or ())
    written = [(d.name, d.delivered, d.blocked, d.adds, d.removes, "" if d.changed else "unchanged", d.path) for d in done]
    columns = ("export", "delivered", "blocked", "adds", "removes", "state", "file")
    return Result(
        data={"exports": done}, show=[Grid(columns, written)], counts=current.counts, run_id=current.run_id,
        status="ok" if any(d.changed for d in done) else "unchanged",
        files=[{"role": "output", "path": f.path, "rows": f.rows, "bytes": f.bytes, "sha256": f.sha256} for d in done for f in d.files],
    )
