"""One small company for all tests of the generator."""

from __future__ import annotations

from pathlib import Path

import pytest

from cem_cli.synth.company import write_company


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a company of 700 people, seed 11."""
    folder = tmp_path_factory.mktemp("company")
    write_company(folder, 700, 11)
    return folder
