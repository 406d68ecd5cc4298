"""Which fields of a profile changed, and why; nothing about values is kept."""

from __future__ import annotations

import pytest

from cem_cli.profiles.overrides import Override, set_override
from cem_cli.profiles.rules import SurvivorshipRule
from cem_cli.profiles.unify import Unification, unify


@pytest.fixture
def people(world):
    world.record(1, "C1", email="a@x.it", city="Roma", import_id=1)
    world.record(2, "C2", "shop", email="b@x.it", import_id=1)
    world.unify()
    return world


def changes(world, run: int = 5, *rules):
    unify(world.con, Unification(world.as_of, "key", rules, (), run))
    return world.con.execute("SELECT customer_id, field, act, cause, detail FROM cem.profile_change WHERE run_id = ? ORDER BY ALL", [run]).fetchall()


def test_new_profiles_and_unchanged_ones_changed_nothing(people):
    assert people.con.execute("SELECT count(*) FROM cem.profile_change").fetchall() == [(0,)]
    people.record(3, "C3", email="c@x.it", import_id=2)
    assert changes(people) == []


def test_a_newer_row_is_the_files(people):
    people.con.execute("UPDATE cem.record SET email = NULL, phone = '+39021', city = 'Milano', import_id = 2 WHERE record_id = 1")
    people.con.execute("DELETE FROM cem.identifier WHERE record_id = 1")
    told = changes(people)
    assert [(c[1], c[2]) for c in told] == [("city", "changed"), ("email", "emptied"), ("emails", "emptied"), ("phone", "filled"), ("phones", "filled")]
    assert {(c[0], *c[3:]) for c in told} == {("C1", "file", '{"import":2}')}


def test_a_merge_tells_what_moved_the_record(people):
    people.con.execute("UPDATE cem.identity SET customer_id = 'C1' WHERE record_id = 2")
    people.con.execute("UPDATE cem.record SET effective_at = effective_at + INTERVAL 9 DAY WHERE record_id = 2")
    people.insert("identity_log", seq=1, run_id=4, act="joined", customer_id="C1", other_id="C2", record_id=2, cause="decision", detail='{"decision":7}')
    assert changes(people) == [("C1", "email", "changed", "decision", '{"decision":7}'), ("C1", "emails", "changed", "decision", '{"decision":7}')]
    assert changes(people, 6) == []


def test_rules_and_hands_are_causes_too(people):
    people.record(3, "C1", days=1, email="z@x.it", import_id=1)
    changes(people, 4)
    assert changes(people, 5, SurvivorshipRule("email", "oldest")) == [("C1", "email", "changed", "rule", '{"rule":"oldest"}')]
    set_override(people.con, Override("C1", "city", "Torino", "anna", "on the phone"), people.as_of)
    assert [c[:4] for c in changes(people, 6, SurvivorshipRule("email", "oldest"))] == [("C1", "city", "changed", "override")]
