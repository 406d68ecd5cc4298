from datetime import datetime
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cem_cli.insights.registry import MEASURES


def stages(world, customer, **params):
    return [
        (row["stage"], row["began_at"], row["ended_at"]) for row in world.rows("stage_history", **params) if row["customer_id"] == customer
    ]


def test_a_whole_life_by_hand(world):
    world.event("A", 0, "search", at=datetime(2023, 1, 1, 9))
    for day in (datetime(2023, 2, 1, 10), datetime(2023, 3, 1, 10), datetime(2023, 12, 1, 10), datetime(2023, 12, 1, 12)):
        world.buy("A", 0, 10, at=day)
    gone = world.buy("A", 0, 10, at=datetime(2023, 4, 1))
    world.refund("A", 0, 10, of=gone, at=datetime(2023, 4, 2))
    assert stages(world, "A") == [
        ("prospect", datetime(2023, 1, 1, 9), datetime(2023, 2, 1, 10)),
        ("first_time", datetime(2023, 2, 1, 10), datetime(2023, 3, 1, 10)),
        ("repeat", datetime(2023, 3, 1, 10), datetime(2023, 8, 29)),
        ("at_risk", datetime(2023, 8, 29), datetime(2023, 12, 1, 10)),
        ("repeat", datetime(2023, 12, 1, 10), datetime(2023, 12, 1, 12)),
        ("loyal", datetime(2023, 12, 1, 12), datetime(2024, 5, 30)),
        ("at_risk", datetime(2024, 5, 30), datetime(2024, 12, 1)),
        ("lapsed", datetime(2024, 12, 1), datetime(2025, 12, 1)),
        ("ended", datetime(2025, 12, 1), None),
    ]


def test_rules_are_parameters_and_a_device_is_anonymous(world):
    world.person("V", kind="anonymous")
    world.event("V", 40, "page_view")
    world.person("P", kind="prospect", first_seen_at=datetime(2026, 1, 1))
    world.person("nobody")
    world.buy("B", 20, 10)
    assert [s for s, _, _ in stages(world, "V")] == ["anonymous"]
    assert stages(world, "P") == [("prospect", datetime(2026, 1, 1), None)]
    assert stages(world, "nobody") == []
    assert [s for s, _, _ in stages(world, "B")] == ["first_time"]
    assert [s for s, _, _ in stages(world, "B", at_risk_days=10, lapsed_days=15)] == ["first_time", "at_risk", "lapsed"]


purchase = st.tuples(st.sampled_from("AB"), st.integers(0, 1200), st.booleans())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(purchases=st.lists(purchase, min_size=1, max_size=10))
def test_intervals_never_overlap_leave_no_gap_and_end_where_lifecycle_stands(world, purchases):
    for table in ("event", "event_customer"):
        world.con.execute(f"DELETE FROM cem.{table}")
    for customer, days, kept in purchases:
        made = world.buy(customer, days, 10)
        if not kept:
            world.refund(customer, max(days - 1, 0), 10, of=made)
    now = {customer: row["stage"] for customer, row in world.by_customer("lifecycle").items()}
    rows = world.rows("stage_history")
    for customer in {row["customer_id"] for row in rows}:
        own = [row for row in rows if row["customer_id"] == customer]
        assert all(row["began_at"] < (row["ended_at"] or world.as_of.replace(tzinfo=None, year=2027)) for row in own)
        assert [row["ended_at"] for row in own[:-1]] == [row["began_at"] for row in own[1:]]
        assert all(a["stage"] != b["stage"] for a, b in pairwise(own))
        assert own[-1]["ended_at"] is None
        assert own[-1]["stage"] == now[customer]
    assert MEASURES["stage_history"].local
