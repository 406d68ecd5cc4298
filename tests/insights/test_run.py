import pytest

from cem_cli.base.errors import CemError
from cem_cli.insights.measure import HEADINGS
from cem_cli.insights.registry import MEASURES
from cem_cli.insights.run import measure_states, ordered, read_measure, run_measures


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_explains_itself(name):
    measure = MEASURES[name]
    places = [measure.doc.find(f"\n{heading}") for heading in HEADINGS]
    assert -1 not in places, f"{name} lacks one of {HEADINGS}"
    assert places == sorted(places)
    assert set(measure.key) <= {column.name for column in measure.columns}
    assert all(column.meaning for column in measure.columns)
    assert {*measure.needs, *measure.after} <= set(MEASURES)


def test_a_measure_comes_after_what_it_needs():
    for measure in MEASURES.values():
        names = [m.name for m in ordered([measure.name])]
        assert names[-1] == measure.name
        assert {*measure.needs, *measure.after} <= set(names)


def test_everything_runs_on_an_empty_workspace_and_says_why_it_refuses(world):
    results = {result.name: result for result in run_measures(world.con, None, world.as_of)}
    assert list(results) == list(MEASURES)
    for result in results.values():
        if result.refusal:
            assert result.rows == 0
            assert result.refusal.reason


def test_unknown_measure_and_parameter(world):
    with pytest.raises(CemError, match="no measure is called") as unknown:
        world.run("rfmm")
    assert "rfm" in unknown.value.why
    with pytest.raises(CemError) as wrong:
        world.run("rfm", window="30")
    assert "window" in wrong.value.why
    assert "window_days" in wrong.value.fix
    with pytest.raises(CemError, match="no measure is called 'stage_histor'"):
        run_measures(world.con, ["rfm"], world.as_of, {"stage_histor": {"loyal_orders": "5"}})


def test_reading_needs_a_run(world):
    with pytest.raises(CemError, match="not been computed"):
        read_measure(world.con, "rfm")


def test_text_parameters_from_yaml_are_typed(world):
    world.buy("A", 5, 10)
    assert world.rows("rfm", min_customers="1", window_days="30")[0]["frequency"] == 1


def test_a_refusal_empties_the_table_and_is_read_back(world):
    world.buy("A", 5, 10)
    world.rows("rfm", min_customers=1)
    world.refusal("rfm", min_customers=2)
    table = read_measure(world.con, "rfm")
    assert table.rows == []
    assert "1 customers" in table.refusal


def test_columns_are_in_the_field_catalogue(world):
    world.buy("A", 5, 10)
    world.run("rfm", min_customers=1)
    fields = dict(world.con.execute("SELECT name, column_name FROM cem.field WHERE table_name = 'measure_rfm'").fetchall())
    assert fields["rfm_segment"] == "segment"
    assert "rfm_customer_id" not in fields


def test_states_are_told(world):
    assert measure_states(world.con) == {}
    world.buy("A", 5, 10)
    world.run("rfm")
    world.run("spend")
    assert measure_states(world.con) == {
        "rfm": "refused: 1 customers with a purchase in 730 days, at least 50 needed", "spend": "1 rows as of 2026-06-30",
    }


def test_one_customers_rows(world):
    world.buy("A", 5, 10)
    world.buy("B", 5, 20)
    world.rows("spend")
    world.rows("kpi")
    assert [row[0] for row in read_measure(world.con, "spend", "B").rows] == ["B"]
    assert read_measure(world.con, "spend", "nobody").rows == []
    with pytest.raises(CemError, match="not about single customers"):
        read_measure(world.con, "kpi", "B")
