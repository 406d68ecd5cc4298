"""Decisions: link, separate, freeze, undo. Appended with who, when and why; undone, never deleted.

Reads `record`, `identity`, `last_member`; writes `decision` inside the caller's transaction. The next `cem link` applies
them. Separations hold against any later evidence, also through what is linked with either side.

A decision on two customers is one on every record of the first with every record of the second, as they are now: it holds
for the whole of both, and undoing it takes back exactly these pairs, whatever the customers were linked into since.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.engines.duck import Connection
from cem_cli.linkage.identity.judgements import Judgement, Judgements
from cem_cli.linkage.identity.settings import GUARD
from cem_cli.store.lookup import ever_members, is_customer, member_records

KINDS = ("link", "separate", "freeze", "undo")
MOST_PAIRS = 10_000
"""Pairs of records that one decision on two customers may stand for."""
_ACTIVE_SQL = """
    SELECT decision_id, kind, record_id_l, record_id_r, who = $guard FROM cem.decision
    WHERE undone_at IS NULL ORDER BY decision_id"""


@dataclass(frozen=True)
class Author:
    """Who decides, when (UTC) and why."""

    who: str
    at: datetime
    why: str


@dataclass(frozen=True)
class Request:
    """One decision asked for: `kind` on `a` and `b`, records or customers (`b` is empty for a freeze)."""

    kind: str
    a: str
    b: str
    author: Author
    where: str = ""
    """file:line, when it came from a file."""


@dataclass(frozen=True)
class Decided:
    """What requests came to: numbers of the decisions made, and of the decisions undone."""

    made: tuple[int, ...]
    undone: tuple[int, ...]


def active(con: Connection) -> Judgements:
    """Return all decisions in force."""
    judgements = Judgements()
    for row in con.execute(_ACTIVE_SQL, {"guard": GUARD}).fetchall():
        judgements.add(Judgement(*row))
    return judgements


def decide(con: Connection, requests: list[Request]) -> Decided:
    """Take decisions in order, all or none. Raises CemError for unknown names, nonsense, and conflicts with their chain."""
    judgements = active(con)
    next_id = int(con.execute("SELECT coalesce(max(decision_id), 0) + 1 FROM cem.decision").fetchall()[0][0])
    made: dict[int, tuple[Judgement, Author]] = {}
    undone: dict[int, Author] = {}
    for request in requests:
        if request.kind == "undo":
            for judgement in _undoable(con, judgements, request):
                judgements.remove(judgement)
                undone[judgement.decision_id] = request.author
            continue
        for a, b in _pairs(con, request):
            if judgements.find(request.kind, a, b) is not None:
                continue
            while chain := judgements.conflict(request.kind, a, b):
                if request.kind != "link" or not any(judgement.guard for judgement in chain):
                    raise _conflict(request, chain)
                for judgement in (j for j in chain if j.guard):
                    judgements.remove(judgement)
                    undone[judgement.decision_id] = request.author
            judgement = Judgement(next_id, request.kind, min(a, b), max(a, b))
            judgements.add(judgement)
            made[next_id] = (judgement, request.author)
            next_id += 1
    _write(con, made, undone)
    return Decided(tuple(made), tuple(sorted(undone)))


def read_requests(path: Path, author: Author) -> list[Request]:
    """Read decisions from a CSV file with the columns `kind`, `a`, `b` and perhaps `why`. Raises CemError (exit 5)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(_requests(csv.DictReader(file), path, author))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise CemError("E-DECISIONS-FILE", "the file of decisions cannot be read", where=str(path), why=type(err).__name__,
                       fix="write a UTF-8 CSV file with the columns kind,a,b,why", code=ExitCode.INPUT) from err


def _requests(reader: csv.DictReader[str], path: Path, author: Author) -> Iterator[Request]:
    missing = {"kind", "a", "b"} - set(reader.fieldnames or ())
    if missing:
        raise CemError("E-DECISIONS-HEADER", f"columns missing: {', '.join(sorted(missing))}", where=f"{path}:1",
                       fix="write a header line: kind,a,b,why", code=ExitCode.INPUT)
    for row in reader:
        where = f"{path}:{reader.line_num}"
        kind = (row["kind"] or "").strip().lower()
        if kind not in KINDS:
            raise CemError("E-DECISION-KIND", "unknown kind of decision", where=where, why=f"known: {', '.join(KINDS)}",
                           fix="correct the column kind", code=ExitCode.INPUT)
        why = (row.get("why") or "").strip() or author.why
        yield Request(kind, (row["a"] or "").strip(), (row["b"] or "").strip(), Author(author.who, author.at, why), where)


