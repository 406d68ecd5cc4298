"""From lark's parse tree to our own. The only module that imports lark; `parse` loads it when the first text is read."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer_NonRecursive, Tree, v_args
from lark.exceptions import VisitError
from lark.tree import Meta

from cem_cli.audiences import tree as t

Children = list[Any]
MOST_DIGITS = 18
"""What a 64-bit integer surely holds."""
MOST_UNITS = 20_000
"""The longest duration, in its unit (20,000 days are 54 years)."""


def make_parser() -> Lark:
    """Return the LALR parser of `grammar.lark`."""
    grammar = files("cem_cli.audiences").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True)


class MisreadError(ValueError):
    """A value that has the right form and yet is none (the 31st of February); `span` is its place."""

    def __init__(self, what: str, span: t.Span) -> None:
        super().__init__(what)
        self.what, self.span = what, span


def build(parsed: Tree[Token]) -> t.Condition:
    """Return our tree of what the parser read. Raises MisreadError."""
    try:
        root: t.Condition = _Builder(visit_tokens=False).transform(parsed)
    except VisitError as err:
        raise err.orig_exc from None
    return root


def _span(meta: Meta) -> t.Span:
    return t.Span(meta.start_pos, meta.end_pos, meta.line, meta.column)


def _unquote(token: str) -> str:
    return token[1:-1].replace(token[0] * 2, token[0])


@v_args(meta=True)
class _Builder(Transformer_NonRecursive[Token, t.Condition]):
    """One method per rule of the grammar; lark has dropped the keywords that carry nothing."""

    def start(self, _: Meta, parts: Children) -> t.Condition:
        root: t.Condition = parts[0]
        return root

    def any_of(self, meta: Meta, parts: Children) -> t.AnyOf:
        return t.AnyOf(tuple(parts), _span(meta))

    def all_of(self, meta: Meta, parts: Children) -> t.AllOf:
        return t.AllOf(tuple(parts), _span(meta))

    def negated(self, meta: Meta, parts: Children) -> t.Not:
        return t.Not(parts[0], _span(meta))

    def flag(self, meta: Meta, parts: Children) -> t.Flag:
        return t.Flag(parts[0], _span(meta))

    def compare(self, meta: Meta, parts: Children) -> t.Compare:
        op = parts[1].lower()
        return t.Compare(f"{op} with" if op in ("starts", "ends") else op, parts[0], parts[2], _span(meta))

    def one_of(self, meta: Meta, parts: Children) -> t.OneOf:
        return t.OneOf(parts[0], tuple(parts[1:]), negated=False, span=_span(meta))

    def none_of(self, meta: Meta, parts: Children) -> t.OneOf:
        return t.OneOf(parts[0], tuple(parts[1:]), negated=True, span=_span(meta))

    def between(self, meta: Meta, parts: Children) -> t.Between:
        return t.Between(parts[0], parts[1], parts[2], _span(meta))

    def window(self, meta: Meta, parts: Children) -> t.Window:
        count = str(parts[2])
        if not count.isdecimal() or not 1 <= int(count) <= MOST_UNITS:
            raise MisreadError(f"a duration is a whole number from 1 to {MOST_UNITS}", _span(meta))
        return t.Window(parts[0], parts[1].lower(), int(count), parts[3].lower().removesuffix("s"), _span(meta))

    def exists(self, meta: Meta, parts: Children) -> t.Missing:
        return t.Missing(parts[0], negated=True, span=_span(meta))

    def missing(self, meta: Meta, parts: Children) -> t.Missing:
        return t.Missing(parts[0], negated=False, span=_span(meta))

    def in_segment(self, meta: Meta, parts: Children) -> t.InSegment:
        token = parts[0]
        return t.InSegment(_unquote(token) if token.type == "STRING" else str(token), _span(meta))

    def field(self, meta: Meta, parts: Children) -> t.FieldName:
        return t.FieldName(str(parts[0]), _span(meta))

    def call(self, meta: Meta, parts: Children) -> t.Call:
        return t.Call(parts[0].lower(), parts[1], _span(meta))

    def text(self, meta: Meta, parts: Children) -> t.Literal:
        if "\0" in parts[0]:
            raise MisreadError("a text cannot hold a NUL character", _span(meta))
        return t.Literal(_unquote(parts[0]), _span(meta))

    def number(self, meta: Meta, parts: Children) -> t.Literal:
        token = parts[0]
        if len(token) > MOST_DIGITS:
            raise MisreadError(f"a number has at most {MOST_DIGITS} digits", _span(meta))
        return t.Literal(Decimal(token) if "." in token else int(token), _span(meta))

    def moment(self, meta: Meta, parts: Children) -> t.Literal:
        token = parts[0].removesuffix("Z")
        try:
            return t.Literal(datetime.fromisoformat(token) if "T" in token else date.fromisoformat(token), _span(meta))
        except ValueError as err:
            raise MisreadError("no such day or time in the calendar", _span(meta)) from err

    def truth(self, meta: Meta, parts: Children) -> t.Literal:
        return t.Literal(parts[0].lower() == "true", _span(meta))
