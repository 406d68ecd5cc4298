"""Which records are copies of others, and what they change."""

import numpy as np

from cem_cli.linkage.cluster.agglomerate import Constraints, Copies, Scored, agglomerate, no_constraints
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.derive.read import feature_of
from cem_cli.linkage.records import Records
from cem_cli.linkage.train.copies import originals

NONE = np.empty(0, np.int64)


def records(source: list[int], value: list[int]) -> Records:
    """Return records with one value each."""
    code = np.array(value, np.int32)
    feature = feature_of("id:value", code, int(code.max()) + 1, "id:value")
    names = tuple(f"s{k}" for k in range(max(source) + 1))
    return Records(np.arange(len(source)), np.array(source, np.int32), names, {"id:value": feature}, {}, {}, NONE)


def test_a_source_within_another_is_a_copy_of_it():
    assert originals(records([1, 1, 1, 1, 0, 0], [0, 1, 2, 3, 2, 0])).tolist() == [0, 1, 2, 3, 2, 0]


def test_equal_records_of_one_source_stay_apart_as_often_as_it_holds_them():
    assert originals(records([0] * 5 + [1] * 3, [7, 7, 8, 9, 6, 8, 7, 7])).tolist() == [0, 1, 2, 3, 4, 2, 0, 1]


def test_sources_that_overlap_hold_no_copies():
    assert originals(records([0, 0, 0, 0, 1, 1, 1, 1], [0, 1, 2, 3, 2, 3, 4, 5])).tolist() == list(range(8))


def test_a_part_of_a_source_that_repeats_itself_is_learned_from_once():
    assert originals(records([0, 0, 1, 1, 1, 1], [4, 4, 4, 5, 4, 5])).tolist() == [2, 2, 2, 3, 2, 3]


def test_a_source_that_repeats_itself_is_learned_from_once():
    assert originals(records([0] * 6, [4, 5, 6, 4, 5, 6])).tolist() == [0, 1, 2, 0, 1, 2]
    assert originals(records([0] * 6, [1, 2, 3, 4, 5, 5])).tolist() == list(range(6)), "one pair among six is people"


def cautious(original: list[int] | None, cannot: tuple[int, int] | None = None) -> list[int]:
    """Cluster two records, each with a copy; they agree softly, too softly for two clusters of two."""
    l, r = np.array([0, 0, 0, 1, 1, 2]), np.array([1, 2, 3, 2, 3, 3])
    odds = np.array([9.0, 1.0, 1.0, 1.0, 1.0, 9.0])
    barred = (NONE, NONE) if cannot is None else (np.array([cannot[0]]), np.array([cannot[1]]))
    given = Constraints((NONE, NONE), barred, (), None if original is None else Copies(np.array(original)))
    return agglomerate(4, Scored(l, r, odds), LinkOptions(), given).label.tolist()


def test_what_is_known_of_a_copy_does_not_count_twice():
    assert cautious(None) == [0, 0, 2, 2]
    assert cautious([0, 0, 2, 2]) == [0, 0, 0, 0]
    assert cautious([1, 1, 3, 3]) == [0, 0, 0, 0], "the original need not come first"


def test_decisions_hold_for_copies():
    assert cautious([0, 0, 2, 2], (1, 3)) == [0, 0, 2, 2]
    assert cautious([0, 0, 2, 2], (0, 1))[0] != cautious([0, 0, 2, 2], (0, 1))[1]


def test_a_copy_that_says_too_little_is_a_record_of_its_own():
    scored = Scored(np.array([0]), np.array([1]), np.array([0.2]))
    for more, label in ((0.0, [0, 1]), (2.0, [0, 0])):
        given = Constraints(no_constraints().must, no_constraints().cannot, (), Copies(np.array([0, 0]), more))
        assert agglomerate(2, scored, LinkOptions(), given).label.tolist() == label
