from datetime import timedelta

import pytest

from cem_cli.profiles.overrides import Override, set_override


@pytest.fixture
def people(world):
    world.record(1, "C1", email="a@x.it")
    world.record(2, "C2", "shop", email="b@x.it")
    world.record(3, "C3", "till", email="c@x.it")
    world.event(9, record=1, type="order", revenue=True, amount=10)
    world.event(8, record=1, type="email_delivered", active=False)
    world.event(7, record=2)
    world.event(6, device_id="d")
    world.event(-5, record=3, type="order", revenue=True, amount=10)
    return world


def test_kinds_and_first_and_last_act(people):
    counted = people.unify()
    assert counted.profiles == {"anonymous": 1, "customer": 1, "prospect": 2}
    customer = people.profile("C1")
    assert customer["first_seen_at"] == customer["last_seen_at"] == people.day(9), "a delivery is no act of the person"
    assert people.profile("C3")["kind"] == "prospect", "the future has not happened"
    assert people.profile("C3")["last_seen_at"] is None
    assert sum(counted.events.values()) == 5


def touch(world, *customers):
    world.con.execute("CREATE OR REPLACE TEMP TABLE moved (customer_id VARCHAR)")
    for customer in customers:
        world.con.execute("INSERT INTO moved VALUES (?)", [customer])


def change(world):
    """A merge, a split, a new record, new events, a login and an override, told as the identity room tells them."""
    world.con.execute("UPDATE cem.identity SET customer_id = 'C1' WHERE record_id = 3")
    world.record(4, "C2", days=1, email="b2@x.it")
    world.record(5, "C5", days=1)
    world.event(2, record=2, type="order", revenue=True, amount=5)
    world.insert("device_login", device_id="d", from_at=world.day(6.5), to_at=None, record_id=2)
    set_override(world.con, Override("C2", "city", "Bari", "me", "told so"), world.as_of)
    touch(world, "C1", "C2", "C3", "C5")


def test_incremental_is_the_same_as_full(people):
    people.unify()
    change(people)
    partial = people.unify(only="moved")
    incremental = people.state()
    full = people.unify()
    assert people.state() == incremental
    assert partial.profiles == full.profiles
    assert people.profile("C2")["city"] == "Bari"
    assert [row[0] for row in people.con.execute("SELECT customer_id FROM cem.profile ORDER BY 1").fetchall()] == ["C1", "C2", "C5"]


def test_nothing_touched_nothing_built(people):
    people.unify()
    before = people.state()
    touch(people)
    assert people.unify(only="moved").built == 0
    assert people.state() == before


def test_the_clock_moves_on(people):
    people.unify()
    touch(people)
    later = people.as_of + timedelta(days=10)
    assert people.unify(only="moved", as_of=later).built == 1
    assert people.profile("C3")["kind"] == "customer"


def test_changed_events_touch_their_customers(people):
    people.con.execute("UPDATE cem.event SET import_id = 1")
    people.unify()
    people.con.execute("DELETE FROM cem.touched_profile")
    people.con.execute("UPDATE cem.event SET revenue = true, import_id = 2 WHERE record_id = 2")
    touch(people)
    assert people.unify(only="moved").built == 1
    assert people.profile("C2")["kind"] == "customer"
    assert people.con.execute("SELECT customer_id FROM cem.touched_profile").fetchall() == [("C2",)], "measures must redo them too"


def test_a_refund_touches_whose_purchase_it_is(people):
    people.con.execute("UPDATE cem.event SET import_id = 1")
    people.unify()
    people.con.execute("DELETE FROM cem.touched_profile")
    people.event(1, record=2, type="refund", parent_id=1, revenue=True, amount=-5, import_id=2)
    touch(people)
    people.unify(only="moved")
    assert {row[0] for row in people.con.execute("SELECT customer_id FROM cem.touched_profile").fetchall()} == {"C1", "C2"}


def test_fields_are_catalogued(people):
    people.unify()
    columns = {row[0] for row in people.con.execute("SELECT column_name FROM cem.field WHERE table_name = 'profile'").fetchall()}
    assert columns == set(people.profile("C1"))


def test_an_empty_workspace(world):
    assert world.unify().profiles == {}
