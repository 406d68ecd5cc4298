import numpy as np

from cem_cli.linkage.compare.patterns import Dense


def test_numbers_are_dense_and_stay_when_the_table_grows():
    rng = np.random.default_rng(1)
    every = rng.integers(0, 1 << 62, 5000)
    dense, said = Dense.empty(), {}
    for size in (10, 600, 5000):  # the table of slots is made larger twice
        packed = rng.choice(every[:size], 4 * size)
        number = dense.number(packed)
        assert (dense.keys[number] == packed).all()
        assert all(said.setdefault(key, own) == own for key, own in zip(packed.tolist(), number.tolist(), strict=True))
    assert sorted(said.values()) == list(range(len(dense.keys)))


def test_integers_that_share_a_slot_have_numbers_of_their_own():
    dense = Dense.empty()
    crowded = np.unique(np.random.default_rng(2).integers(0, 1 << 62, 500))  # of 4,096 slots: about thirty are shared
    number = dense.number(crowded)
    assert len(set(number.tolist())) == len(crowded) == len(dense.keys)
    assert (dense.number(crowded[::-1]) == number[::-1]).all()
