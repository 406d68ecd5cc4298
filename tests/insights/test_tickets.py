import pytest


@pytest.fixture
def helped(world):
    first = world.event("A", 10, "ticket_opened", channel="email")
    world.event("A", 9, "ticket_solved", parent_id=first)
    world.event("A", 7.5, "ticket_solved", parent_id=first)
    world.event("A", 7, "ticket_rating", parent_id=first, status="good")
    second = world.event("A", 4, "ticket_opened", channel="phone")
    world.event("A", 3.75, "ticket_solved", parent_id=second)
    world.event("A", 2, "ticket_opened", channel="chat")
    world.event("A", 1, "ticket_opened", channel="chat", status="Closed")
    world.event(None, 1, "ticket_opened")
    late = world.event("B", 1, "ticket_opened")
    world.event("B", -1, "ticket_solved", parent_id=late)
    return world


def test_history(helped):
    rows = helped.rows("ticket_history")
    assert len(rows) == 6
    told = [(r["customer_id"], r["hours"], r["open"], r["reopened"], r["rating"]) for r in rows]
    assert told == [
        ("A", 60.0, False, 1, "good"), ("A", 6.0, False, 0, None), ("A", None, True, 0, None), ("A", None, False, 0, None),
        (None, None, True, 0, None), ("B", None, True, 0, None),
    ]


def test_per_customer(helped):
    rows = helped.by_customer("tickets")
    assert set(rows) == {"A", "B"}
    a = rows["A"]
    assert (a["tickets"], a["open"], a["reopened"], a["median_hours"], a["last_channel"]) == (4, 1, 1, 33.0, "chat")
    assert rows["B"]["median_hours"] is None
