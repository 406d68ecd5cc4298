from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def money(world, **params):
    return {(row["model"], row["touch"]): row["money"] for row in world.rows("attribution", **params)}


def visit(world, customer, days, source, medium="m"):
    world.event(customer, days, "session_start", properties={"source": source, "medium": medium})


def test_four_models_by_hand(world):
    visit(world, "A", 50, "old")
    visit(world, "A", 20, "google", "cpc")
    world.event("A", 15, "email_clicked")
    world.event("A", 14, "email_opened")
    visit(world, "A", 12.1, "direct")
    visit(world, "A", 12.05, "direct")
    order = world.buy("A", 12, 110)
    world.refund("A", 11, 10, of=order)
    visit(world, "A", 5, "late")
    world.buy(None, 3, 7)
    found = money(world)
    google, mail, direct = "google / cpc", "email_clicked", "direct / m"
    assert (found["first", google], found["last", direct], found["first", direct]) == (100, 100, 0)
    assert (found["linear", google], found["linear", mail], found["linear", direct]) == (
        Decimal("33.33"), Decimal("33.34"), Decimal("33.33"))
    assert (found["position", google], found["position", mail], found["position", direct]) == (40, 20, 40)
    assert {value for (model, touch), value in found.items() if touch == "(none)"} == {7}
    assert not any("late" in touch or "old" in touch for _, touch in found)
    assert money(world, lookback_days=60)["first", "old / m"] == 100


def test_two_contacts_share_and_an_earlier_purchase_ends_the_way(world):
    visit(world, "A", 20, "a")
    visit(world, "A", 18, "b")
    world.buy("A", 15, 10)
    world.buy("A", 10, 20)
    found = money(world)
    assert (found["position", "a / m"], found["position", "b / m"], found["position", "(none)"]) == (5, 5, 20)


def test_no_purchases(world):
    world.event("A", 5)
    assert "kept purchases" in world.refusal("attribution")


way = st.tuples(st.lists(st.tuples(st.integers(11, 50), st.sampled_from("abc")), max_size=6), st.decimals("0.01", 500, places=2))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ways=st.lists(way, min_size=1, max_size=3), ends=st.sampled_from([0.0, 0.3, 0.4, 0.5]))
def test_every_model_adds_up_to_the_cent(world, ways, ends):
    for table in ("event", "event_customer"):
        world.con.execute(f"DELETE FROM cem.{table}")
    for number, (contacts, amount) in enumerate(ways):
        for days, source in contacts:
            visit(world, f"K{number}", days, source)
        world.buy(f"K{number}", 10, amount)
    rows = world.rows("attribution", ends=ends)
    total = sum(amount for _, amount in ways)
    for model in ("first", "last", "linear", "position"):
        assert sum(row["money"] for row in rows if row["model"] == model) == total
        assert sum(row["purchases"] for row in rows if row["model"] == model) == pytest.approx(len(ways), abs=0.03)
        assert all(row["money"] >= 0 for row in rows)
