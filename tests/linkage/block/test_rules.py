"""Which blocking rules a file gets."""

from dataclasses import replace

import numpy as np
import pytest

from cem_cli.linkage.block import rules
from cem_cli.linkage.block.keys import blocking_keys
from cem_cli.linkage.block.rules import choose_rules
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.records import Feature, Records, Values, stable_hash
from cem_cli.linkage.words import find_words

N = 4000
OPTIONS = LinkOptions()


def records(**columns: np.ndarray) -> Records:
    """Return records with the given numbers as values (negative: missing)."""
    features, values = {}, {}
    for name, numbers in columns.items():
        size = int(numbers.max()) + 1
        matrix = np.array([f"{name}{k}" for k in range(size)], "S20").view(np.uint8).reshape(size, 20)
        dictionary = "name" if name in {"given", "surname"} else name
        codes = np.where(numbers >= 0, numbers, -1 - np.arange(N)).astype(np.int32)
        features[name] = Feature(name, codes, np.bincount(numbers[numbers >= 0], minlength=size), int((numbers >= 0).sum()), dictionary)
        values[dictionary] = Values(matrix, stable_hash(matrix))
    return Records(np.arange(N), np.zeros(N, np.int32), ("a",), features, values, {}, np.empty(0, np.int64))


def chosen(given: Records) -> dict[tuple[str, ...], rules.Rule]:
    keys = blocking_keys(given, given.features, {})
    return {r.keys: r for r in choose_rules(given, keys, OPTIONS, {})}


def test_the_street_gives_way_to_the_postcode_where_both_are_there():
    rng = np.random.default_rng(1)
    surname, postcode, street = (rng.integers(0, 500, N) for _ in range(3))
    found = chosen(records(surname=surname, postcode=postcode, street=street))
    assert ("surname", "postcode") in found
    assert ("surname", "street") not in found
    few_postcodes = np.where(np.arange(N) % 2 == 0, -1, postcode)
    assert ("surname", "street") in chosen(records(surname=surname, postcode=few_postcodes, street=street))


@pytest.mark.parametrize(("affordable", "cap"), [(38_000, OPTIONS.cap), (37_999, 19), (0, 19)])
def test_blocks_of_namesakes_are_kept_as_far_as_a_rule_may_propose_pairs(monkeypatch, affordable, cap):
    """200 blocks of twenty records hold 38,000 pairs: where that is too many, the cap falls just below them."""
    monkeypatch.setattr(rules, "AFFORDABLE", affordable)
    crowd = np.arange(N) // 20
    found = chosen(records(given=crowd, surname=crowd))
    assert found[("names",)].cap == cap


def test_small_blocks_of_namesakes_are_always_kept(monkeypatch):
    monkeypatch.setattr(rules, "AFFORDABLE", 0)
    crowd = np.arange(N) // 5
    assert chosen(records(given=crowd, surname=crowd))[("names",)].cap == OPTIONS.namesake_cap


@pytest.mark.parametrize(("short", "wanted"), [(0, False), (N // 2, True)])
def test_first_letters_are_a_key_where_many_given_names_are_initials(short, wanted):
    rng = np.random.default_rng(1)
    given = records(given=rng.integers(0, 300, N), surname=rng.integers(0, 900, N))
    names = given.values["name"]
    matrix = names.matrix.copy()
    matrix[given.features["given"].codes[:short], 1:] = 0
    found = chosen(replace(given, values={"name": Values(matrix, names.key)}))
    assert (("surname", "initial of given") in found) is wanted


def test_a_rule_on_an_identifier_is_never_too_loose():
    email = np.arange(N) // 100
    found = chosen(records(email=email))
    assert found[("email",)].cap == OPTIONS.identifier_cap


def with_words(given: Records, *texts: str) -> Records:
    return replace(given, words={name: find_words(given.values[name], given.features[name]) for name in texts})


def test_texts_are_found_by_their_words_and_beside_other_columns():
    rng = np.random.default_rng(2)
    title, city, year = rng.integers(0, 3000, N), rng.integers(0, 300, N), rng.integers(0, 150, N)
    given = records(**{"text:title": title, "city": city, "number:year": year})
    found = chosen(with_words(given, "text:title"))
    assert {("text:title",), ("word 1 of text:title",), ("rarest word of text:title", "city"), ("start of text:title", "number:year"),
            ("number:year", "city")} <= set(found)
    assert {r.fields for r in found.values() if r.keys[0].startswith("word")} == {frozenset({"text:title"})}
    assert found["start of text:title", "number:year"].fields == {"text:title", "number:year"}


def test_a_text_that_follows_from_another_column_gives_no_rule():
    given = with_words(records(**{"text:title": np.arange(N) // 2, "city": np.arange(N) // 9}), "text:title")
    keys = blocking_keys(given, given.features, {})
    assert {r.keys for r in choose_rules(given, keys, OPTIONS, {"text:title": "city"})} == set()


def test_where_words_are_many_the_blocks_get_smaller():
    many = with_words(records(**{"text:title": np.arange(N) % 80}), "text:title")
    few = replace(OPTIONS, loose=0.001)
    keys = blocking_keys(many, many.features, {})
    wide = next(r for r in choose_rules(many, keys, OPTIONS, {}) if r.keys[0].startswith("word"))
    monkey = pytest.MonkeyPatch()
    with monkey.context() as m:
        m.setattr(rules, "AFFORDABLE", 100)
        narrow = next(r for r in choose_rules(many, keys, few, {}) if r.keys[0].startswith("word"))
    assert narrow.cap < N // 80 <= wide.cap


def test_few_different_values_help_to_find_pairs_where_nothing_else_does():
    """A census without birth dates and streets: a parish of twenty beside the surname, not where a town is known."""
    rng = np.random.default_rng(4)
    surname, given, parish, city = (rng.integers(0, n, N) for n in (500, 500, 20, 500))
    thin = records(surname=surname, given=given, **{"category:parish": parish})
    assert ("category:parish", "surname") in chosen(thin)
    placed = records(surname=surname, given=given, city=city, **{"category:parish": parish})
    assert ("category:parish", "surname") not in chosen(placed)


def test_a_rule_that_grew_too_loose_gives_way_to_a_tighter_one_and_a_sample(monkeypatch):
    rng = np.random.default_rng(5)
    given, surname, postcode, street = (rng.integers(0, n, N) for n in (50, 50, 50, 50))
    people = records(given=given, surname=surname, postcode=postcode, street=street)
    assert chosen(people)["surname", "postcode"].worth == 1
    monkeypatch.setattr(rules, "AFFORDABLE", 4 * N)  # 0.8 by chance, a fifth of what a rule may propose
    found = chosen(people)
    assert {("surname", "postcode"), ("surname", "street")}.isdisjoint(found)
    assert found["surname", "postcode", "initial of given"].worth == 1
    sample = found["1 in 8 of surname + postcode",]
    assert sample.worth == 8
    assert sample.fields == {"surname", "postcode", "district"}
    monkeypatch.setattr(rules, "AFFORDABLE", N)
    assert found.keys() - chosen(people).keys() == {("1 in 8 of surname + postcode",)}, "one block in 64 is enough"
    monkeypatch.setattr(rules, "AFFORDABLE", 25 * N)
    assert ("surname", "postcode") in chosen(people)
