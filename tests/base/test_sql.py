"""Quoting survives every hostile name and value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import connect_memory

NASTY = ['na"me; drop table x', "at", "select", "a\nb", "x" * 500, "'; --", "città", "\u202e"]


@pytest.mark.parametrize("name", NASTY)
def test_quoted_identifiers_are_names_only(name: str, con) -> None:
    assert con.execute(f"SELECT 1 AS {quote(name)}").description[0][0] == name


def test_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        quote("a\0b")
    with pytest.raises(ValueError, match="NUL"):
        literal("a\0b")


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=20))
def test_literals_come_back_as_they_went(values: list[str]) -> None:
    with connect_memory() as con:
        assert list(con.execute("SELECT " + ", ".join(literal(value) for value in values)).fetchall()[0]) == values


def test_other_literals(con) -> None:
    assert con.execute(f"SELECT {literal(None)}, {literal(True)}, {literal(3)}").fetchall() == [(None, True, 3)]
