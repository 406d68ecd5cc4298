from datetime import UTC, datetime

import pytest

from cem_cli.audiences.explain import explain
from cem_cli.audiences.rules import SegmentRule
from cem_cli.audiences.segments import build, list_segments, preview
from cem_cli.base.errors import CemError, ExitCode

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
MILAN = SegmentRule("milan", "lower(city) = 'milano'", "people of Milan")
SEEN = SegmentRule("seen", "last_seen_at within last 1 year")
BOTH = SegmentRule("both", "in segment milan and in segment seen")
RULES = (BOTH, MILAN, SEEN)


def intervals(con, segment):
    return con.execute(
        "SELECT customer_id, entered_run, left_run FROM cem.segment_member WHERE segment = ? ORDER BY ALL", [segment]
    ).fetchall()


def stored(con):
    return [con.execute(f"FROM cem.{table} ORDER BY ALL").fetchall() for table in ("segment", "segment_member")]


def test_members_enter_and_leave_by_run(con):
    changes = build(con, RULES, AS_OF, 1)
    assert [(c.name, c.members, c.entered, c.left) for c in changes] == [("both", 2, 2, 0), ("milan", 2, 2, 0), ("seen", 3, 3, 0)]
    con.execute("UPDATE cem.profile SET city = 'Torino' WHERE customer_id = 'C4'")
    changes = build(con, RULES, AS_OF, 2)
    assert [(c.name, c.members, c.entered, c.left) for c in changes] == [("both", 1, 0, 1), ("milan", 1, 0, 1), ("seen", 3, 0, 0)]
    con.execute("UPDATE cem.profile SET city = 'Milano' WHERE customer_id = 'C4'")
    build(con, RULES, AS_OF, 3)
    assert intervals(con, "milan") == [("C1", 1, None), ("C4", 1, 2), ("C4", 3, None)]


def test_the_same_membership_twice_changes_nothing(con):
    build(con, RULES, AS_OF, 1)
    before = stored(con)
    changes = build(con, tuple(reversed(RULES)), AS_OF, 2)
    assert all(c.entered == c.left == 0 for c in changes)
    assert stored(con) == before


def test_a_run_repeated_with_other_data_leaves_no_moment_behind(con):
    build(con, (MILAN,), AS_OF, 1)
    con.execute("UPDATE cem.profile SET city = NULL WHERE customer_id = 'C4'")
    build(con, (MILAN,), AS_OF, 2)
    con.execute("UPDATE cem.profile SET city = if(customer_id = 'C2', 'Milano', 'milano')")
    build(con, (MILAN,), AS_OF, 2)
    con.execute("UPDATE cem.profile SET city = NULL WHERE customer_id = 'C2'")
    build(con, (MILAN,), AS_OF, 2)
    assert intervals(con, "milan") == [("C1", 1, None), ("C3", 2, None), ("C4", 1, None)]


def test_a_segment_no_longer_defined_loses_its_members(con):
    build(con, (MILAN, SEEN), AS_OF, 1)
    changes = build(con, (SEEN,), AS_OF, 2)
    assert [(c.name, c.members, c.left) for c in changes] == [("milan", 0, 2), ("seen", 3, 0)]
    assert [state.name for state in list_segments(con)] == ["seen"]


def test_list_shows_definition_members_and_the_run_it_was_built_in(con):
    build(con, (MILAN,), AS_OF, 1)
    build(con, (SegmentRule("milan", "city = 'Milano'", "changed"), SEEN), AS_OF, 2)
    states = [(s.name, s.description, s.expression, s.members, s.built_run) for s in list_segments(con)]
    assert states == [("milan", "changed", "city = 'Milano'", 1, 2), ("seen", "", SEEN.where, 3, 2)]


def test_a_parent_bounds_its_child(con):
    child = SegmentRule("child", "records > 0", parent="milan")
    build(con, (child, MILAN), AS_OF, 1)
    assert [row[0] for row in intervals(con, "child")] == ["C1", "C4"]


def test_preview_counts_and_samples_without_storing(con):
    found = preview(con, RULES, "seen", AS_OF, sample=2)
    assert (found.members, found.population, found.sample) == (3, 4, ("C1", "C2"))
    assert con.execute("SELECT count(*) FROM cem.segment_member").fetchone() == (0,)


def test_explain_counts_every_clause(con):
    rule = SegmentRule("x", "not (city is missing) and (spend > 100 or in segment milan)")
    told = explain(con, (rule, MILAN), "x", AS_OF)
    assert told.population == 4
    assert [(c.depth, c.words, c.customers) for c in told.clauses] == [
        (0, "all of", 2), (1, "not", 3), (2, "city is missing", 1), (1, "any of", 2), (2, "spend > 100", 1),
        (2, "in segment milan", 2),
    ]  # fmt: skip


def test_explain_says_which_clause_failed_one_customer(con):
    told = explain(con, RULES, "both", AS_OF, customer_id="C2")
    assert [(c.words, c.customers) for c in told.clauses] == [("all of", 0), ("in segment milan", 0), ("in segment seen", 1)]
    with pytest.raises(CemError, match="no customer"):
        explain(con, RULES, "both", AS_OF, customer_id="C9")


@pytest.mark.parametrize(("rules", "id"), [
    ((SegmentRule("a", "in segment b"), SegmentRule("b", "in segment c"), SegmentRule("c", "in segment a")), "E-SEGMENT-CYCLE"),
    ((SegmentRule("a", "in segment a"),), "E-SEGMENT-CYCLE"),
    ((SegmentRule("a", "records > 1", parent="b"), SegmentRule("b", "records > 1", parent="a")), "E-SEGMENT-CYCLE"),
    ((SegmentRule("a", "records > 1"), SegmentRule("a", "records > 2")), "E-SEGMENT-TWICE"),
    ((SegmentRule("a", "in segment nobody"),), "E-EXPR-SEGMENT"),
    ((SegmentRule("a", "citty = 'x'"),), "E-EXPR-FIELD"),
])  # fmt: skip
def test_wrong_rules_change_nothing(con, rules, id):
    with pytest.raises(CemError) as caught:
        build(con, rules, AS_OF, 1)
    assert caught.value.id == id
    assert con.execute("SELECT count(*) FROM cem.segment").fetchone() == (0,)


def test_a_cycle_is_told_in_order(con):
    rules = [SegmentRule(name, f"in segment {other}", place=f"segments.yaml:{name}") for name, other in ("ab", "ba")]
    with pytest.raises(CemError) as caught:
        build(con, rules, AS_OF, 1)
    assert caught.value.why in ("a -> b -> a", "b -> a -> b")


def test_an_unknown_segment_gets_the_nearest_name(con):
    with pytest.raises(CemError) as caught:
        preview(con, RULES, "milano", AS_OF)
    assert "'milan'" in caught.value.why


def test_a_purpose_refuses_fields_that_do_not_allow_it(con):
    build(con, (SegmentRule("a", "surname = 'Rossi'", purpose="service"),), AS_OF, 1)
    with pytest.raises(CemError) as caught:
        build(con, (SegmentRule("a", "surname = 'Rossi'", purpose="marketing"),), AS_OF, 2)
    assert (caught.value.id, caught.value.code) == ("E-EXPR-PURPOSE", ExitCode.PRIVACY)
