"""From rows to records, events, lines, consents and dimensions."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

ORDERS = """
key: Name
rows: many
fill_down: [Name, Email, Buyer, Total, Created]
record_key: contact
effective_at: Created
record: {full_name: Buyer, email: Email}
events:
  - type: order
    at: Created
    person: record
    channel: {constant: web}
    amount: Total
    revenue: true
    lines: {sku: Sku, quantity: Qty, unit_price: Price, discount: Off}
  - type: refund
    at: Created
    person: record
    amount: Refunded
    revenue: true
    parent: {type: order, key: Name}
    where: [{column: Refunded, differs: ['', '0.00']}]
"""
HEAD = "Name,Email,Buyer,Total,Created,Refunded,Sku,Qty,Price,Off\n"
FIRST = "#1,anna@rossi.it,Anna Rossi,30.00,2026-05-01 10:00:00 +0200,0.00,A,1,10.00,\n,,,,,,B,2,12.00,4.00\n"
SECOND = "#2,ANNA@rossi.it,anna rossi,8.00,2026-05-02 10:00:00 +0200,8.00,A,1,8.00,\n"


def test_an_order_over_several_rows(bench):
    result = bench.load(ORDERS, HEAD + FIRST + SECOND)
    assert result.counts["loaded"] == 3
    assert bench.ask('SELECT type, event_key, amount, currency, "at" FROM cem.event ORDER BY 1, 2') == [
        ("order", "#1", Decimal("30.00"), "EUR", datetime(2026, 5, 1, 8)), ("order", "#2", Decimal("8.00"), "EUR", datetime(2026, 5, 2, 8)),
        ("refund", "#2", Decimal("8.00"), "EUR", datetime(2026, 5, 2, 8)),
    ]
    assert bench.ask("SELECT sku, quantity, amount FROM cem.order_line ORDER BY amount") == [
        ("A", Decimal(1), Decimal("8.00")), ("A", Decimal(1), Decimal("10.00")), ("B", Decimal(2), Decimal("20.00")),
    ]
    assert bench.ask("SELECT count(*), any_value(email) FROM cem.record") == [(1, "anna@rossi.it")], "one contact, whatever its capitals"
    assert bench.ask("SELECT count(*) FROM cem.event r JOIN cem.event o ON o.event_id = r.parent_id WHERE o.type = 'order'") == [(1,)]


def test_an_order_that_lost_a_line_loses_it_here_too(bench):
    source = bench.source(ORDERS)
    bench.take(source, bench.file("o-1.csv", HEAD + FIRST + SECOND))
    result = bench.take(source, bench.file("o-2.csv", HEAD + FIRST.splitlines()[0] + "\n" + SECOND)).files[0]
    assert (result.counts["loaded"], result.counts["unchanged"]) == (1, 1)
    assert bench.ask("SELECT count(*), sum(amount) FROM cem.order_line") == [(2, Decimal("18.00"))]
    assert bench.counts()["event"] == 3


def test_a_corrected_contact_leaves_no_ghost(bench):
    source = bench.source(ORDERS)
    bench.take(source, bench.file("o-1.csv", HEAD + FIRST + SECOND))
    bench.take(source, bench.file("o-2.csv", HEAD + FIRST.replace("anna@rossi.it", "other@rossi.it") + SECOND))
    assert bench.ask("SELECT email FROM cem.record ORDER BY 1") == [("anna@rossi.it",), ("other@rossi.it",)]
    bench.take(source, bench.file("o-3.csv", HEAD + FIRST.replace("anna@rossi.it", "third@rossi.it").replace("30.00", "31.00") + SECOND))
    assert bench.ask("SELECT email FROM cem.record ORDER BY 1") == [("anna@rossi.it",), ("third@rossi.it",)]
    assert bench.ask("SELECT count(*) FROM cem.event e ANTI JOIN cem.record r USING (record_id)") == [(0,)]


def test_refused_values_are_counted_once_although_all_is_derived_again(bench):
    source = bench.source(ORDERS)
    first = bench.take(source, bench.file("o-1.csv", HEAD + FIRST + SECOND.replace("ANNA@rossi.it", "no address"))).files[0]
    second = bench.take(source, bench.file("o-2.csv", HEAD + FIRST.replace("30.00", "31.00") + SECOND.replace("ANNA@rossi.it", "no address"))).files[0]
    assert (first.issues, second.issues) == ({"email: no_at_sign": 1}, {})
    assert bench.ask("SELECT import_id, field, rows FROM cem.field_issue") == [(1, "email", 1)]


def test_nobody_is_made_of_empty_contacts(bench):
    bench.load(ORDERS, HEAD + "#3,,,5.00,2026-05-03 10:00:00 +0200,0.00,A,1,5.00,\n")
    assert bench.ask("SELECT record_id, ref_value, amount FROM cem.event") == [(None, None, Decimal("5.00"))]
    assert bench.counts()["record"] == 0


def test_consent_statements_of_shared_contacts_add_up(bench):
    source = bench.source("""
