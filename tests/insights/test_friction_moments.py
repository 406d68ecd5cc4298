"""Each kind of friction on a handful of events, counted by hand."""

from datetime import datetime

import pytest


def counted(world, kind, **params):
    """Return (chances, hits, lost) of a kind, and its rows."""
    rows = [row for row in world.rows("friction_moments", **params) if row["kind"] == kind]
    return tuple(sum(row[name] for row in rows) for name in ("chances", "hits", "lost")), rows


def order(world, customer, days, after=None, amount=10, **values):
    """An order, delivered `after` days (as a shop writes it)."""
    made = world.buy(customer, days, amount, **values)
    if after is not None:
        at = world.con.execute('SELECT "at" FROM cem.event WHERE event_id = ?', [made]).fetchone()[0]
        late = world.con.execute(f"SELECT strftime(?::TIMESTAMP + to_seconds({after * 86400 + 7200}), '%Y-%m-%d %H:%M:%S +0200')", [at])
        world.con.execute("UPDATE cem.event SET properties = ? WHERE event_id = ?", [f'{{"delivered_at":"{late.fetchone()[0]}"}}', made])
    return made


def test_slow_delivery_and_the_region_of_the_customer(world):
    world.person("A", province="BA")
    world.product("s", "shoes", 10)
    world.line(order(world, "A", 40, after=5.01), "s", 1, 10)
    order(world, "A", 30, after=5)
    order(world, "A", 20)
    order(world, "A", 2, after=9)
    totals, rows = counted(world, "slow_delivery")
    assert totals == (2, 1, 0)
    assert {row["region"] for row in rows} == {"Puglia"}
    assert [row["category"] for row in rows if row["hits"]] == ["shoes"]
    assert counted(world, "slow_delivery", promised_days=4)[0] == (2, 2, 0)


def test_a_failed_checkout_loses_a_purchase_unless_one_follows(world):
    for customer in "ABC":
        world.event(customer, 10, "begin_checkout")
        world.event(customer, 9.99, "checkout_error")
        world.event(customer, 9.98, "checkout_error")
    world.event("D", 10, "begin_checkout")
    world.buy("A", 8, 30)
    world.event("B", 9.9, "web_purchase")
    world.buy("C", 2, 50)
    assert counted(world, "checkout_error")[0] == (4, 3, 40)
    assert counted(world, "checkout_error", recover_days=8)[0] == (4, 3, 0)


def test_failed_payments_are_part_of_those_tried(world):
    world.event("A", 10, "payment_failed")
    world.event("A", 10, "payment")
    world.event("B", 10, "payment_failed")
    world.buy("A", 9.9, 20)
    assert counted(world, "failed_payment")[0] == (3, 2, 20)


def test_lines_brought_back_in_stores_and_sent_back(world):
    world.product("s", "shoes", 10)
    bought = world.buy("A", 30, 30)
    world.line(bought, "s", 1, 10)
    world.line(bought, "t", 2, 20)
    till = world.buy("A", 20, -10, type="return", channel="store", store_id="S1")
    world.line(till, "s", -1, -10)
    sent = world.event("A", 10, "return", parent_id=bought)
    world.line(sent, "t", 1, 10)
    world.refund("A", 10, 10, of=bought)
    world.refund("B", 5, 7)
    totals, rows = counted(world, "returned")
    assert totals == (2, 3, 27)
    hits = {row["event_id"]: row for row in rows if row["hits"]}
    assert (hits[till]["sku"], hits[till]["category"], hits[till]["store_id"], hits[till]["lost"]) == ("s", "shoes", "S1", 10)
    assert hits[sent]["sku"] == "t"


def test_searches_without_results(world):
    for results in ("0", 3, None, "many"):
        world.event("A", 5, "search", properties={} if results is None else {"results": results})
    assert counted(world, "empty_search")[0] == (2, 1, 0)


def test_carts_left(world):
    for customer in "ABCDE":
        world.event(customer, 10, "add_to_cart")
        world.event(customer, 9.99, "begin_checkout")
    world.buy("A", 9.9, 40)
    world.event("B", 9.9, "checkout_error")
    world.event("E", 1, "add_to_cart")
    totals, _ = counted(world, "cart_left")
    assert totals == (5, 3, pytest.approx(36))


def test_a_complaint_belongs_to_what_it_names_else_to_the_last_purchase(world):
    first = world.buy("A", 40, 10, channel="web")
    world.buy("A", 30, 10, channel="store", store_id="S1")
    world.event("A", 25, "ticket_opened", channel="email", parent_id=first, properties={"topic": "delivery"})
    world.event("A", 24, "ticket_opened", channel="email", properties={"topic": "question"})
    world.event("A", 20, "nps_answer", properties={"score": 2})
    world.event("A", 19.9, "nps_answer", properties={"score": 2})
    world.event("A", 5, "nps_answer", properties={"score": 2})
    world.event(None, 5, "nps_answer", properties={"score": 2}, store_id="S2")
    world.event("A", 5, "nps_answer", properties={"score": 2, "touchpoint": "assistenza"})
    totals, rows = counted(world, "complaint")
    assert totals == (2, 4, 0)
    assert [(row["channel"], row["store_id"]) for row in rows if row["hits"]] == [
        ("web", None), ("store", "S1"), (None, None), ("store", "S2"),
    ]


def test_requests_unsolved_and_repeated(world):
    solved = world.event("A", 30, "ticket_opened", properties={"topic": "x"})
    world.event("A", 24, "ticket_solved", parent_id=solved)
    slow = world.event("A", 20, "ticket_opened", properties={"topic": "x"})
    world.event("A", 10, "ticket_solved", parent_id=slow)
    world.event("A", 19, "ticket_opened", properties={"topic": "y"})
    world.event("A", 3, "ticket_opened", properties={"topic": "x"})
    assert counted(world, "unsolved")[0] == (3, 2, 0)
    assert counted(world, "repeated_contact")[0] == (4, 1, 0)


def test_a_store_gives_its_region(world):
    world.insert("store", store_id="S1", name="S", region="Toscana")
    world.person("A", province="BA")
    world.buy("A", 0, 10, store_id="S1", channel="store", at=datetime(2026, 1, 1))
    assert counted(world, "complaint")[1][0]["region"] == "Toscana"
