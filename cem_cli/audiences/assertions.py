"""`cem test`: sentences about the workspace that must hold, in the expression language.

Reads `field`, `profile`, `measure_*` through segments; the workspace's own counts are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cem_cli.audiences.evaluate import holds
from cem_cli.audiences.parse import parse
from cem_cli.audiences.rules import SegmentRule
from cem_cli.audiences.segments import preview
from cem_cli.audiences.tree import fields_used
from cem_cli.base.errors import CemError
from cem_cli.engines.duck import Connection

COUNTED = "the profiles of this assertion"


@dataclass(frozen=True)
class Assertion:
    """What must hold: `expect` over counts; `where` adds `count`, `total` and `share` of the profiles it picks."""

    name: str
    expect: str
    where: str = ""
    description: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether an assertion held, and the numbers it looked at."""

    name: str
    held: bool
    expect: str
    numbers: dict[str, object]
    description: str


def check_assertions(
    con: Connection, assertions: Sequence[Assertion], rules: Sequence[SegmentRule], counts: Mapping[str, float], as_of: datetime
) -> list[Verdict]:
    """Return a verdict per assertion, in order. Raises CemError E-EXPR-* for one that cannot be understood."""
    return [_check(con, assertion, rules, counts, as_of) for assertion in assertions]


def _check(
    con: Connection, assertion: Assertion, rules: Sequence[SegmentRule], counts: Mapping[str, float], as_of: datetime
) -> Verdict:
    values: dict[str, object] = dict(counts)
    if assertion.where:
        picked = preview(con, [*rules, SegmentRule(COUNTED, assertion.where, place=f"tests.yaml: {assertion.name}.where")], COUNTED, as_of)
        share = picked.members / picked.population if picked.population else 0.0
        values |= {"count": picked.members, "total": picked.population, "share": share}
    expression = parse(assertion.expect, f"tests.yaml: {assertion.name}.expect")
    used = fields_used(expression.root)
    return Verdict(assertion.name, holds(expression, values, as_of), assertion.expect,
                   {name: values[name] for name in used if name in values}, assertion.description)


def read_failure(text: str, values: Mapping[str, object], as_of: datetime) -> bool:
    """Return whether a `--fail-on` expression holds for `values`. Raises CemError where it cannot be understood."""
    try:
        return holds(parse(text, "--fail-on"), values, as_of)
    except CemError as err:
        raise CemError(err.id, err.what, where="--fail-on", why=err.why, fix=err.fix) from err
