from datetime import UTC, datetime, timedelta, timezone

import pytest

from cem_cli.privacy.gates import REASONS, Gate, refresh
from cem_cli.privacy.suppression import Suppression, suppress

KEY = "k" * 64
NOW = datetime(2026, 6, 30, tzinfo=UTC)
SHARED, CARLA = "shared@example.it", "carla@example.it"


def verdicts(con, channel="email", purpose="marketing", wall=NOW, as_of=NOW):
    refresh(con, KEY, wall, as_of)
    rows = con.execute(
        "SELECT customer_id, allowed, reason FROM cem.contactable WHERE channel = ? AND purpose = ? ORDER BY 1", [channel, purpose]
    ).fetchall()
    assert all(allowed is (reason is None) and (allowed or reason in REASONS) for _, allowed, reason in rows)
    return {customer: reason or "allowed" for customer, _, reason in rows}


def test_a_grant_allows_its_own_person_only(con, state):
    state(1, "granted")
    assert verdicts(con) == {"CA": "allowed", "CB": "no_consent", "CC": "no_consent"}


def test_a_grant_naming_an_address_holds_for_whoever_has_it(con, state):
    state(SHARED, "granted")
    assert verdicts(con) == {"CA": "allowed", "CB": "allowed", "CC": "no_consent"}


@pytest.mark.parametrize("who", [SHARED, 1])
def test_an_opt_out_of_a_shared_address_holds_on_every_profile(con, state, who):
    for record in (1, 2, 3):
        state(record, "granted", "2024-01-01")
    state(who, "withdrawn", "2023-01-01")
    state(who, "withdrawn", "2025-01-01")
    assert verdicts(con) == {"CA": "withdrawn", "CB": "withdrawn", "CC": "allowed"}


def test_a_refusal_older_than_a_grant_that_was_not_explicit_still_holds(con, state):
    state(3, "denied", "2023-01-01")
    state(3, "granted", "2025-01-01", explicit=False)
    assert verdicts(con)["CC"] == "denied"
    state(3, "granted", "2025-01-01", explicit=None)
    assert verdicts(con)["CC"] == "denied"


def test_a_newer_explicit_opt_in_wins(con, state):
    state(3, "withdrawn", "2023-01-01")
    state(3, "granted", "2023-01-02")
    assert verdicts(con)["CC"] == "allowed"


def test_an_explicit_opt_in_before_the_refusal_does_not_win(con, state):
    state(3, "granted", "2023-01-01")
    state(3, "withdrawn", "2023-01-02")
    assert verdicts(con)["CC"] == "withdrawn"


def test_of_two_statements_at_one_instant_the_refusal_wins(con, state):
    state(3, "granted", "2023-01-01")
    state(3, "denied", "2023-01-01")
    assert verdicts(con)["CC"] == "denied"


def test_a_newer_explicit_opt_in_at_the_address_lifts_the_refusal_of_the_address(con, state):
    state(SHARED, "withdrawn", "2023-01-01")
    state(2, "granted", "2024-01-01")
    assert verdicts(con) == {"CA": "no_consent", "CB": "allowed", "CC": "no_consent"}


def test_somebody_elses_opt_in_never_lifts_a_persons_own_refusal(con, state):
    state(1, "granted", "2022-01-01")
    state(1, "withdrawn", "2023-01-01")
    state(2, "granted", "2024-01-01")
    assert verdicts(con) == {"CA": "withdrawn", "CB": "allowed", "CC": "no_consent"}


def test_an_address_no_longer_used_does_not_refuse_for_the_one_in_use(con, state):
    con.execute("INSERT INTO cem.identifier (record_id, kind, value) VALUES (3, 'email', 'old@example.it')")
    state("old@example.it", "withdrawn", "2025-01-01")
    state(3, "granted", "2024-01-01")
    assert verdicts(con)["CC"] == "allowed"


def test_a_refusal_without_a_date_is_the_newest_and_a_grant_without_one_the_oldest(con, state):
    state(3, "granted", "2025-01-01")
    state(3, "denied", None)
    state(1, "granted", None)
    assert verdicts(con) == {"CA": "allowed", "CB": "no_consent", "CC": "denied"}
    state(1, "denied", "2000-01-01")
    assert verdicts(con)["CA"] == "denied"


def test_the_later_of_the_two_clocks_decides_what_has_expired(con, state):
    state(3, "granted", expires_at="2026-07-15")
    before, after = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
    assert verdicts(con, wall=before, as_of=before)["CC"] == "allowed"
    assert verdicts(con, wall=after, as_of=before)["CC"] == "expired"
    assert verdicts(con, wall=before, as_of=after)["CC"] == "expired"


