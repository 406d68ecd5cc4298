"""The ordered stages of a run: import, link, unify, insight, segment, export. Each is a contract in tables.

A stage works in transactions of its own and returns what it did; the command prints. `run_stages` is what `cem run` and
`cem demo` call; the single commands call one stage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cem_cli.base.clock import stopwatch, wall_now
from cem_cli.base.errors import CemError, did_you_mean
from cem_cli.config.project import Project
from cem_cli.store.ledger import read_counts
from cem_cli.store.meta import write_meta
from cem_cli.store.tables import SCHEMA
from cem_cli.store.workspace import Workspace

if TYPE_CHECKING:  # rooms are imported by the stage that needs them: start-up time is a feature
    from cem_cli.audiences.rules import SegmentRule
    from cem_cli.audiences.segments import SegmentChange
    from cem_cli.config.source import SourceConfig
    from cem_cli.destinations.export import Exported
    from cem_cli.insights.run import MeasureResult
    from cem_cli.linkage.identity.settings import LinkOutcome
    from cem_cli.profiles.unify import Unified
    from cem_cli.sources.context import ImportContext
    from cem_cli.sources.results import ImportResult

TOUCHED = f"{SCHEMA}.touched_customer"
"""Customers whose records changed since they were last unified; `link` fills it, `unify` empties it."""
TOUCHED_PROFILES = f"{SCHEMA}.touched_profile"
"""Customers unified since all measures were last computed; `unify` fills it, `insight` empties it."""


@dataclass
class Run:
    """One run under way: its number, clock, workspace and project, and what it counted so far."""

    run_id: int
    as_of: datetime
    workspace: Workspace
    project: Project
    say: Callable[[str], None]
    counts: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    """What the workspace held when the run ended (`store.ledger.COUNTS`)."""

    @property
    def exports_folder(self) -> Path:
        """Where exports go: the project's folder, or beside the throw-away copy of a rehearsal."""
        if self.workspace.path == self.project.database:
            return self.project.exports_folder
        return self.workspace.path.parent / "exports"

    def count(self, **numbers: int) -> None:
        """Add to the run's counts."""
        for name, number in numbers.items():
            self.counts[name] = self.counts.get(name, 0) + number


@dataclass(frozen=True)
class Flags:
    """What the commands let a person change about the stages (a whole run is rehearsed on a copy, so `dry_run` is link's own)."""

    allow_shrink: bool = False
    effective_at: datetime | None = None
    full: bool = False
    retrain: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class StageResult:
    """What became of one stage."""

    stage: str
    seconds: float
    told: str
    """One line for a person."""
    outcome: object


def segment_rules(project: Project) -> list[SegmentRule]:
    """Return the project's segments in the form the audiences room reads."""
    from cem_cli.audiences.rules import SegmentRule

    return [
        SegmentRule(name, s.where, s.description, s.purpose or "", s.parent or "", f"segments.yaml:{name}")
        for name, s in project.segments.items()
    ]


def unify(run: Run, *, everything: bool = True) -> Unified:
    """Build profiles (all, or those that linkage touched), their search words, and who may be contacted."""
    from cem_cli.linkage.identity.households import find_households
    from cem_cli.privacy.gates import refresh
    from cem_cli.profiles.rules import SourceTrust, SurvivorshipRule
    from cem_cli.profiles.search import index_profiles
    from cem_cli.profiles.unify import Unification
    from cem_cli.profiles.unify import unify as unify_profiles

    rules = [SurvivorshipRule(name, r.strategy, r.sources, r.follow) for name, r in run.project.survivorship.items()]
    trust = [SourceTrust(s.name, s.trust, s.party == "third") for s in run.project.sources]
    how = Unification(run.as_of, run.workspace.key, rules, trust, run.run_id)
    with run.workspace.transaction() as con:
        done = unify_profiles(con, how, None if everything else TOUCHED)
        con.execute(f"DELETE FROM {TOUCHED}").fetchall()
        find_households(con)
        index_profiles(con, None if everything else "touched")
        refresh(con, run.workspace.key, wall_now(), run.as_of)
        _remember(run, "unify")
    run.count(profiles_built=done.built)
    return done


