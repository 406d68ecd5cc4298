"""Steps and time to a goal, and complaints without an end, counted by hand."""

from datetime import datetime, timedelta

import pytest

NOON = datetime(2026, 5, 1, 12)


def walk(world, customer, *steps, start=NOON, minutes=5):
    for number, step in enumerate(steps):
        world.event(customer, 0, step, at=start + timedelta(minutes=minutes * number), revenue=step == "order")


def steps_of(world, goal):
    return {row["step"]: row for row in world.rows("goal_steps") if row["goal"] == goal}


def test_steps_backtracks_and_abandons_on_the_way_to_an_order(world):
    walk(world, "A", "session_start", "view_item", "add_to_cart", "view_item", "begin_checkout", "web_purchase", "order")
    walk(world, "B", "session_start", "search", "add_to_cart", "search")
    walk(world, "C", "session_start", "begin_checkout", "checkout_error", "begin_checkout", "checkout_error")
    walk(world, "D", "session_start", start=NOON)
    walk(world, "D", "session_start", "order", start=NOON + timedelta(minutes=31))
    world.buy("E", 5, 10)
    rows = steps_of(world, "order")
    everything = rows["all"]
    assert (everything["attempts"], everything["reached"], everything["abandoned"], everything["reached_share"]) == (5, 2, 3, 0.4)
    assert (everything["taken"], everything["backtracks"]) == (6 + 4 + 5 + 1 + 2, 3)
    assert (everything["steps_p50"], everything["steps_p90"]) == (2, 6)
    assert (rows["view_item"]["attempts"], rows["view_item"]["taken"], rows["view_item"]["backtracks"]) == (1, 2, 1)
    assert rows["search"]["backtracks"] == rows["begin_checkout"]["backtracks"] == 1
    abandoned = {step: row["abandoned"] for step, row in rows.items() if row["abandoned"] and step != "all"}
    assert abandoned == {"add_to_cart": 1, "checkout_error": 1, "session_start": 1}
    assert rows["order"]["taken"] == rows["order"]["reached"] == 2


def ticket(world, customer, days, solved=None, rating=None, **properties):
    opened = world.event(customer, days, "ticket_opened", channel="email", properties=properties)
    if solved is not None:
        world.event(customer, solved, "ticket_solved", parent_id=opened, active=False)
    if rating:
        world.event(customer, solved, "ticket_rating", parent_id=opened, status=rating)
    return opened


def test_an_answer_needs_repeats_and_may_never_come(world):
    ticket(world, "A", 60, solved=59, topic="x")
    ticket(world, "A", 55, solved=54, topic="x")
    ticket(world, "A", 54.5, solved=54, topic="y")
    ticket(world, "B", 60, topic="x")
    ticket(world, None, 50, topic="x")
    ticket(world, None, 49, solved=48, topic="x")
    ticket(world, "C", 3, topic="x")
    rows = steps_of(world, "answer")
    assert (rows["all"]["attempts"], rows["all"]["reached"], rows["all"]["abandoned"]) == (5, 3, 2)
    assert (rows["asked"]["taken"], rows["asked_again"]["taken"], rows["asked_again"]["backtracks"]) == (5, 1, 1)
    assert (rows["solved"]["attempts"], rows["asked"]["abandoned"]) == (3, 2)


def test_a_return_ends_with_the_money(world):
    one, two = world.buy("A", 60, 30), world.buy("B", 60, 30)
    for order in (one, two):
        world.event("A", 40, "return", parent_id=order)
    world.refund("A", 38, 30, of=one)
    world.buy("C", 40, -5, type="return", channel="store")
    rows = steps_of(world, "return")
    assert (rows["all"]["attempts"], rows["all"]["reached"], rows["sent_back"]["abandoned"]) == (3, 2, 1)
    times = {row["span"]: row for row in world.rows("goal_time") if row["dimension"] == "all"}
    assert (times["refund"]["n"], times["refund"]["p50"]) == (1, 48.0)


def test_times_come_from_the_instants(world):
    for n, hours in enumerate((1, 2, 3, 4, 100)):
        ticket(world, f"K{n}", 60, solved=60 - hours / 24, reply_minutes="30")
    ticket(world, "K0", 50, solved=49)
    ticket(world, "odd", 60, solved=61)
    walk(world, "A", "session_start", "begin_checkout", "web_purchase", minutes=12)
    order = world.buy("A", 0, 10, at=NOON, properties={"delivered_at": "2026-05-03 14:00:00 +0200"})
    world.event("A", 0, "shipped", at=NOON + timedelta(hours=6), parent_id=order)
    rows = {(row["span"], row["dimension"], row["value"]): row for row in world.rows("goal_time")}
    solved = rows["resolution", "all", "all"]
    assert (solved["n"], solved["p50"], solved["p90"], solved["odd"]) == (6, 3.0, 100.0, 1)
    assert rows["first_answer", "channel", "email"]["p50"] == 0.5
    cause = rows["cause", "all", "all"]
    assert (cause["n"], cause["p90"]) == (5, 264.0)
    assert rows["to_order", "all", "all"]["p50"] == 0.4
    assert rows["dispatch", "month", "2026-05"]["p50"] == 6.0
    assert rows["delivery", "all", "all"]["p50"] == 48.0


def test_loops_stay_open_until_something_closes_them(world):
    order = world.buy("A", 380, 100)
    unsolved = ticket(world, "A", 30.5)
    ticket(world, "B", 30, solved=29, rating="good")
    bad = ticket(world, "C", 30, solved=29, rating="bad")
    ticket(world, "D", 30, solved=29, rating="bad")
    world.event("D", 10, "nps_answer", properties={"score": 10})
    unheard = world.event("E", 20, "review", properties={"rating": 1})
    world.event("F", 20, "review", properties={"rating": 1})
    world.event("F", 10, "ticket_solved", active=False)
    world.event(None, 20, "review", properties={"rating": 1})
    ticket(world, None, 400)
    reopened = ticket(world, None, 20, solved=19)
    world.event(None, 18, "ticket_solved", parent_id=reopened, active=False)
    world.event(None, 17, "ticket_rating", parent_id=reopened, status="bad")
    rows = {row["event_id"]: row for row in world.rows("open_loops")}
    assert {key: row["why"] for key, row in rows.items()} == {
        unsolved: "unsolved", bad: "badly_ended", unheard: "unheard", reopened: "badly_ended",
    }
    assert rows[unsolved]["age_days"] == 31
    assert float(rows[unsolved]["value_at_risk"]) == pytest.approx(100 / (380 / 365.25), abs=0.02)
    assert rows[unheard]["value_at_risk"] is None
    assert rows[reopened]["reopened"] == 1
    assert order
