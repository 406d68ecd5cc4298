"""Segment rules: definitions read, checked and put in the order in which they can be computed. Reads `field`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from cem_cli.audiences.catalogue import load_fields
from cem_cli.audiences.check import Names, check, check_purpose
from cem_cli.audiences.parse import parse
from cem_cli.audiences.tree import AllOf, Expression, InSegment, segments_used
from cem_cli.base.errors import CemError
from cem_cli.engines.duck import Connection


@dataclass(frozen=True)
class SegmentRule:
    """A segment as the project defines it."""

    name: str
    where: str
    """The condition, in the expression language."""
    description: str = ""
    purpose: str = ""
    """What the segment is for; only fields that allow this purpose may be used. Empty = not stated."""
    parent: str = ""
    """Another segment whose members alone can be members of this one."""
    place: str = ""
    """Where the rule is written, for errors (`segments.yaml:12`)."""


@dataclass(frozen=True)
class RuleBook:
    """Every rule of a project, read and checked: expressions by name, those referred to before those that refer."""

    names: Names
    expressions: dict[str, Expression]


def read_rules(con: Connection, rules: Sequence[SegmentRule]) -> RuleBook:
    """Return the checked rules. Raises CemError E-EXPR-* for a wrong expression, E-SEGMENT-TWICE, E-SEGMENT-CYCLE."""
    names = Names(load_fields(con), frozenset(rule.name for rule in rules))
    expressions: dict[str, Expression] = {}
    for rule in rules:
        if rule.name in expressions:
            raise CemError("E-SEGMENT-TWICE", f"segment '{rule.name}' is defined twice", where=rule.place, fix="rename one")
        expressions[rule.name] = _read(rule, names)
    return RuleBook(names, {name: expressions[name] for name in _computing_order(expressions)})


def _read(rule: SegmentRule, names: Names) -> Expression:
    expression = parse(rule.where, rule.place or f"segment {rule.name}")
    if rule.parent:
        root = expression.root
        expression = Expression(expression.text, AllOf((InSegment(rule.parent, root.span), root), root.span), expression.where)
    check(expression, names)
    if rule.purpose:
        check_purpose(expression, names, rule.purpose)
    return expression


def _computing_order(expressions: dict[str, Expression]) -> list[str]:
    """Return the names so that every segment comes after those it refers to; ties in the order defined."""
    sorter = TopologicalSorter({name: segments_used(expression.root) for name, expression in expressions.items()})
    try:
        return list(sorter.static_order())
    except CycleError as err:
        chain: list[str] = err.args[1]
        raise CemError(
            "E-SEGMENT-CYCLE", "segments refer to each other in a circle", where=expressions[chain[0]].where,
            why=" -> ".join(chain), fix=f"take one reference out of '{chain[0]}'",
        ) from err
