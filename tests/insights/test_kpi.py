from datetime import date, datetime
from decimal import Decimal


def on(month, day=5):
    return datetime(2026, month, day)


def test_by_hand(world):
    world.buy("A", 0, 10, at=on(3))
    world.buy("B", 0, 20, at=on(3))
    world.buy("A", 0, 30, at=on(4))
    order = world.buy("C", 0, 50, at=on(4))
    world.refund("C", 0, 50, of=order, at=on(6))
    world.buy(None, 0, 5, at=on(4))
    rows = {r["period"].month: r for r in world.rows("kpi")}
    assert list(rows) == [3, 4, 5, 6]
    march, april, may, june = rows.values()
    assert (march["net"], march["customers"], march["new"], march["retention"]) == (30, 2, 2, None)
    assert (april["net"], april["customers"], april["new"], april["retention"]) == (85, 2, 1, 0.5)
    assert (april["orders"], april["average"], april["unattributed"]) == (2, Decimal("17.50"), 5)
    assert (may["net"], may["margin"], may["customers"], may["retention"]) == (0, 0, 0, 0.0)
    assert (june["net"], june["refunded"], june["refund_rate"], june["complete"]) == (-50, -50, None, False)
    assert april["complete"]
    total = world.con.execute("SELECT sum(amount) FROM cem.base_purchase").fetchone()[0]
    assert sum(r["net"] for r in rows.values()) == total
    assert rows[3]["period"] == date(2026, 3, 1)


def test_nothing_sold(world):
    world.event("A", 5)
    assert "0 revenue events" in world.refusal("kpi")
