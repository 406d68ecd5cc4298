"""Records as linkage reads them: with the e-mail addresses and phones that only table `identifier` holds."""

from __future__ import annotations

from cem_cli.linkage.identity.answers import side_by_side
from cem_cli.linkage.identity.evidence import evidence
from cem_cli.linkage.identity.living import show_living
from cem_cli.linkage.identity.project import link_project
from cem_cli.linkage.identity.settings import LinkSettings, Run

KINDS = {"email": "email", "phone": "phone", "city": "city"}


def hold(project, number: int, **contacts: list[str]) -> None:
    """Write a record's contacts: it shows the first of each kind, and has all."""
    project.put(1, number, "Roma", **{kind: listed[0] for kind, listed in contacts.items()})
    rows = [(number, kind, value) for kind, listed in contacts.items() for value in listed]
    project.con.executemany("INSERT INTO cem.identifier (record_id, kind, value) VALUES (?, ?, ?)", rows)


def test_further_contacts_stand_in_columns_of_their_own(project) -> None:
    hold(project, 1, phone=["+391", "+393", "+392"], email=["a@x.it"])
    hold(project, 2, phone=["+394"], email=["b@x.it", "c@x.it"])
    project.put(1, 3, "Roma")
    project.con.execute("INSERT INTO cem.identifier (record_id, kind, value) VALUES (3, 'phone', '+395'), (3, 'loyalty_card', '7')")
    assert show_living(project.con, KINDS, "shown") == {**KINDS, "email 2": "email", "phone 2": "phone", "phone 3": "phone"}
    columns = '"email", "email 2", "phone", "phone 2", "phone 3"'
    assert project.rows(f"SELECT record_id, {columns} FROM shown ORDER BY record_id") == [
        (1, "a@x.it", None, "+391", "+392", "+393"), (2, "b@x.it", "c@x.it", "+394", None, None), (3, None, None, None, "+395", None)]
    assert show_living(project.con, {"phone": "phone"}, "shown", only=(2,)) == {"phone": "phone"}
    assert project.rows("SELECT record_id, phone FROM shown") == [(2, "+394")]
    assert "phone 2" not in show_living(project.con, {"email": "ignore", "city": "city"}, "shown")


def test_records_that_show_all_they_have_need_no_columns(project) -> None:
    hold(project, 1, phone=["+391"], email=["a@x.it"])
    assert show_living(project.con, KINDS, "shown") == KINDS


def test_a_number_that_one_record_shows_and_the_other_only_has_is_evidence(project) -> None:
    settings = LinkSettings(key="k" * 32)
    for n in range(1, 60, 2):
        names = {"given_name": ("Anna", "Luca", "Sara", "Ivo", "Ugo")[n % 5], "surname": f"Bianch{chr(97 + n % 26)}{chr(97 + n // 26)}"}
        hold(project, n, phone=[f"+3933312345{n:02}", f"+390612345{n:02}"])
        hold(project, n + 1, phone=[f"+390612345{n:02}"])
        project.con.execute("UPDATE cem.record SET given_name = $given_name, surname = $surname WHERE record_id IN ($n, $n + 1)", {**names, "n": n})
    link_project(project.con, settings, Run(1, project.now))
    assert project.rows("SELECT count(DISTINCT customer_id) FROM cem.identity") == [(30,)]
    told = evidence(project.con, settings, 1, 2)
    assert told is not None
    assert {part.comparison: part.level for part in told.explanation.parts}["phone"] == "exact"
    apart = evidence(project.con, settings, 1, 26)
    assert apart is not None
    assert apart.nearest is not None
    assert {part.comparison: part.level for part in apart.explanation.parts}["phone"] == "different"
    shown = {pair.field: (pair.left, pair.right) for pair in side_by_side(project.con, 1, 2)}
    assert shown["phone"] == ("+393331234501", "+39061234501")
    assert shown["shared phone"] == ("+39061234501", "+39061234501")
    hold(project, 99, phone=["+39061234501"])
    assert "shared phone" not in {pair.field for pair in side_by_side(project.con, 2, 99)}
