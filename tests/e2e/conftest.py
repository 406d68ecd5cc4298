"""The command line called in-process, and the sample company run once per worker."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cem_cli.cli.main import run


@dataclass(frozen=True)
class Outcome:
    """What a command line left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document on stdout: exactly one, and valid."""
        document: dict[str, Any] = json.loads(self.out)
        assert document["schema"] == "cem.result/1"
        assert document["exit_code"] == self.code
        return document


def call(*args: object) -> Outcome:
    """Run `cem ARGS` and return what it left."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = run([str(arg) for arg in args])
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Outcome(code, out.getvalue(), err.getvalue())


@pytest.fixture
def cem() -> Callable[..., Outcome]:
    """The command line as a function."""
    return call


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample company after `cem demo`. Read only: tests that write take `own_demo`."""
    folder = tmp_path_factory.mktemp("demo") / "cem-demo"
    outcome = call("demo", folder, "--json")
    assert outcome.code == 0, outcome.out + outcome.err
    (folder / "demo.json").write_text(outcome.out)
    return folder


@pytest.fixture
def own_demo(demo: Path, tmp_path: Path) -> Path:
    """A copy of the finished demo that a test may change."""
    return Path(shutil.copytree(demo, tmp_path / "own"))
