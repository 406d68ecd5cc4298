"""Words of texts: what two values share, and the keys made of them."""

import numpy as np
import pytest

from cem_cli.linkage.model import TermCounts
from cem_cli.linkage.records import Feature, Values, stable_hash
from cem_cli.linkage.words import MOST, SEEDS, find_words, split_words

TITLES = [
    "query processing in distributed databases", "distributed databases query processing in", "query processing in small tables",
    "rossi trasporti", "rossi costruzioni", "", "in", " ".join(f"w{k}" for k in range(20)),
]


def values_of(texts):
    width = max(map(len, texts))
    matrix = np.array([t.encode() for t in texts], f"S{width}").view(np.uint8).reshape(len(texts), width)
    return Values(matrix, stable_hash(matrix))


def feature_of(values, rows=None):
    counts = np.ones(len(values.matrix), np.int64) if rows is None else np.asarray(rows, np.int64)
    return Feature("text:title", np.arange(len(counts), dtype=np.int32), counts, int(counts.sum()), "text:title")


@pytest.fixture
def words():
    values = values_of(TITLES)
    return find_words(values, feature_of(values))


def codes(*numbers):
    return np.array(numbers, np.int32)


def test_words_are_cut_at_spaces_and_equal_words_have_equal_hashes():
    row, hashed = split_words(values_of(["big  red", "red", "bigger"]).matrix)
    found = {(r, h) for r, h in zip(row.tolist(), hashed.tolist(), strict=True)}
    assert len(found) == 4
    assert len({h for _, h in found}) == 3


def test_order_does_not_count_and_texts_without_a_common_word_share_nothing(words):
    cosine, rare, count = words.overlap(codes(0, 0, 3, 5), codes(1, 3, 4, 0))
    assert cosine.tolist() == pytest.approx([1, 0, cosine[2], 0], abs=1e-6)
    assert 0.2 < cosine[2] < 0.8
    assert rare.tolist() == [True, False, True, False]
    assert count.tolist() == [5, 0, 1, 0]


def test_the_cosine_is_that_of_idf_vectors(words):
    held = {w: sum(w in t.split() for t in TITLES) for t in TITLES for w in t.split()}
    idf = {w: np.log1p(len(TITLES) / n) for w, n in held.items()}
    a, b = (set(TITLES[k].split()) for k in (0, 2))
    norm = [np.sqrt(sum(idf[w] ** 2 for w in t)) for t in (a, b)]
    assert words.overlap(codes(0), codes(2))[0][0] == pytest.approx(sum(idf[w] ** 2 for w in a & b) / norm[0] / norm[1], abs=1e-6)


def test_only_the_rarest_words_of_a_long_text_count(words):
    assert words.count.max() == MOST
    assert words.count[5] == 0


def test_words_that_many_records_hold_are_not_rare_and_no_key():
    values = values_of(["gmbh rossi", "gmbh bianchi", "gmbh neri"])
    words = find_words(values, feature_of(values, [50, 30, 1]))
    assert words.overlap(codes(0), codes(1))[1].tolist() == [False]
    keys = words.first_in_order(SEEDS[0], 60)
    assert keys[2] == -1
    assert keys[0] != keys[1]
    assert words.first_in_order(SEEDS[0], 40)[0] == -1
    assert len({words.first_in_order(SEEDS[0], 100)[2], words.rarest()[2]}) == 1


def test_texts_that_share_most_words_share_a_key_in_some_order():
    texts = [" ".join(f"x{3 * k + j}" for j in range(6)) for k in range(0, 60, 2)]
    values = values_of([*texts, *(t.rsplit(" ", 1)[0] for t in texts)])
    words = find_words(values, feature_of(values))
    same = np.any([np.equal(*np.split(words.first_in_order(seed, 60), 2)) for seed in SEEDS], axis=0)
    assert same.mean() > 0.9


def test_a_model_keeps_what_words_weigh():
    values = values_of(["alpha beta", "alpha gamma"])
    first = find_words(values, feature_of(values))
    kept = TermCounts(first.key, np.where(first.rows > 1, 900, 2), 1000, 0.0)
    later = find_words(values, feature_of(values), kept)
    assert later.overlap(codes(0), codes(1))[0][0] < 0.05 < first.overlap(codes(0), codes(1))[0][0]
