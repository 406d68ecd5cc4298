from datetime import date
from decimal import Decimal

from cem_cli.insights.registry import MEASURES
from cem_cli.insights.run import read_measure, run_measures


def test_by_hand(world):
    world.product("s", "shoes", 50, cost=20)
    order = world.buy("A", 20, 100, channel="web")
    world.line(order, "s", 2, 100)
    world.refund("A", 10, 50, of=order, channel="web")
    world.buy("A", 5, "30.10", channel="store")
    world.buy("A", 4, 999, status="cancelled")
    gone = world.buy("B", 5, 10)
    world.refund("B", 4, 10, of=gone)
    rows = world.by_customer("spend")
    a, b = rows["A"], rows["B"]
    assert (a["total"], a["bought"], a["refunded"]) == (Decimal("80.10"), Decimal("130.10"), Decimal("-50.00"))
    assert (a["online"], a["in_stores"]) == (Decimal("50.00"), Decimal("30.10"))
    assert (a["orders"], a["average"]) == (2, Decimal("40.05"))
    assert a["margin"] is None, "the store's purchase has no lines, so its cost is unknown"
    assert (b["total"], b["orders"], b["average"]) == (0, 0, None)


def test_all_refunds(world):
    world.refund("A", 5, 10)
    assert world.by_customer("spend")["A"]["total"] == Decimal("-10.00")


def test_every_dimension_adds_up_to_all_revenue(world):
    world.insert("rate", currency="CHF", day=date(2026, 1, 1), rate=Decimal("1.1"))
    world.buy("A", 9, 100, store_id="S1", channel="store", properties={"tender": "cash"})
    world.buy("A", 8, 10, currency="CHF")
    world.buy(None, 7, 5, store_id="S1", channel="store")
    world.refund("A", 6, 20, store_id="S1", channel="store")
    rows = world.rows("spend_by", base={"currency": "EUR"})
    for dimension in ("channel", "store", "tender", "currency"):
        assert sum(row["net"] for row in rows if row["dimension"] == dimension) == Decimal("96.00")
    cells = {(r["customer_id"], r["dimension"], r["value"]): r for r in rows}
    assert cells["A", "store", "S1"]["net"] == Decimal("80.00")
    assert cells[None, "store", "S1"]["net"] == Decimal("5.00")
    assert cells["A", "tender", "cash"]["orders"] == 1
    assert cells["A", "currency", "CHF"]["original"] == Decimal("10.00")
    assert cells["A", "currency", "CHF"]["net"] == Decimal("11.00")


def test_mixed_currencies_are_refused(world):
    world.buy("A", 9, 100)
    world.buy("B", 8, 10, currency="CHF")
    assert "several currencies" in world.refusal("spend")
    assert world.run("lifecycle").refusal is None, "what needs no money still answers"


def test_some_customers_again_is_the_same_as_all_again(world):
    world.buy("A", 9, 100)
    world.buy("B", 8, 10)
    local = [name for name, measure in MEASURES.items() if measure.local]
    run_measures(world.con, local, world.as_of)
    world.buy("A", 3, 7)
    world.buy(None, 2, 11)
    world.con.execute("CREATE TEMP TABLE moved AS SELECT 'A' AS customer_id")
    run_measures(world.con, local, world.as_of, only="moved")
    partial = [read_measure(world.con, name) for name in local]
    run_measures(world.con, local, world.as_of)
    assert [read_measure(world.con, name) for name in local] == partial
    assert len(read_measure(world.con, "spend").rows) == 2
