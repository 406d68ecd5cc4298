from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from cem_cli.base.errors import CemError
from cem_cli.synth.company import write_company
from tests.synth.reading import keys_by_source, rows

DIMENSIONS = {"products.csv", "stores.csv", "campaigns.csv"}


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_same_seed_gives_the_same_bytes_and_another_seed_other_bytes_in_every_silo(company: Path, tmp_path: Path) -> None:
    write_company(tmp_path / "again", 700, 11)
    write_company(tmp_path / "other", 700, 12)
    first, other = digests(company), digests(tmp_path / "other")
    assert digests(tmp_path / "again") == first
    assert {name for name in first if first[name] == other[name]} == DIMENSIONS


def test_every_silo_is_written(company: Path) -> None:
    assert set(digests(company)) == {
        "salesforce_contacts.csv", "salesforce_leads.csv", "shopify_customers.csv", "shopify_orders.csv", "pos_receipts.csv",
        "loyalty_cards.csv", "loyalty_movements.csv", "mailchimp/subscribed_members_export_a1b2c3d4e5.csv",
        "mailchimp/unsubscribed_members_export_a1b2c3d4e5.csv", "mailchimp_activity.ndjson", "sms_responses.csv",
        "mailing_responses.csv", "zendesk_users.ndjson", "zendesk_tickets.ndjson", "ga4_events.ndjson", "stripe_payments.csv",
        "reviews.csv", "social_comments.json", "nps_survey.csv", "satisfaction_survey.csv", "meta_leads.csv", "referrals.csv",
        "kiosk_events.csv", "beacon_events.csv", "staff_notes.csv", "products.csv", "stores.csv", "campaigns.csv", "weather.csv",
        "truth.csv", "truth_unlinkable.csv", "truth_households.csv", "truth_sessions.csv", "planted.json", "planted_texts.csv", "planted_answers.csv",
        "planted_people.csv",
    }


def test_truth_names_every_record_of_every_source_once(company: Path) -> None:
    truth = [*rows(company / "truth.csv"), *rows(company / "truth_unlinkable.csv")]
    named = Counter((row["source"], row["id"]) for row in truth)
    assert set(named.values()) == {1}
    expected = {(source, key) for source, keys in keys_by_source(company).items() for key in keys}
    assert set(named) == expected


def test_most_records_can_be_linked_and_buyers_are_known_to_several_silos(company: Path) -> None:
    truth = rows(company / "truth.csv")
    assert len(rows(company / "truth_unlinkable.csv")) < 0.06 * len(truth)
    silos: dict[str, set[str]] = {}
    for row in truth:
        silos.setdefault(row["entity"], set()).add(row["source"])
    buyers = [silos.get(row["entity"], set()) for row in rows(company / "planted_people.csv")]
    assert 3.5 < sum(map(len, buyers)) / len(buyers) < 7


def test_texts_have_a_planted_score_and_no_open_slots(company: Path) -> None:
    planted = {(row["source"], row["id"]): float(row["latent"]) for row in rows(company / "planted_texts.csv")}
    tickets = [json.loads(line) for line in (company / "zendesk_tickets.ndjson").read_text("utf-8").splitlines()]
    assert all(("zendesk_tickets", str(ticket["id"])) in planted for ticket in tickets)
    assert not any("{" in ticket["description"] or not ticket["description"] for ticket in tickets)
    assert all(-2 <= score <= 2 for score in planted.values())
    by_rating: dict[int, list[float]] = {}
    for row in rows(company / "reviews.csv"):
        by_rating.setdefault(int(row["rating"]), []).append(planted["reviews", row["review_id"]])
    assert min(by_rating[5]) > max(by_rating[2])


def test_nothing_happens_after_the_data_end(company: Path) -> None:
    late = re.compile(r"2026-(0[7-9]|1[0-2])-\d\d|2026-06-30[T ](?!0[0-2]:)|\"20260[7-9]\d\d\"|;\d\d/0[7-9]/2026|202[7-9]-\d\d-")
    for name in ("shopify_orders.csv", "pos_receipts.csv", "nps_survey.csv", "reviews.csv", "zendesk_tickets.ndjson", "ga4_events.ndjson",
                 "stripe_payments.csv", "mailchimp_activity.ndjson", "loyalty_movements.csv", "staff_notes.csv", "kiosk_events.csv"):
        encoding = "cp1252" if name == "pos_receipts.csv" else "utf-8"
        assert not late.search((company / name).read_text(encoding)), name


def test_the_sample_of_two_thousand_people_is_under_eight_megabytes(tmp_path: Path) -> None:
    summary = write_company(tmp_path, 2000, 1)
    assert summary.bytes < 8_000_000
    assert summary.records > 9_000


def test_too_few_people_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(CemError, match="at least 100"):
        write_company(tmp_path / "none", 99, 1)
    assert not (tmp_path / "none").exists()


def test_the_smallest_company_has_all_files(tmp_path: Path) -> None:
    assert write_company(tmp_path, 100, 5).files == 37
    assert {row["source"] for row in rows(tmp_path / "truth.csv")} >= {"shopify_orders", "loyalty_cards", "mailchimp"}
