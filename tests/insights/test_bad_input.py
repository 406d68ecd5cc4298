"""What no measure may stumble over: each either refuses with a reason or gives a right result."""

import pytest

from cem_cli.insights.registry import MEASURES
from cem_cli.insights.run import read_measure, run_measures


def no_orders(world):
    world.event("A", 5)
    world.event(None, 5)


def one_customer(world):
    world.line(world.buy("A", 5, 10), "s", 1, 10)


def all_refunds(world):
    for customer in "AB":
        world.line(world.refund(customer, 5, 10), "s", 1, 10)


def future_dates(world):
    for customer in "AB":
        world.line(world.buy(customer, -5, 10), "s", 1, 10)
        world.event(customer, -400, "ticket_opened")


def negative_quantities(world):
    world.product("s", "shoes", 10, cost=4)
    world.line(world.buy("A", 5, 10), "s", -1, 10)
    world.line(world.buy("A", 4, -10), "s", -1, -10)


def mixed_currencies(world):
    for customer, currency in zip("ABC", ("EUR", "CHF", None), strict=True):
        world.line(world.buy(customer, 5, 10, currency=currency), "s", 1, 10)


def empty_texts(world):
    world.event("A", 5, "review", text="")
    world.event("A", 4, "ticket_opened", text=None, channel="", source="")
    world.event("A", 3, "nps_answer", properties={"score": ""})


def zero_amounts(world):
    world.line(world.buy("A", 5, 0), "s", 0, 0)
    world.buy("B", 5, None)


def long_text(world):
    for n in range(3):
        world.event("A", 5 + n, "review", text="Il personale è gentile ma la consegna è lenta. " * 2_200, properties={"rating": 2})
        world.event("A", 5 + n, "comment", text="a" * 100_000)


CASES = (
    no_orders, one_customer, all_refunds, future_dates, negative_quantities, mixed_currencies, empty_texts, zero_amounts, long_text,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_refusal_with_a_reason_or_a_result(world, case):
    case(world)
    results = run_measures(world.con, None, world.as_of)
    assert [result.name for result in results] == list(MEASURES)
    for result in results:
        table = read_measure(world.con, result.name)
        assert len(table.rows) == result.rows
        assert (result.refusal is None) == (table.refusal is None)
        if result.refusal:
            assert result.refusal.reason
            assert result.rows == 0
        keys = [tuple(row[table.columns.index(k)] for k in MEASURES[result.name].key) for row in table.rows]
        assert len(keys) == len(set(keys)), f"{result.name} has two rows for one key"


def test_a_long_text_is_read_by_its_beginning(world):
    long_text(world)
    run_measures(world.con, None, world.as_of)
    table = read_measure(world.con, "sentiment")
    labels = [row[table.columns.index("label")] for row in table.rows]
    assert sorted(labels) == ["negative"] * 3 + ["neutral"] * 3


def test_mixed_currencies_refuse_exactly_what_is_about_money(world):
    mixed_currencies(world)
    refused = {r.name for r in run_measures(world.con, None, world.as_of) if r.refusal and "currencies" in r.refusal.reason}
    assert refused == {name for name, measure in MEASURES.items() if measure.money} | {
        name for name, measure in MEASURES.items() if any(MEASURES[n].money for n in measure.needs)
    }


def test_two_runs_and_two_thread_counts_give_the_same(world):
    for n in range(60):
        for k in range(n % 4 + 1):
            order = world.buy(f"K{n}" if n % 9 else None, 300 - 3 * n - 20 * k, 10 + n / 7, channel="web" if n % 2 else "store")
            world.line(order, f"s{n % 5}", 1, 10)
            world.line(order, f"s{(n + k) % 7}", 1, n / 7)

    def everything(threads):
        world.con.execute(f"SET threads = {threads}")
        world.con.execute("DROP TABLE IF EXISTS cem.measure_state")  # nothing is kept from the run before
        run_measures(world.con, None, world.as_of, {"crosssell": {"min_baskets": 5, "min_together": 1}, "rfm": {"min_customers": 5}})
        return {name: read_measure(world.con, name) for name in MEASURES}

    first = everything(2)
    assert everything(2) == first
    assert everything(1) == first
