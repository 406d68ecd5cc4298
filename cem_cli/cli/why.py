"""Why records are one customer, or are not: `why`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cem_cli.cli.common import Session
from cem_cli.reports.result import Grid, Result

if TYPE_CHECKING:
    from cem_cli.linkage.contract import Explanation

why_app = typer.Typer(add_completion=False)
MOST = 20
"""Pairs of one customer that a terminal shows."""


@why_app.command()
def why(
    ctx: typer.Context,
    a: Annotated[str, typer.Argument(help="A record (source:key) or a customer id.")],
    b: Annotated[str | None, typer.Argument(help="The other one; without it: what holds the customer of the first together.")] = None,
    show_values: Annotated[bool, typer.Option("--show-values", help="Show the compared values (on a terminal only).")] = False,
) -> Result:
    """Say what joins two records, or keeps them apart, or holds a customer together.

    Examples:
      cem why salesforce_contacts:0035g00000000750AAG
      cem why salesforce_contacts:0035g00000000750AAG loyalty_cards:8025110000446
      cem why shopify_customers:7210448301739 shopify_customers:7210448301737 --show-values
    """
    from cem_cli.linkage.identity.answers import side_by_side
    from cem_cli.linkage.identity.settings import LinkSettings
    from cem_cli.linkage.identity.why import why as ask
    from cem_cli.store.lookup import name_records

    session = Session.of(ctx)
    if b is None:
        return _held_together(session, a)
    with session.workspace(write=False) as workspace:
        answer = ask(workspace.con, LinkSettings.of(session.project.file.linkage, workspace.key), a, b)
        values = side_by_side(workspace.con, answer.record_id_l, answer.record_id_r) if show_values and session.interactive else ()
        on_path = {record for step in answer.path for record in (step.record_id_l, step.record_id_r)}
        names = name_records(workspace.con, [answer.record_id_l, answer.record_id_r, *on_path])
    asked = f"{names[answer.record_id_l]} and {names[answer.record_id_r]}"
    show: list[Grid | str] = [f"{asked}: the same person: {answer.customer_l}" if answer.together else f"{asked}: not the same person"]
    if answer.path:
        show.append(Grid(("record", "record", "joined by", "weight", "probability"),
                         [(names[s.record_id_l], names[s.record_id_r], s.via, s.weight, s.probability) for s in answer.path]))
    show += [f"- {reason}" for reason in answer.apart]
    if answer.explanation:
        show += _explained(answer.explanation)
    if values:
        show.append(Grid(("field", "one", "other", ""), [(v.field, v.left, v.right, "differs" if v.differs else "") for v in values]))
    return Result(data={"together": answer.together, "why": answer}, show=show)


def _held_together(session: Session, asked: str) -> Result:
    """Return what holds a customer together: its pairs, the weakest first, and what the weakest of them agrees in."""
    from cem_cli.linkage.identity.cohesion import cohesion
    from cem_cli.linkage.identity.settings import LinkSettings
    from cem_cli.store.lookup import name_records

    with session.workspace(write=False) as workspace:
        found = cohesion(workspace.con, LinkSettings.of(session.project.file.linkage, workspace.key), asked)
        names = name_records(workspace.con, [record for c in found.held for record in (c.record_id_l, c.record_id_r)])
    mean = f", {found.mean_weight:+.1f} bits in the mean" if found.mean_weight is not None else ""
    held = found.held[: MOST if session.interactive else None]
    show: list[Grid | str] = [
        f"{found.customer_id}: {found.records} records; {found.compared} of {found.pairs} pairs compared{mean}",
        Grid(("record", "record", "joined by", "weight", "probability"),
             [(names[c.record_id_l], names[c.record_id_r], c.via, c.weight, c.probability) for c in held]),
        *([f"... and {len(found.held) - len(held)} more (--json tells all)"] if len(held) < len(found.held) else []),
        *(f"- kept apart from {other}, waiting for review: {reason}" for other, reason in found.cuts),
    ]
    if found.worst:
        show += [f"the weakest pair, {names[found.worst.record_id_l]} and {names[found.worst.record_id_r]}:", *_explained(found.worst)]
    return Result(data={"cohesion": found}, show=show)


def _explained(explanation: Explanation) -> list[Grid | str]:
    rows: list[tuple[object, ...]] = [
        (p.comparison, p.level, round(p.m, 4), round(p.u, 6), round(p.term_frequency, 1), round(p.weight, 1)) for p in explanation.parts
    ]
    rows.append(("prior", "", None, None, None, round(explanation.prior_weight, 1)))
    rules = ", ".join(explanation.rules) or "none: they are never compared directly"
    return [
        Grid(("comparison", "level", "m", "u", "term frequency", "weight"), rows),
        f"together {explanation.weight:+.1f} bits: probability {explanation.probability:.4f}; proposed by: {rules}",
    ]
