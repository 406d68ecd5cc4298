"""`cem decide`: a person's word on who is who; append-only, undone but never deleted."""

from __future__ import annotations

import getpass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cem_cli.base.clock import wall_now
from cem_cli.base.errors import CemError
from cem_cli.cli.common import Session
from cem_cli.reports.result import Result

app = typer.Typer(add_completion=False)


class Kind(StrEnum):
    """What can be decided."""

    link = "link"
    separate = "separate"
    undo = "undo"
    freeze = "freeze"
    file = "file"


@app.command()
def decide(
    ctx: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="link, separate, undo or freeze; `file` reads many from a CSV (kind,a,b,why).")],
    a: Annotated[str, typer.Argument(help="A record (source:key), a customer id, or the file.")],
    b: Annotated[str, typer.Argument(help="The other record or customer.")] = "",
    why: Annotated[str, typer.Option("--why", help="The reason, kept with the decision.")] = "",
    who: Annotated[str | None, typer.Option("--who", help="Who decides (default: the user of this shell).")] = None,
) -> Result:
    """Decide that two records or customers are the same, are not, or stay as they are.

    Examples:
      cem decide link salesforce_contacts:0035g00000000750AAG loyalty_cards:8025110000446 --why "same passport"
      cem decide undo salesforce_contacts:0035g00000000750AAG loyalty_cards:8025110000446
      cem decide file judged.csv
    """
    from cem_cli.linkage.identity.decisions import Author, Request, read_requests
    from cem_cli.linkage.identity.decisions import decide as take
    from cem_cli.pipeline import Flags, link

    author = Author(who or getpass.getuser(), wall_now().replace(tzinfo=None), why)
    if kind in (Kind.link, Kind.separate) and not b:
        raise CemError("E-DECIDE-PAIR", f"'{kind}' needs two records or customers", fix=f"cem decide {kind} A B --why REASON")
    requests = read_requests(Path(a), author) if kind is Kind.file else [Request(kind.value, a, b, author)]
    session = Session.of(ctx)
    with session.workspace(write=True) as workspace, session.run(workspace) as current:
        with workspace.transaction() as con:
            decided = take(con, requests)
        outcome = link(current, Flags())
    acts = {act: n for act, n in outcome.counts.items() if n and act in ("created", "revived", "split", "merged", "retired", "moved")}
    told = ", ".join(f"{n} {'records moved' if act == 'moved' else act}" for act, n in acts.items()) or "no customer changed"
    return Result(
        data={"made": decided.made, "undone": decided.undone, "customers": acts}, counts=current.counts, run_id=current.run_id,
        show=[f"{len(decided.made)} pairs of records decided on, {len(decided.undone)} decisions taken back: {told}",
              *(["next: cem run --from unify"] if acts else [])],
    )
