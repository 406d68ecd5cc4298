from datetime import datetime
from decimal import Decimal

import numpy as np
import pytest


def on(month, day=5, year=2026):
    return datetime(year, month, day)


def test_series_and_slope_by_hand(world):
    for month, amount in ((1, 10), (2, 20), (4, 40), (5, 50)):
        world.buy("A", 0, amount, at=on(month))
    world.buy("A", 0, 999, at=on(6))
    order = world.buy("B", 0, 30, at=on(2))
    world.refund("B", 0, 30, of=order, at=on(3))
    world.event("C", 0, at=on(4))
    world.event("D", 0, at=on(6, 29))
    rows = world.by_customer("trend", periods=6)
    a = rows["A"]
    assert a["periods"] == 5, "known since January; June is not over"
    assert a["spend"] == [Decimal(x) for x in (10, 20, 0, 40, 50)]
    assert a["spend_slope"] == pytest.approx(np.polyfit(range(5), [10, 20, 0, 40, 50], 1)[0], abs=1e-4)
    assert a["orders"] == a["acts"] == [1, 1, 0, 1, 1]
    assert rows["B"]["spend"] == [30, -30, 0, 0]
    assert rows["B"]["orders_slope"] == 0.0, "a purchase given back is no order"
    assert (rows["C"]["acts"], rows["C"]["acts_slope"]) == ([1, 0], None)
    assert "D" not in rows


def test_the_window_cuts_older_periods(world):
    world.buy("A", 0, 10, at=on(1, year=2024))
    world.buy("A", 0, 7, at=on(5))
    row = world.by_customer("trend", periods=3)["A"]
    assert (row["periods"], row["spend"]) == (3, [0, 0, 7])
    assert row["spend_slope"] == 3.5


def test_weeks(world):
    world.buy("A", 0, 10, at=datetime(2026, 6, 15))
    assert world.by_customer("trend", period="week")["A"]["spend"] == [10, 0]
