from datetime import datetime


def test_commonest_paths_to_each_goal(world):
    for n in range(3):
        who = f"K{n}"
        world.event(who, 100, "email_clicked", channel="email")
        world.event(who, 20, "email_clicked", channel="email")
        world.event(who, 19, "session_start")
        world.event(who, 18.9, "search")
        world.event(who, 18.8, "begin_checkout")
        order = world.buy(who, 18.7, 10)
        world.event(who, 17, "shipped", parent_id=order, active=False)
        world.event(who, 16, "email_sent", active=False)
        world.event(who, 15, "ticket_opened", channel="email", parent_id=order)
    world.buy("K0", 10, 10, channel="store", type="receipt")
    world.buy(None, 10, 10)
    rows = {(row["goal"], row["path"]): row for row in world.rows("paths")}
    first = rows["order", "email > web_visit > checkout"]
    assert (first["place"], first["times"], first["customers"], first["share"], first["median_days"]) == (1, 3, 3, 0.75, 1.3)
    assert rows["order", "delivery > help"]["times"] == 1
    complaint = rows["complaint", "web_visit > checkout > web_order > delivery"]
    assert (complaint["place"], complaint["share"]) == (1, 1.0)
    assert {row["path"] for row in world.rows("paths", length=1) if row["goal"] == "complaint"} == {"delivery"}


def test_leaving_looks_back_from_the_last_act(world):
    world.buy("A", 0, 10, at=datetime(2025, 1, 1))
    world.event("A", 0, "ticket_opened", at=datetime(2025, 1, 5))
    world.event("A", 0, "email_opened", at=datetime(2025, 1, 20), channel="email")
    rows = [row for row in world.rows("paths") if row["goal"] == "leaving"]
    assert [(row["path"], row["times"], row["median_days"]) for row in rows] == [("web_order > help > email", 1, 19.0)]


def test_a_goal_without_a_way_is_counted(world):
    world.buy("A", 10, 10)
    (row,) = world.rows("paths")
    assert (row["goal"], row["path"], row["times"], row["share"]) == ("order", "(none)", 1, 1.0)
