"""Check an expression against the names that exist: fields, functions, segments, and whether types fit. Reads no table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cem_cli.audiences import tree as t
from cem_cli.audiences.types import ARTICLES, MOMENTS, ORDERED, Field, Type, type_of_value
from cem_cli.base.errors import CemError, ExitCode, did_you_mean

FUNCTIONS: dict[str, tuple[frozenset[Type], Type]] = {
    "abs": (frozenset({Type.NUMBER}), Type.NUMBER),
    "lower": (frozenset({Type.TEXT}), Type.TEXT),
    "length": (frozenset({Type.TEXT, Type.LIST}), Type.NUMBER),
    "days_since": (MOMENTS, Type.NUMBER),
}
"""What each function takes and gives. `days_since` counts days from the value to the run's as_of; before it, below zero."""

TEXT_OPERATORS = frozenset({"contains", "starts with", "ends with"})
MOMENT_OPERATORS = frozenset({"before", "after"})
_TESTS = (t.Compare, t.OneOf, t.Between, t.Window, t.Missing, t.Flag)


@dataclass(frozen=True)
class Names:
    """What an expression may name: fields by name, and the segments that exist."""

    fields: Mapping[str, Field]
    segments: Collection[str] = ()


def check(expression: t.Expression, names: Names) -> None:
    """Refuse an expression that can mean nothing over `names`. Raises CemError E-EXPR-* with its place and a caret."""
    nodes = [node for _, node in t.walk(expression.root)]
    for node in nodes:
        _check_name(expression, node, names)
    for node in nodes:
        _check_types(expression, node, names)
        if isinstance(node, _TESTS) and not t.fields_used(node):
            raise expression.fault(node, "this condition names no field", "compare a field with a value; texts stand in quotes")


def type_of(value: t.Value, names: Names) -> Type:
    """Return the type of a value whose names were checked."""
    match value:
        case t.Literal():
            return type_of_value(value.value) or Type.UNKNOWN
        case t.FieldName():
            return names.fields[value.name].type
        case t.Call():
            return FUNCTIONS[value.function][1]


def check_purpose(expression: t.Expression, names: Names, purpose: str) -> None:
    """Refuse fields that may not be used for `purpose`. Raises CemError E-EXPR-PURPOSE (exit 15)."""
    for _, node in t.walk(expression.root):
        if isinstance(node, t.FieldName):
            purposes = names.fields[node.name].purposes
            if purposes and purpose not in purposes:
                fault = expression.fault(
                    node, f"field '{node.name}' may not be used for {purpose}", f"its purposes: {', '.join(purposes)}",
                    "E-EXPR-PURPOSE",
                )
                fault.code = ExitCode.PRIVACY
                raise fault


def _check_name(expression: t.Expression, node: t.Node, names: Names) -> None:
    def unknown(noun: str, word: str, known: Collection[str]) -> CemError:
        return expression.fault(node, f"no {noun} is called '{word}'", did_you_mean(word, known), f"E-EXPR-{noun.upper()}")

    match node:
        case t.FieldName() if node.name not in names.fields:
            raise unknown("field", node.name, names.fields)
        case t.Call() if node.function not in FUNCTIONS:
            raise unknown("function", node.function, FUNCTIONS)
        case t.InSegment() if node.name not in names.segments:
            raise unknown("segment", node.name, names.segments)
        case _:
            pass


def _need(expression: t.Expression, value: t.Value, found: Type, allowed: Collection[Type], act: str) -> None:
    """Refuse a value whose type `act` cannot take."""
    if found not in allowed and found is not Type.UNKNOWN:
        wanted = " or ".join(ARTICLES[kind] for kind in Type if kind in allowed and kind is not Type.UNKNOWN)
        raise expression.fault(value, f"{act} needs {wanted}; this is {ARTICLES[found]}", _advice(value, found, allowed))


def _check_types(expression: t.Expression, node: t.Node, names: Names) -> None:
    def need(value: t.Value, allowed: Collection[Type], act: str) -> Type:
        found = type_of(value, names)
        _need(expression, value, found, allowed, act)
        return found

    match node:
        case t.Call():
            need(node.argument, FUNCTIONS[node.function][0], node.function)
        case t.Compare():
            _check_compare(expression, node, names)
        case t.OneOf():
            found = need(node.value, ORDERED, "in (...)")
            for option in node.options:
                need(option, _fitting(found), "this list")
        case t.Between():
            found = need(node.value, ORDERED, "between")
            for end in (node.low, node.high):
                need(end, _fitting(found), "between")
        case t.Window():
            need(node.value, MOMENTS, "a period of time")
        case t.Flag():
            need(node.value, {Type.FLAG}, "a condition without an operator")
        case _:
            pass


def _check_compare(expression: t.Expression, node: t.Compare, names: Names) -> None:
    left, right = type_of(node.left, names), type_of(node.right, names)
    allowed = _left_types(node.op)
    _need(expression, node.left, left, allowed, node.op)
    _need(expression, node.right, right, {Type.TEXT} if node.op == "has" else allowed, node.op)
    if node.op != "has" and right not in _fitting(left):
        raise expression.fault(
            node, f"cannot compare {ARTICLES[left]} with {ARTICLES[right]}", _advice(node.right, right, _fitting(left))
        )


def _left_types(op: str) -> frozenset[Type]:
    if op in TEXT_OPERATORS:
        return frozenset({Type.TEXT})
    if op in MOMENT_OPERATORS:
        return MOMENTS
    if op == "has":
        return frozenset({Type.LIST})
    return ORDERED | {Type.FLAG} if op in ("=", "!=") else ORDERED


def _fitting(found: Type) -> frozenset[Type]:
    """Return the types that can be compared with `found`: its own, days with instants, and a missing value with all."""
    if found is Type.UNKNOWN:
        return frozenset(Type)
    return (MOMENTS if found in MOMENTS else frozenset({found})) | {Type.UNKNOWN}


def _advice(value: t.Value, found: Type, wanted: Collection[Type]) -> str:
    """Return what to write instead, where the likely mistake is known."""
    if isinstance(value, t.Literal) and found is Type.TEXT and Type.TEXT not in wanted:
        if Type.NUMBER in wanted:
            return "write a number without quotes"
        if Type.DATE in wanted:
            return "write a date without quotes, as 2026-01-31"
    if isinstance(value, t.Literal) and Type.TEXT in wanted and found is not Type.TEXT:
        return "write a text in quotes"
    if found is Type.LIST:
        return "ask a list with has: field has 'value'"
    return ""
