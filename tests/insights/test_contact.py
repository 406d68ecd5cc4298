def test_first_and_last_are_acts_of_the_person(world):
    world.event("A", 50, "email_sent", active=False)
    first = world.event("A", 40, "lead_created", channel="social", campaign_id="c1")
    world.event("A", 10, "order", channel="store", store_id="S1")
    world.event("A", 5, "email_bounced", active=False)
    world.event("A", -5)
    world.event("B", 5, "email_sent", active=False)
    world.event(None, 60)
    rows = world.by_customer("contact")
    assert set(rows) == {"A"}
    a = rows["A"]
    assert (a["first_event"], a["first_type"], a["first_channel"], a["first_campaign"]) == (first, "lead_created", "social", "c1")
    assert (a["last_type"], a["acts"], a["days"], a["days_silent"]) == ("order", 2, 30, 10)


def test_acts_at_one_instant_are_ordered_by_event(world):
    first = world.event("A", 5, "b")
    world.event("A", 5, "a")
    row = world.by_customer("contact")["A"]
    assert (row["first_event"], row["first_type"], row["last_type"]) == (first, "b", "a")
