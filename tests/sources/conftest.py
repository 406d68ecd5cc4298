"""A workspace in a temporary folder and a bench on which sources are imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cem_cli.config.source import SourceConfig, read_source
from cem_cli.sources.context import ImportContext
from cem_cli.sources.load import import_source
from cem_cli.sources.results import FileResult, ImportResult
from cem_cli.store.workspace import Access, Workspace, open_workspace

PEOPLE = """
key: id
record: {given_name: first, surname: last, email: email, phone: phone}
"""


class Bench:
    """Imports files of a source and asks the workspace."""

    def __init__(self, folder: Path, workspace: Workspace) -> None:
        self.folder, self.workspace = folder, workspace
        self.context = ImportContext(1, datetime(2026, 6, 30, tzinfo=UTC), workspace.key, workspace.spill)

    def source(self, text: str, name: str = "people") -> SourceConfig:
        path = self.folder / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return read_source(path)

    def file(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def take(self, source: SourceConfig, *files: Path, **changes: object) -> ImportResult:
        context = replace(self.context, **changes)  # type: ignore[arg-type]
        return import_source(self.workspace.transaction, source, files, context)

    def load(self, text: str, content: str | bytes, name: str = "people.csv") -> FileResult:
        return self.take(self.source(text), self.file(name, content)).files[0]

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        return self.workspace.con.execute(sql).fetchall()

    def counts(self) -> dict[str, int]:
        tables = ("import_file", "raw", "quarantine", "record", "identifier", "consent", "event", "order_line")
        return {table: int(str(self.ask(f"SELECT count(*) FROM cem.{table}")[0][0])) for table in tables}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with open_workspace(tmp_path / "w.duckdb", Access("test")) as workspace:
        yield Bench(tmp_path, workspace)
