"""The tree an expression is read into: plain frozen values, each knowing its place in the text.

No table is read or written. Whoever works on a tree (check, compile, evaluate, explain) matches on these classes only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from cem_cli.base.errors import CemError


@dataclass(frozen=True)
class Span:
    """Where a node stands in the text: character offsets (`end` excluded), and line and column of its start from 1."""

    start: int
    end: int
    line: int
    column: int


@dataclass(frozen=True)
class Literal:
    """A value written out: text, number, true or false, a day (date) or an instant (datetime, UTC without zone)."""

    value: str | int | Decimal | bool | date | datetime
    span: Span


@dataclass(frozen=True)
class FieldName:
    """A field of the catalogue, named."""

    name: str
    span: Span


@dataclass(frozen=True)
class Call:
    """A function of one argument."""

    function: str
    argument: Value
    span: Span


@dataclass(frozen=True)
class Compare:
    """`left op right`; op is one of = != < <= > >= before, after, contains, `starts with`, `ends with`, has."""

    op: str
    left: Value
    right: Value
    span: Span


@dataclass(frozen=True)
class OneOf:
    """`value in (...)`, or with `negated` `value not in (...)` (which, like !=, needs a value)."""

    value: Value
    options: tuple[Value, ...]
    negated: bool
    span: Span


@dataclass(frozen=True)
class Between:
    """`value between low and high`, both ends included."""

    value: Value
    low: Value
    high: Value
    span: Span


@dataclass(frozen=True)
class Window:
    """`value within last|next COUNT UNIT` or `value older than COUNT UNIT`, seen from the run's as_of."""

    value: Value
    direction: str
    """`last`, `next` or `older`."""
    count: int
    unit: str
    """`hour`, `day`, `week`, `month` or `year`."""
    span: Span


@dataclass(frozen=True)
class Missing:
    """`value is missing`, or with `negated` `exists value`."""

    value: Value
    negated: bool
    span: Span


@dataclass(frozen=True)
class Flag:
    """A true/false field standing alone as a condition."""

    value: Value
    span: Span


@dataclass(frozen=True)
class InSegment:
    """`in segment NAME`."""

    name: str
    span: Span


@dataclass(frozen=True)
class AllOf:
    """`a and b and ...`."""

    parts: tuple[Condition, ...]
    span: Span


@dataclass(frozen=True)
class AnyOf:
    """`a or b or ...`."""

    parts: tuple[Condition, ...]
    span: Span


@dataclass(frozen=True)
class Not:
    """`not a`: the plain complement, so that every customer is in exactly one of `a` and `not a`."""

    part: Condition
    span: Span


Value = Literal | FieldName | Call
Condition = Compare | OneOf | Between | Window | Missing | Flag | InSegment | AllOf | AnyOf | Not
Node = Value | Condition


@dataclass(frozen=True)
class Expression:
    """An expression that was read: its text, its tree, and where it was written (`segments.yaml:vip`, `--fail-on`)."""

    text: str
    root: Condition
    where: str = ""

    def fault(self, node: Node, what: str, fix: str = "", id: str = "E-EXPR-TYPE") -> CemError:
        """Return the error that points at `node`."""
        return point_at(self.text, self.where, node.span, CemError(id, what, fix=fix))

    def words(self, node: Node) -> str:
        """Return the text of `node` as it was written, on one line."""
        return " ".join(self.text[node.span.start : node.span.end].split())


def point_at(text: str, where: str, span: Span, fault: CemError) -> CemError:
    """Return `fault` with its place (where:line:column) and the line with a caret under the place."""
    place = f"{span.line}:{span.column}"
    lines = text.splitlines() or [""]
    line = lines[span.line - 1] if span.line <= len(lines) else ""
    start = max(0, span.column - 61)
    shown = line[start : start + 100].replace("\t", " ")
    width = max(1, min(span.end - span.start, start + len(shown) - span.column + 1))
    caret = " " * (span.column - 1 - start) + "^" * width
    return CemError(
        fault.id, f"{fault.what}\n    {shown}\n    {caret}", where=f"{where}:{place}" if where else place, fix=fault.fix,
        code=fault.code,
    )


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below `node`, in the order written."""
    found: list[Node] = []
    for part in (getattr(node, field.name) for field in fields(node)):
        found.extend(part if isinstance(part, tuple) else [part] if isinstance(part, Node) else [])
    return tuple(found)


def walk(root: Node) -> Iterator[tuple[int, Node]]:
    """Yield every node with its depth (root = 0), parents first, in the order written; without recursion."""
    waiting: list[tuple[int, Node]] = [(0, root)]
    while waiting:
        depth, node = waiting.pop()
        yield depth, node
        waiting.extend((depth + 1, child) for child in reversed(children(node)))


def fields_used(root: Node) -> tuple[str, ...]:
    """Return the names of the fields an expression uses, sorted."""
    return tuple(sorted({node.name for _, node in walk(root) if isinstance(node, FieldName)}))


def segments_used(root: Node) -> tuple[str, ...]:
    """Return the names of the segments an expression refers to, sorted."""
    return tuple(sorted({node.name for _, node in walk(root) if isinstance(node, InSegment)}))
