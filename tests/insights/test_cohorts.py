from datetime import date, datetime
from decimal import Decimal


def on(month, day=5):
    return datetime(2026, month, day)


def test_by_hand(world):
    world.product("s", "shoes", 10, cost=4)
    first = world.buy("A", 0, 10, at=on(4))
    world.line(first, "s", 1, 10)
    world.buy("B", 0, 20, at=on(4))
    again = world.buy("A", 0, 30, at=on(6))
    world.line(again, "s", 3, 30)
    world.refund("B", 0, 5, at=on(5))
    world.buy("C", 0, 7, at=on(5))
    world.buy(None, 0, 100, at=on(5))
    world.refund("D", 0, 1, at=on(5))
    rows = {(r["cohort"], r["period"]): r for r in world.rows("cohorts")}
    april = [rows[date(2026, 4, 1), period] for period in range(3)]
    assert [r["customers"] for r in april] == [2, 2, 2]
    assert [r["retention"] for r in april] == [1.0, 0.0, 0.5]
    assert [r["revenue"] for r in april] == [30, -5, 30]
    assert [r["margin"] for r in april] == [None, -5, 18]
    assert [r["per_customer"] for r in april] == [Decimal(15), Decimal("12.50"), Decimal("27.50")]
    assert [r["complete"] for r in april] == [True, True, False]
    assert rows[date(2026, 5, 1), 1]["active"] == 0, "a month without a purchase is told"
    assert rows[None, None]["revenue"] == 99
    assert sum(r["revenue"] for r in rows.values()) == 161


def test_nobody_known(world):
    world.buy(None, 5, 10)
    assert "0 purchases by known customers" in world.refusal("cohorts")
