from datetime import datetime


def test_all_silos_in_order_with_stage_money_and_feeling(world):
    world.event("A", 0, "search", at=datetime(2026, 1, 1), source="ga4")
    order = world.buy("A", 0, 50, at=datetime(2026, 1, 2), source="shop")
    world.event("A", 0, "nps_answer", at=datetime(2026, 1, 3), source="survey", properties={"score": 0})
    world.refund("A", 0, 20, of=order, at=datetime(2026, 1, 4), source="shop")
    world.buy("A", 0, 99, at=datetime(2026, 1, 5), status="cancelled")
    world.event(None, 3, "beacon_seen", channel="app")
    world.event("A", -3, "search")
    rows = world.rows("timeline")
    assert [(r["source"], r["stage"], r["touchpoint"], r["money"], r["feeling"]) for r in rows if r["customer_id"] == "A"] == [
        ("ga4", "prospect", "web_visit", None, None), ("shop", "first_time", "web_order", 50, None),
        ("survey", "first_time", "feedback", None, -1.0), ("shop", "first_time", "return", -20, None),
        ("shop", "first_time", "web_order", None, None),
    ]
    assert [(r["stage"], r["touchpoint"]) for r in rows if r["customer_id"] is None] == [("unknown", "store")]
    assert len(rows) == 6
