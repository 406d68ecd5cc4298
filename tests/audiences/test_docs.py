"""The published page is true: its grammar is the grammar, its examples are read, its refusals are refused."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from cem_cli.audiences.check import FUNCTIONS, Names, check
from cem_cli.audiences.parse import MOST_CHARACTERS, MOST_NESTED, parse
from cem_cli.audiences.types import Field, Type
from cem_cli.base.errors import CemError

PAGE = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text("utf-8")
TYPES = {
    Type.TEXT: "city surname email street postcode", Type.NUMBER: "orders total_spend last_year_spend",
    Type.FLAG: "marketing_opt_in",
    Type.LIST: "channels", Type.INSTANT: "last_order_at", Type.DATE: "birth_date card_expires_on",
}  # fmt: skip
NAMES = Names({name: Field(name, kind) for kind, names in TYPES.items() for name in names.split()}, {"loyal", "at-risk"})


def lines(language):
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("text", lines("cem"))
def test_every_example_is_read_and_means_something(text):
    check(parse(text), NAMES)


@pytest.mark.parametrize("text", lines("refused"))
def test_everything_called_refused_is_refused(text):
    with pytest.raises(CemError):
        check(parse(text), NAMES)


def test_the_error_shown_is_the_error_given():
    with pytest.raises(CemError) as caught:
        check(parse("totl_spend > 500 and city = 'Milano'", "segments.yaml:vip"), NAMES)
    assert str(caught.value).splitlines() == lines("text")


def test_the_grammar_is_published_as_it_is():
    assert lines("lark") == files("cem_cli.audiences").joinpath("grammar.lark").read_text("utf-8").splitlines()


def test_every_function_and_limit_is_on_the_page():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == sorted(FUNCTIONS)
    assert f"at most {MOST_CHARACTERS:,} characters and is nested at most {MOST_NESTED} levels" in PAGE


def test_every_operator_of_the_grammar_has_an_example():
    examples = " ".join(lines("cem"))
    for word in re.findall(r"^_?[A-Z]+\.2: /(\w+)\\b/i$", "\n".join(lines("lark")), re.MULTILINE):
        assert re.search(rf"\b{word}\b", examples) or word == "true", word
