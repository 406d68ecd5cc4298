"""A project: cem.yaml and the files beside it, read as one immutable value with every mistake told at once.

    cem.yaml            name, workspace file, country, clock, linkage
    sources/*.yaml      one file per silo (`config.source`)
    survivorship.yaml   which record wins per field
    measures.yaml       parameters of measures that differ from their defaults
    segments.yaml       named expressions over profiles and measures
    exports.yaml        what is written where, for which purpose
    tests.yaml          assertions of `cem test`
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from cem_cli.base.clock import parse_as_of, wall_now
from cem_cli.base.errors import CemError, ExitCode, did_you_mean
from cem_cli.config.document import ConfigError, Document, Problem, Strict, read_document, validated
from cem_cli.config.source import SourceConfig, read_source

FILE_NAME = "cem.yaml"


class IdentifierRule(Strict):
    """How far an identifier kind may join records."""

    max_records: int = Field(default=50, ge=1, description="records that may share one value before it stops joining")
    blocked: tuple[str, ...] = ()
    """Values that never join (a shop's phone, info@...)."""
    max_people: int = Field(default=6, ge=1, description="different full names that may share one value before it stops joining")


class LinkageConfig(Strict):
    """`linkage:` of cem.yaml. Everything has a default that follows from the columns and the data."""

    columns: dict[str, str] = {}
    """Record field -> kind, where the default is not wanted (`ignore` leaves a field out)."""
    identifiers: dict[str, IdentifierRule] = {}
    """Identifier kinds that join records for certain, with their limits."""
    clean_sources: tuple[str, ...] = ()
    """Sources that hold at most one record per person."""
    max_cluster: int = Field(default=100, ge=2)
    """Records a customer may hold before its cluster is cut and sent to review."""
    review_from: float = Field(default=0.1, gt=0, lt=1)
    """Match probability from which an unlinked pair is worth a person's look."""
    match_from: float = Field(default=0.5, gt=0, lt=1)
    """Match probability from which a pair speaks for one person: the operating point."""
    rules: tuple[str, ...] = ()
    """Blocking rules as `cem link --plan` prints them (`surname + birth`), in place of those that follow from the data."""


class ProjectFile(Strict):
    """cem.yaml itself."""

    name: str
    database: str = "customers.duckdb"
    data: str = "."
    sources: str = "sources"
    exports: str = "exports"
    country: str = Field(default="IT", pattern="^[A-Z]{2}$")
    language: str = Field(default="it", pattern="^[a-z]{2}$")
    currency: str = Field(default="EUR", pattern="^[A-Z]{3}$")
    time_zone: str = "Europe/Rome"
    as_of: str | None = None
    max_quarantine: float = Field(default=0.01, ge=0, le=1)
    """Share of a file's rows (never fewer than 100 rows) that may be quarantined before the load is refused."""
    linkage: LinkageConfig = LinkageConfig()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as err:
            raise ValueError("not an IANA time zone (for example Europe/Rome)") from err
        return value


class SurvivorshipConfig(Strict):
    """One field's rule in survivorship.yaml."""

    strategy: str
    sources: tuple[str, ...] = ()
    """Order of sources for `source_priority`."""
    follow: str | None = None
    """Field whose winning record is taken, for `follow_winner`."""


class SegmentConfig(Strict):
    """One segment in segments.yaml."""

    where: str
    description: str = ""
    purpose: str | None = None
    parent: str | None = None


class ExportConfig(Strict):
    """One export in exports.yaml."""

    of: str = "profiles"
    """`profiles`, or a segment's name."""
    format: Literal["csv", "json", "ndjson", "parquet"] = "csv"
    columns: tuple[str, ...] = ()
    channel: str | None = None
    purpose: str | None = None
    path: str | None = None
    """File to write, below the project's exports folder; the export's name and format by default."""
    profile: Literal["machine", "spreadsheet"] = "machine"
    """`spreadsheet` neutralises values that a spreadsheet would run as a formula."""
    one_per: Literal["household"] | None = None
    """`household`: one of those who live together (one catalogue per household)."""
    description: str = ""


class AssertionConfig(Strict):
    """One assertion of `cem test` in tests.yaml."""

    expect: str
    where: str | None = None
    """Profiles to count; `expect` then knows `count` (they), `total` (all) and `share`."""
    description: str = ""


class Project(Strict):
    """Everything a command needs to know of a project."""

    folder: Path
    file: ProjectFile
    sources: tuple[SourceConfig, ...]
    survivorship: dict[str, SurvivorshipConfig] = {}
    measures: dict[str, dict[str, str | list[str] | dict[str, str]]] = {}
    segments: dict[str, SegmentConfig] = {}
    exports: dict[str, ExportConfig] = {}
    tests: dict[str, AssertionConfig] = {}

    @property
    def database(self) -> Path:
        """The workspace file."""
        return self.folder / self.file.database

    @property
    def data_folder(self) -> Path:
        """Where the files of the sources lie."""
        return (self.folder / self.file.data).resolve()

    @property
    def exports_folder(self) -> Path:
        """Where exports are written."""
        return self.folder / self.file.exports

    def source(self, name: str) -> SourceConfig:
        """Return the source called `name`. Raises CemError (exit 2) with the nearest known names."""
        for source in self.sources:
            if source.name == name:
                return source
        known = [source.name for source in self.sources]
        raise CemError("E-SOURCE-UNKNOWN", f"no source is called '{name}'; {did_you_mean(name, known)}",
                       where=str(self.folder / self.file.sources), fix=f"cem inspect FILE --write {self.file.sources}/{name}.yaml")

    def source_names(self) -> list[str]:
        """Return the names of the sources. Raises CemError (exit 2) where none is described yet."""
        if not self.sources:
            raise CemError("E-SOURCE-NONE", "no source is described yet", where=str(self.folder / self.file.sources),
                           fix=f"cem inspect FILE --write {self.file.sources}/NAME.yaml, for each export")
        return [source.name for source in self.sources]

    def instant(self, flag: str | None) -> datetime:
        """Return the run's `as_of`: the flag, else cem.yaml's, else now."""
        text = flag or self.file.as_of
        return parse_as_of(text) if text else wall_now()

    def fingerprint(self) -> str:
        """Return a hash of the whole configuration, for the ledger of runs."""
        return hashlib.sha256(self.model_dump_json(exclude={"folder"}).encode()).hexdigest()


def find_project(named: Path | None) -> Path:
    """Return the project's folder: the named one, or the nearest one upwards. Raises CemError (exit 10)."""
    if named is not None:
        folder = named.parent if named.name == FILE_NAME else named
        if (folder / FILE_NAME).is_file():
            return folder.resolve()
        raise CemError("E-NO-PROJECT", f"no {FILE_NAME} here", where=str(folder), code=ExitCode.NO_PROJECT, fix=f"cem init {folder}")
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise CemError("E-NO-PROJECT", f"no {FILE_NAME} in this folder or above it", where=str(here), code=ExitCode.NO_PROJECT,
                   fix="cem init my-project   (or cem demo, to look at a finished one)")


def read_project(folder: Path) -> Project:
    """Read and check a project. Raises ConfigError with all mistakes of all its files."""
    problems: list[Problem] = []

    def attempt(model: type[Strict], document: Document) -> Strict | None:
        try:
            return validated(model, document)
        except ConfigError as err:
            problems.extend(err.problems)
            return None

    file = attempt(ProjectFile, read_document(folder / FILE_NAME))
    sources = _read_sources(folder / (file.sources if isinstance(file, ProjectFile) else "sources"), problems)
    parts: dict[str, dict[str, object]] = {}
    for name, model in _PARTS.items():
        parts[name] = _read_part(folder / f"{name}.yaml", model, problems)
    if problems or not isinstance(file, ProjectFile):
        raise ConfigError(problems)
    return Project.model_validate({"folder": folder, "file": file, "sources": sources, **parts})


_PARTS: dict[str, type[Strict] | None] = {
    "survivorship": SurvivorshipConfig,
    "measures": None,
    "segments": SegmentConfig,
    "exports": ExportConfig,
    "tests": AssertionConfig,
}


def _read_part(path: Path, model: type[Strict] | None, problems: list[Problem]) -> dict[str, object]:
    """Read a file that maps names to entries; an absent file is an empty one."""
    if not path.is_file():
        return {}
    try:
        document = read_document(path)
    except ConfigError as err:
        problems.extend(err.problems)
        return {}
    if document.data is None:
        return {}
    if not isinstance(document.data, dict):
        problems.append(Problem(str(path), "expected names with their entries (name: {...})"))
        return {}
    entries: dict[str, object] = {}
    for name, data in document.data.items():
        if not isinstance(data, dict):
            problems.append(Problem(document.place((name,)), "expected keys with values"))
            continue
        try:
            entries[name] = validated(model, document, data, (name,)) if model else data
        except ConfigError as err:
            problems.extend(err.problems)
    return entries


def _read_sources(folder: Path, problems: list[Problem]) -> list[SourceConfig]:
    sources: list[SourceConfig] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            source = read_source(path)
        except ConfigError as err:
            problems.extend(err.problems)
            continue
        if source.name in {other.name for other in sources}:
            problems.append(Problem(str(path), f"a second source called '{source.name}'"))
        sources.append(source)
    return sources
