"""Explain a segment: its condition clause by clause, with how many customers each clause holds for, or for one customer.

Reads `field`, `profile`, `measure_*`; stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cem_cli.audiences import tree as t
from cem_cli.audiences.compile import Compiler, population_sql
from cem_cli.audiences.moments import without_zone
from cem_cli.audiences.rules import SegmentRule, read_rules
from cem_cli.audiences.segments import compute, needed
from cem_cli.base.errors import CemError
from cem_cli.engines.duck import Connection


@dataclass(frozen=True)
class Clause:
    """One clause of a condition."""

    depth: int
    """How deep it is nested (0 = the whole condition)."""
    words: str
    """`all of`, `any of`, `not`, or the clause as written."""
    customers: int
    """For how many of the population it holds by itself (explaining one customer: 1 or 0)."""


@dataclass(frozen=True)
class Explanation:
    """A segment's condition, parents before their parts; the first clause is the whole."""

    name: str
    population: int
    clauses: tuple[Clause, ...]


def explain(
    con: Connection, rules: Sequence[SegmentRule], name: str, as_of: datetime, customer_id: str | None = None
) -> Explanation:
    """Return the clauses of segment `name` with their counts, or, with `customer_id`, whether each holds for that customer.

    Raises CemError E-SEGMENT for no such segment, E-CUSTOMER for no such customer, E-EXPR-* for a wrong rule.
    """
    book = read_rules(con, rules)
    compute(con, book, needed(book, name), as_of)
    expression = book.expressions[name]
    clauses = [(depth, node) for depth, node in t.walk(expression.root) if not isinstance(node, t.Value)]
    compiler = Compiler(book.names, without_zone(as_of))
    counts_sql = ", ".join(f"count(*) FILTER ({compiler.condition_sql(node)})" for _, node in clauses)
    source = population_sql(book.names, t.fields_used(expression.root))
    only = "" if customer_id is None else ' WHERE "profile".customer_id = $customer'
    params = compiler.params if customer_id is None else compiler.params | {"customer": customer_id}
    counts = con.execute(f"SELECT count(*), {counts_sql} FROM {source}{only}", params).fetchall()[0]
    if customer_id is not None and counts[0] == 0:
        raise CemError("E-CUSTOMER", f"no customer has the id '{customer_id}'", fix=f"cem segment preview {name}")
    told = (Clause(depth, _words(expression, node), n) for (depth, node), n in zip(clauses, counts[1:], strict=True))
    return Explanation(name, counts[0], tuple(told))


def _words(expression: t.Expression, node: t.Condition) -> str:
    match node:
        case t.AllOf():
            return "all of"
        case t.AnyOf():
            return "any of"
        case t.Not():
            return "not"
        case t.InSegment():
            return f"in segment {node.name}"
        case _:
            return expression.words(node)