key: id
record_key: contact
effective_at: {column: at, time_zone: UTC}
record: {phone: phone}
consents:
  - {channel: sms, purpose: marketing, status: {constant: withdrawn}, at: {column: at, time_zone: UTC}, identifier: phone,
     where: [{column: status, equals: stop}]}
""")
    head = "id,phone,status,at\n"
    bench.take(source, bench.file("s-1.csv", head + "1,333 1234567,stop,2026-01-01 00:00:00\n2,+39 333 1234567,delivered,2026-02-01 00:00:00\n"))
    bench.take(source, bench.file("s-2.csv", head + "3,333-1234567,delivered,2026-03-01 00:00:00\n"))
    assert bench.ask('SELECT identifier_value, status, explicit, "at" FROM cem.consent') == [
        ("+393331234567", "withdrawn", True, datetime(2026, 1, 1)),
    ]
    assert bench.ask("SELECT phone, effective_at FROM cem.record") == [("+393331234567", datetime(2026, 3, 1))]


@pytest.mark.parametrize("changed_before", [False, True])
def test_an_older_row_that_adds_an_identifier_is_news_of_its_record(bench, changed_before):
    """Linkage looks at what the newest import told: it must hear of an identifier that an older order brings."""
    source = bench.source("""
key: id
record_key: contact
effective_at: {column: at, time_zone: UTC}
record: {email: mail, city: name}
identifiers:
  - {kind: loyalty_card, column: card}
""")
    head = "id,mail,name,card,at\n"
    bench.take(source, bench.file("o-1.csv", head + "1,a@rossi.it,Roma,,2026-03-01 00:00:00\n2,b@verdi.it,Bari,,2026-03-01 00:00:00\n"))
    again = "2,b@verdi.it,Como,,2026-03-02 00:00:00\n" if changed_before else ""
    imported = bench.take(source, bench.file("o-2.csv", head + again + "3,a@rossi.it,Pisa,8025110000446,2026-01-01 00:00:00\n")).files[0]
    assert bench.ask("SELECT city, effective_at, import_id FROM cem.record WHERE email = 'a@rossi.it'") == [
        ("Roma", datetime(2026, 3, 1), imported.import_id)]
    assert bench.ask("SELECT value FROM cem.identifier WHERE kind = 'loyalty_card'") == [("8025110000446",)]


def test_several_events_from_one_array(bench):
    source = bench.source("""
reader: {format: ndjson}
key: email
events:
  - type: email_opened
    each: activity
    at: each.timestamp
    active: true
    person: {by: identifier, kind: email, column: email}
    where: [{column: each.action, equals: open}]
