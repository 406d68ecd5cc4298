"""Readers of the generated files for the tests, independent of the code that writes them."""

from __future__ import annotations

import csv
import json
from pathlib import Path


def rows(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> list[dict[str, str]]:
    """Return the rows of a delimited file."""
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def documents(path: Path) -> list[dict[str, object]]:
    """Return the documents of an NDJSON file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def keys_by_source(folder: Path) -> dict[str, set[str]]:
    """Return every person-like record's key by configured source, read back from the exports."""
    columns = {
        "salesforce_contacts": ("salesforce_contacts.csv", "Id"), "salesforce_leads": ("salesforce_leads.csv", "Id"),
        "shopify_orders": ("shopify_orders.csv", "Name"), "loyalty_cards": ("loyalty_cards.csv", "card_code"),
        "mailing": ("mailing_responses.csv", "mailing_id"), "sms": ("sms_responses.csv", "message_id"),
        "stripe": ("stripe_payments.csv", "id"), "reviews": ("reviews.csv", "review_id"), "nps": ("nps_survey.csv", "response_id"),
        "staff_notes": ("staff_notes.csv", "note_id"), "referrals": ("referrals.csv", "referral_id"),
    }
    found = {source: {row[column] for row in rows(folder / name)} for source, (name, column) in columns.items()}
    found["shopify_customers"] = {row["Customer ID"].lstrip("'") for row in rows(folder / "shopify_customers.csv")}
    found["mailchimp"] = {row["LEID"] for path in (folder / "mailchimp").iterdir() for row in rows(path)}
    found["zendesk_users"] = {str(user["id"]) for user in documents(folder / "zendesk_users.ndjson")}
    found["social"] = {comment["id"] for comment in json.loads((folder / "social_comments.json").read_text("utf-8"))["data"]}
    found["satisfaction"] = {row["Respondent ID"] for row in rows(folder / "satisfaction_survey.csv") if row["Respondent ID"]}
    leads = rows(folder / "meta_leads.csv", "utf-16", "\t")
    found["meta_leads"] = {row["id"] for row in leads if "<test lead" not in row["full_name"]}
    return found
