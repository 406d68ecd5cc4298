"""Households group customers and merge nobody."""

from __future__ import annotations

from cem_cli.linkage.identity.households import find_households


def customer(project, number: int, surname: str, street: str, door: str, phone: str | None = None, kind: str = "person") -> None:
    project.con.execute("INSERT INTO cem.customer (customer_id, created_run) VALUES (?, ?)", [f"C{number:016x}", 10 - number])
    project.con.execute("INSERT INTO cem.identity VALUES (?, ?)", [number, f"C{number:016x}"])
    project.put(1, number, "Milano", surname=surname, street=street, house_number=door, postcode="20121", kind=kind)
    if phone:
        project.con.execute("INSERT INTO cem.identifier (record_id, kind, value) VALUES (?, 'phone', ?)", [number, phone])


def test_same_address_and_surname_or_a_shared_contact(project) -> None:
    customer(project, 1, "De Luca", "via Dante", "12")
    customer(project, 2, "Deluca", "via Dante", "12")
    customer(project, 3, "De Luca", "via Dnate", "12")
    customer(project, 4, "De Luca", "via Dante", "14")
    customer(project, 5, "Rossi", "via Dante", "12")
    customer(project, 6, "Bruni", "corso Como", "1", "+39021")
    customer(project, 7, "Brunni", "via Verdi", "3", "+39021")
    for number in range(20, 28):
        customer(project, number, "Bruni", f"largo {chr(number + 77) * 6}", "3", "+39999")
    customer(project, 30, "De Luca", "via Dante", "12", kind="organisation")
    assert find_households(project.con) == 2
    found = dict(project.rows("SELECT customer_id, household_id FROM cem.household"))
    homes = {n: found.get(f"C{n:016x}") for n in range(1, 31)}
    assert homes[1] == homes[2] == homes[3] == f"H{3:016x}", "named after the oldest customer"
    assert len({homes[n] for n in (1, 4, 5, 6)}) == 4
    assert homes[6] == homes[7]
    assert len({homes[n] for n in range(20, 28)}) == 8, "a shop's phone makes no household"
    assert homes[30] is None
    assert dict(project.rows("SELECT reason, count(*) FROM cem.household GROUP BY reason")) == {"address": 3, "contact": 2, "alone": 10}
