"""`cem unify`: profiles by survivorship rules, and values set by hand."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from cem_cli.base.clock import wall_now
from cem_cli.base.errors import CemError
from cem_cli.cli.common import Session
from cem_cli.reports.result import Grid, Result

if TYPE_CHECKING:
    from cem_cli.store.workspace import Workspace

app = typer.Typer(add_completion=False)


@app.command()
def unify(
    ctx: typer.Context,
    rules: Annotated[bool, typer.Option("--rules", help="Show the rule of every field, and build nothing.")] = False,
    customer: Annotated[str | None, typer.Option("--customer", "-c", help="Whose value is set by hand.")] = None,
    set_: Annotated[str | None, typer.Option("--set", help="field=value: holds against all later imports.")] = None,
    undo: Annotated[int | None, typer.Option("--undo", help="Take the override with this number back.")] = None,
    why: Annotated[str, typer.Option("--why", help="The reason, kept with the override.")] = "",
) -> Result:
    """Build one profile per customer, each value with the record it came from.

    Examples:
      cem unify
      cem unify --rules
      cem unify --customer salesforce_contacts:0035g00000000750AAG --set email=marta@example.it --why "by phone"
    """
    from cem_cli.pipeline import unify as build

    session = Session.of(ctx)
    if rules:
        return _rules(session)
    with session.workspace(write=True) as workspace, session.run(workspace) as current:
        number = _override(workspace, (customer, set_, undo, why))
        done = build(current)
    told = [f"override {number} set; undo it with: cem unify --undo {number}"] if number else []
    return Result(
        data={"unified": done, "override": number}, counts={**done.profiles, "values": done.values}, run_id=current.run_id,
        show=[Grid(("profiles", "count"), list(done.profiles.items())),
              Grid(("events attributed by", "count"), list(done.events.items())), *told],
    )


def _override(workspace: Workspace, asked: tuple[str | None, str | None, int | None, str]) -> int | None:
    """Set or undo an override where flags ask for it; return the number of a new one."""
    from cem_cli.profiles.overrides import Override, set_override, undo_override
    from cem_cli.store.lookup import resolve_customer

    customer, assignment, undo, why = asked
    at = wall_now().replace(tzinfo=None)
    if bool(customer) != bool(assignment) or (assignment and "=" not in assignment):
        raise CemError("E-OVERRIDE", "an override needs a customer and field=value", fix="cem unify --customer ID --set email=VALUE")
    with workspace.transaction() as con:
        if undo is not None:
            undo_override(con, undo, at)
        if customer and assignment:
            field, _, value = assignment.partition("=")
            return set_override(con, Override(resolve_customer(con, customer), field, value, getpass.getuser(), why), at)
    return None


def _rules(session: Session) -> Result:
    from cem_cli.profiles.rules import SurvivorshipRule, complete_rules

    given = [SurvivorshipRule(name, r.strategy, r.sources, r.follow) for name, r in session.project.survivorship.items()]
    complete = complete_rules(given)
    rows = [(field, rule.strategy, ", ".join(rule.sources) or rule.follow or "") for field, rule in complete.items()]
    return Result(data={"rules": complete}, show=[Grid(("field", "strategy", "of"), rows)])
