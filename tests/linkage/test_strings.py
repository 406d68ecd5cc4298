import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.linkage import strings

WIDTH = 16
words = st.lists(st.tuples(st.text("abcde", min_size=1, max_size=14), st.text("abcde", min_size=1, max_size=14)), min_size=1, max_size=40)


def matrix(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    return np.array(texts, f"S{WIDTH}").view(np.uint8).reshape(-1, WIDTH), np.array([len(t) for t in texts], np.uint8)


@pytest.fixture(scope="module")
def con():
    con = duckdb.connect()
    yield con
    con.close()


def engine(con: duckdb.DuckDBPyConnection, pairs: list[tuple[str, str]], function: str) -> np.ndarray:
    listed = ", ".join(f"({i}, '{a}', '{b}')" for i, (a, b) in enumerate(pairs))
    rows = con.execute(f"SELECT {function}(a, b) FROM (VALUES {listed}) v(i, a, b) ORDER BY i").fetchall()
    return np.array([r[0] for r in rows], float)


@given(words)
@settings(max_examples=60, deadline=None)
def test_jaro_winkler_is_the_engines(con, pairs):
    a, la = matrix([p[0] for p in pairs])
    b, lb = matrix([p[1] for p in pairs])
    assert strings.jaro_winkler(a, la, b, lb) == pytest.approx(engine(con, pairs, "jaro_winkler_similarity"), abs=1e-5)


@given(words)
@settings(max_examples=60, deadline=None)
def test_the_bound_is_never_below_the_similarity(pairs):
    a, la = matrix([p[0] for p in pairs])
    b, lb = matrix([p[1] for p in pairs])
    bound = strings.jaro_winkler_bound((strings.byte_masks(a), strings.byte_masks(b)), (la, lb), strings.common_prefix(a, b))
    assert np.all(bound >= strings.jaro_winkler(a, la, b, lb))


@given(words)
@settings(max_examples=60, deadline=None)
def test_one_edit_is_the_engines_distance(con, pairs):
    a, la = matrix([p[0] for p in pairs])
    b, lb = matrix([p[1] for p in pairs])
    assert np.array_equal(strings.within_one_edit(a, la, b, lb), engine(con, pairs, "damerau_levenshtein") <= 1)


def test_prefix_and_soundex():
    a, la = matrix(["g", "maria", "ann"])
    b, lb = matrix(["giuseppe", "mariarosa", "bob"])
    assert strings.is_prefix(a, la, b, lb).tolist() == [True, True, False]
    codes = strings.soundex(matrix(["robert", "rupert", "ashcraft", "tymczak", "a", "7"])[0])
    assert codes.tolist() == [18163, 18163, 1261, 20522, 1000, 0]


def test_the_last_two_digits_are_a_year_or_nothing():
    got = strings.last_digits(matrix(["fabrizio.1958", "fab58", "5fabrizio8x", "fabrizio7", "fabrizio"])[0])
    assert got.tolist() == [58, 58, 58, -1, -1]


def test_only_letters_make_the_letters_hash():
    got = strings.letters_hash(matrix(["fabrizio.58", "f.abrizio95", "fabrizia", "42"])[0])
    assert got[0] == got[1] != got[2]
    assert got[3] == 0
