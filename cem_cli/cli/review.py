"""`cem review`: the pairs the model is least sure of, asked at the terminal or through a CSV file."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cem_cli.base.clock import wall_now
from cem_cli.base.errors import CemError
from cem_cli.cli.common import Session
from cem_cli.reports.result import Grid, Result

if TYPE_CHECKING:
    from cem_cli.linkage.identity.answers import ReviewItem
    from cem_cli.linkage.identity.decisions import Author
    from cem_cli.linkage.identity.estimate import Quality
    from cem_cli.store.workspace import Workspace

app = typer.Typer(add_completion=False)
KEYS = "y = same person, n = not, s = skip, u = undo my last answer, q = stop"


@app.command()
def review(
    ctx: typer.Context,
    export: Annotated[Path | None, typer.Option("--export", help="Write the open questions to a CSV file.")] = None,
    import_: Annotated[Path | None, typer.Option("--import", help="Take the answers of such a file.")] = None,
    who: Annotated[str | None, typer.Option("--who", help="Who answers (default: the user of this shell).")] = None,
) -> Result:
    """Answer what the model is unsure of; answers become decisions and training labels.

    Examples:
      cem review
      cem review --export questions.csv
      cem review --import answered.csv
    """
    from cem_cli.linkage.identity.answers import export_queue, import_answers

    session = Session.of(ctx)
    name = who or getpass.getuser()
    if export:
        with session.workspace(write=False) as workspace:
            count = export_queue(workspace.con, export)
        return Result(data={"file": export, "questions": count}, show=[f"{count} questions written to {export}; fill the column answer"])
    if import_:
        with session.workspace(write=True) as workspace, session.run(workspace) as current:
            with workspace.transaction() as con:
                taken = import_answers(con, import_, _author(name))
            quality = _relink(current)
        return Result(data={"answers": taken, "quality": quality}, run_id=current.run_id, show=[f"{taken} answers taken", *_told(quality)])
    if not session.interactive:
        raise CemError("E-REVIEW-TERMINAL", "questions need a terminal", fix="cem review --export FILE.csv, then --import FILE.csv")
    with session.workspace(write=True) as workspace, session.run(workspace) as current:
        answered = _ask_all(workspace, name)
        quality = _relink(current) if answered else None
    return Result(data={"answers": answered, "quality": quality}, run_id=current.run_id, show=[f"{answered} answers", *_told(quality)])


def _author(name: str) -> Author:
    from cem_cli.linkage.identity.decisions import Author

    return Author(name, wall_now().replace(tzinfo=None), "review")


def _ask_all(workspace: Workspace, name: str) -> int:
    """Ask question after question until the queue ends or the reviewer stops; each answer is kept at once."""
    from cem_cli.linkage.identity.answers import answer, next_item, progress, undo_answer

    answered = 0
    print(KEYS, file=sys.stderr)  # noqa: T201
    while item := next_item(workspace.con):
        left = progress(workspace.con)
        _show(workspace, item, f"{left.answered} answered, {left.open} open")
        key = typer.prompt("same person? [y/n/s/u/q]", default="s", show_default=False).strip().lower()
        if key == "q":
            break
        try:
            with workspace.transaction() as con:
                if key == "u":
                    undo_answer(con, _author(name))
                else:
                    answer(con, item.review_id, key, _author(name))
            answered += {"y": 1, "n": 1, "u": -1}.get(key, 0)
        except CemError as err:
            print(err, file=sys.stderr)  # noqa: T201
    return answered


def _show(workspace: Workspace, item: ReviewItem, progress: str) -> None:
    from cem_cli.linkage.identity.answers import side_by_side
    from cem_cli.reports.terminal import render

    pairs = side_by_side(workspace.con, item.record_id_l, item.record_id_r)
    rows = [(p.field, p.left, p.right, "<>" if p.differs else "") for p in pairs]
    weight = f", {item.weight:+.1f} bits, probability {item.probability:.2f}" if item.weight is not None else ""
    render(Result(show=["", f"{progress}: {item.reason}{weight}", Grid(("field", "one", "other", ""), rows)]))


def _relink(current: object) -> Quality | None:
    from cem_cli.linkage.identity.estimate import estimate
    from cem_cli.pipeline import Flags, Run, link

    assert isinstance(current, Run)  # noqa: S101 - the session's run is always one
    link(current, Flags())
    return estimate(current.workspace.con)


def _told(quality: Quality | None) -> list[str]:
    if quality is None:
        return ["precision and recall are estimated after 30 answers"]
    p, r = quality.precision, quality.recall
    return [f"links at the operating point: precision {p.value:.3f} ({p.low:.3f} to {p.high:.3f}), "
            f"recall {r.value:.3f} ({r.low:.3f} to {r.high:.3f}), from {quality.answers} answers"]
