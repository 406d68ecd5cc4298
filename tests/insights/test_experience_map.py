from datetime import datetime


def cells(world, **params):
    return {(row["stage"], row["touchpoint"]): row for row in world.rows("experience_map", **params)}


def test_cells_by_hand(world):
    world.event("A", 0, "search", at=datetime(2026, 1, 1))
    order = world.buy("A", 0, 50, at=datetime(2026, 1, 2), properties={"delivered_at": "2026-01-04T00:00:00Z"})
    world.event("A", 0, "shipped", at=datetime(2026, 1, 3), parent_id=order, active=False)
    ticket = world.event("A", 0, "ticket_opened", at=datetime(2026, 1, 5), parent_id=order, channel="email")
    world.event("A", 0, "ticket_solved", at=datetime(2026, 1, 5, 6), parent_id=ticket, active=False)
    world.event("A", 0, "nps_answer", at=datetime(2026, 1, 6), properties={"score": 5, "touchpoint": "consegna"})
    world.event("B", 1, "search")
    world.buy(None, 3, 7, type="receipt", channel="store")
    world.event(None, 3, "visit")
    found = cells(world)
    assert (found["prospect", "web_visit"]["events"], found["prospect", "web_visit"]["dropped"]) == (2, 0.0)
    bought = found["first_time", "web_order"]
    assert (bought["events"], bought["people"], bought["acts"], bought["money"]) == (1, 1, 1, 50)
    delivery = found["first_time", "delivery"]
    assert (delivery["events"], delivery["acts"], delivery["wait_hours"], delivery["voices"], delivery["feeling"]) == (1, 0, 48.0, 1, -1.0)
    assert (found["first_time", "help"]["wait_hours"], found["first_time", "feedback"]["dropped"]) == (6.0, 1.0)
    assert (found["unknown", "store"]["money"], found["unknown", "store"]["people"], found["unknown", "other"]["events"]) == (7, 0, 1)
    assert found["all", "feedback"]["friction_money"] == 0


def test_counts_and_money_reconcile(world):
    for n in range(30):
        world.event(f"K{n % 7}" if n % 3 else None, 400 - 13 * n, ("search", "login", "email_sent", "strange")[n % 4])
        world.buy(f"K{n % 5}" if n % 4 else None, 390 - 13 * n, 10 + n, type="receipt" if n % 2 else "order")
    world.refund("K1", 5, 3)
    world.buy("K2", 5, 99, status="cancelled")
    world.event("K1", -5, "search")
    found = cells(world)
    rows = [row for row in found.values() if row["stage"] != "all"]
    for touchpoint in {row["touchpoint"] for row in rows}:
        parts = [row for row in rows if row["touchpoint"] == touchpoint]
        for name in ("events", "acts", "voices", "money"):
            assert sum(row[name] for row in parts) == found["all", touchpoint][name]
    assert sum(row["events"] for row in rows) == world.con.execute("SELECT count(*) FROM cem.base_touch").fetchone()[0] == 62
    known = world.con.execute("SELECT sum(amount) FROM cem.base_purchase WHERE kind <> 'cancelled'").fetchone()[0]
    assert sum(row["money"] for row in rows) == known == sum(range(10, 40)) - 3


def test_no_events(world):
    assert "0 events" in world.refusal("experience_map")
