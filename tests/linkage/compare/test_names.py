"""Levels of names: slips of the pen against names of their own, generations, names that changed places."""

from __future__ import annotations

import numpy as np
import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.compare.names import CROSSED, GIVEN, SURNAME, crossed_levels, given_levels, middle_levels, surname_levels
from cem_cli.linkage.contract import LinkInput, LinkOptions
from cem_cli.linkage.prepare import is_common, prepare

KINDS = {"given": "given_name", "surname": "surname", "whole": "full_name"}


def level(left: tuple[str, str, str], right: tuple[str, str, str]) -> tuple[str, str, str]:
    """Return the levels of (given name, surname, names swapped) of two records, among many Lucas and Lucias."""
    crowd = [(given, surname, "") for given in ("Luca", "Lucia", "Paolo") for surname in ("Pagani", "Serra", "Moro", "Villa", "Greco")]
    rows = [(n, *(cell or None for cell in row)) for n, row in enumerate([left, right, *crowd])]
    with connect_memory() as con:
        con.execute("CREATE TABLE people (record_id BIGINT, source VARCHAR DEFAULT 'a', given VARCHAR, surname VARCHAR, whole VARCHAR)").fetchall()
        con.executemany("INSERT INTO people (record_id, given, surname, whole) VALUES (?, ?, ?, ?)", rows)
        records = prepare(con, LinkInput("people", KINDS), LinkOptions()).records
    l, r = np.zeros(1, np.int32), np.ones(1, np.int32)
    return (
        GIVEN[given_levels(records, l, r)[0]], SURNAME[surname_levels(records, l, r)[0]], CROSSED[crossed_levels(records, l, r)[0]],
    )


def test_names_in_a_script_that_is_not_transliterated_say_nothing_of_those_in_latin_letters():
    assert level(("Faisal", "Siddiqui", ""), ("فيصل", "صديقي", ""))[:2] == ("missing", "missing")
    assert level(("فيصل", "صديقي", ""), ("فيصل", "حسن", ""))[:2] == ("exact", "different, one rare")


@pytest.mark.parametrize(("one", "other", "said"), [
    ("Luca", "Lucia", "similar, both common"), ("Luca", "Lucca", "similar, one rare"), ("Luca", "Paolo", "different"),
    ("Luca", "Wrzesniak", "different, one rare"), ("Luca", "L.", "initial or beginning"), ("Luca", "Luca", "exact"), ("Luca", "", "missing"),
])
def test_a_slip_of_the_pen_makes_a_name_that_hardly_anybody_bears(one, other, said):
    assert level((one, "Pagani", ""), (other, "Pagani", ""))[0] == said


@pytest.mark.parametrize(("one", "other"), [
    (("Luca", "Pagani Jr.", ""), ("Luca", "Pagani Senior", "")), (("Luca II", "Pagani", ""), ("Luca I", "Pagani", "")),
    (("Luca", "Pagani Jr", ""), ("Luca III", "Pagani", "")), (("", "", "Luca Pagani, Jr."), ("", "", "Pagani Sr, Luca")),
    (("Luca", "Pagani", "Luca Pagani Jr"), ("", "", "Pagani, Luca Sr.")),
])
def test_father_and_son_of_one_name_bear_different_names(one, other):
    assert level(one, other)[:2] == ("different", "exact")


@pytest.mark.parametrize("other", [("Luca", "Pagani", ""), ("Luca", "Pagani Junior", ""), ("", "", "Pagani, Luca Jr")])
def test_a_generation_told_once_or_twice_alike_says_nothing(other):
    assert level(("Luca", "Pagani Jr", ""), other)[:2] == ("exact", "exact")


@pytest.mark.parametrize(("other", "said"), [
    (("Pagani", "Luca", ""), "swapped"), (("Pagani", "L.", ""), "swapped, similar"), (("Pagani", "Lucca", ""), "swapped, similar"),
    (("Pagani", "Paolo", ""), "one name crossed"), (("Luca", "Pagani", ""), "no"),
])
def test_names_in_each_others_place_are_seen_in_all_their_forms(other, said):
    assert level(("Luca", "Pagani", ""), other)[2] == said


def test_what_is_common_grows_with_the_file():
    assert is_common(np.array([2, 3, 4, 5]), 1000).tolist() == [False, False, False, True]
    assert is_common(np.array([149, 150]), 1_000_000).tolist() == [False, True]


@pytest.mark.parametrize(("one", "other", "said"), [
    ("Eric", "E.", 3), ("Eric", "Erich", 3), ("Eric", "Erik", 2), ("Eric", "Paul", 1), ("Eric", "Eric", 4),
])
def test_an_initial_of_a_middle_name_is_no_other_name(one, other, said):
    rows = [(0, "Luca", one, "Moro"), (1, "Luca", other, "Moro"), (2, "Rosa", one, "Serra"), (3, "Rosa", other, "Serra")]
    kinds = {"given": "given_name", "middle": "middle_name", "surname": "surname"}
    with connect_memory() as con:
        con.execute("CREATE TABLE people (record_id BIGINT, given VARCHAR, middle VARCHAR, surname VARCHAR, source VARCHAR DEFAULT 'a')").fetchall()
        con.executemany("INSERT INTO people (record_id, given, middle, surname) VALUES (?, ?, ?, ?)", rows)
        records = prepare(con, LinkInput("people", kinds), LinkOptions()).records
    assert middle_levels(records, np.zeros(1, np.int32), np.ones(1, np.int32))[0] == said
