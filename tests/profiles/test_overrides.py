from datetime import date, timedelta

import pytest

from cem_cli.base.errors import CemError
from cem_cli.profiles.overrides import Override, set_override, undo_override


@pytest.fixture
def anna(world):
    world.record(1, "C1", given_name="Ana", surname="Rossi", email="a@x.it")
    world.record(2, "C1", days=5, given_name="Ana", surname="Rossi", phone="+39333")
    world.unify()
    return world


def put(world, field, value, customer="C1", after=0):
    return set_override(world.con, Override(customer, field, value, "me", "she said so"), world.as_of + timedelta(hours=after))


def test_it_wins_and_survives_an_import(anna):
    put(anna, "given_name", "Anna")
    put(anna, "birth_date", "1980-02-01")
    anna.record(3, "C1", days=0, given_name="Ana", surname="Rossi", birth_date=date(1981, 1, 1))
    anna.unify()
    profile = anna.profile("C1")
    assert (profile["given_name"], profile["full_name"], profile["birth_date"]) == ("Anna", "Anna Rossi", date(1980, 2, 1))
    assert anna.lineage("C1")["given_name"][1:] == ("manual", "override", False)


def test_the_latest_wins_and_undoing_gives_way(anna):
    put(anna, "email", "one@x.it")
    second = put(anna, "email", "two@x.it", after=1)
    anna.unify()
    assert anna.profile("C1")["email"] == "two@x.it"
    undo_override(anna.con, second, anna.as_of)
    anna.unify()
    assert anna.profile("C1")["email"] == "one@x.it"
    with pytest.raises(CemError, match="not in force"):
        undo_override(anna.con, second, anna.as_of)


def test_a_field_can_be_emptied(anna):
    put(anna, "email", None)
    anna.unify()
    assert anna.profile("C1")["email"] is None
    assert "email" not in anna.lineage("C1")


def test_it_follows_a_merge(anna):
    put(anna, "email", "kept@x.it")
    anna.con.execute("UPDATE cem.identity SET customer_id = 'C9'")
    anna.unify()
    assert anna.profile("C9")["email"] == "kept@x.it"


def test_it_stays_with_the_person_after_a_split(anna):
    put(anna, "email", "kept@x.it")
    anna.con.execute("UPDATE cem.identity SET customer_id = 'C2' WHERE record_id = 1")
    anna.unify()
    assert anna.profile("C2")["email"] == "kept@x.it", "record 1 gave the e-mail that was corrected"
    assert anna.profile("C1")["email"] is None


def test_without_its_record_it_follows_the_redirects(anna):
    put(anna, "email", "kept@x.it")
    anna.con.execute("DELETE FROM cem.identity WHERE record_id = 1")
    anna.con.execute("UPDATE cem.identity SET customer_id = 'C3' WHERE record_id = 2")
    anna.insert("customer", customer_id="C1", redirect_to="C2")
    anna.insert("customer", customer_id="C2", redirect_to="C3")
    anna.unify()
    assert anna.profile("C3")["email"] == "kept@x.it"


@pytest.mark.parametrize(("field", "value", "customer"), [("emails", "x", "C1"), ("birth_date", "1/2/80", "C1"), ("email", "x", "C7")])
def test_what_cannot_be_set(anna, field, value, customer):
    with pytest.raises(CemError):
        put(anna, field, value, customer)
    assert anna.con.execute("SELECT count(*) FROM cem.profile_override").fetchone() == (0,)
