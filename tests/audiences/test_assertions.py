from datetime import UTC, datetime

import pytest

from cem_cli.audiences.assertions import Assertion, check_assertions, read_failure
from cem_cli.audiences.rules import SegmentRule
from cem_cli.base.errors import CemError

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
RULES = (SegmentRule("milan", "lower(city) = 'milano'"),)


def test_counts_and_shares_of_profiles_are_judged(con):
    con.execute("INSERT INTO cem.field VALUES ('email', 'profile', 'email', 'VARCHAR', '', [])")
    found = check_assertions(
        con,
        [
            Assertion("few", "largest_cluster <= 40"),
            Assertion("half", "share = 0.5 and count = 2 and total = 4", "in segment milan"),
            Assertion("known", "share > 0.9", "email exists or exists city", "who has no contact"),
        ],
        RULES, {"largest_cluster": 41}, AS_OF,
    )  # fmt: skip
    assert [(v.name, v.held) for v in found] == [("few", False), ("half", True), ("known", False)]
    assert found[0].numbers == {"largest_cluster": 41}
    assert found[2].numbers == {"share": 0.75}
    assert found[2].description == "who has no contact"


def test_an_assertion_that_cannot_be_understood_names_its_place(con):
    with pytest.raises(CemError) as caught:
        check_assertions(con, [Assertion("few", "largest <= 40")], RULES, {"largest_cluster": 41}, AS_OF)
    assert caught.value.where == "tests.yaml: few.expect:1:1"
    with pytest.raises(CemError) as caught:
        check_assertions(con, [Assertion("few", "count > 1", "citty = 'x'")], RULES, {}, AS_OF)
    assert caught.value.where == "tests.yaml: few.where:1:1"


def test_fail_on_reads_counts():
    assert read_failure("merged > 2 or split > 0", {"merged": 3, "split": 0}, AS_OF)
    with pytest.raises(CemError) as caught:
        read_failure("merge > 2", {"merged": 3}, AS_OF)
    assert (caught.value.id, caught.value.where, caught.value.fix) == ("E-EXPR-FIELD", "--fail-on", "did you mean 'merged'?")
