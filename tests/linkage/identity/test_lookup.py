"""Finding records and customers by what people type."""

from __future__ import annotations

import pytest

from cem_cli.base.errors import CemError
from cem_cli.store.lookup import member_records, resolve_customer, resolve_record


def test_records_by_key_or_number(linked) -> None:
    linked.put(1, 7, "zzzzz", record_key="odd:key")
    assert resolve_record(linked.con, "crm:K3") == 3
    assert resolve_record(linked.con, "3") == 3
    assert resolve_record(linked.con, "crm:odd:key") == 7


def test_redirects_are_followed_to_the_living(linked) -> None:
    before = linked.identity()
    linked.ask("link", "crm:K1", "crm:K3")
    linked.link(2)
    linked.ask("link", "crm:K3", "crm:K4")
    linked.link(3)
    now = set(linked.identity().values())
    assert len(now) == 1
    for old in set(before.values()):
        assert resolve_customer(linked.con, old) in now
    assert resolve_customer(linked.con, "crm:K5") in now
    retired = (set(before.values()) - now).pop()
    assert set(member_records(linked.con, retired)) <= set(before)


def test_a_customer_without_records_says_so(linked) -> None:
    old = linked.identity()[3]
    linked.put(2, 3, "bbbbb", deleted=True)
    linked.link(2)
    with pytest.raises(CemError, match="no record left"):
        resolve_customer(linked.con, old)


@pytest.mark.parametrize(("text", "error", "hint"), [
    ("crm:K33", "E-RECORD-UNKNOWN", "crm:K3"), ("shop:1", "E-RECORD-UNKNOWN", "crm"), ("K3", "E-RECORD-UNKNOWN", "crm"),
    ("99999999999999999999", "E-RECORD-UNKNOWN", "crm"), ("C0000000000000000", "E-CUSTOMER-UNKNOWN", "no id is like it"),
])
def test_unknown_names_come_with_a_hint(linked, text: str, error: str, hint: str) -> None:
    with pytest.raises(CemError) as caught:
        resolve_customer(linked.con, text)
    assert caught.value.id == error
    assert hint in caught.value.why


def test_the_beginning_of_an_id_will_do(linked) -> None:
    whole = linked.identity()[1]
    assert resolve_customer(linked.con, whole[:9]) == whole
    assert member_records(linked.con, whole[:9]) == (1, 2)
    linked.con.execute("INSERT INTO cem.profile (customer_id) VALUES ('Cabcd00000000000a'), ('Cabcd00000000000b')")
    with pytest.raises(CemError, match="more than one") as caught:
        resolve_customer(linked.con, "Cabcd")
    assert "Cabcd00000000000a" in caught.value.why
    assert resolve_customer(linked.con, "Cabcd00000000000b") == "Cabcd00000000000b", "a visitor without records"


def test_hints_show_no_address(linked) -> None:
    linked.put(1, 8, "yyyyy", record_key="anna.rossi@example.org")
    with pytest.raises(CemError) as caught:
        resolve_record(linked.con, "crm:anna.rosi@example.org")
    assert "@" not in str(caught.value)


def test_a_record_that_was_never_linked(linked) -> None:
    linked.put(2, 9, "xxxxx")
    with pytest.raises(CemError, match="not been linked"):
        resolve_customer(linked.con, "crm:K9")
