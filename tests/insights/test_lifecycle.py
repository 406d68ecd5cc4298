import pytest

from cem_cli.insights.run import read_measure, run_measures


@pytest.mark.parametrize(
    ("days", "stage", "since"),
    [
        ([10], "first_time", 10),
        ([30, 10], "repeat", 10),
        ([90, 50, 40, 30, 10], "loyal", 30),
        ([300, 200], "at_risk", 19),
        ([500, 400], "lapsed", 34),
        ([800], "ended", 69),
        ([180], "first_time", 180),
    ],
)
def test_stages_of_buyers(world, days, stage, since):
    for day in days:
        world.buy("A", day, 10)
    row = world.by_customer("lifecycle")["A"]
    assert row["stage"] == stage
    assert (world.as_of.replace(tzinfo=None) - row["since"]).days == since
    assert row["orders"] == len(days)


def test_who_never_bought(world):
    world.person("P", kind="prospect")
    world.person("V", kind="anonymous")
    world.event("W", 5)
    gone = world.buy("R", 5, 10)
    world.refund("R", 4, 10, of=gone)
    world.buy("F", -3, 10)
    rows = world.by_customer("lifecycle")
    assert {c: rows[c]["stage"] for c in rows} == {
        "P": "prospect", "V": "anonymous", "W": "prospect", "R": "prospect", "F": "prospect",
    }


def test_limits_are_those_of_the_stage_history(world):
    world.buy("A", 20, 10)
    run_measures(world.con, ["lifecycle"], world.as_of, {"stage_history": {"at_risk_days": "10"}})
    table = read_measure(world.con, "lifecycle")
    assert table.rows[0][table.columns.index("stage")] == "at_risk"


def test_currencies_without_rates_do_not_hide_purchases(world):
    world.buy("A", 20, 10, currency="CHF")
    order = world.buy("B", 20, 10, currency="CHF")
    world.refund("B", 10, 10, of=order, currency="CHF")
    world.buy("C", 20, 10)
    rows = world.by_customer("lifecycle")
    assert [rows[c]["stage"] for c in "ABC"] == ["first_time", "prospect", "first_time"]
