"""Which records are in the sample of a blocking rule."""

import numpy as np
import pytest

from cem_cli.linkage.block.pairs import Rule
from cem_cli.linkage.block.samples import sample_of, sampled, with_samples

N = 4000


def test_the_name_of_a_sample_says_all():
    assert sampled(sample_of(("sound of surname", "sound of given", "city"), 64)) == (64, ("sound of surname", "sound of given", "city"))
    assert sampled("sound of surname") == (1, ("sound of surname",))


def test_a_sample_holds_one_combination_in_eight():
    place = np.arange(N)
    keys = {"surname": 7919 * (place // 4), "postcode": np.where(place % 4 == 3, -1, 104_729 * (place // 2))}
    name = sample_of(("surname", "postcode"), 8)
    key = with_samples(keys, [Rule((name,), 60, frozenset(), 8)])[name]
    assert (key >= 0).sum() == pytest.approx(3 / 4 * N / 8, rel=0.2)
    assert (key[3::4] < 0).all(), "a record without a postcode"
    both = np.flatnonzero(place % 4 == 0)
    assert np.array_equal(key[both], key[both + 1]), "records with the same surname and postcode go together"


def test_plain_rules_and_absent_columns_need_no_sample():
    keys = {"surname": np.arange(N)}
    rules = [Rule(("surname",), 60, frozenset()), Rule((sample_of(("surname", "birth"), 8),), 60, frozenset(), 8)]
    assert with_samples(keys, rules).keys() == keys.keys()
