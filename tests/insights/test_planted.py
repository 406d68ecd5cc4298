"""The planted truths of the sample company are found, each above every decoy; benchmarks/planted.py runs 20 seeds."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "planted.py"


@pytest.fixture(scope="module")
def planted() -> ModuleType:
    sys.path.insert(0, str(BENCHMARK.parent))  # it has a neighbour
    spec = importlib.util.spec_from_file_location("planted", BENCHMARK)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["planted"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_what_was_planted_ranks_above_every_decoy(planted: ModuleType, tmp_path: Path, seed: int) -> None:
    con = planted.connect(planted.measured_company(tmp_path, seed, 1500))
    try:
        company = planted.Company(con, tmp_path / "data", seed, 1500)
        missed = [f"{v.truth}: {v.figures}" for v in planted.verdicts(con) if not v.found]
        assert not missed
        for score in planted.scores(company):
            assert score.reached >= planted.BAR or score.reached > score.possible - 0.06, score
        for coverage in planted.coverages(company):
            assert coverage.of < 20 or 0.80 <= coverage.held / coverage.of <= 0.98, coverage
    finally:
        con.close()