def insight(run: Run, names: Iterable[str] | None = None, *, everything: bool = True) -> list[MeasureResult]:
    """Compute measures (all, or `names`) as of the run's clock."""
    from cem_cli.insights.run import run_measures

    measures = run.project.measures
    given = {**measures, "base": {"currency": run.project.file.currency, **measures.get("base", {})}}
    with run.workspace.transaction() as con:
        done = run_measures(con, names, run.as_of, given, None if everything else TOUCHED_PROFILES)
        if names is None:  # every measure knows of every touched customer now
            con.execute(f"DELETE FROM {TOUCHED_PROFILES}").fetchall()
            _remember(run, "insight")
    return done


def segment(run: Run) -> tuple[SegmentChange, ...]:
    """Compute every segment and store who entered and who left."""
    from cem_cli.audiences.segments import build

    with run.workspace.transaction() as con:
        changes = build(con, segment_rules(run.project), run.as_of, run.run_id)
    run.count(entered_segments=sum(c.entered for c in changes), left_segments=sum(c.left for c in changes))
    return changes


def link(run: Run, flags: Flags) -> LinkOutcome:
    """Link new, changed and deleted records (or everything) and give every record its customer."""
    from cem_cli.linkage.identity.project import link_project
    from cem_cli.linkage.identity.settings import LinkSettings
    from cem_cli.linkage.identity.settings import Run as LinkRun

    settings = replace(
        LinkSettings.of(run.project.file.linkage, run.workspace.key), full=flags.full, retrain=flags.retrain, dry_run=flags.dry_run
    )
    with run.workspace.transaction() as con:
        outcome = link_project(con, settings, LinkRun(run.run_id, run.as_of))
    run.count(**{name: number for name, number in outcome.counts.items() if name in ("created", "merged", "split", "retired", "revived")})
    return outcome


def import_sources(run: Run, names: Sequence[str] = (), files: Sequence[Path] = (), flags: Flags = Flags()) -> list[ImportResult]:
    """Take in the files of all sources (or those named; or `files` for the one named), then find whose events they are."""
    from cem_cli.engines.duck import plain_plans
    from cem_cli.sources.context import ImportContext
    from cem_cli.sources.resolve import resolve

    project, file = run.project, run.project.file
    context = ImportContext(
        run.run_id, run.as_of, run.workspace.key, run.workspace.spill, file.country, file.time_zone, file.currency,
        flags.effective_at, file.max_quarantine, flags.allow_shrink,
    )
    with plain_plans(run.workspace.con):
        results = [_import_one(run, source, files, context) for source in [project.source(name) for name in names] or project.sources]
    with run.workspace.transaction() as con:
        resolve(con)
    return results


def _import_one(run: Run, source: SourceConfig, files: Sequence[Path], context: ImportContext) -> ImportResult:
    from cem_cli.sources.load import find_files, import_source

    result = import_source(run.workspace.transaction, source, list(files) or find_files(source, run.project.data_folder), context)
    run.say(f"  {source.name}: {result.total('loaded')} loaded, {result.total('unchanged')} unchanged")
    run.count(**{verdict: result.total(verdict) for verdict in ("loaded", "unchanged", "superseded", "suppressed", "quarantined")})
    run.count(rows_read=sum(f.rows_read for f in result.files))
    return result


def export(run: Run, names: Sequence[str] = ()) -> list[Exported]:
    """Write the project's exports (all, or those named) with consent and suppression at the door."""
    from cem_cli.destinations.export import export as write_export
    from cem_cli.destinations.spec import ExportSpec, target_path
    from cem_cli.privacy.gates import refresh

    known = run.project.exports
    for name in names:
        if name not in known:
            raise CemError("E-EXPORT-UNKNOWN", f"no export is called '{name}'; {did_you_mean(name, known)}",
                           where=str(run.project.folder / "exports.yaml"), fix="cem export list")
    with run.workspace.transaction() as con:
        refresh(con, run.workspace.key, wall_now(), run.as_of)
    done = []
    for name in names or known:
        e = known[name]
        path = target_path(run.exports_folder, name, e.format, e.path or "")
        spec = ExportSpec(name, e.of, path, e.format, e.columns, e.channel or "", e.purpose or "", e.profile, e.one_per or "")
        with run.workspace.transaction() as con:
            done.append(write_export(con, spec, run.run_id, run.as_of))
    run.count(delivered=sum(d.delivered for d in done), blocked=sum(d.blocked for d in done))
    return done


STAGES = ("import", "link", "unify", "insight", "segment", "export")
"""The stages, in the order data flows."""


