"""Every preset against a few rows in its system's real layout: what the export's quirks become."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from cem_cli.config.source import preset_names, read_preset, read_source

D = Decimal


def table(name: str, *rows: dict[str, str], delimiter: str = ",", lacks: tuple[str, ...] = ()) -> str:
    """Return a CSV with the system's whole header (without `lacks`) and the given cells."""
    header = [column for column in read_preset(name).known if column not in lacks]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, header, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def documents(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


ORDER = {
    "Name": "#1", "Email": "anna@rossi.it", "Financial Status": "partially_refunded", "Fulfilled at": "2025-10-08 10:00:00 +0200", "Currency": "EUR",
    "Total": "30.00", "Refunded Amount": "12.00", "Created at": "2025-10-07 09:50:26 +0200", "Lineitem quantity": "1", "Lineitem name": "Abito",
    "Lineitem price": "18.00", "Lineitem sku": "A", "Lineitem fulfillment status": "fulfilled", "Billing Name": "Anna Rossi", "Billing Zip": "'00184",
    "Billing Phone": "'+393331234567", "Note Attributes": "delivered_at: 2025-10-09T08:00:00Z",
}
GA4 = {
    "event_timestamp": "1720022184936466", "user_pseudo_id": "14.17", "user_id": "7210", "items": [{"item_id": "SKU-1"}],
    "event_params": [{"key": "ga_session_id", "value": {"int_value": "99"}}, {"key": "search_term", "value": {"string_value": "borsa"}},
                     {"key": "search_results", "value": {"int_value": "0"}}, {"key": "value", "value": {"double_value": "12.5"}}],
}
SEGMENT = {"type": "identify", "messageId": "m1", "userId": "7", "anonymousId": "d1", "timestamp": "2025-01-01T10:00:00Z",
           "traits": {"email": "anna@rossi.it", "firstName": "Anna", "address": {"city": "Roma"}}}

CASES: dict[str, tuple[str, str | bytes, dict[str, object]]] = {
    "salesforce_contact": (
        "c.csv",
        table("salesforce_contact", {
            "Id": "003A", "FirstName": "Anna", "LastName": "ROSSI", "Salutation": "Sig.ra", "Birthdate": "1980-04-03", "MailingStreet": "v. Roma, 1",
            "MailingPostalCode": "00184", "MailingCountry": "Italia", "MobilePhone": "333 1234567", "IsDeleted": "true", "MasterRecordId": "003B",
            "CreatedDate": "2024-01-01T10:00:00.000Z", "LastModifiedDate": "2025-01-01T10:00:00.000Z"}),
        {"SELECT surname, birth_date, phone, house_number, country, deleted, effective_at FROM cem.record":
            [("Rossi", date(1980, 4, 3), "+393331234567", "1", "IT", False, datetime(2025, 1, 1, 10))],
         "SELECT value FROM cem.identifier WHERE kind = 'external' ORDER BY 1": [("salesforce:003A",), ("salesforce:003B",)]},
    ),
    "salesforce_lead": (
        "l.csv",
        table("salesforce_lead", {"Id": "00QA", "FirstName": "Anna", "LastName": "Rossi", "Email": "ANNA@Rossi.it", "ConvertedContactId": "003A",
                                  "LeadSource": "Fiera", "CreatedDate": "2024-01-01T10:00:00.000Z", "LastModifiedDate": "2024-01-02T10:00:00.000Z"}),
        {"SELECT type, channel FROM cem.event": [("lead_created", "store")],
         "SELECT kind, value FROM cem.identifier ORDER BY 2": [("email", "anna@rossi.it"), ("external", "salesforce:003A"), ("external", "salesforce:00QA")]},
    ),
    "shopify_customers": (
        "s.csv",
        table("shopify_customers", {"Customer ID": "'7210", "First Name": "Anna", "Last Name": "Rossi", "Accepts Email Marketing": "yes", "Email": "a@rossi.it",
                                    "Accepts SMS Marketing": "no", "Default Address Zip": "'00184", "Phone": "'+393331234567"}),
        {"SELECT record_key, postcode, phone FROM cem.record": [("7210", "00184", "+393331234567")],
         "SELECT channel, status FROM cem.consent ORDER BY 1": [("email", "granted"), ("sms", "unknown")]},
    ),
    "shopify_orders": (
        "o.csv",
        table("shopify_orders", ORDER, {"Name": "#1", "Lineitem quantity": "2", "Lineitem name": "Borsa", "Lineitem price": "6.00", "Lineitem sku": "B",
                                        "Lineitem fulfillment status": "restocked"}),
        {"SELECT type, amount, revenue FROM cem.event ORDER BY 1":
            [("order", D("30.00"), True), ("refund", D("12.00"), True), ("return", None, False), ("shipped", None, False)],
         "SELECT e.type, sku, l.amount FROM cem.order_line l JOIN cem.event e USING (event_id) ORDER BY ALL":
            [("order", "A", D("18.00")), ("order", "B", D("12.00")), ("return", "B", D("12.00"))],
         "SELECT full_name, postcode FROM cem.record": [("Anna Rossi", "00184")],
         "SELECT properties->>'delivered_at' FROM cem.event WHERE type = 'order'": [("2025-10-09T08:00:00Z",)]},
    ),
    "woocommerce_customers": (
        "w.csv", table("woocommerce_customers", {"Name": "Anna Rossi", "Username": "annar", "Email": "Anna@Rossi.it", "Sign Up": "2024-01-01 10:00:00",
                                                 "Last Active": "2025-01-01 10:00:00", "Postal Code": "00184"}),
        {"SELECT record_key, full_name FROM cem.record": [("anna@rossi.it", "Anna Rossi")], "SELECT type FROM cem.event": [("account_created",)]},
    ),
    "magento_customers": (
        "m.csv", table("magento_customers", {"email": "a@rossi.it", "_website": "base", "firstname": "Anna", "lastname": "Rossi", "gender": "Female",
                                             "password_hash": "x1:secret", "created_at": "09/01/24 12:49", "updated_at": "09/02/24 12:49"}),
        {"SELECT record_key, sex, effective_at FROM cem.record": [("a@rossi.it|base", "F", datetime(2024, 9, 2, 12, 49))],
         "SELECT count(*) FROM cem.raw WHERE list_contains(cells, 'x1:secret')": [(0,)]},
    ),
    "hubspot_contacts": (
        "h.csv", table("hubspot_contacts", {"Record ID": "51", "First Name": "Anna", "Last Name": "Rossi", "Email": "a@rossi.it", "Company Name": "Uno;Due",
                                            "Create Date": "2024-03-12 09:14", "Last Modified Date": "2024-03-13 09:14"}),
        {"SELECT company, effective_at FROM cem.record": [("Uno", datetime(2024, 3, 13, 8, 14))]},
    ),
    "mailchimp_audience": (
        "unsubscribed_members_export_1.csv",
        table("mailchimp_audience", {"Email Address": "a@rossi.it", "First Name": "Anna", "Address": "Via Roma 1  Roma  00184", "OPTIN_TIME": "2024-01-01 10:00:00",
                                     "UNSUB_TIME": "2024-05-01 10:00:00", "LAST_CHANGED": "2024-05-01 10:00:00", "LEID": "31", "UNSUB_CAMPAIGN_ID": "C1"}),
        {'SELECT status, explicit, "at" FROM cem.consent': [("withdrawn", True, datetime(2024, 5, 1, 10))],
         "SELECT street, house_number, city, postcode FROM cem.record": [("Via Roma", "1", "Roma", "00184")],
         "SELECT type, campaign_id FROM cem.event": [("unsubscribed", "C1")]},
    ),
    "mailchimp_activity": (
        "a.ndjson", documents({"email_address": "A@rossi.it", "campaign_id": "C1", "action": "click", "timestamp": "2025-03-01T08:12:00+00:00", "url": "https://x.it"},
                              {"email_address": "a@rossi.it", "campaign_id": "C1", "action": "bounce", "timestamp": "2025-03-01T08:12:00+00:00"}),
        {"SELECT type, ref_value, active FROM cem.event ORDER BY 1": [("email_bounced", "a@rossi.it", False), ("email_clicked", "a@rossi.it", True)]},
    ),
    "klaviyo_profiles": (
        "k.csv", "\ufeff" + table("klaviyo_profiles", {"Email": "a@rossi.it", "Klaviyo ID": "K1", "Email Marketing Consent": "UNSUBSCRIBED",
                                                       "Email Marketing Consent Timestamp": "2024-01-01T10:00:00Z", "Email Suppressions": "HARD_BOUNCE"}),
        {"SELECT status, explicit FROM cem.consent": [("withdrawn", True)]},
    ),
    "brevo_contacts": (
        "b.csv", table("brevo_contacts", {"EMAIL": "a@rossi.it", "FIRSTNAME": "Anna", "SMS": "393331234567", "EMAIL_BLACKLISTED": "Yes", "SMS_BLACKLISTED": "No",
                                          "ADDED_TIME": "03-04-2022 09:30", "MODIFIED_TIME": "04-04-2022 09:30"}, delimiter=";"),
        {"SELECT phone FROM cem.record": [("+393331234567",)], "SELECT channel, status FROM cem.consent": [("email", "withdrawn")],
         'SELECT "at" FROM cem.event': [(datetime(2022, 4, 3, 7, 30),)]},
    ),
    "zendesk_users": (
        "u.ndjson", documents({"id": 900100000000000001, "name": "Anna Rossi", "email": None, "phone": "+39 333 1234567", "locale": "it-IT",
                               "updated_at": "2025-08-06T22:39:16Z"}),
        {"SELECT record_key, full_name, email, phone, language, deleted FROM cem.record": [("900100000000000001", "Anna Rossi", None, "+393331234567", "it", False)]},
    ),
    "zendesk_tickets": (
        "t.ndjson", documents({"id": 1, "requester_id": 7, "subject": "Ritardo", "description": "Dov'è?", "via": {"channel": "voice"}, "tags": ["delivery"],
                               "created_at": "2025-01-01T10:00:00Z", "updated_at": "2025-01-02T10:00:00Z", "satisfaction_rating": {"score": "bad"}, "status": "solved",
                               "metric_set": {"solved_at": "2025-01-02T09:00:00Z", "reopens": 1}}),
        {"SELECT type, channel, ref_kind, ref_value FROM cem.event ORDER BY 1":
            [("ticket_opened", "phone", "record:zendesk_users", "7"), ("ticket_rating", "email", "record:zendesk_users", "7"),
             ("ticket_solved", "phone", "record:zendesk_users", "7")],
         "SELECT text, properties->>'topic', properties->>'reopens' FROM cem.event WHERE type = 'ticket_opened'": [("Ritardo\nDov'è?", "delivery", "1")]},
    ),
    "freshdesk_tickets": (
        "f.csv", table("freshdesk_tickets", {"Ticket ID": "5", "Subject": "Aiuto", "Status": "Closed", "Source": "Phone", "Created time": "2025-01-01 10:00:00",
                                             "Resolved time": "2025-01-02 10:00:00", "Last update time": "2025-01-02 10:00:00", "Full name": "Anna Rossi",
                                             "Email": "a@rossi.it"}),
        {"SELECT type, channel FROM cem.event ORDER BY 1": [("ticket_opened", "phone"), ("ticket_solved", None)]},
    ),
    "ga4_events": (
        "g.ndjson", documents(*({**GA4, "event_name": name, "event_bundle_sequence_id": n} for n, name in enumerate(("search", "purchase", "login", "user_engagement")))),
        {"SELECT type, device_id, ref_kind, ref_value, amount, revenue FROM cem.event ORDER BY 1":
            [("login", "14.17", "external", "shop:7210", None, False), ("search", "14.17", "external", "shop:7210", None, False),
             ("web_purchase", "14.17", "external", "shop:7210", D("12.50"), False)],
         "SELECT text, properties->>'results', properties->>'session' FROM cem.event WHERE type = 'search'": [("borsa", "0", "99")],
         'SELECT DISTINCT "at" FROM cem.event': [(datetime(2024, 7, 3, 15, 56, 24, 936466),)]},
    ),
    "stripe_payments": (
        "p.csv", table("stripe_payments", {"id": "ch_1", "Created (UTC)": "2025-01-01 10:00", "Amount": "22.80", "Currency": "eur", "Status": "Paid",
                                           "Customer Email": "a@rossi.it", "Card Name": "ANNA ROSSI"},
                       {"id": "ch_2", "Created (UTC)": "2025-01-01 09:59", "Amount": "22.80", "Currency": "eur", "Status": "Failed", "Customer Email": "A@rossi.it",
                        "Card Name": "Anna Rossi", "Seller Message": "Insufficient funds."}),
        {"SELECT type, amount, currency, revenue FROM cem.event ORDER BY 1": [("payment", D("22.80"), "EUR", False), ("payment_failed", D("22.80"), "EUR", False)],
         "SELECT count(*) FROM cem.record": [(1,)]},
    ),
    "square_customers": (
        "q.csv", table("square_customers", {"Square Customer ID": "Q1", "First Name": "Anna", "Email Address": "a@rossi.it", "Email Subscription Status": "Unsubscribed",
                                            "First Visit": "03-25-2024", "Birthday": "1980-04-03"}),
        {"SELECT birth_date FROM cem.record": [(date(1980, 4, 3),)], "SELECT status FROM cem.consent": [("withdrawn",)]},
    ),
    "meta_leads": (
        "m.csv", table("meta_leads", {"id": "l:1", "created_time": "2025-03-01T10:12:44+01:00", "full_name": "Anna Rossi", "phone_number": "p:+393331234567",
                                      "email": "a@rossi.it", "campaign_id": "c:23"},
                       {"id": "l:2", "created_time": "2025-03-01T10:12:44+01:00", "full_name": "<test lead: dummy data for full_name>"},
                       delimiter="\t", lacks=("first_name", "last_name")).encode("utf-16"),
        {"SELECT full_name, phone, third_party FROM cem.record": [("Anna Rossi", "+393331234567", True)], "SELECT campaign_id FROM cem.event": [("23",)],
         "SELECT reason FROM cem.quarantine": [("test_row",)]},
    ),
    "meta_comments": (
        "c.json", json.dumps({"data": [
            {"id": "8_1", "message": "Bravi", "from": {"id": "245", "name": "Anna Rossi"}, "created_time": "2024-07-22T12:41:54+0000"},
            {"id": "8_2", "message": "Mah", "created_time": "2024-07-22T12:42:54+0000", "parent": {"id": "8_1"}},
            {"id": "8_3", "message": "Ancora", "from": {"id": "245", "name": "Anna Rossi"}, "created_time": "2024-07-23T12:41:54+0000"}], "paging": {}}),
        {"SELECT record_key, full_name FROM cem.record": [("245", "Anna Rossi")],
         "SELECT event_key, record_id IS NULL, parent_id IS NULL FROM cem.event ORDER BY 1": [("8_1", False, True), ("8_2", True, False), ("8_3", False, True)]},
    ),
    "segment_events": (
        "e.ndjson", documents(SEGMENT, {**SEGMENT, "type": "track", "messageId": "m2", "event": "Order Completed", "traits": None,
                                        "properties": {"total": 12.5, "currency": "EUR", "order_id": "o1"}}, SEGMENT),
        {"SELECT type, amount, ref_kind FROM cem.event ORDER BY 1": [("login", None, "record:segment_events"), ("web_purchase", D("12.50"), "external")],
         "SELECT email, city FROM cem.record": [("anna@rossi.it", "Roma")]},
    ),
    "google_contacts": (
        "g.csv", table("google_contacts", {"First Name": "Anna", "Last Name": "Rossi", "E-mail 1 - Value": "a@rossi.it ::: b@rossi.it", "Birthday": "1980-04-03"}),
        {"SELECT given_name, email, birth_date FROM cem.record": [("Anna", "a@rossi.it", date(1980, 4, 3))]},
    ),
    "outlook_contacts": (
        "o.csv", table("outlook_contacts", {"First Name": "Anna", "Last Name": "Rossi", "E-mail Address": "a@rossi.it", "Birthday": "4/3/1980"}),
        {"SELECT birth_date FROM cem.record": [(date(1980, 4, 3),)]},
    ),
    "loyalty_cards": (
        "l.csv", "card_code,name,tier,enrolled_at,store_id\n802-5110,Anna Rossi,oro,2024-01-01,S1\n",
        {"SELECT record_key FROM cem.record": [("8025110",)], "SELECT kind, value FROM cem.identifier": [("loyalty_card", "8025110")],
         "SELECT type, store_id FROM cem.event": [("card_enrolled", "S1")]},
    ),
}


def test_every_preset_has_a_fixture():
    assert sorted(CASES) == preset_names()


@pytest.mark.parametrize("name", sorted(CASES))
def test_preset(bench, name):
    file, content, expected = CASES[name]
    source = bench.source(f"preset: {name}\n", name)
    bench.take(source, bench.file(file, content))
    for sql, rows in expected.items():
        assert bench.ask(sql) == rows, sql


def test_project_keys_override_or_add_to_the_presets(tmp_path):
    path = tmp_path / "contacts.yaml"
    path.write_text("preset: salesforce_contact\ntrust: 10\nrecord: {tax_code: CF__c}\nreader: {delimiter: ';'}\n", encoding="utf-8")
    source, preset = read_source(path), read_preset("salesforce_contact")
    assert (source.name, source.trust, source.reader.delimiter) == ("contacts", 10, ";")
    assert set(source.record) == {*preset.record, "tax_code"}
    assert source.events == preset.events
