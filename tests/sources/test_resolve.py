"""Who acted: by key, by identifier, in any order of imports; and whose a device was."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import pytest

from cem_cli.sources.resolve import resolve

CARDS = "key: card\nrecord: {given_name: name, email: email}\nidentifiers: [{kind: loyalty_card, column: card}]\n"
SITE = """
key: id
events:
  - type: login
    at: {column: at, time_zone: UTC}
    device: device
    person: {by: identifier, kind: email, column: who}
    where: [{column: what, equals: login}]
  - type: page_view
    at: {column: at, time_zone: UTC}
    device: device
    where: [{column: what, equals: view}]
"""
TILL = "key: id\nevents: [{type: receipt, at: at, amount: total, revenue: true, person: {by: key, source: cards, column: card}}]\n"
FILES = {
    "cards": (CARDS, "card,name,email\nC0001,Anna,anna@rossi.it\nC0002,Bruno,bruno@verdi.it\n"),
    "site": (SITE, "id,at,device,what,who\n1,2026-01-01 08:00,tablet,view,\n2,2026-01-01 10:00,tablet,login,anna@rossi.it\n"
                   "3,2026-01-02 10:00,tablet,login,ANNA@rossi.it\n4,2026-01-03 10:00,tablet,login,bruno@verdi.it\n"
                   "5,2026-01-04 10:00,tablet,view,\n6,2026-01-05 10:00,phone,login,nobody@else.it\n"),
    "till": (TILL, "id,at,total,card\n1,2026-01-01,5.00,C0002\n2,2026-01-02,7.00,\n3,2026-01-03,9.00,C0009\n"),
}


@pytest.mark.parametrize("order", list(permutations(FILES)))
def test_any_order_of_imports_gives_the_same(bench, order):
    for name in order:
        text, content = FILES[name]
        bench.take(bench.source(text, name), bench.file(f"{name}.csv", content))
        with bench.workspace.transaction() as con:
            resolve(con)
    with bench.workspace.transaction() as con:
        told = resolve(con)
    assert (told.attributed, told.dangling, told.anonymous, told.logins) == (4, 2, 3, 2)
    keys = "SELECT e.type, e.event_key, r.record_key FROM cem.event e LEFT JOIN cem.record r USING (record_id) ORDER BY ALL"
    assert bench.ask(keys) == [
        ("login", "2", "C0001"), ("login", "3", "C0001"), ("login", "4", "C0002"), ("login", "6", None),
        ("page_view", "1", None), ("page_view", "5", None), ("receipt", "1", "C0002"), ("receipt", "2", None), ("receipt", "3", None),
    ]


def test_two_people_on_one_tablet(bench):
    for name, (text, content) in FILES.items():
        bench.take(bench.source(text, name), bench.file(f"{name}.csv", content))
    with bench.workspace.transaction() as con:
        resolve(con)
    sql = "SELECT d.device_id, d.from_at, d.to_at, r.record_key FROM cem.device_login d JOIN cem.record r USING (record_id) ORDER BY from_at"
    assert bench.ask(sql) == [
        ("tablet", datetime(1900, 1, 1), datetime(2026, 1, 3, 10), "C0001"), ("tablet", datetime(2026, 1, 3, 10), None, "C0002"),
    ]


def test_an_identifier_may_be_looked_for_in_one_source_only(bench):
    people = "key: id\nrecord: {given_name: name, email: email}\n"
    for name, key in (("shop", "s1"), ("news", "n1")):
        bench.take(bench.source(people, name), bench.file(f"{name}.csv", f"id,name,email\n{key},Anna,a@rossi.it\n"))
    text = "key: id\nevents: [{type: email_opened, at: at, person: {by: identifier, kind: email, source: shop, column: mail}}]\n"
    bench.take(bench.source(text, "acts"), bench.file("acts.csv", "id,at,mail\n1,2026-01-01,A@rossi.it\n"))
    with bench.workspace.transaction() as con:
        resolve(con)
    assert bench.ask("SELECT r.record_key, e.ref_kind FROM cem.event e JOIN cem.record r USING (record_id)") == [("s1", "email@shop")]
