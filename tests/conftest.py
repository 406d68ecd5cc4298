"""Shared by all tests: the golden-file flag, an empty workspace, the sample company run once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.store.tables import TABLES, create_sql

settings.register_profile("cem", deadline=None)  # machines are noisy: a slow example is no finding
settings.load_profile("cem")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files instead of comparing with them")


@pytest.fixture
def golden(request: pytest.FixtureRequest):
    """Compare text with a file in tests/golden (or rewrite the file, with --update-golden)."""

    def compare(name: str, text: str) -> None:
        path = Path(__file__).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def con() -> Iterator[Connection]:
    """A connection in memory with every table of the contracts, empty."""
    connection = connect_memory(threads=2)
    connection.execute("CREATE SCHEMA cem")
    for table in TABLES:
        connection.execute(create_sql(table))
    yield connection
    connection.close()
