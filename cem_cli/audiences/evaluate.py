"""Evaluate an expression over a dictionary, without a database: `--fail-on` and the assertions of `cem test`. Reads no table.

The same tree and the same meaning as `compile` (a property test holds them together).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from cem_cli.audiences import tree as t
from cem_cli.audiences.check import Names, check
from cem_cli.audiences.moments import FIRST, as_day, bounds, without_zone
from cem_cli.audiences.parse import parse
from cem_cli.audiences.types import Field, type_of_value
from cem_cli.base.errors import CemError

_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "before": operator.lt, "after": operator.gt, "contains": operator.contains, "has": operator.contains,
    "starts with": str.startswith, "ends with": str.endswith,
}  # fmt: skip

_FUNCTIONS: dict[str, Callable[[Any], object]] = {"abs": abs, "lower": str.lower, "length": len}


def evaluate(text: str, values: Mapping[str, object], as_of: datetime | None = None, where: str = "") -> bool:
    """Return whether `text` holds for `values` (None = missing), for instance `merged > 10 or quarantined > 0`.

    `as_of` is needed only where the expression looks at time. Raises CemError E-EXPR-* as `check` does.
    """
    return holds(parse(text, where), values, as_of)


def holds(expression: t.Expression, values: Mapping[str, object], as_of: datetime | None = None) -> bool:
    """Return whether an expression that was read holds for `values`. Raises CemError E-EXPR-*."""
    kinds = {name: type_of_value(value) for name, value in values.items()}
    check(expression, Names({name: Field(name, kind) for name, kind in kinds.items() if kind is not None}))
    if as_of is None:
        for _, node in t.walk(expression.root):
            if isinstance(node, t.Window) or (isinstance(node, t.Call) and node.function == "days_since"):
                raise expression.fault(node, "this condition looks at time, and no as_of is given here")
    return _Evaluator(values, without_zone(as_of or FIRST)).condition(expression.root)


class _Evaluator:
    def __init__(self, values: Mapping[str, object], as_of: datetime) -> None:
        self.values, self.as_of = values, as_of

    def condition(self, node: t.Condition) -> bool:  # noqa: C901 - one case per kind of node
        match node:
            case t.AllOf():
                return all(self.condition(part) for part in node.parts)
            case t.AnyOf():
                return any(self.condition(part) for part in node.parts)
            case t.Not():
                return not self.condition(node.part)
            case t.Missing():
                return (self.value(node.value) is None) is not node.negated
            case t.Compare():
                return self.compare(node.op, node.left, node.right)
            case t.Between():
                return self.compare(">=", node.value, node.low) and self.compare("<=", node.value, node.high)
            case t.OneOf():
                return self.one_of(node)
            case t.Window():
                return self.window(node)
            case t.Flag():
                return self.value(node.value) is True
            case t.InSegment():
                raise CemError("E-EXPR-SEGMENT", "no segment is known here")  # `check` refuses it before, with its place

    def compare(self, op: str, left: t.Value, right: t.Value) -> bool:
        return self.test(op, self.value(left), self.value(right))

    @staticmethod
    def test(op: str, left: object, right: object) -> bool:
        if left is None or right is None:
            return False
        if isinstance(left, date) and isinstance(right, date) and isinstance(left, datetime) != isinstance(right, datetime):
            left, right = _day(left), _day(right)
        return _TESTS[op](left, right)

    def one_of(self, node: t.OneOf) -> bool:
        value, options = self.value(node.value), [self.value(option) for option in node.options]
        if any(self.test("=", value, option) for option in options):
            return not node.negated
        return node.negated and value is not None and None not in options

    def window(self, node: t.Window) -> bool:
        value, (first, last) = self.value(node.value), bounds(node, self.as_of)
        if not isinstance(value, date):
            return False
        if not isinstance(value, datetime):
            return value < as_day(last) if first is None else as_day(first) <= value <= as_day(last)
        return value < last if first is None else first <= value <= last

    def value(self, node: t.Value) -> Any:
        match node:
            case t.Literal():
                return node.value
            case t.FieldName():
                found = self.values[node.name]
                return without_zone(found) if isinstance(found, datetime) else found
            case t.Call():
                argument = self.value(node.argument)
                return None if argument is None else self.call(node.function, argument)

    def call(self, function: str, argument: Any) -> object:
        if function == "days_since":
            return (as_day(self.as_of) - _day(argument)).days
        return _FUNCTIONS[function](argument)


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value
