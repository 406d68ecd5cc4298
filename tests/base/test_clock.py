"""One clock: only base/ asks the machine for the time, and no SQL does."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cem_cli.base.clock import parse_as_of
from cem_cli.base.errors import CemError

PACKAGE = Path(__file__).parents[2] / "cem_cli"
CLOCKS = re.compile(
    r"datetime\.now|date\.today|time\.time\(|\bnow\(\)|current_date|current_timestamp|get_current_time|utcnow|today\(\)", re.IGNORECASE
)


def test_no_other_clock_is_read() -> None:
    readers = [
        f"{path.relative_to(PACKAGE)}:{number}"
        for path in sorted(PACKAGE.rglob("*.py")) if path.parent.name != "base"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if CLOCKS.search(line) and "wall_now()" not in line
    ]
    assert readers == []


def test_only_known_places_use_the_wall_clock() -> None:
    users = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if "wall_now" in path.read_text()}
    assert users <= {
        "base/clock.py", "cli/main.py", "config/project.py", "store/lock.py", "store/workspace.py", "pipeline.py",
        "cli/decide.py", "cli/review.py", "cli/unify.py",
    }


@pytest.mark.parametrize("text", ["2026-06-30", "2026-06-30T00:00:00+00:00", "2026-06-30T00:00:00"])
def test_as_of_spellings(text: str) -> None:
    assert parse_as_of(text) == datetime(2026, 6, 30, tzinfo=UTC)


def test_bad_as_of_says_what_is_expected() -> None:
    with pytest.raises(CemError, match="E-AS-OF"):
        parse_as_of("30/06/2026")