def _pairs(con: Connection, request: Request) -> list[tuple[int, int]]:
    """Return the pairs of records a request stands for: a chain for a freeze, else every record of one side with every other's."""
    left = _named(con, request.a, request.where)
    if request.kind == "freeze":
        if not is_customer(request.a):
            raise CemError("E-DECISION-FREEZE", "only a customer can be frozen", where=request.where, fix="cem find TEXT")
        return [(left[0], other) for other in left]
    right = _named(con, request.b, request.where)
    if set(left) < set(right):
        right = tuple(sorted(set(right) - set(left)))
    elif set(right) < set(left):
        left = tuple(sorted(set(left) - set(right)))
    if set(left) & set(right):
        raise CemError("E-DECISION-SAME", "both sides are the same customer or record", where=request.where,
                       fix="name two different records (cem show CUSTOMER lists them)")
    if len(left) * len(right) > MOST_PAIRS:
        raise CemError("E-DECISION-LARGE", f"{len(left)} x {len(right)} records are too many to decide on one by one",
                       where=request.where, fix="name single records instead (cem show CUSTOMER lists them)")
    return list(product(left, right))


def _named(con: Connection, text: str, where: str) -> tuple[int, ...]:
    try:
        return member_records(con, text)
    except CemError as err:
        err.where = where or err.where
        raise


def _undoable(con: Connection, judgements: Judgements, request: Request) -> list[Judgement]:
    """Return the decisions to take back: between the two as they are now, else between all who ever were of them."""
    names = (request.a, request.b or request.a)
    now = [set(_named(con, name, request.where)) for name in names]
    found = _between(judgements, now) or _between(judgements, [set(ever_members(con, name)) for name in names])
    found = [j for j in found if request.b or j.kind == "freeze"]
    if not found:
        raise CemError("E-DECISION-NONE", "no decision in force on these two", where=request.where,
                       fix="cem why A B (it names the decisions around them)")
    return found


def _between(judgements: Judgements, sides: list[set[int]]) -> list[Judgement]:
    """Return the decisions across two sets of records, what lies inside both left out where one holds the other."""
    left, right = sides
    if left < right:
        right = right - left
    elif right < left:
        left = left - right
    return judgements.between(left, right)


def _conflict(request: Request, chain: tuple[Judgement, ...]) -> CemError:
    told = ", ".join(f"decision {judgement.decision_id} ({judgement.kind})" for judgement in chain)
    return CemError("E-DECISION-CONFLICT", f"this {request.kind} contradicts what was decided before", where=request.where,
                    why=told, fix="cem sql \"SELECT * FROM decisions\" tells on whom; undo one of them first: cem decide undo A B")


def _write(con: Connection, made: dict[int, tuple[Judgement, Author]], undone: dict[int, Author]) -> None:
    for author in dict.fromkeys(author for _, author in made.values()):
        fresh = [(number, j.kind, j.record_id_l, j.record_id_r) for number, (j, by) in made.items() if by == author]
        numbers, kinds, left, right = (list(column) for column in zip(*fresh, strict=True))
        con.execute("""
            INSERT INTO cem.decision
            SELECT unnest($1), unnest($2), unnest($3::BIGINT[]), unnest($4::BIGINT[]), $5, $6, $7, NULL, NULL""",
            [numbers, kinds, left, right, author.who, author.at.replace(tzinfo=None), author.why]).fetchall()
    for author in dict.fromkeys(undone.values()):
        con.execute("UPDATE cem.decision SET undone_at = ?, undone_by = ? WHERE decision_id IN (SELECT unnest(?))",
                    [author.at.replace(tzinfo=None), author.who, [number for number, by in undone.items() if by == author]]).fetchall()
