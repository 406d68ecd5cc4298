"""Segments: who belongs now, and since which run.

Reads `field`, `profile`, `measure_*`; writes `segment`, `segment_member`. Membership is stored as intervals of runs; the
same membership twice changes nothing. Statements run in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cem_cli.audiences.compile import Compiler, population_sql
from cem_cli.audiences.moments import without_zone
from cem_cli.audiences.rules import RuleBook, SegmentRule, read_rules
from cem_cli.audiences.tree import fields_used, segments_used
from cem_cli.base.errors import CemError, did_you_mean
from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps


@dataclass(frozen=True)
class SegmentChange:
    """What a build did to one segment, in customers."""

    name: str
    members: int
    entered: int
    left: int


@dataclass(frozen=True)
class Preview:
    """Who would be a member now, without storing it."""

    name: str
    members: int
    population: int
    """Profiles of every kind."""
    sample: tuple[str, ...]
    """The first customer ids, in order."""


@dataclass(frozen=True)
class SegmentState:
    """A segment as it was last built."""

    name: str
    description: str
    expression: str
    members: int
    built_run: int
    """The run in which this definition was first built."""


def build(con: Connection, rules: Sequence[SegmentRule], as_of: datetime, run_id: int) -> tuple[SegmentChange, ...]:
    """Compute every segment as of `as_of` and store who entered and who left in run `run_id`.

    `rules` are all the rules of the project: a segment no longer defined loses its members. Raises CemError E-EXPR-*,
    E-SEGMENT-*.
    """
    book = read_rules(con, rules)
    compute(con, book, tuple(book.expressions), as_of)
    changes = _changes(con, rules)
    run_steps(con, _store_steps(run_id))
    _store_definitions(con, rules, run_id)
    return changes


def preview(con: Connection, rules: Sequence[SegmentRule], name: str, as_of: datetime, sample: int = 10) -> Preview:
    """Return how many would be in segment `name`, and the first ids. Stores nothing. Raises as `build`."""
    book = read_rules(con, rules)
    compute(con, book, needed(book, name), as_of)
    rows = con.execute(
        "SELECT customer_id FROM temp.segment_now WHERE segment = $name ORDER BY customer_id LIMIT $sample",
        {"name": name, "sample": sample},
    ).fetchall()
    members = _one(con, "SELECT count(*) FROM temp.segment_now WHERE segment = $name", {"name": name})
    return Preview(name, members, _one(con, "SELECT count(*) FROM cem.profile"), tuple(row[0] for row in rows))


def list_segments(con: Connection) -> tuple[SegmentState, ...]:
    """Return the segments that were built, with their members now, by name."""
    rows = con.execute(
        "SELECT s.name, s.description, s.expression, count(m.customer_id), s.run_id FROM cem.segment s "
        "LEFT JOIN cem.segment_member m ON m.segment = s.name AND m.left_run IS NULL GROUP BY ALL ORDER BY s.name"
    ).fetchall()
    return tuple(SegmentState(*row) for row in rows)


def needed(book: RuleBook, name: str) -> tuple[str, ...]:
    """Return `name` and every segment it refers to, those referred to first. Raises CemError E-SEGMENT for no such name."""
    if name not in book.expressions:
        raise CemError(
            "E-SEGMENT", f"no segment is called '{name}'", why=did_you_mean(name, book.expressions), fix="cem segment list"
        )
    wanted, waiting = {name}, [name]
    while waiting:
        found = set(segments_used(book.expressions[waiting.pop()].root)) - wanted
        wanted |= found
        waiting.extend(found)
    return tuple(known for known in book.expressions if known in wanted)


def compute(con: Connection, book: RuleBook, wanted: Sequence[str], as_of: datetime) -> None:
    """Fill the temporary table `segment_now` (segment, customer_id) with the members of the segments `wanted`, in order."""
    con.execute("CREATE OR REPLACE TEMP TABLE segment_now (segment VARCHAR, customer_id VARCHAR)")
    for name in wanted:
        root = book.expressions[name].root
        compiler = Compiler(book.names, without_zone(as_of))
        condition = compiler.condition_sql(root)
        source = population_sql(book.names, fields_used(root))
        con.execute(
            f'INSERT INTO temp.segment_now SELECT $segment, "profile".customer_id FROM {source} WHERE {condition}',
            {"segment": name, **compiler.params},
        )


def _store_steps(run_id: int) -> list[Step]:
    """Return the statements that make the open intervals of `segment_member` those of `segment_now`."""
    same = "m.segment = n.segment AND m.customer_id = n.customer_id"
    member = f"EXISTS (SELECT 1 FROM temp.segment_now n WHERE {same})"
    known = f"EXISTS (SELECT 1 FROM cem.segment_member m WHERE m.left_run IS NULL AND {same})"
    run: dict[str, object] = {"run": run_id}
    return [
        Step(
            "forget who entered in this very run and is out again",
            f"DELETE FROM cem.segment_member m WHERE left_run IS NULL AND entered_run = $run AND NOT {member}", run,
        ),
        Step(
            "take back who left in this very run and is in again",
            f"UPDATE cem.segment_member m SET left_run = NULL WHERE left_run = $run AND {member}", run,
        ),
        Step("leave", f"UPDATE cem.segment_member m SET left_run = $run WHERE left_run IS NULL AND NOT {member}", run),
        Step(
            "enter",
            "INSERT INTO cem.segment_member SELECT segment, customer_id, $run, NULL FROM temp.segment_now n "
            f"WHERE NOT {known} ORDER BY segment, customer_id", run,
        ),
    ]


def _changes(con: Connection, rules: Sequence[SegmentRule]) -> tuple[SegmentChange, ...]:
    """Return what storing `segment_now` will change, before it is stored."""
    rows = con.execute(
        "SELECT segment, count(now), count(*) FILTER (was IS NULL), count(*) FILTER (now IS NULL) FROM "
        "(SELECT segment, customer_id, true AS now FROM temp.segment_now) FULL JOIN "
        "(SELECT segment, customer_id, true AS was FROM cem.segment_member WHERE left_run IS NULL) "
        "USING (segment, customer_id) GROUP BY segment ORDER BY segment"
    ).fetchall()
    found = {row[0]: SegmentChange(*row) for row in rows}
    empty = {rule.name: SegmentChange(rule.name, 0, 0, 0) for rule in rules}
    return tuple(change for _, change in sorted((empty | found).items()))


def _store_definitions(con: Connection, rules: Sequence[SegmentRule], run_id: int) -> None:
    stored = dict(con.execute("SELECT name, (description, expression) FROM cem.segment").fetchall())
    wanted = {rule.name: (rule.description, rule.where) for rule in rules}
    for name in sorted(stored.keys() | wanted.keys()):
        if stored.get(name) != wanted.get(name):
            con.execute("DELETE FROM cem.segment WHERE name = $name", {"name": name})
            if name in wanted:
                con.execute("INSERT INTO cem.segment VALUES (?, ?, ?, ?)", [name, *wanted[name], run_id])


def _one(con: Connection, sql: str, params: dict[str, object] | None = None) -> int:
    row = con.execute(sql, params).fetchone()
    return int(row[0]) if row else 0
