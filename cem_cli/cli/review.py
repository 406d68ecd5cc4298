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
    answered = _ask_all(session, name)
    if not answered:
        return Result(data={"answers": 0, "quality": None}, show=["no answers"], status="unchanged")
    with session.workspace(write=True) as workspace, session.run(workspace) as current:
        quality = _relink(current)
    return Result(data={"answers": answered, "quality": quality}, run_id=current.run_id,
                  show=[f"{answered} answer{'s' * (answered > 1)}", *_told(quality), "next: cem run --from unify"])


def _author(name: str) -> Author:
    from cem_cli.linkage.identity.decisions import Author

    return Author(name, wall_now().replace(tzinfo=None), "review")


def _ask_all(session: Session, name: str) -> int:
    """Ask question after question until the queue ends or the reviewer stops; return the number of answers that stand.

    The workspace is open only to read a question and to keep an answer: while somebody thinks, others may answer, too.
    """
    from cem_cli.linkage.identity.answers import answer, undo_answer

    answered = 0
    print(KEYS, file=sys.stderr)  # noqa: T201
    while item := _show_next(session):
        key = _pressed()
        if key == "q":
            break
        try:
            with session.workspace(write=True) as workspace, workspace.transaction() as con:
                if key == "u":
                    undo_answer(con, _author(name))
                else:
                    answer(con, item.review_id, key, _author(name))
            answered += {"y": 1, "n": 1, "u": -1}.get(key, 0)
        except CemError as err:
            print(err, file=sys.stderr)  # noqa: T201
    return answered


def _pressed() -> str:
    """Return the reviewer's answer: `s` for an empty line, `q` at the end of the input."""
    try:
        return str(typer.prompt("same person? [y/n/s/u/q]", default="s", show_default=False)).strip().lower()[:1]
    except typer.Abort:
        return "q"


def _show_next(session: Session) -> ReviewItem | None:
    """Show the next open question, both records side by side, and return it; None where none is left."""
    from cem_cli.linkage.identity.answers import next_item, progress, side_by_side, stakes
    from cem_cli.linkage.identity.evidence import evidence
    from cem_cli.linkage.identity.settings import LinkSettings
    from cem_cli.reports.terminal import render

    with session.workspace(write=False) as workspace:
        item = next_item(workspace.con)
        if item is None:
            return None
        left = progress(workspace.con)
        records, money = stakes(workspace.con, item)
        pairs = side_by_side(workspace.con, item.record_id_l, item.record_id_r)
        settings = LinkSettings.of(session.project.file.linkage, workspace.key)
        found = evidence(workspace.con, settings, item.record_id_l, item.record_id_r)
    rows = [(p.field, p.left, p.right, "<>" if p.differs else "") for p in pairs]
    chance = f", probability {item.probability:.2f}" if item.probability is not None else ""
    weights = ", ".join(f"{p.comparison} {p.weight:+.1f}" for p in found.explanation.parts) if found else ""
    render(Result(show=[
        "", f"{left.answered} answered, {left.open} open: {item.reason}{chance}; {records} records, {money:.2f} spent",
        Grid(("field", "one", "other", ""), rows),
        *([f"weights: {weights}; beforehand {found.explanation.prior_weight:+.1f}"] if found else []),
    ]))
    return item


def _relink(current: object) -> Quality | None:
    from cem_cli.linkage.identity.estimate import estimate
    from cem_cli.pipeline import Flags, Run, link

    assert isinstance(current, Run)  # noqa: S101 - the session's run is always one
    link(current, Flags())
    return estimate(current.workspace.con)


def _told(quality: Quality | None) -> list[str]:
    if quality is None:
        return ["precision and recall are estimated from 30 answers on"]
    p, r = quality.precision, quality.recall
    return [f"links at the operating point: precision {p.value:.3f} ({p.low:.3f} to {p.high:.3f}), "
            f"recall {r.value:.3f} ({r.low:.3f} to {r.high:.3f}), from {quality.answers} answers"]
