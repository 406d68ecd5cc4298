"""Compile a checked expression to SQL: quoted columns of the catalogue, bound values, an allow-list of functions.

Every condition becomes true or false, never NULL: a comparison with a missing value is false, and `not` is the plain
complement. The compiled text refers to tables by their own names (`"profile"."city"`); `population_sql` joins them. Reads
`profile` and the tables that `field` names; segments are read from the temporary table `segment_now`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from cem_cli.audiences import tree as t
from cem_cli.audiences.check import Names, type_of
from cem_cli.audiences.moments import as_day, bounds
from cem_cli.audiences.types import MOMENTS, Type
from cem_cli.base.sql import quote

FUNCTION_SQL = {"abs": "abs({0})", "lower": "lower({0})"}
OPERATOR_SQL = {
    "contains": "contains({0}, {1})", "starts with": "starts_with({0}, {1})", "ends with": "suffix({0}, {1})",
    "has": "list_contains({0}, {1})", "before": "{0} < {1}", "after": "{0} > {1}",
    **{op: f"{{0}} {op} {{1}}" for op in ("=", "!=", "<", "<=", ">", ">=")},
}  # fmt: skip


@dataclass
class Compiler:
    """Compiles expressions that share one statement: their values are bound under names that never clash."""

    names: Names
    as_of: datetime
    """The run's instant, UTC without zone."""
    params: dict[str, object] = field(default_factory=dict)
    """Values to bind, filled while compiling."""

    def condition_sql(self, node: t.Condition) -> str:
        """Return SQL that is true or false for every customer."""
        match node:
            case t.AllOf() | t.AnyOf():
                joiner = " AND " if isinstance(node, t.AllOf) else " OR "
                return "(" + joiner.join(self.condition_sql(part) for part in node.parts) + ")"
            case t.Not():
                return f"(NOT {self.condition_sql(node.part)})"
            case t.Missing():
                return f"({self._value_sql(node.value)} IS {'NOT ' if node.negated else ''}NULL)"
            case t.InSegment():
                return (
                    '("profile".customer_id IN (SELECT customer_id FROM temp.segment_now '
                    f"WHERE segment = {self._bind(node.name)}))"
                )
            case _:
                return f"coalesce({self._test_sql(node)}, false)"

    def _test_sql(self, node: t.Compare | t.OneOf | t.Between | t.Window | t.Flag) -> str:
        match node:
            case t.Compare():
                return OPERATOR_SQL[node.op].format(*self._pair_sql(node.left, node.right))
            case t.OneOf():
                parts = " OR ".join("{} = {}".format(*self._pair_sql(node.value, option)) for option in node.options)
                return f"(NOT ({parts}))" if node.negated else f"({parts})"
            case t.Between():
                low = "{} >= {}".format(*self._pair_sql(node.value, node.low))
                return f"({low} AND " + "{} <= {})".format(*self._pair_sql(node.value, node.high))
            case t.Window():
                return self._window_sql(node)
            case t.Flag():
                return self._value_sql(node.value)

    def _window_sql(self, node: t.Window) -> str:
        value, (first, last) = self._value_sql(node.value), bounds(node, self.as_of)
        if type_of(node.value, self.names) is Type.DATE:
            low, high = (as_day(first) if first else None), as_day(last)
            if first is None:
                return f"{value} < {self._bind(high)}"
            return f"{value} BETWEEN {self._bind(low)} AND {self._bind(high)}"
        if first is None:
            return f"{value} < {self._bind(last)}"
        return f"{value} BETWEEN {self._bind(first)} AND {self._bind(last)}"

    def _pair_sql(self, left: t.Value, right: t.Value) -> tuple[str, str]:
        """Return both sides; where one is a day and the other an instant, their days (UTC) are compared."""
        types = {type_of(left, self.names), type_of(right, self.names)}
        sides = self._value_sql(left), self._value_sql(right)
        if types == MOMENTS:
            return f"CAST({sides[0]} AS DATE)", f"CAST({sides[1]} AS DATE)"
        return sides

    def _value_sql(self, value: t.Value) -> str:
        match value:
            case t.Literal():
                return self._bind(value.value)
            case t.FieldName():
                known = self.names.fields[value.name]
                return f"{quote(known.table)}.{quote(known.column)}"
            case t.Call():
                return self._call_sql(value)

    def _call_sql(self, call: t.Call) -> str:
        argument = self._value_sql(call.argument)
        if call.function == "days_since":
            return f"date_diff('day', CAST({argument} AS DATE), {self._bind(as_day(self.as_of))})"
        if call.function == "length":
            return f"{'len' if type_of(call.argument, self.names) is Type.LIST else 'length'}({argument})"
        return FUNCTION_SQL[call.function].format(argument)

    def _bind(self, value: object) -> str:
        name = f"value_{len(self.params)}"
        self.params[name] = value
        return f"${name}"


def population_sql(names: Names, used: tuple[str, ...]) -> str:
    """Return the FROM clause: every profile, with the tables of the fields `used` beside it (none drops a customer)."""
    tables = sorted({names.fields[name].table for name in used} - {"profile"})
    joins = (f"LEFT JOIN cem.{quote(table)} AS {quote(table)} USING (customer_id)" for table in tables)
    return " ".join(['cem.profile AS "profile"', *joins])
