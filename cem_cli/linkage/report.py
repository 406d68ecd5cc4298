"""What linkage chose and what it learned, as plain rows: `cem link --plan`, `cem link --model`, and the same for `cem dedupe`.

Reads what `engine.only_plan` reads (in a project: `record`, `decision`, `match_model`, `term_frequency`); writes nothing but
temporary views. Weights are log2(m / u); shares are of all pairs of records that may be linked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cem_cli.base.errors import CemError
from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.linkage import engine, fields
from cem_cli.linkage.contract import LinkInput, LinkOptions, Plan
from cem_cli.linkage.dedupe import DedupeOptions
from cem_cli.linkage.derive.beside import ColumnUse
from cem_cli.linkage.derive.columns import choose_kinds
from cem_cli.linkage.derive.files import load_files
from cem_cli.linkage.identity import persist
from cem_cli.linkage.identity.project import linkable
from cem_cli.linkage.identity.settings import LinkSettings
from cem_cli.linkage.model import Model, StoredView
from cem_cli.linkage.train.ladders import Factor, views

SCALE_BITS = 20.0
"""Weight (log2) at which a bar is as long as it gets."""
BAR = 10
"""Cells of a bar on each side of zero."""


@dataclass(frozen=True)
class LevelRow:
    """One level of one ladder."""

    level: str
    m: float
    """Share among matches, of the pairs that can reach the level at all (both values present, say)."""
    u: float
    """The same among strangers."""
    related: tuple[float, ...]
    """The same in each related class, in the order of `ModelReport.classes`."""
    weight: float
    """log2(m / u)."""
    bar: str
    """The weight drawn to scale, against the middle."""
    reached: bool = True
    """False where no pair of the training could reach the level: all levels beside it are equally likely among strangers."""


@dataclass(frozen=True)
class LadderRows:
    """One ladder of one reading of the names (`cem why` shows the first reading)."""

    reading: str
    ladder: str
    trained: bool
    """False where m rests on prior expectations."""
    levels: tuple[LevelRow, ...]


@dataclass(frozen=True)
class ClassRow:
    """One class of pairs."""

    name: str
    share: float
    pairs: float
    """How many pairs of the training records that is."""


@dataclass(frozen=True)
class ModelReport:
    """A trained model, in rows."""

    records: int
    all_pairs: float
    prior_weight: float
    """log2 odds that two random records are the same."""
    operating_point: float
    """Match probability from which a pair speaks for a link: the same for every model."""
    classes: tuple[ClassRow, ...]
    ladders: tuple[LadderRows, ...]
    rules: tuple[tuple[str, float], ...]
    """Blocking rule, and the matches it was expected to propose."""
    untrained: tuple[str, ...]
    """Sentences: which ladder nothing could teach, and what to do."""
    dependence: tuple[str, ...]
    """Sentences: what follows from what, which related pairs were found."""
    warnings: tuple[str, ...]


def plan_project(con: Connection, settings: LinkSettings) -> Plan:
    """Return what `cem link` would compare, under the stored model if there is one and no new one is asked for."""
    stored = None if settings.retrain else persist.read_model(con)
    model = Model.from_json(stored.model, stored.terms) if stored else None
    return engine.only_plan(con, linkable(con, settings), settings.options, model)


def model_of_project(con: Connection) -> ModelReport:
    """Return the model in force. Raises CemError before the first training."""
    stored = persist.read_model(con)
    if stored is None:
        raise CemError("E-LINK-NO-MODEL", "no linkage model was trained yet", why="the project was never linked", fix="cem link")
    return report_model(Model.from_json(stored.model, stored.terms))


def plan_files(files: Sequence[Path], options: DedupeOptions) -> tuple[tuple[ColumnUse, ...], Plan]:
    """Return what `cem dedupe` would make of files: the kind of each column, and the plan. Raises CemError as it would."""
    con = connect_memory(options.threads or options.link.threads)
    try:
        uses = choose_kinds(con, load_files(con, files, options.id_column), options.kinds)
        given = LinkInput("link_people", {u.column: u.kind for u in uses if u.used}, clean_sources=options.clean_sources)
        return uses, engine.only_plan(con, given, options.link)
    finally:
        con.close()


def cost_of(plan: Plan, options: LinkOptions) -> str:
    """Return what the plan costs, in a sentence."""
    if plan.records <= options.all_pairs_below:
        return (
            f"{plan.records:,} records are few enough to compare all {plan.all_pairs:,} pairs; "
            f"the rules, which propose {plan.candidate_pairs:,}, serve the training only"
        )
    share = plan.candidate_pairs / max(plan.all_pairs, 1)
    lost = sum(rule.lost for rule in plan.rules)
    return (
        f"{plan.candidate_pairs:,} candidate pairs, {plan.candidate_pairs / max(plan.records, 1):.1f} per record, "
        f"{share:.2e} of all pairs; {lost:,} were left to other rules because their block is too large"
    )


def report_model(model: Model) -> ModelReport:
    """Return a model in rows; a ladder that all readings share is told once."""
    compared = tuple(c for c in fields.comparisons(model.present, model.used_when) if c.name in model.comparisons)
    ladders: list[LadderRows] = []
    for view, stored in zip(views(compared), model.views, strict=True):
        told = {ladder.ladder for ladder in ladders}
        ladders += [
            LadderRows(view.name, f.name, f.name not in stored.untrained, _levels(f, k, stored))
            for k, f in enumerate(view.factors) if f.name not in told
        ]
    first = model.views[0]
    odds = first.parameters.lam / max(1 - first.parameters.lam, 1e-300)
    untrained = sorted({name for view in model.views for name in view.untrained})
    return ModelReport(
        model.records, model.all_pairs, round(float(np.log2(max(odds, 1e-300))), 2), 0.5,
        _classes(first, model.all_pairs), tuple(ladders),
        tuple((rule.name, round(expected, 1)) for rule, expected in zip(model.rules, first.expected, strict=True)),
        (*(_advice(name) for name in untrained), *_unreached(ladders)), (*model.dependence, *_kinship(first)), model.warnings,
    )


def bar_of(weight: float) -> str:
    """Return a weight as a bar to scale, left of the middle where it speaks against a match."""
    size = min(BAR, round(abs(weight) / SCALE_BITS * BAR))
    left, right = ("-" * size, "") if weight < 0 else ("", "+" * size)
    return f"{left:>{BAR}}|{right}"


def _levels(factor: Factor, number: int, stored: StoredView) -> tuple[LevelRow, ...]:
    """Return the levels that can be evidence: those that are not alone in their group."""
    shares = stored.parameters
    company = np.bincount(factor.group)[factor.group] > 1
    rows = []
    for k, label in enumerate(factor.labels):
        m, u = float(shares.m[number][k]), float(shares.u[number][k])
        weight = float(np.log2(max(m, 1e-300) / max(u, 1e-300)))
        if company[k]:
            related = tuple(float(h[number][k]) for h in shares.h)
            group = shares.u[number][factor.group == factor.group[k]]
            rows.append(LevelRow(label, m, u, related, round(weight, 2), bar_of(weight), bool(np.ptp(group) > 0)))
    return tuple(rows)


def _unreached(ladders: Sequence[LadderRows]) -> tuple[str, ...]:
    """Return which ladders have levels that no pair of the training reached."""
    never = [(ladder.ladder, [row.level for row in ladder.levels if not row.reached]) for ladder in ladders]
    return tuple(
        f"'{name}': no pair was seen at {len(levels)} level(s) ({', '.join(levels[:3])}{' ...' if len(levels) > 3 else ''}); "
        "their weights are prior expectations and have decided nothing yet: --retrain when such records have come"
        for name, levels in never if levels
    )


def _classes(stored: StoredView, all_pairs: float) -> tuple[ClassRow, ...]:
    shares = stored.parameters
    named = [("match", shares.lam)]
    named += [(class_name(kin, k), eta) for k, (kin, eta) in enumerate(zip(shares.kin, shares.eta, strict=True), 1)]
    named.append(("strangers", 1 - sum(share for _, share in named)))
    return tuple(ClassRow(name, share, round(share * all_pairs, 1)) for name, share in named)


def class_name(kin: bool, number: int) -> str:
    """Return the name of a related class."""
    return f"related {number}: kin" if kin else f"related {number}"


def _kinship(stored: StoredView) -> tuple[str, ...]:
    """Return what the related classes mean, in words."""
    told = []
    for number, kin in enumerate(stored.parameters.kin, 1):
        who = "different persons who share values (families)" if kin else "pairs that agree more often than chance in some columns"
        told.append(f"class '{class_name(kin, number)}' holds {who}: what they share counts less for a match")
    return tuple(told)


def _advice(ladder: str) -> str:
    return (
        f"'{ladder}' rests on prior expectations, because every rule that finds matches uses it: "
        "add a column that is independent of it, or judge its pairs by hand (cem review)"
    )
