import pytest


def test_own_rhythm_by_hand(world):
    for day in (100, 90, 80, 70):
        world.buy("A", day, 10)
    for day in (60, 40, 20):
        world.buy("B", day, 10)
    world.buy("C", 30, 10)
    rows = world.by_customer("churn")
    a, b, c = rows["A"], rows["B"], rows["C"]
    assert (a["gaps"], a["gap"], a["overdue"], a["quiet"]) == (3, 10.0, 7.0, True)
    assert (b["gap"], b["overdue"], b["quiet"]) == (20.0, 1.0, False)
    assert (c["gap"], c["overdue"]) == (10.0, 3.0), "one purchase: everybody's median gap"
    assert (a["basis"], a["risk"], a["band"]) == ("gap", 1.0, "high")
    assert (b["risk"], b["band"]) == (0.0, "low"), "no return came sooner than one usual gap"


def test_risk_is_the_share_of_returns_that_came_sooner(world):
    for day in (110, 100, 80, 60, 30):
        world.buy("A", day, 10)
    row = world.by_customer("churn")["A"]
    assert row["gap"] == 20.0
    assert row["overdue"] == 1.5
    assert row["risk"] == pytest.approx(0.75), "gaps of 10, 20, 20 and 30 days; three are shorter than 30"
    assert row["band"] == "high"


def test_nobody_came_back(world):
    world.buy("A", 5, 10)
    world.buy("B", 5, 10)
    assert "0 customers who came back" in world.refusal("churn")
