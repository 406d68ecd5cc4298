import random
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cem_cli.base.errors import CemError
from cem_cli.profiles.rules import SurvivorshipRule as Rule


@pytest.fixture
def anna(world):
    """One customer: four records that disagree."""
    world.record(1, "C1", "crm", 30, company="Rossi", email="old@x.it", given_name="Anna", surname="Rossi")
    world.record(2, "C1", "shop", 20, company="Rossi & Figli", email="new@x.it", given_name="A.", surname="Rossi")
    world.record(3, "C1", "till", 10, company="Verdi", given_name="Ana", surname="Rosi")
    world.record(4, "C1", "agency", None, company="Verdi", given_name="Anna", surname="Rossi", tax_code="AGENCY")
    return world


@pytest.mark.parametrize(
    ("rule", "company", "record"),
    [
        (Rule("company", "most_recent"), "Verdi", 3),
        (Rule("company", "oldest"), "Rossi", 1),
        (Rule("company", "source_priority"), "Rossi", 1),
        (Rule("company", "source_priority", sources=("till", "crm")), "Verdi", 3),
        (Rule("company", "source_priority", sources=("unused",)), "Rossi", 1),
        (Rule("company", "most_frequent"), "Verdi", 3),
        (Rule("company", "most_complete"), "Rossi & Figli", 2),
    ],
)
def test_strategies(anna, rule, company, record):
    anna.unify(rule)
    assert anna.profile("C1")["company"] == company
    assert anna.lineage("C1")["company"][:1] == (record,)
    assert anna.lineage("C1")["company"][2] == rule.strategy


def test_defaults_and_lineage(anna):
    anna.unify()
    profile, lineage = anna.profile("C1"), anna.lineage("C1")
    assert (profile["given_name"], profile["surname"], profile["full_name"]) == ("Anna", "Rossi", "Anna Rossi")
    assert profile["email"] == "new@x.it"
    assert profile["emails"] == ["new@x.it", "old@x.it"]
    assert (profile["records"], profile["sources"]) == (4, ["agency", "crm", "shop", "till"])
    assert lineage["tax_code"] == (4, "agency", "source_priority", True), "the third party's flag follows its value"
    assert lineage["email"] == (2, "shop", "most_recent", False)
    assert lineage["full_name"][2] == "composed"
    assert "phone" not in lineage
    filled = {f for f, value in profile.items() if value} - {"customer_id", "kind", "record_kind", "records", "sources"}
    assert filled == set(lineage), "every value has its lineage"


def test_a_majority_never_is_a_bare_initial(world):
    for record, name in enumerate(("M.", "M", "Marta"), 1):
        world.record(record, "C1", given_name=name)
    world.unify()
    assert world.profile("C1")["given_name"] == "Marta"


def test_an_address_stays_one_records(world):
    world.record(1, "C1", days=30, street="Via Roma", house_number="1", city="Bari", postcode="70100", province="BA")
    world.record(2, "C1", days=10, street="Via Po", city="Torino", country="IT")
    world.record(3, "C1", days=1, city="Milano", postcode="20100")
    world.unify()
    profile = world.profile("C1")
    assert [profile[f] for f in ("street", "house_number", "city", "postcode", "province", "country")] == [
        "Via Po", None, "Torino", None, None, "IT",
    ]
    assert {row[0] for field, row in world.lineage("C1").items()} == {2}


def test_an_address_without_a_street_is_still_whole(world):
    world.record(1, "C1", days=30, city="Bari", province="BA")
    world.record(2, "C1", days=10, city="Torino")
    world.unify()
    assert (world.profile("C1")["city"], world.profile("C1")["province"]) == ("Torino", None)


def test_ties_go_to_trust_then_the_smaller_record(world):
    world.record(3, "C1", "shop", email="three@x.it")
    world.record(2, "C1", "till", email="two@x.it")
    world.unify()
    assert world.profile("C1")["email"] == "two@x.it"
    world.record(9, "C1", "crm", email="nine@x.it")
    world.unify()
    assert world.profile("C1")["email"] == "nine@x.it"


def test_deleted_records_give_nothing(world):
    world.record(1, "C1", email="a@x.it")
    world.record(2, "C1", days=1, email="b@x.it", deleted=True)
    world.unify()
    assert world.profile("C1")["emails"] == ["a@x.it"]


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (Rule("emial", "oldest"), "'email'"),
        (Rule("email", "newest"), "strategy"),
        (Rule("city", "follow_winner"), "each other"),
        (Rule("city", "follow_winner", follow="city"), "cannot follow"),
        (Rule("street", "follow_winner", follow="city"), "itself follows"),
        (Rule("email", "composed"), "strategy"),
        (Rule("emails", "oldest"), "aggregate"),
        (Rule("email", "oldest", sources=("crm",)), "source_priority"),
    ],
)
def test_rules_that_cannot_be_followed(world, rule, word):
    with pytest.raises(CemError) as caught:
        world.unify(rule)
    assert word in caught.value.why


names = st.sampled_from(["Anna", "Ana", "A.", None])
record = st.tuples(st.sampled_from(["crm", "shop", "till"]), st.sampled_from([None, 1, 2, 3]), names, names,
                   st.sampled_from([None, date(1980, 1, 2), date(1980, 2, 1)]))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(record, min_size=1, max_size=8), seed=st.integers(0, 99))
def test_the_order_of_records_does_not_matter(world, records, seed):
    outcomes = []
    numbered = list(enumerate(records, 1))
    for order in (numbered, random.Random(seed).sample(numbered, len(numbered))):
        for table in ("record", "identity", "identifier"):
            world.con.execute(f"DELETE FROM cem.{table}")
        for number, (source, days, given_name, city, birth_date) in order:
            world.record(number, f"C{number % 3}", source, days, given_name=given_name, city=city, birth_date=birth_date)
        world.unify()
        outcomes.append(world.state())
    assert outcomes[0] == outcomes[1]