def run_stages(run: Run, first: str = STAGES[0], last: str = STAGES[-1], flags: Flags = Flags()) -> list[StageResult]:
    """Run the stages from `first` to `last`; what linkage did not touch is not rebuilt."""
    wanted = STAGES[_position(first) : _position(last) + 1]
    everything = True
    results = []
    for stage in wanted:
        start = stopwatch()
        run.say(f"{stage} ...")
        outcome, told = _STAGE[stage](run, flags, everything or not _as_last(run, stage))
        if stage == "link":
            everything = getattr(outcome, "mode", "full") == "full"
        results.append(StageResult(stage, stopwatch() - start, told, outcome))
    return results


def record_counts(run: Run) -> None:
    """Remember the workspace's counts under this run, for `cem diff`."""
    with run.workspace.transaction() as con:
        counts = read_counts(con)
        con.execute("DELETE FROM cem.run_customer WHERE run_id = ? AND name IN (SELECT unnest(?))", [run.run_id, list(counts)]).fetchall()
        con.executemany("INSERT INTO cem.run_customer VALUES (?, ?, ?)", [[run.run_id, name, value] for name, value in counts.items()])
    run.held |= counts


def _position(stage: str) -> int:
    if stage not in STAGES:
        raise CemError("E-STAGE", f"no stage is called '{stage}'; {did_you_mean(stage, STAGES)}", fix="cem run --from link --to unify")
    return STAGES.index(stage)


def _remember(run: Run, stage: str) -> None:
    """Note by which clock and configuration a stage worked."""
    write_meta(run.workspace.con, {f"{stage}_by": _by(run)})


def _as_last(run: Run, stage: str) -> bool:
    """Whether a stage last worked by this clock and configuration: then only what was touched since is news to it."""
    return run.workspace.con.execute("SELECT value FROM cem.meta WHERE key = ?", [f"{stage}_by"]).fetchall() == [(_by(run),)]


def _by(run: Run) -> str:
    return f"{run.as_of.isoformat()} {run.project.fingerprint()}"


def _import(run: Run, flags: Flags, _everything: bool) -> tuple[object, str]:
    results = import_sources(run, flags=flags)
    c = run.counts
    told = (f"{c.get('rows_read', 0)} rows of {len(results)} sources: {c.get('loaded', 0)} loaded, {c.get('unchanged', 0)} unchanged, "
            f"{c.get('superseded', 0)} superseded, {c.get('suppressed', 0)} suppressed, {c.get('quarantined', 0)} quarantined")
    return results, told


def _link(run: Run, flags: Flags, _everything: bool) -> tuple[object, str]:
    outcome = link(run, flags)
    acts = ", ".join(f"{n} {act}" for act, n in outcome.counts.items() if act in ("created", "merged", "split", "retired", "revived") and n)
    return outcome, f"{outcome.records} records are {outcome.counts.get('customers', 0)} people ({outcome.mode}; {acts or 'no change'})"


def _unify(run: Run, _flags: Flags, everything: bool) -> tuple[object, str]:
    done = unify(run, everything=everything)
    kinds = ", ".join(f"{n} {kind}s" if kind != "anonymous" else f"{n} anonymous" for kind, n in done.profiles.items())
    return done, f"{sum(done.profiles.values())} profiles ({kinds}); {done.values} values with lineage"


def _insight(run: Run, _flags: Flags, everything: bool) -> tuple[object, str]:
    outcomes = insight(run, everything=everything)
    refused = [o.name for o in outcomes if o.refusal]
    return outcomes, f"{len(outcomes) - len(refused)} measures" + (f"; refused: {', '.join(refused)}" if refused else "")


def _segment(run: Run, _flags: Flags, _everything: bool) -> tuple[object, str]:
    changes = segment(run)
    return changes, "; ".join(f"{c.name} {c.members}" for c in changes) or "none defined"


def _export(run: Run, _flags: Flags, _everything: bool) -> tuple[object, str]:
    done = export(run)
    told = "; ".join(f"{d.name} {d.delivered} delivered, {d.blocked} blocked" for d in done)
    return done, told or "none defined"


_STAGE: dict[str, Callable[[Run, Flags, bool], tuple[object, str]]] = {
    "import": _import, "link": _link, "unify": _unify, "insight": _insight, "segment": _segment, "export": _export,
}
