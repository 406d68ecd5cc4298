"""Which blocking rules a file gets."""

import numpy as np
import pytest

from cem_cli.linkage import rules
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.records import Feature, Records, Values, stable_hash
from cem_cli.linkage.rules import blocking_keys, choose_rules

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


def test_a_rule_on_an_identifier_is_never_too_loose():
    email = np.arange(N) // 100
    found = chosen(records(email=email))
    assert found[("email",)].cap == OPTIONS.identifier_cap
