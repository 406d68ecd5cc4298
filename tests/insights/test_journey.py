from datetime import datetime


def test_first_contact_is_an_act_and_the_end_is_told(world):
    world.event("A", 900, "email_sent", active=False)
    world.event("A", 890, "email_clicked", channel="email")
    world.buy("A", 880, 10, at=datetime(2024, 2, 10, 15))
    row = world.by_customer("journey")["A"]
    assert (row["first_touchpoint"], row["first_type"], row["first_channel"]) == ("email", "email_clicked", "email")
    assert (row["status"], row["ended_how"], row["ended_at"]) == ("ended", "silence", datetime(2026, 2, 10))
    assert row["following_days"] == (row["ended_at"].date() - row["first_at"].date()).days
    assert (row["stage"], row["last_touchpoint"], row["next_step"]) == ("ended", "web_order", None)


def test_who_only_opted_out_and_whose_records_were_deleted(world):
    world.event("P", 30, "email_clicked", channel="email")
    world.event("P", 20, "unsubscribed", channel="email")
    world.buy("K", 40, 10)
    world.event("K", 20, "unsubscribed", channel="email")
    world.buy("D", 40, 10)
    world.insert("record", record_id=1, source="crm", deleted=True, effective_at=datetime(2026, 6, 1))
    world.insert("identity", record_id=1, customer_id="D")
    world.person("N")
    rows = world.by_customer("journey")
    assert (rows["P"]["ended_how"], rows["P"]["ended_at"]) == ("opt_out", rows["P"]["last_at"])
    assert (rows["K"]["status"], rows["K"]["ended_how"]) == ("active", None)
    assert (rows["D"]["ended_how"], rows["D"]["ended_at"]) == ("closure", datetime(2026, 6, 1))
    assert (rows["N"]["first_touchpoint"], rows["N"]["last_touchpoint"], rows["N"]["status"]) == (None, None, "active")


def test_the_likeliest_next_step_of_people_like_them(world):
    for n in range(10):
        world.event(f"K{n}", 300, "search")
        if n < 6:
            world.event(f"K{n}", 290, "ticket_opened", channel="email")
        elif n < 8:
            world.event(f"K{n}", 250, "add_to_cart")
    world.event("N", 5, "search")
    row = world.by_customer("journey", min_moments=10)["N"]
    assert (row["stage"], row["last_touchpoint"]) == ("prospect", "web_visit")
    assert (row["next_step"], row["next_share"], row["silence_share"], row["like_moments"]) == ("help", 0.6, 0.2, 10)
    assert world.by_customer("journey", min_moments=11)["N"]["next_step"] is None