""")
    acts = [("open", "2026-01-01T10:00:00Z"), ("sent", "2026-01-01T09:00:00Z"), ("open", "2026-01-02T10:00:00Z")]
    document = {"email": "a@b.it", "activity": [{"action": action, "timestamp": at} for action, at in acts]}
    bench.take(source, bench.file("a.ndjson", json.dumps(document) + "\n"))
    assert bench.ask('SELECT event_key, "at", ref_value FROM cem.event ORDER BY 1') == [
        ("a@b.it#1", datetime(2026, 1, 1, 10), "a@b.it"), ("a@b.it#3", datetime(2026, 1, 2, 10), "a@b.it"),
    ]


def test_events_without_an_instant_are_counted(bench):
    result = bench.load(
        "key: id\nevents: [{type: login, at: when, device: dev}]\n", "id,when,dev\n1,2026-01-01 10:00,d1\n2,31/31/2026,d2\n3,,d3\n", "e.csv"
    )
    assert bench.counts()["event"] == 1
    assert sum(rows for name, rows in result.issues.items() if name.startswith("login.at")) == 2


def test_dimension_rows_are_replaced_by_key(bench):
    text = "key: sku\ndimension: {table: product, fields: {sku: sku, name: name, price: price}}\nreader: {decimal: ','}\n"
    source = bench.source(text, "products")
    bench.take(source, bench.file("p-1.csv", 'sku,name,price\nA,Abito,"1.234,50"\nB,Borsa,"9,90"\n'))
    bench.take(source, bench.file("p-2.csv", 'sku,name,price\nB,Borsa,"8,90"\n'))
    assert bench.ask("SELECT sku, name, price, cost FROM cem.product ORDER BY 1") == [
        ("A", "Abito", Decimal("1234.50"), None), ("B", "Borsa", Decimal("8.90"), None),
    ]


def test_third_party_follows_the_record_and_its_identifiers(bench):
    bench.load("key: id\nparty: third\nrecord: {email: email}\n", "id,email\n1,a@rossi.it\n")
    assert bench.ask("SELECT r.third_party, i.third_party FROM cem.record r JOIN cem.identifier i USING (record_id)") == [(True, True)]


def test_secrets_are_never_taken_in(bench):
    bench.load("key: id\nnever_load: [password_hash]\nrecord: {email: email}\n", "id,email,password_hash\n1,a@rossi.it,geheim\n")
    assert bench.ask("SELECT cells FROM cem.raw") == [(["1", "a@rossi.it", ""],)]
    assert "geheim" not in str(bench.ask("FROM cem.record"))


def test_a_phone_in_several_columns_is_the_first_and_all_are_identifiers(bench):
    bench.load(
        "key: id\nrecord: {full_name: name, email: mail, phone: {columns: [mobile, home], steps: [strip_apostrophe]}}\n",
        "id,name,mail,mobile,home\n1,Anna Rossi,anna@rossi.it,'+393331234567,06 6982 1234\n2,Ugo Neri,,,'+390669821234\n3,Ivo Bo,,none,\n",
    )
    assert bench.ask("SELECT record_key, phone FROM cem.record ORDER BY 1") == [("1", "+393331234567"), ("2", "+390669821234"), ("3", None)]
    assert bench.ask("SELECT record_key, i.kind, value FROM cem.identifier i JOIN cem.record USING (record_id) ORDER BY ALL") == [
        ("1", "email", "anna@rossi.it"), ("1", "phone", "+390669821234"), ("1", "phone", "+393331234567"), ("2", "phone", "+390669821234"),
    ]


def test_of_several_phones_or_addresses_in_a_cell_all_are_identifiers(bench):
    bench.load(
        "key: id\nrecord: {full_name: name, email: mail, phone: tel}\n",
        "id,name,mail,tel\n1,Anna Rossi,anna@rossi.it; a.rossi@firm.it,06 6982 1234 / 333 1234567\n2,Ugo Neri,u@neri.it,+393337654321\n",
    )
    assert bench.ask("SELECT record_key, email, phone FROM cem.record ORDER BY 1") == [
        ("1", "anna@rossi.it", "+390669821234"), ("2", "u@neri.it", "+393337654321")]
    assert bench.ask("SELECT i.kind, value FROM cem.identifier i JOIN cem.record USING (record_id) WHERE record_key = '1' ORDER BY ALL") == [
        ("email", "a.rossi@firm.it"), ("email", "anna@rossi.it"), ("phone", "+390669821234"), ("phone", "+393331234567")]
