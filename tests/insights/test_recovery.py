import pytest


def felt(world, customer, days, score):
    return world.event(customer, days, "nps_answer", properties={"score": score})


def test_turned_how_fast_and_after_what(world):
    called = felt(world, "A", 100, 2)
    world.event("A", 99, "ticket_solved", channel="phone", active=False)
    world.event("A", 98, "ticket_solved", channel="chat", active=False)
    felt(world, "A", 97.5, 9)
    unturned = felt(world, "B", 100, 2)
    world.event("B", 99, "ticket_solved", channel="chat", active=False)
    felt(world, "B", 90, 7)
    felt(world, "B", 30, 10)
    quiet = felt(world, "C", 100, 2)
    felt(world, "D", 10, 2)
    alone = felt(world, "E", 10, 2)
    felt(world, "E", 8, 9)
    world.event("E", 7, "ticket_solved", channel="phone", active=False)
    felt(world, None, 100, 2)
    rows = {row["event_id"]: row for row in world.rows("recovery")}
    assert set(rows) == {called, unturned, quiet, alone}
    told = {key: (row["followed"], row["turned"], row["days"], row["action"]) for key, row in rows.items()}
    assert told[called] == (True, True, 2.5, "ticket_solved by phone")
    assert told[unturned] == (True, False, None, "ticket_solved by chat")
    assert told[quiet] == (False, False, None, "nothing")
    assert told[alone] == (True, True, 2.0, "nothing")
    assert {key: row["after"] for key, row in rows.items()} == {called: 0.6, unturned: -0.2, quiet: None, alone: 0.6}


def test_what_is_heard_after_the_action_is_about_it_or_about_what_was_bad(world):
    for customer, later in (("A", "store"), ("B", "delivery"), ("C", "support")):
        world.event(customer, 100, "nps_answer", properties={"score": 2, "touchpoint": "delivery"})
        world.event(customer, 99, "ticket_solved", channel="phone", active=False)
        world.event(customer, 95, "nps_answer", properties={"score": 8, "touchpoint": later})
        world.event(customer, 90, "nps_answer", properties={"score": 9, "touchpoint": "delivery"})
    assert {c: row["after"] for c, row in world.by_customer("recovery").items()} == {"A": 0.6, "B": 0.2, "C": 0.2}


def test_bad_voices_of_one_day_count_once(world):
    first = felt(world, "A", 100.2, 6)
    felt(world, "A", 100.1, 1)
    (row,) = world.rows("recovery")
    assert (row["event_id"], row["followed"], row["turned"]) == (first, True, False)


def test_by_action(world):
    for n in range(8):
        felt(world, f"K{n}", 100, 2)
        world.event(f"K{n}", 99, "ticket_solved", channel="phone" if n < 4 else "chat", active=False)
        felt(world, f"K{n}", 90, 10 if n in (0, 1, 2, 4) else 7)
    rows = {row["action"]: row for row in world.rows("recovery_actions")}
    phone, chat = rows["ticket_solved by phone"], rows["ticket_solved by chat"]
    assert (phone["moments"], phone["followed"], phone["turned"], phone["share"]) == (4, 4, 3, 0.75)
    assert (phone["spoke"], phone["feeling"], chat["feeling"]) == (4, 0.7, 0.1)
    half = 1.645 * 0.6 / 4**0.5  # feelings 1, 1, 1, -0.2: standard deviation 0.6
    assert phone["feeling_low"] == pytest.approx(0.7 - half, abs=1e-4)
    assert phone["feeling_high"] == 1
    assert (chat["share"], rows["all"]["share"], rows["all"]["moments"], rows["all"]["median_days"]) == (0.25, 0.5, 8, 10.0)
    z2 = 1.645**2
    centre, root = (0.75 + z2 / 8) / (1 + z2 / 4), 1.645 * (0.75 * 0.25 / 4 + z2 / 64) ** 0.5 / (1 + z2 / 4)
    assert phone["low"] == pytest.approx(centre - root, abs=1e-4)
    assert phone["high"] == pytest.approx(centre + root, abs=1e-4)