def test_a_clock_of_another_zone_is_read_in_utc(con, state):
    state(3, "granted", expires_at="2026-07-15 12:00:00")
    rome = timezone(timedelta(hours=2))
    assert verdicts(con, wall=datetime(2026, 7, 15, 13, 59, tzinfo=rome))["CC"] == "allowed"
    assert verdicts(con, wall=datetime(2026, 7, 15, 14, tzinfo=rome))["CC"] == "expired"


def test_a_grant_of_the_future_is_none_and_a_refusal_of_the_future_is_one(con, state):
    state(3, "granted", "2030-01-01")
    state(1, "granted")
    state(1, "withdrawn", "2030-01-01")
    assert verdicts(con) == {"CA": "withdrawn", "CB": "withdrawn", "CC": "no_consent"}


def test_an_unknown_status_states_nothing(con, state):
    state(3, "granted")
    state(3, "unknown", "2025-01-01")
    state(1, "unknown", channel="sms")
    assert verdicts(con)["CC"] == "allowed"
    assert verdicts(con, "sms") == {}


def test_channels_and_purposes_are_separate(con, state):
    state(3, "granted")
    state(3, "denied", channel="sms")
    state(3, "denied", purpose="surveys")
    assert [verdicts(con, *pair)["CC"] for pair in (("email", "marketing"), ("sms", "marketing"), ("email", "surveys"))] == [
        "allowed", "denied", "denied",
    ]  # fmt: skip


def test_nobody_is_contactable_without_an_address(con, state):
    for channel in ("sms", "mail", "store"):
        state(2, "granted", channel=channel)
    assert [verdicts(con, channel)["CB"] for channel in ("sms", "mail", "store")] == ["no_address", "no_address", "allowed"]


def test_an_objection_to_profiling_closes_every_gate(con, state):
    state(3, "granted")
    state(3, "withdrawn", purpose="profiling", channel="web")
    assert verdicts(con)["CC"] == "objection"
    assert con.execute("FROM cem.processable ORDER BY 1").fetchall() == [
        ("CA", True, None), ("CB", True, None), ("CC", False, "objection"),
    ]  # fmt: skip
    state(3, "granted", "2025-01-01", purpose="profiling", channel="web")
    assert verdicts(con)["CC"] == "allowed"


def test_a_suppressed_address_is_not_contacted_on_any_profile(con, state):
    for record in (1, 2, 3):
        state(record, "granted")
    state(1, "granted", channel="sms")
    suppress(con, KEY, Suppression("email", " Shared@Example.IT ", "contact", "complaint"), NOW)
    assert verdicts(con) == {"CA": "suppressed", "CB": "suppressed", "CC": "allowed"}
    assert verdicts(con, "sms")["CA"] == "allowed"
    assert all(row[0] for row in con.execute("SELECT allowed FROM cem.processable").fetchall())


def test_a_suppressed_person_is_not_contacted_through_any_channel(con, state):
    con.execute("INSERT INTO cem.identifier (record_id, kind, value) VALUES (3, 'loyalty_card', '2990001')")
    state(3, "granted")
    state(3, "granted", channel="sms")
    suppress(con, KEY, Suppression("loyalty_card", "2990001", "contact", "objection"), NOW)
    assert (verdicts(con)["CC"], verdicts(con, "sms")["CC"]) == ("suppressed", "suppressed")


def test_who_must_not_return_is_in_no_output(con, state):
    state(3, "granted")
    suppress(con, KEY, Suppression("email", CARLA, "return", "erasure"), NOW)
    assert verdicts(con)["CC"] == "suppressed"
    assert con.execute("SELECT allowed, reason FROM cem.processable WHERE customer_id = 'CC'").fetchall() == [(False, "suppressed")]


def test_refresh_counts_and_twice_is_once(con, state):
    state(1, "granted")
    state(3, "withdrawn")
    first = refresh(con, KEY, NOW, NOW)
    stored = con.execute("FROM cem.contactable").fetchall(), con.execute("FROM cem.processable").fetchall()
    assert first == (Gate("", "", 3, 0), Gate("email", "marketing", 1, 2))
    assert refresh(con, KEY, NOW, NOW) == first
    assert (con.execute("FROM cem.contactable").fetchall(), con.execute("FROM cem.processable").fetchall()) == stored
