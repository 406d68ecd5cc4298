"""Read the text of an expression into its tree; every refusal names line, column and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from cem_cli.audiences.tree import Expression, Span, point_at, walk
from cem_cli.base.errors import CemError

if TYPE_CHECKING:
    from lark import Lark
    from lark.exceptions import UnexpectedInput

MOST_CHARACTERS = 10_000
MOST_NESTED = 50
"""Beyond these no person reads an expression any more; they also bound the cost of every later step."""

HINTS = {
    "==": "write a single =", "<>": "write !=", "&&": "write and", "||": "write or", "!": "write not",
    "null": "write `is missing` or `exists`", "none": "write `is missing` or `exists`",
    "like": "write contains, starts with or ends with", "ilike": "write contains with lower(...)",
    "matches": "write contains, starts with or ends with",
    "select": "an expression is a condition, not a query",
}
"""What people write out of habit, and what to write here."""

_WORDS = {
    "LPAR": "(", "RPAR": ")", "COMMA": ",", "NAME": "a field", "STRING": "'a text'", "NUMBER": "a number", "DATE": "a date",
    "UNIT": "days, weeks, months or years",
}


@lru_cache(maxsize=1)
def _parser() -> Lark:
    from cem_cli.audiences.build import make_parser

    return make_parser()


def parse(text: str, where: str = "") -> Expression:
    """Return the expression that `text` holds; `where` names its origin in errors (`segments.yaml:vip`).

    Raises CemError E-EXPR-SYNTAX with line:column and a caret, or E-EXPR-SIZE.
    """
    if len(text) > MOST_CHARACTERS:
        raise CemError(
            "E-EXPR-SIZE", f"the expression is longer than {MOST_CHARACTERS} characters", where=where,
            fix="split it into segments and refer to them: in segment NAME",
        )
    from lark.exceptions import UnexpectedInput

    from cem_cli.audiences.build import MisreadError, build

    try:
        expression = Expression(text, build(_parser().parse(text)), where)
    except MisreadError as err:
        raise point_at(text, where, err.span, CemError("E-EXPR-SYNTAX", err.what)) from None
    except UnexpectedInput as err:
        raise _syntax_error(text, where, err) from None
    _check_size(expression)
    return expression


def _syntax_error(text: str, where: str, err: UnexpectedInput) -> CemError:
    """Return the refusal; lark gives a token that does not fit (the end counts as one) or a character that starts none."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    found, wanted = "", set[str]()
    if isinstance(err, UnexpectedToken):
        found, wanted = str(err.token), set(err.expected)
    elif isinstance(err, UnexpectedCharacters):
        found, wanted = text[err.pos_in_stream or 0], set(err.allowed or ())
    start = (err.pos_in_stream or 0) if found else len(text.rstrip())
    line_start = text.rfind("\n", 0, start) + 1
    span = Span(start, start + max(1, len(found)), text.count("\n", 0, start) + 1, start - line_start + 1)
    what = f"cannot read the expression at '{found}'" if found else "the expression ends too early"
    return point_at(text, where, span, CemError("E-EXPR-SYNTAX", what, fix=_hint(text, start) or _expected(wanted)))


def _hint(text: str, start: int) -> str:
    """Return what to write for a habit of another language found at (or one character before) `start`."""
    here, before = text[start:].lower(), text[max(0, start - 1) :].lower()
    if here.startswith(("'", '"')):
        return "close the quote; inside a text, double the quote to write one"
    for habit, advice in HINTS.items():
        if here.startswith(habit) or (not habit.isalpha() and before.startswith(habit)):
            return advice
    return ""


def _expected(terminals: Iterable[str]) -> str:
    names = set(terminals)
    if "COMPARISON" in names:
        return "write an operator: = != < <= > >= in, between, contains, starts with, has, before, within last, is missing"
    return "expected " + " | ".join(sorted(_WORDS.get(name, name.lstrip("_").lower()) for name in names - {"$END"}))


def _check_size(expression: Expression) -> None:
    for depth, node in walk(expression.root):
        if depth > MOST_NESTED:
            raise expression.fault(
                node, f"the expression is nested more than {MOST_NESTED} levels deep", "split it into segments", "E-EXPR-SIZE"
            )
