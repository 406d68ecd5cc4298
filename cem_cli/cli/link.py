"""Who is who: `link`, `dedupe`, `evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cem_cli.base.errors import CemError
from cem_cli.cli.common import Session
from cem_cli.cli.fail_on import FailOn
from cem_cli.reports.result import Grid, Result, Warn

if TYPE_CHECKING:
    from cem_cli.linkage.contract import LinkOptions, Plan
    from cem_cli.linkage.dedupe import DedupeOptions
    from cem_cli.linkage.derive.beside import ColumnUse
    from cem_cli.linkage.engine import LinkResult
    from cem_cli.linkage.evaluate import Quality
    from cem_cli.linkage.identity.changes import Change, FieldChange
    from cem_cli.linkage.identity.settings import LinkOutcome
    from cem_cli.linkage.report import ModelReport

link_app = typer.Typer(add_completion=False)
dedupe_app = typer.Typer(add_completion=False)
evaluate_app = typer.Typer(add_completion=False)


@link_app.command()
def link(
    ctx: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Link everything again under the stored model.")] = False,
    retrain: Annotated[bool, typer.Option("--retrain", help="Train a new model, and link everything again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Tell what would be compared, by which rules, at what cost; link nothing.")] = False,
    model: Annotated[bool, typer.Option("--model", help="Show what the model learned: weights, classes, prior; link nothing.")] = False,
    fail_on: Annotated[str | None, typer.Option("--fail-on", help="`review`: exit 7 where pairs wait for a decision; or exit 3 where "
                                                "a condition holds, e.g. \"split > 0 or merged > 50\".")] = None,
) -> Result:
    """Find which records are the same person; ids last from run to run.

    Examples:
      cem link
      cem link --retrain --dry-run --fail-on "split > 0 or fields > 1000"
      cem link --plan
      cem link --model
    """
    if plan or model:
        return _told(Session.of(ctx), plan=plan, retrain=retrain)
    from cem_cli.cli.check import field_grids
    from cem_cli.linkage.identity.changes import counts_of_fields, fields_changed, planned
    from cem_cli.pipeline import Flags, unify
    from cem_cli.pipeline import link as link_records

    session = Session.of(ctx)
    limit = FailOn.read(fail_on, session.as_of)
    changes: tuple[Change, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    with session.workspace(write=True, rehearse=dry_run) as workspace, session.run(workspace) as current:
        outcome = link_records(current, Flags(full=full, retrain=retrain))
        if dry_run:  # on the copy: what profiles would become, too
            changes = planned(workspace.con)
            unify(current, everything=False)
            fields = fields_changed(workspace.con, current.run_id - 1, current.run_id)
    code = limit.code({**outcome.counts, **counts_of_fields(fields)}, current.held)
    return Result(
        data={"outcome": outcome, "changes": changes, "fields": fields}, counts=current.counts, dry_run=dry_run, exit_code=code,
        run_id=None if dry_run else current.run_id,
        show=[*_linked(outcome), *_changed(changes), *field_grids(fields), *limit.told(code)],
        warnings=[Warn("W-LINK", text) for text in outcome.warnings],
    )


def _linked(outcome: LinkOutcome) -> list[Grid | str]:
    told = f"{outcome.records} records are {outcome.counts.get('customers', 0)} people; {outcome.mode}"
    taught = [f"the model learned from {outcome.answers} answers of people, too"] if outcome.answers else []
    return [told + (f" ({outcome.reason})" if outcome.reason else ""), *taught, Grid(("what", "count"), list(outcome.counts.items()))]


def _changed(changes: Sequence[Change]) -> list[Grid | str]:
    rows = [(c.act, c.customer_id, c.other_id, c.cause) for c in changes if c.act != "created"]
    return [Grid(("act", "customer", "other", "cause"), rows)] if rows else []


def _told(session: Session, *, plan: bool, retrain: bool) -> Result:
    """Return the plan of the next link, or the model in force."""
    from cem_cli.linkage.identity.settings import LinkSettings
    from cem_cli.linkage.report import model_of_project, plan_project

    with session.workspace(write=False) as workspace:
        settings = LinkSettings.of(session.project.file.linkage, workspace.key, retrain=retrain)
        if not plan:
            learned = model_of_project(workspace.con)
            return Result(data={"model": learned}, show=_learned(learned), warnings=[Warn("W-LINK", text) for text in learned.warnings])
        chosen = plan_project(workspace.con, settings)
    certain = ", ".join(settings.joins)
    return Result(
        data={"plan": chosen, "identifiers": list(settings.joins)},
        show=[*_planned(chosen, settings.options), f"identifiers that join for certain, whatever the comparison says: {certain}"],
        warnings=[Warn("W-LINK", text) for text in chosen.warnings],
    )


def _planned(plan: Plan, options: LinkOptions) -> list[Grid | str]:
    from cem_cli.linkage.report import cost_of

    columns = [(c.column.strip(), c.kind, c.use, f"{c.filled:.0%}") for c in plan.columns]
    rules = [(r.name, r.pairs, r.new, r.lost, r.capped_blocks, r.largest_block) for r in plan.rules]
    return [
        Grid(("column", "kind", "what is made of it", "filled"), columns),
        Grid(("blocking rule", "pairs", "new", "lost", "blocks left out", "largest block"), rules),
        *(f"- {text}" for text in plan.dependence), cost_of(plan, options),
    ]


def _learned(model: ModelReport) -> list[Grid | str]:
    related = [c.name for c in model.classes[1:-1]]
    show: list[Grid | str] = [Grid(("class of pairs", "share of all pairs", "pairs"), [(c.name, c.share, c.pairs) for c in model.classes])]
    for ladder in model.ladders:
        rows = [(r.level, r.m, r.u, *r.related, r.weight, r.bar) for r in ladder.levels]
        if rows:
            show += [f"\n{ladder.ladder} ({ladder.reading}){'' if ladder.trained else ': not trained'}",
                     Grid(("level", "m", "u", *related, "weight", "against | for"), rows)]
    show += ["", Grid(("blocking rule", "matches expected"), model.rules)]
    show += [f"- {text}" for text in (*model.dependence, *model.untrained)]
    return [*show, f"trained on {model.records:,} records; prior {model.prior_weight:+.1f} bits"]


@dedupe_app.command()
def dedupe(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="CSV, JSON or Parquet files of people (or companies, or anything with names).")],
    id_column: Annotated[str | None, typer.Option("--id", help="Column that identifies a row within its file.")] = None,
    map_: Annotated[list[str] | None, typer.Option("--map", help="column=kind, where the detected kind is wrong.")] = None,
    truth: Annotated[Path | None, typer.Option("--truth", help="source,id,entity: measure the result against it.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write source,id,cluster_id.")] = None,
    clean: Annotated[list[str] | None, typer.Option("--clean", help="File (stem) without duplicates inside.")] = None,
    labels: Annotated[Path | None, typer.Option("--labels", help="kind,a,b: pairs you judged, to train with.")] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Tell what would be compared, by which rules, at what cost; link nothing.")] = False,
    model: Annotated[bool, typer.Option("--model", help="Show what was learned, too: weights, classes of pairs, prior.")] = False,
) -> Result:
    """Link the rows of any people file, without configuration or workspace.

    Examples:
      cem dedupe data/loyalty_cards.csv -o clusters.csv
      cem dedupe data/salesforce_contacts.csv data/loyalty_cards.csv --truth data/truth.csv
      cem dedupe data/loyalty_cards.csv --plan
    """
    from cem_cli.linkage.dedupe import DedupeOptions
    from cem_cli.linkage.dedupe import dedupe as link_files

    threads = Session.of(ctx).options.get("threads")
    options = DedupeOptions(id_column, _pairs(map_ or []), truth, output, frozenset(clean or ()), threads, labels)
    if plan:
        return _planned_files(files, options)
    found = link_files(files, options)
    learned = _model_of(found.link) if model else None
    show: list[Grid | str] = [_columns_grid(found.columns), *(_learned(learned) if learned else [])]
    if found.quality:
        show.append(_quality_grid(found.quality))
    told = f"{found.records} records are {found.clusters} entities; {found.linked_records} records share one with another"
    return Result(
        data={"records": found.records, "clusters": found.clusters, "linked_records": found.linked_records, "columns": found.columns,
              "quality": found.quality, "plan": found.link.plan, "output": output, **({"model": learned} if learned else {})},
        show=[*show, told + (f"; written to {output}" if output else "")], counts={"records": found.records, "clusters": found.clusters},
        warnings=[Warn("W-LINK", text) for text in found.link.plan.warnings],
    )


def _model_of(found: LinkResult) -> ModelReport:
    from cem_cli.linkage.report import report_model

    return report_model(found.model)


def _planned_files(files: list[Path], options: DedupeOptions) -> Result:
    from cem_cli.linkage.report import plan_files

    uses, chosen = plan_files(files, options)
    return Result(data={"columns": uses, "plan": chosen}, show=[_columns_grid(uses), *_planned(chosen, options.link)])


def _columns_grid(columns: Sequence[ColumnUse]) -> Grid:
    rows = [(c.column.strip(), c.kind, "yes" if c.used else "no", c.reason) for c in columns]
    return Grid(("column", "taken for", "used", "because"), rows)


def _pairs(texts: list[str]) -> dict[str, str]:
    """Return column=kind flags as a mapping."""
    for text in texts:
        if "=" not in text:
            raise CemError("E-MAP", f"cannot read --map {text}", why="expected column=kind", fix="cem dedupe FILE --map nome=given_name")
    return {column: kind for column, _, kind in (text.partition("=") for text in texts)}


def _quality_grid(quality: Quality) -> Grid:
    rows: list[tuple[str, float | int]] = [
        ("pairwise precision", round(quality.precision, 4)), ("pairwise recall", round(quality.recall, 4)),
        ("pairwise F1", round(quality.f1, 4)), ("B-cubed precision", round(quality.bcubed_precision, 4)),
        ("B-cubed recall", round(quality.bcubed_recall, 4)), ("B-cubed F1", round(quality.bcubed_f1, 4)),
        ("true pairs", quality.true_pairs), ("found pairs", quality.found_pairs),
    ]
    if quality.blocking_recall is not None:
        rows.insert(6, ("blocking recall", round(quality.blocking_recall, 4)))
    return Grid(("measure", "value"), rows)


@evaluate_app.command()
def evaluate(
    ctx: typer.Context,
    truth: Annotated[Path | None, typer.Option("--truth", help="source,id,entity (default: truth.csv of the data folder).")] = None,
    referee: Annotated[bool, typer.Option("--referee", help="Compare with the recordlinkage package (extra `eval`).")] = False,
) -> Result:
    """Measure the project's identities against a known truth.

    Examples:
      cem evaluate --truth data/truth.csv
      cem evaluate --referee
    """
    from cem_cli.linkage.identity.settings import LinkSettings
    from cem_cli.linkage.identity.truth import evaluate_project

    session = Session.of(ctx)
    path = truth or session.project.data_folder / "truth.csv"
    with session.workspace(write=False) as workspace:
        settings = LinkSettings.of(session.project.file.linkage, workspace.key)
        found = evaluate_project(workspace.con, settings, path)
        second = None
        if referee:
            from cem_cli.linkage.identity.referee import referee_quality

            second = referee_quality(workspace.con, settings)
    silos = [(s.source_l, s.source_r, s.true_pairs, s.found, s.wrong) for s in found.by_silo]
    told = f"{found.reachable:.2%} of the true pairs are connected by candidate pairs; {found.unmatched} rows of the truth match no record"
    extra: list[Grid | str] = []
    if second is not None:
        extra = ["recordlinkage's ECM classifier on the same candidate pairs, its links closed transitively:", _quality_grid(second)]
    return Result(
        data={"quality": found.quality, "by_silo": found.by_silo, "unmatched": found.unmatched, "reachable": found.reachable,
              "referee": second},
        show=[_quality_grid(found.quality), told, *extra, Grid(("source", "source", "true pairs", "found", "wrong"), silos)],
    )
