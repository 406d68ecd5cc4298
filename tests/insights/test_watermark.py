"""A measure is kept exactly where nothing that it reads has changed."""

import inspect
import re
import sys

import pytest

from cem_cli.insights.registry import MEASURES
from cem_cli.insights.run import read_measure, run_measures
from cem_cli.insights.watermark import SOURCES, Watermarks

READ = sorted({*SOURCES, *(table for measure in MEASURES.values() for table in measure.reads)})


@pytest.fixture
def shop(world):
    """A small company in which most measures have something to say."""
    for n in range(60):
        order = world.buy(f"K{n:02}", 300 - n, 20 + n, properties={"delivered_at": f"2026-01-{1 + n % 28:02}T10:00:00Z"})
        world.line(order, f"S{n % 5}", 1, 20 + n)
        world.buy(f"K{n:02}", 20 + n % 30, 15)
        world.event(f"K{n:02}", 15, "nps_answer", properties={"score": n % 11}, text="Consegna lenta" if n % 2 else "Tutto perfetto")
        world.event(f"K{n:02}", 14, "survey_answer", properties={"csat": 1 + n % 5, "driver_price": 1 + n % 4, "driver_choice": 1 + n % 3})
        ticket = world.event(f"K{n:02}", 10, "ticket_opened", channel="phone", text="Il pacco è rotto")
        world.event(f"K{n:02}", 9, "ticket_solved", channel="phone", parent_id=ticket)
    for n in range(5):
        world.product(f"S{n}", f"C{n % 2}", 20 + n, 10)
    return world


def compute(world):
    return {result.name: result for result in run_measures(world.con, None, world.as_of, {"drivers": {"min_answers": 20}})}


def tables(world):
    return {name: read_measure(world.con, name) for name in MEASURES}


def test_nothing_new_keeps_everything(shop):
    first = compute(shop)
    assert not any(result.kept for result in first.values())
    before = tables(shop)
    again = compute(shop)
    assert all(result.kept for result in again.values())
    assert tables(shop) == before
    assert {name: (result.rows, result.refusal) for name, result in again.items()} == {
        name: (result.rows, result.refusal) for name, result in first.items()
    }


def test_a_measure_alone_comes_out_the_same(shop):
    """No measure lives on what another one leaves in memory."""
    compute(shop)
    left = shop.con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    for (table,) in left:
        shop.con.execute(f'DROP TABLE "{table}"')
    for name in (measure.name for measure in MEASURES.values() if measure.needs or measure.after):
        before = read_measure(shop.con, name)
        shop.con.execute("UPDATE cem.measure_state SET inputs = NULL WHERE name = ?", [name])
        results = run_measures(shop.con, [name], shop.as_of, {"drivers": {"min_answers": 20}})
        assert [result.name for result in results if not result.kept] == [name]
        assert read_measure(shop.con, name) == before


def test_a_new_event_is_seen_by_everybody_who_reads_events(shop):
    compute(shop)
    shop.buy("new", 3, 99)
    results = compute(shop)
    assert not any(result.kept for result in results.values())
    assert "new" in {row[0] for row in read_measure(shop.con, "spend").rows}


def test_what_builds_on_a_measure_follows_it(shop):
    compute(shop)
    results = {r.name: r for r in run_measures(shop.con, None, shop.as_of, {"drivers": {"min_answers": 20}, "voices": {"bad_below": -0.4}})}
    moved = {name for name, result in results.items() if not result.kept}
    assert {"voices", "recovery", "recovery_actions", "friction_moments", "friction", "experience_map"} <= moved
    assert not moved & {"rfm", "spend", "sentiment", "clv_historic", "drivers"}


def test_another_currency_rule_rebuilds_the_shared_tables(shop):
    compute(shop)
    shop.con.execute("UPDATE cem.event SET status = 'on hold' WHERE event_id = 1")
    compute(shop)
    given = {"base": {"cancelled_statuses": ["on hold"]}, "drivers": {"min_answers": 20}}
    results = {r.name: r for r in run_measures(shop.con, None, shop.as_of, given)}
    assert not results["spend"].kept
    assert shop.con.execute("SELECT kind FROM cem.base_purchase WHERE event_id = 1").fetchone() == ("cancelled",)


@pytest.mark.parametrize("table", READ)
def test_any_change_of_a_table_moves_its_watermark(world, table):
    def mark():
        return Watermarks(world.con).of(tables=(table,))

    columns = world.con.execute(f"DESCRIBE cem.{table}").fetchall()
    empty = mark()
    world.con.execute(f"INSERT INTO cem.{table} ({columns[0][0]}) VALUES (1), (2)")
    two = mark()
    world.con.execute(f"INSERT INTO cem.{table} ({columns[0][0]}) VALUES (1)")
    double = mark()
    text = [name for name, kind, *_ in columns if kind == "VARCHAR"][-1]
    world.con.execute(f"UPDATE cem.{table} SET \"{text}\" = 'x' WHERE rowid = 0")
    changed = mark()
    assert len({empty, two, double, changed}) == 4
    assert mark() == changed


@pytest.mark.parametrize("name", MEASURES)
def test_every_table_a_measure_names_is_watched(world, name):
    measure = MEASURES[name]
    written = inspect.getsource(sys.modules[measure.select_sql.__module__]) + measure.select_sql(measure.settings({}), world.as_of)
    named = {table for table in re.findall(r"\bcem\.(\w+)", written) if not table.startswith(("base_", "measure_"))}
    assert named <= {*SOURCES, *measure.reads, "yaml"}
    others = set(re.findall(r"cem\.measure_(\w+)", written)) - {name}
    assert others <= {*measure.needs, *measure.after}
