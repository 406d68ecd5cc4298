"""One folding in SQL and in Python; ASCII for Latin, Greek and Cyrillic text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.base.fold import CYRILLIC, GREEK, LETTERS, fold, fold_sql
from cem_cli.engines.duck import connect_memory

SPELLINGS = [
    ("Nicolò", "nicolo"), ("ŁUKASZ", "lukasz"), ("Weiß", "weiss"), ("Søren", "soren"), ("Œuvre", "oeuvre"), ("D’Angelo", "d'angelo"),
    ("Γιώργος", "giorgos"), ("Владимир", "vladimir"), ("Šćepan", "scepan"), ("José María", "jose maria"), ("", ""),
]


@pytest.mark.parametrize(("spelling", "folded"), SPELLINGS)
def test_known_spellings(spelling: str, folded: str) -> None:
    assert fold(spelling) == folded


LETTERS_OF_EUROPE = "".join(LETTERS) + "".join(GREEK) + "".join(CYRILLIC) + "abcXYZ àèéìòùÀÈ äöüÄÖÜ çñã ćčšž' -"


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(LETTERS_OF_EUROPE, max_size=20), min_size=1, max_size=50))
def test_sql_and_python_agree_and_folding_is_idempotent(texts: list[str]) -> None:
    with connect_memory() as con:
        in_sql = [row[0] for row in con.execute(f"SELECT {fold_sql('x')} FROM (SELECT unnest($1::VARCHAR[]) x)", [texts]).fetchall()]
    assert in_sql == [fold(text) for text in texts]
    assert [fold(text) for text in in_sql] == in_sql


def test_null_stays_null(con) -> None:
    assert con.execute(f"SELECT {fold_sql('NULL::VARCHAR')}").fetchall() == [(None,)]
