"""What the training looks at stands for all pairs, also where a rule proposes only a sample of its own."""

import numpy as np
import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage import engine
from cem_cli.linkage.block import rules
from cem_cli.linkage.block.pairs import Rule
from cem_cli.linkage.contract import LinkInput, LinkOptions
from cem_cli.linkage.prepare import prepare
from cem_cli.linkage.train.population import Population, population_of, worth_of_pairs
from cem_cli.synth.flat import write_flat

KINDS = {"first_name": "given_name", "surname": "surname", "postcode": "postcode", "phone": "phone"}


def population(folder) -> tuple[Population, list[Rule], int]:
    con = connect_memory(2)
    try:
        con.execute(f"CREATE TABLE person AS SELECT id::BIGINT AS record_id, * FROM read_csv('{folder / 'people.csv'}', all_varchar = true)").fetchall()
        ready = prepare(con, LinkInput("person", KINDS), LinkOptions())
        found = engine.propose(ready, LinkOptions())
        return population_of(ready, found, LinkOptions()), list(ready.rules), len(found.pairs)
    finally:
        con.close()


def test_a_pair_stands_for_others_where_only_a_sample_proposed_it():
    one, some, few = (Rule((name,), 60, frozenset(), worth) for name, worth in (("email", 1), ("some", 8), ("few", 64)))
    assert worth_of_pairs(np.array([1, 2, 3, 4, 5, 6]), [one, some, few]).tolist() == [1, 8, 1, 64, 1, 8]
    assert worth_of_pairs(np.array([1, 2, 3]), [one, one]) is None


def test_a_sample_counts_as_many_pairs_as_the_rule_it_stands_for(tmp_path, monkeypatch):
    write_flat(tmp_path, 12_000, 3, 0.6)
    monkeypatch.setattr(rules, "_RULES", (("phone",), ("names",), ("surname", "postcode")))
    whole, whole_rules, pairs = population(tmp_path)
    monkeypatch.setattr(rules, "SPARED", 0.0)
    sampled, sampled_rules, fewer = population(tmp_path)
    plain = next(k for k, rule in enumerate(whole_rules) if rule.keys == ("surname", "postcode"))
    some = next(k for k, rule in enumerate(sampled_rules) if rule.worth > 1)
    assert fewer < 0.8 * pairs
    assert sampled.by_rule[some].sum() == pytest.approx(whole.by_rule[plain].sum(), rel=0.2)
    assert sampled.candidates.sum() == pytest.approx(whole.candidates.sum(), rel=0.2)
