"""A project's link: first run, incremental runs, decisions, dry runs, guards."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.linkage.identity.toy import ToyScorer

from cem_cli.engines.duck import Connection
from cem_cli.linkage.identity.decisions import Author, Request, decide
from cem_cli.linkage.identity.project import link_project
from cem_cli.linkage.identity.settings import LinkOutcome, LinkSettings, Run

NOW = datetime(2026, 6, 30, tzinfo=UTC)
SETTINGS = LinkSettings(key="k" * 32)


def put(con: Connection, import_id: int, record_id: int, word: str, **fields: object) -> None:
    """Write one record as import number `import_id` delivered it."""
    con.execute("DELETE FROM cem.record WHERE record_id = ?", [record_id])
    values = {"record_id": record_id, "source": "crm", "record_key": f"K{record_id}", "import_id": import_id, "city": word,
              "deleted": False, "kind": "person", **fields}
    con.execute(f"INSERT INTO cem.record ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", list(values.values()))


def link(con: Connection, run: int, **flags: bool) -> LinkOutcome:
    return link_project(con, replace(SETTINGS, **flags), Run(run, NOW), ToyScorer())


def customers(con: Connection) -> set[frozenset[int]]:
    rows = con.execute("SELECT list(record_id) FROM cem.identity GROUP BY customer_id").fetchall()
    return {frozenset(row[0]) for row in rows}


def identity(con: Connection) -> dict[int, str]:
    return dict(con.execute("SELECT record_id, customer_id FROM cem.identity").fetchall())


def ask(con: Connection, kind: str, a: str, b: str = "") -> None:
    decide(con, [Request(kind, a, b, Author("anna", NOW, "asked"))])


@pytest.fixture
def linked(con: Connection) -> Connection:
    for number, word in enumerate(("aaaaa", "aaaab", "bbbbb", "ccccc", "ccccd"), 1):
        put(con, 1, number, word)
    outcome = link(con, 1)
    assert (outcome.mode, outcome.counts["created"], outcome.records) == ("full", 3, 5)
    assert customers(con) == {frozenset({1, 2}), frozenset({3}), frozenset({4, 5})}
    return con


def test_a_new_record_joins_and_only_its_customer_is_touched(linked: Connection) -> None:
    before = identity(linked)
    linked.execute("DELETE FROM cem.touched_customer")
    put(linked, 2, 6, "bbbbc")
    outcome = link(linked, 2)
    assert (outcome.mode, outcome.changed, outcome.scope) == ("incremental", 1, 2)
    assert identity(linked) == before | {6: before[3]}
    assert linked.execute("SELECT customer_id FROM cem.touched_customer").fetchall() == [(before[3],)]
    log = linked.execute("SELECT act, cause, detail FROM cem.identity_log WHERE run_id = 2").fetchall()
    assert log == [("joined", "file", '{"import":2}')]


def test_nothing_new_is_nothing_done(linked: Connection) -> None:
    outcome = link(linked, 2)
    assert (outcome.mode, outcome.changed, outcome.scope) == ("incremental", 0, 0)
    assert not any(outcome.counts[act] for act in ("created", "merged", "split", "retired", "revived", "moved"))


def test_a_dry_run_tells_and_changes_nothing(linked: Connection) -> None:
    tables = ("identity", "identity_log", "customer", "edge", "meta", "review", "touched_customer")
    before = [linked.execute(f"SELECT * FROM cem.{t} ORDER BY ALL").fetchall() for t in tables]
    put(linked, 2, 6, "bbbbc")
    assert link(linked, 2, dry_run=True).counts["records"] == 6
    assert [linked.execute(f"SELECT * FROM cem.{t} ORDER BY ALL").fetchall() for t in tables] == before


def test_decisions_hold_and_their_undoing_restores(linked: Connection) -> None:
    before = identity(linked)
    ask(linked, "link", "crm:K1", "crm:K3")
    link(linked, 2)
    assert frozenset({1, 2, 3}) in customers(linked)
    causes = linked.execute("SELECT act, cause, detail FROM cem.identity_log WHERE run_id = 2 AND act = 'merged'").fetchall()
    assert causes == [("merged", "decision", '{"decision":1}')]
    ask(linked, "separate", "crm:K4", "crm:K5")
    link(linked, 3)
    assert {frozenset({4}), frozenset({5})} <= customers(linked)
    put(linked, 2, 5, "ccccc")
    link(linked, 4)
    assert {frozenset({4}), frozenset({5})} <= customers(linked), "separation holds against better evidence"
    ask(linked, "undo", "crm:K1", "crm:K3")
    ask(linked, "undo", "crm:K4", "crm:K5")
    link(linked, 5)
    assert identity(linked) == before


def test_a_frozen_customer_takes_nobody_in(linked: Connection) -> None:
    frozen = identity(linked)[1]
    ask(linked, "freeze", frozen)
    put(linked, 2, 6, "aaaaa")
    link(linked, 2)
    assert customers(linked) >= {frozenset({1, 2}), frozenset({6})}
    assert linked.execute("SELECT frozen FROM cem.customer WHERE customer_id = ?", [frozen]).fetchall() == [(True,)]
    ask(linked, "undo", frozen)
    link(linked, 3)
    assert frozenset({1, 2, 6}) in customers(linked)


def test_identifiers_join_until_too_many_share_them(linked: Connection) -> None:
    rows = [(number, "loyalty_card", "A1", "crm") for number in (1, 3)]
    linked.executemany("INSERT INTO cem.identifier (record_id, kind, value, source) VALUES (?, ?, ?, ?)", rows)
    put(linked, 2, 3, "bbbbb")
    put(linked, 2, 1, "aaaaa")
    link(linked, 2)
    assert frozenset({1, 2, 3}) in customers(linked)
    for number in range(10, 16):
        put(linked, 3, number, f"{chr(55 + number)}" * 5, given_name=f"N{number}", surname="S")
        linked.execute("INSERT INTO cem.identifier (record_id, kind, value, source) VALUES (?, 'loyalty_card', 'A1', 'crm')", [number])
    outcome = link(linked, 3)
    assert frozenset({3}) in customers(linked), "a shop's card joins nobody, not even those it joined before"
    assert any("loyalty_card" in warning for warning in outcome.warnings)


def test_two_tax_codes_never_share_a_customer(linked: Connection) -> None:
    put(linked, 2, 6, "eeeee", tax_code="RSSMRA80A01H501U")
    put(linked, 2, 7, "eeeee", tax_code="VRDLGI80A01H501X")
    link(linked, 2)
    assert customers(linked) >= {frozenset({6}), frozenset({7})}
    assert linked.execute("SELECT kind, record_id_l, record_id_r, reason FROM cem.review").fetchall() == [("cut", 6, 7, "two tax codes")]
    assert linked.execute("SELECT count(*) FROM cem.customer WHERE under_review").fetchall() == [(2,)]


def test_two_buyers_with_different_birth_dates_need_a_word(linked: Connection) -> None:
    put(linked, 2, 6, "fffff", birth_date="1980-01-01")
    put(linked, 2, 7, "ggggg", birth_date="1950-05-05")
    for buyer in (6, 7):
        linked.execute("INSERT INTO cem.event (event_id, record_id, revenue, active, amount) VALUES (?, ?, true, true, 10)", [buyer, buyer])
    link(linked, 2)
    put(linked, 3, 7, "fffff", birth_date="1950-05-05")
    link(linked, 3)
    assert customers(linked) >= {frozenset({6}), frozenset({7})}
    assert linked.execute("SELECT kind, who FROM cem.decision").fetchall() == [("separate", "cem")]
    assert linked.execute("SELECT kind FROM cem.review WHERE record_id_l = 6").fetchall() == [("cut",)]
    ask(linked, "link", "crm:K6", "crm:K7")
    link(linked, 4)
    assert frozenset({6, 7}) in customers(linked), "a person's word overrules the guard"
