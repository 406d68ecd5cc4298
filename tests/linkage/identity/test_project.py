"""A project's link: first run, incremental runs, decisions, dry runs, guards."""

from __future__ import annotations


def test_the_first_run_links_everything(linked) -> None:
    assert linked.customers() == {frozenset({1, 2}), frozenset({3}), frozenset({4, 5})}
    assert linked.rows("SELECT name, value FROM cem.run_customer WHERE name IN ('created', 'records') ORDER BY 1") == [
        ("created", 3), ("records", 5)]


def test_a_new_record_joins_and_only_its_customer_is_touched(linked) -> None:
    before = linked.identity()
    linked.con.execute("DELETE FROM cem.touched_customer")
    linked.put(2, 6, "bbbbc")
    outcome = linked.link(2)
    assert (outcome.mode, outcome.changed, outcome.scope) == ("incremental", 1, 2)
    assert linked.identity() == before | {6: before[3]}
    assert linked.con.execute("SELECT customer_id FROM cem.touched_customer").fetchall() == [(before[3],)]
    log = linked.con.execute("SELECT act, cause, detail FROM cem.identity_log WHERE run_id = 2").fetchall()
    assert log == [("joined", "file", '{"import":2}')]


def test_nothing_new_is_nothing_done(linked) -> None:
    outcome = linked.link(2)
    assert (outcome.mode, outcome.changed, outcome.scope) == ("incremental", 0, 0)
    assert not any(outcome.counts[act] for act in ("created", "merged", "split", "retired", "revived", "moved"))


def test_customers_with_new_events_are_touched(linked) -> None:
    linked.con.execute("DELETE FROM cem.touched_customer")
    linked.con.execute("INSERT INTO cem.event (event_id, record_id, import_id) VALUES (1, 3, 2), (2, 1, 1)")
    assert link_twice(linked) == [(linked.identity()[3],)]


def link_twice(linked) -> list[tuple[object, ...]]:
    """Link, note who was touched, and link again: nobody is touched twice."""
    linked.link(2)
    touched = linked.rows("SELECT customer_id FROM cem.touched_customer")
    linked.con.execute("DELETE FROM cem.touched_customer")
    linked.link(3)
    assert linked.rows("SELECT customer_id FROM cem.touched_customer") == []
    return touched


def test_a_dry_run_tells_and_changes_nothing(linked) -> None:
    tables = ("identity", "identity_log", "customer", "edge", "meta", "review", "touched_customer")
    before = [linked.con.execute(f"SELECT * FROM cem.{t} ORDER BY ALL").fetchall() for t in tables]
    linked.put(2, 6, "bbbbc")
    assert linked.link(2, dry_run=True).counts["records"] == 6
    assert [linked.con.execute(f"SELECT * FROM cem.{t} ORDER BY ALL").fetchall() for t in tables] == before


def test_decisions_hold_and_their_undoing_restores(linked) -> None:
    before = linked.identity()
    linked.ask("link", "crm:K1", "crm:K3")
    linked.link(2)
    assert frozenset({1, 2, 3}) in linked.customers()
    causes = linked.con.execute("SELECT act, cause, detail FROM cem.identity_log WHERE run_id = 2 AND act = 'merged'").fetchall()
    assert causes == [("merged", "decision", '{"decision":1}')]
    linked.ask("separate", "crm:K4", "crm:K5")
    linked.link(3)
    assert {frozenset({4}), frozenset({5})} <= linked.customers()
    linked.put(2, 5, "ccccc")
    linked.link(4)
    assert {frozenset({4}), frozenset({5})} <= linked.customers(), "separation holds against better evidence"
    linked.ask("undo", "crm:K1", "crm:K3")
    linked.ask("undo", "crm:K4", "crm:K5")
    linked.link(5)
    assert linked.identity() == before


def test_a_frozen_customer_takes_nobody_in(linked) -> None:
    frozen = linked.identity()[1]
    linked.ask("freeze", frozen)
    linked.put(2, 6, "aaaaa")
    linked.link(2)
    assert linked.customers() >= {frozenset({1, 2}), frozenset({6})}
    assert linked.con.execute("SELECT frozen FROM cem.customer WHERE customer_id = ?", [frozen]).fetchall() == [(True,)]
    linked.ask("undo", frozen)
    linked.link(3)
    assert frozenset({1, 2, 6}) in linked.customers()


def test_identifiers_join_until_too_many_share_them(linked) -> None:
    rows = [(number, "loyalty_card", "A1", "crm") for number in (1, 3)]
    linked.con.executemany("INSERT INTO cem.identifier (record_id, kind, value, source) VALUES (?, ?, ?, ?)", rows)
    linked.put(2, 3, "bbbbb")
    linked.put(2, 1, "aaaaa")
    linked.link(2)
    assert frozenset({1, 2, 3}) in linked.customers()
    for number in range(10, 16):
        linked.put(3, number, f"{chr(55 + number)}" * 5, given_name=f"N{number}", surname="S")
        linked.con.execute("INSERT INTO cem.identifier (record_id, kind, value, source) VALUES (?, 'loyalty_card', 'A1', 'crm')", [number])
    outcome = linked.link(3)
    assert frozenset({3}) in linked.customers(), "a shop's card joins nobody, not even those it joined before"
    assert any("loyalty_card" in warning for warning in outcome.warnings)


def test_two_tax_codes_never_share_a_customer(linked) -> None:
    linked.put(2, 6, "eeeee", tax_code="RSSMRA80A01H501U")
    linked.put(2, 7, "eeeee", tax_code="VRDLGI80A01H501X")
    linked.link(2)
    assert linked.customers() >= {frozenset({6}), frozenset({7})}
    assert linked.rows("SELECT record_id_l, record_id_r, reason FROM cem.review WHERE kind = 'cut'") == [(6, 7, "two tax codes")]
    assert linked.con.execute("SELECT count(*) FROM cem.customer WHERE under_review").fetchall() == [(2,)]


def test_two_buyers_with_different_birth_dates_need_a_word(linked) -> None:
    linked.put(2, 6, "fffff", birth_date="1980-01-01")
    linked.put(2, 7, "ggggg", birth_date="1950-05-05")
    for buyer in (6, 7):
        linked.con.execute(
            "INSERT INTO cem.event (event_id, record_id, revenue, active, amount) VALUES (?, ?, true, true, 10)", [buyer, buyer])
    linked.link(2)
    linked.put(3, 7, "fffff", birth_date="1950-05-05")
    linked.link(3)
    assert linked.customers() >= {frozenset({6}), frozenset({7})}
    assert linked.con.execute("SELECT kind, who FROM cem.decision").fetchall() == [("separate", "cem")]
    assert linked.con.execute("SELECT kind FROM cem.review WHERE record_id_l = 6").fetchall() == [("cut",)]
    linked.ask("link", "crm:K6", "crm:K7")
    linked.link(4)
    assert frozenset({6, 7}) in linked.customers(), "a person's word overrules the guard"


def test_a_link_of_customers_holds_for_all_their_records_and_can_be_undone(linked) -> None:
    before = linked.identity()
    linked.ask("link", before[1], before[4])
    linked.link(2)
    assert frozenset({1, 2, 4, 5}) in linked.customers()
    linked.put(2, 5, "zzzzz")  # nothing speaks for it any more, but somebody did
    linked.link(3)
    assert frozenset({1, 2, 4, 5}) in linked.customers()
    linked.put(3, 5, "ccccd")
    linked.ask("undo", before[1], before[4])
    linked.link(4)
    assert linked.identity() == before
