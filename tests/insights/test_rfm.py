from decimal import Decimal

import pytest


def test_scores_by_hand(world):
    """Five customers in order; then everyone's score is their place."""
    for place, customer in enumerate("ABCDE"):
        for order in range(place + 1):
            world.buy(customer, 50 - place * 10 + order, 10)
    rows = world.by_customer("rfm", min_customers=5)
    assert [rows[c]["recency_days"] for c in "ABCDE"] == [50, 40, 30, 20, 10]
    assert [(rows[c]["r"], rows[c]["f"], rows[c]["m"]) for c in "ABCDE"] == [(i, i, i) for i in range(1, 6)]
    assert [rows[c]["segment"] for c in "ABCDE"] == ["hibernating", "hibernating", "loyal", "champion", "champion"]
    assert rows["E"]["monetary"] == Decimal("50.00")


def test_ties_score_the_same_and_refunds_count(world):
    for customer in "ABCD":
        world.buy(customer, 10, 30)
    order = world.buy("E", 5, 100)
    world.refund("E", 3, 40, of=order)
    gone = world.buy("F", 4, 70)
    world.refund("F", 2, 70, of=gone)
    rows = world.by_customer("rfm", min_customers=1)
    assert "F" not in rows, "a purchase wholly refunded is not one"
    assert {rows[c]["f"] for c in "ABCDE"} == {3}
    assert {rows[c]["r"] for c in "ABCD"} == {3}
    assert rows["E"]["r"] == 5
    assert rows["E"]["monetary"] == Decimal("60.00")


def test_window_and_future_are_left_out(world):
    world.buy("A", 800, 10)
    world.buy("B", -1, 10)
    world.buy("C", 1, 10)
    assert set(world.by_customer("rfm", min_customers=1)) == {"C"}


@pytest.mark.parametrize("customers", [0, 1])
def test_refuses_few(world, customers):
    for n in range(customers):
        world.buy(f"C{n}", 1, 10)
    assert f"{customers} customers" in world.refusal("rfm")
