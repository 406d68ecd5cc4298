"""Questions to the workspace: `status`, `runs`, `show`, `find`, `sql`. They read; they never write."""

from __future__ import annotations

from typing import Annotated

import typer

from cem_cli.cli.common import Session
from cem_cli.reports.result import Grid, Result

status_app = typer.Typer(add_completion=False)
runs_app = typer.Typer(add_completion=False)
show_app = typer.Typer(add_completion=False)
find_app = typer.Typer(add_completion=False)
sql_app = typer.Typer(add_completion=False)


@status_app.command()
def status(ctx: typer.Context) -> Result:
    """Show what the workspace holds and what ran last.

    Examples:
      cem status
      cem status --json
    """
    from cem_cli.store.ledger import read_status

    with Session.of(ctx).workspace(write=False) as workspace:
        found = read_status(workspace.con)
    last = "no run yet"
    if found.last_run:
        number, command, as_of, _, state = found.last_run
        last = f"last run: {number} ({command}, as of {as_of:%Y-%m-%d}): {state}"
    columns = ("source", "files", "rows read", "records", "events", "newest data")
    return Result(
        data={"counts": found.counts, "sources": [dict(zip(columns, row, strict=True)) for row in found.sources]},
        show=[Grid(("what", "count"), list(found.counts.items())), "", Grid(columns, found.sources), "", last],
        counts=found.counts,
    )


@runs_app.command()
def runs(
    ctx: typer.Context,
    run: Annotated[int | None, typer.Argument(help="One run, with its files and counts.")] = None,
    most: Annotated[int, typer.Option("--most", "-n", help="How many runs to list.", min=1)] = 20,
) -> Result:
    """List the runs of this workspace, or show one.

    Examples:
      cem runs
      cem runs 1
    """
    from cem_cli.store.ledger import read_run, read_runs

    with Session.of(ctx).workspace(write=False) as workspace:
        if run is None:
            rows = read_runs(workspace.con, most)
            columns = ("run", "command", "as of", "finished", "status")
            return Result(data={"runs": [dict(zip(columns, row, strict=True)) for row in rows]}, show=[Grid(columns, rows)])
        one = read_run(workspace.con, run)
    files = one.pop("files")
    names = ("source", "file_name", "rows_read", "loaded", "unchanged", "superseded", "suppressed", "quarantined")
    rows = [[file[name] for name in names] for file in files]  # type: ignore[attr-defined]
    counts = one.pop("counts")
    show: list[Grid | str] = [Grid(("what", "value"), list(one.items())), Grid(("count", "value"), list(counts.items()))]  # type: ignore[attr-defined]
    return Result(data={**one, "counts": counts, "files": files}, show=[*show, Grid(names, rows)] if rows else show)


@show_app.command()
def show(
    ctx: typer.Context,
    customer: Annotated[str, typer.Argument(help="A customer id (its beginning will do), a retired id, or source:key.")],
    most: Annotated[int, typer.Option("--most", "-n", help="How many events of the timeline.", min=1)] = 20,
) -> Result:
    """Show one customer: golden record, where each value came from, timeline.

    Examples:
      cem show salesforce_contacts:0035g00000000750AAG
    """
    from cem_cli.profiles.card import read_card

    with Session.of(ctx).workspace(write=False) as workspace:
        card = read_card(workspace.con, customer, most)
    came_from = {row[0]: row for row in card.lineage}
    fields = [
        (name, value, came_from[name][1] if name in came_from else "", came_from[name][2] if name in came_from else "")
        for name, value in card.profile.items() if value not in (None, [])
    ]
    head = card.customer_id if card.asked == card.customer_id else f"{card.customer_id} (asked for {card.asked})"
    timeline_columns = ("at", "type", "channel", "store", "amount", "status", "source")
    return Result(
        data={
            "customer_id": card.customer_id, "profile": card.profile, "events": card.events,
            "lineage": [dict(zip(("field", "source", "rule", "third_party", "effective_at"), row, strict=True)) for row in card.lineage],
            "records": [dict(zip(("source", "key", "kind", "effective_at"), row, strict=True)) for row in card.records],
            "timeline": [dict(zip(timeline_columns, row, strict=True)) for row in card.timeline],
        },
        show=[
            head, Grid(("field", "value", "from", "rule"), fields), "", f"records: {len(card.records)}",
            Grid(("source", "key", "kind", "as of"), card.records), "",
            f"timeline: the newest {len(card.timeline)} of {card.events} events", Grid(timeline_columns, card.timeline),
        ],
    )


@find_app.command()
def find(
    ctx: typer.Context,
    text: Annotated[list[str], typer.Argument(help="Words to look for; they may be misspelt.")],
    notes: Annotated[bool, typer.Option("--notes", help="Look in tickets, reviews, comments and notes instead.")] = False,
    most: Annotated[int, typer.Option("--most", "-n", help="How many to list.", min=1)] = 20,
) -> Result:
    """Find people by name, e-mail, phone or card, misspelt or in part.

    Examples:
      cem find "cladia rosi treviso"
      cem find --notes rimborso
    """
    from cem_cli.profiles.search import find as find_people
    from cem_cli.profiles.search import find_notes

    with Session.of(ctx).workspace(write=False) as workspace:
        words = " ".join(text)
        if notes:
            texts = [(n.customer_id, n.type, n.at, n.source, n.excerpt) for n in find_notes(workspace.con, words, most)]
            columns: tuple[str, ...] = ("customer", "type", "at", "source", "excerpt")
            rows: list[tuple[object, ...]] = list(texts)
        else:
            rows = [(f.customer_id, f.name, f.kind, f.city, f.records, f.score) for f in find_people(workspace.con, words, most)]
            columns = ("customer", "name", "kind", "city", "records", "score")
    shown: list[Grid | str] = [Grid(columns, rows)] if rows else ["nobody fits; try fewer or other words"]
    return Result(data={"found": [dict(zip(columns, row, strict=True)) for row in rows]}, show=shown)


@sql_app.command()
def sql(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(help="One SELECT over the public views (see: cem sql \"SHOW TABLES\").")],
    most: Annotated[int | None, typer.Option("--most", "-n", help="Rows to print (default: all).", min=1)] = None,
) -> Result:
    """Ask in SQL, read-only, over the public views.

    Examples:
      cem sql "SELECT kind, count(*) FROM profiles GROUP BY kind"
    """
    from cem_cli.store.query import read_query

    with Session.of(ctx).workspace(write=False) as workspace:
        columns, rows = read_query(workspace.con, query, most)
    return Result(data={"columns": columns, "rows": rows}, show=[Grid(columns, rows)])
