"""Layouts as the real systems write them (reference: customer-data, section 3)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.synth.reading import documents, rows

HEADERS = dict(line.split("\t") for line in (Path(__file__).parent / "headers.txt").read_text("utf-8").splitlines())


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_the_systems_own(company: Path, name: str) -> None:
    assert (company / name).read_text("utf-8").split("\n", 1)[0] == HEADERS[name]


def test_unsubscribed_members_have_their_own_columns_and_no_status_column(company: Path) -> None:
    header = (company / "mailchimp/unsubscribed_members_export_a1b2c3d4e5.csv").read_text("utf-8").split("\n", 1)[0]
    assert "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER" in header
    assert "status" not in header.lower()
    assert '"""VIP"",""Blog"""' in (company / "mailchimp/subscribed_members_export_a1b2c3d4e5.csv").read_text("utf-8")


def test_till_receipts_are_windows_1252_with_semicolons_and_decimal_commas(company: Path) -> None:
    raw = (company / "pos_receipts.csv").read_bytes()
    assert raw.startswith(b"scontrino;negozio;cassa;cassiere;data;ora;tessera;sku;descrizione;quantita;prezzo;sconto;totale_riga;")
    assert b";pagamento\r\n" in raw
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    first = rows(company / "pos_receipts.csv", "cp1252", ";")[0]
    assert first["prezzo"].count(",") == 1
    assert first["data"][2] == first["data"][5] == "/"


def test_meta_leads_are_utf_16_with_tabs_prefixes_and_test_rows(company: Path) -> None:
    assert (company / "meta_leads.csv").read_bytes().startswith(b"\xff\xfei\x00d\x00")
    leads = rows(company / "meta_leads.csv", "utf-16", "\t")
    assert all(lead["id"].startswith("l:") for lead in leads)
    assert any(lead["phone_number"].startswith("p:+39") for lead in leads)
    assert any("<test lead: dummy data" in lead["full_name"] for lead in leads)


def test_shop_ids_zips_and_phones_hide_behind_apostrophes(company: Path) -> None:
    customers = rows(company / "shopify_customers.csv")
    assert all(customer["Customer ID"].startswith("'") for customer in customers)
    assert {customer["Phone"][:4] for customer in customers} == {"", "'+39"}


def test_order_cells_stand_on_the_first_line_only(company: Path) -> None:
    seen: set[str] = set()
    for row in rows(company / "shopify_orders.csv"):
        assert bool(row["Total"]) == bool(row["Created at"]) == (row["Name"] not in seen)
        seen.add(row["Name"])
    assert len(seen) < len(rows(company / "shopify_orders.csv"))


def test_surveys_have_two_header_rows_and_scores_in_range(company: Path) -> None:
    lines = (company / "satisfaction_survey.csv").read_text("utf-8").split("\n")
    assert lines[1].startswith(",,,,,,,,,Competenza,Cortesia")
    assert {int(row["score"]) for row in rows(company / "nps_survey.csv")} <= set(range(11))


def test_web_events_carry_whole_numbers_as_text_and_a_user_only_after_login(company: Path) -> None:
    logged: set[tuple[str, str]] = set()
    users = 0
    for event in documents(company / "ga4_events.ndjson"):
        assert isinstance(event["event_timestamp"], str)
        params = {p["key"]: p["value"] for p in event["event_params"]}  # type: ignore[attr-defined,index]
        session = (str(event["user_pseudo_id"]), params["ga_session_id"]["int_value"])
        if event["event_name"] == "login":
            logged.add(session)
        assert (event["user_id"] is not None) == (session in logged)
        users += event["user_id"] is not None
    assert users
    names = {str(event["event_name"]) for event in documents(company / "ga4_events.ndjson")}
    assert {"session_start", "search", "begin_checkout", "checkout_error", "purchase", "login", "view_item", "add_to_cart"} <= names


def test_comments_show_page_scoped_ids_and_sometimes_no_author(company: Path) -> None:
    comments = json.loads((company / "social_comments.json").read_text("utf-8"))["data"]
    assert any("from" not in comment for comment in comments)
    assert all("@" not in json.dumps(comment) for comment in comments)


def test_the_crm_keeps_merged_records_converted_leads_and_organisations(company: Path) -> None:
    contacts = {row["Id"]: row for row in rows(company / "salesforce_contacts.csv")}
    merged = [row for row in contacts.values() if row["MasterRecordId"]]
    assert merged
    assert all(row["IsDeleted"] == "true" and row["MasterRecordId"] in contacts for row in merged)
    assert any(row["AccountId"] and not row["FirstName"] for row in contacts.values())
    converted = [row for row in rows(company / "salesforce_leads.csv") if row["ConvertedContactId"]]
    assert converted
    assert all(row["ConvertedContactId"] in contacts for row in converted)
