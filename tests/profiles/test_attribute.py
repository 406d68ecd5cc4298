def attributions(world):
    return {
        event: (customer, via)
        for event, customer, via in world.con.execute("SELECT event_id, customer_id, via FROM cem.event_customer").fetchall()
    }


def test_record_then_login_then_device_then_nobody(world):
    world.record(1, "C1")
    world.insert("device_login", device_id="d", from_at=world.day(20), to_at=world.day(10), record_id=1)
    by_record = world.event(30, record=1, device_id="d")
    before, during, after = (world.event(days, device_id="d") for days in (30, 15, 10))
    nobody = world.event(5)
    counted = world.unify()
    found = attributions(world)
    assert found[by_record] == ("C1", "identity")
    assert found[during] == ("C1", "login")
    assert found[before] == found[after]
    visitor, via = found[before]
    assert via == "device"
    assert visitor not in ("C1", None)
    assert nobody not in found
    assert counted.events == {"identity": 1, "login": 1, "device": 2, "unattributed": 1}
    assert world.profile(visitor)["kind"] == "anonymous"


def test_two_people_on_one_tablet(world):
    world.record(1, "C1")
    world.record(2, "C2")
    world.insert("device_login", device_id="d", from_at=world.day(20), to_at=world.day(15), record_id=1)
    world.insert("device_login", device_id="d", from_at=world.day(15), to_at=None, record_id=2)
    first, second = world.event(15.5, device_id="d"), world.event(15, device_id="d")
    world.unify()
    assert attributions(world) == {first: ("C1", "login"), second: ("C2", "login")}


def test_an_event_moves_with_its_record(world):
    world.record(1, "C1")
    event = world.event(1, record=1)
    world.unify()
    world.con.execute("UPDATE cem.identity SET customer_id = 'C2'")
    world.unify()
    assert attributions(world) == {event: ("C2", "identity")}
    assert world.con.execute("SELECT customer_id FROM cem.profile").fetchall() == [("C2",)]
