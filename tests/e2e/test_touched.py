"""Whoever was touched is unified once and measured once, whichever steps were skipped, repeated or stopped in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cem_cli.store.workspace import Access, open_workspace
from tests.e2e.conftest import Outcome
from tests.e2e.test_keeping import two_strangers
from tests.e2e.test_loop import query

pytestmark = pytest.mark.xdist_group("demo")
Cem = Callable[..., Outcome]


def built(cem: Cem, folder: Path) -> int:
    """Return how many profiles `cem run --to unify` builds."""
    document = cem("run", "--to", "unify", "--project", folder, "--json").document
    return int(document["counts"]["profiles_built"])


def results(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all profiles and what is measured of customers."""
    names = [str(row[0]) for row in query(folder, """
        SELECT table_name FROM duckdb_columns() WHERE schema_name = 'cem' AND table_name LIKE 'measure_%' AND column_name = 'customer_id'
        ORDER BY ALL""")]
    return {name: query(folder, f"SELECT * FROM cem.{name} ORDER BY ALL") for name in ("profile", *names)}


def forget_measures(folder: Path) -> None:
    with open_workspace(folder / "customers.duckdb", Access("test")) as workspace:
        workspace.con.execute("DELETE FROM cem.measure_state").fetchall()


def marry(cem: Cem, folder: Path) -> None:
    """Make one customer of two by a decision."""
    one, other = two_strangers(folder)
    assert cem("decide", "link", one, other, "--why", "same passport", "--project", folder).code == 0


def test_a_touched_customer_is_unified_once_and_measured_once(own_demo: Path, cem: Cem) -> None:
    before = results(own_demo)
    marry(cem, own_demo)
    assert built(cem, own_demo) == 1
    assert built(cem, own_demo) == 0, "nobody was touched since"
    assert results(own_demo)["measure_rfm"] == before["measure_rfm"], "no measure was computed yet"
    assert cem("run", "--project", own_demo).code == 0
    after = results(own_demo)
    assert after["measure_rfm"] != before["measure_rfm"]
    forget_measures(own_demo)
    assert cem("unify", "--project", own_demo).code == cem("insight", "run", "--project", own_demo).code == 0
    assert results(own_demo) == after, "the same as everything anew"


def test_measures_in_between_do_not_make_profiles_forget(own_demo: Path, cem: Cem) -> None:
    marry(cem, own_demo)
    assert cem("insight", "run", "--project", own_demo).code == 0
    assert built(cem, own_demo) == 1


def test_a_stopped_step_is_done_by_the_next_run(own_demo: Path, cem: Cem, monkeypatch: pytest.MonkeyPatch) -> None:
    marry(cem, own_demo)
    with monkeypatch.context() as broken:
        broken.setattr("cem_cli.profiles.search.index_profiles", None)
        assert cem("run", "--project", own_demo).code != 0
    with monkeypatch.context() as broken:
        broken.setattr("cem_cli.insights.run.run_measures", None)
        assert cem("run", "--project", own_demo).code != 0
    assert query(own_demo, "SELECT count(*) FROM cem.touched_customer") == [(0,)]
    assert query(own_demo, "SELECT count(*) FROM cem.touched_profile") != [(0,)]
    assert cem("run", "--project", own_demo).code == 0
    after = results(own_demo)
    forget_measures(own_demo)
    assert cem("unify", "--project", own_demo).code == cem("insight", "run", "--project", own_demo).code == 0
    assert results(own_demo) == after


def test_another_configuration_is_remembered_until_profiles_follow_it(own_demo: Path, cem: Cem) -> None:
    config = own_demo / "cem.yaml"
    config.write_text(config.read_text().replace("name: bottega", "name: emporio"))
    assert cem("run", "--to", "link", "--project", own_demo).code == 0
    everybody = query(own_demo, "SELECT count(*) FROM cem.profile")[0][0]
    assert built(cem, own_demo) == everybody
    assert built(cem, own_demo) == 0
