"""The traps of real life are set: shared devices and telephones, test accounts, prospects, visitors without a name."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from tests.synth.reading import documents, rows


def sessions(company: Path) -> tuple[dict[tuple[str, str], str], set[tuple[str, str]]]:
    """Return who held the device in every session, and the sessions with a login."""
    held = {(row["user_pseudo_id"], row["ga_session_id"]): row["entity"] for row in rows(company / "truth_sessions.csv")}
    logged = set()
    for event in documents(company / "ga4_events.ndjson"):
        if event["event_name"] == "login":
            logged.add((str(event["user_pseudo_id"]), event["event_params"][0]["value"]["int_value"]))  # type: ignore[index]
    return held, logged


def test_some_devices_have_two_people_some_none_we_know_and_some_log_in_later(company: Path) -> None:
    held, logged = sessions(company)
    people: dict[str, set[str]] = defaultdict(set)
    visits: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    for (device, number), entity in held.items():
        people[device].add(entity)
        visits[device].append((int(number), (device, number) in logged))
    assert any(len(entities) > 1 for entities in people.values())
    assert sum(not any(known for _, known in visit) for visit in visits.values()) > 20
    assert any(not min(visit)[1] and any(known for _, known in visit) for visit in visits.values())


def test_every_event_belongs_to_a_session_of_the_truth(company: Path) -> None:
    held, _ = sessions(company)
    seen = {
        (str(event["user_pseudo_id"]), event["event_params"][0]["value"]["int_value"])  # type: ignore[index]
        for event in documents(company / "ga4_events.ndjson")
    }
    assert seen == set(held)


def test_a_shops_own_telephone_stands_on_some_cards(company: Path) -> None:
    shops = {row["phone"] for row in rows(company / "stores.csv")}
    cards = rows(company / "loyalty_cards.csv")
    shared = sum(card["cellulare"] in shops for card in cards) / len(cards)
    assert 0.005 < shared < 0.05


def test_test_accounts_are_there_and_nobodys(company: Path) -> None:
    tests = [row for row in rows(company / "shopify_customers.csv") if row["Email"].startswith(("test@", "prova@"))]
    assert len(tests) == 4
    entities = {row["entity"] for row in rows(company / "truth_unlinkable.csv") if row["source"] == "shopify_customers"}
    assert {"T0", "T1", "T2", "T3"} <= entities


def test_prospects_are_known_but_never_bought(company: Path) -> None:
    buyers = {row["entity"] for row in rows(company / "planted_people.csv")}
    known = {row["entity"] for row in rows(company / "truth.csv")}
    bought = {row["entity"] for row in rows(company / "truth.csv") if row["source"] in ("shopify_orders", "stripe")}
    assert bought <= buyers
    assert len(known - buyers) > 50


def test_birth_dates_are_absent_in_thirty_to_ninety_percent_by_silo(company: Path) -> None:
    for name, column in (("salesforce_contacts.csv", "Birthdate"), ("loyalty_cards.csv", "data_nascita")):
        cells = [row[column] for row in rows(company / name)]
        assert 0.25 < cells.count("") / len(cells) < 0.9


def test_foreign_and_accented_names_survive_their_encodings(company: Path) -> None:
    names = "".join(row["Last Name"] + row["First Name"] for row in rows(company / "shopify_customers.csv"))
    assert any(letter in names for letter in "òàèìù")
    assert "�" not in names
