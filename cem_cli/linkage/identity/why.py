"""Why two records are one customer, or what kept them apart.

Reads `identity`, `edge`, `join_key`, `identifier`, `decision`, `record`, `match_model`, `term_frequency`; writes nothing
but temporary tables. All look-ups are by record id or inside one customer, so size hardly matters.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from cem_cli.engines.duck import Connection
from cem_cli.linkage.contract import Explanation
from cem_cli.linkage.identity.decisions import active
from cem_cli.linkage.identity.evidence import Evidence, Nearest, evidence
from cem_cli.linkage.identity.settings import LinkSettings
from cem_cli.store.lookup import member_records

_CONNECTIONS_SQL = """
    WITH member AS (SELECT record_id FROM cem.identity WHERE customer_id = $customer),
    shared AS (SELECT kind, value_hash, min(record_id) AS first FROM cem.join_key SEMI JOIN member USING (record_id) GROUP BY ALL)
    SELECT record_id_l, record_id_r, 'evidence' AS via, weight, probability FROM cem.edge
    WHERE record_id_l IN (SELECT record_id FROM member) AND record_id_r IN (SELECT record_id FROM member)
    UNION ALL
    SELECT least(s.first, k.record_id), greatest(s.first, k.record_id), 'same ' || k.kind, NULL, NULL
    FROM cem.join_key k JOIN shared s USING (kind, value_hash)
    WHERE k.record_id != s.first AND k.record_id IN (SELECT record_id FROM member)
    UNION ALL
    SELECT record_id_l, record_id_r, 'decision ' || decision_id || ' (' || kind || ')', NULL, NULL FROM cem.decision
    WHERE undone_at IS NULL AND kind != 'separate' AND record_id_l != record_id_r
        AND record_id_l IN (SELECT record_id FROM member) AND record_id_r IN (SELECT record_id FROM member)
    ORDER BY weight DESC NULLS FIRST, via, record_id_l, record_id_r"""
_SHARED_SQL = """
    SELECT kind, lower(value) AS value, (SELECT count(DISTINCT record_id) FROM cem.identifier h
            WHERE h.kind = a.kind AND h.value = a.value) AS held
    FROM cem.identifier a WHERE record_id = $a AND EXISTS (
        SELECT 1 FROM cem.identifier b WHERE b.record_id = $b AND b.kind = a.kind AND b.value = a.value)
    GROUP BY ALL ORDER BY ALL"""


@dataclass(frozen=True)
class Connected:
    """One connection between two records of a customer."""

    record_id_l: int
    record_id_r: int
    via: str
    """`evidence`, `same KIND` (an identifier that joins), or `decision N (link)`."""
    weight: float | None
    """Of the evidence, in bits; evidence below 0 speaks against one person and joins nothing."""
    probability: float | None


@dataclass(frozen=True)
class Why:
    """The answer for two records."""

    record_id_l: int
    record_id_r: int
    customer_l: str | None
    customer_r: str | None
    path: tuple[Connected, ...]
    """What joins them, strongest evidence first where paths are equally short; empty where they are apart."""
    apart: tuple[str, ...]
    """What kept them apart, in sentences; empty where they are together."""
    explanation: Explanation | None
    """The pair's own weights; None where no model was trained or a record is deleted."""

    @property
    def together(self) -> bool:
        """Whether both are one customer."""
        return self.customer_l is not None and self.customer_l == self.customer_r


def why(con: Connection, settings: LinkSettings, a: str, b: str) -> Why:
    """Answer for two records or customers (a customer stands for its smallest record not shared with the other).

    Raises CemError for unknown names.
    """
    left, right = member_records(con, a), member_records(con, b)
    one = left[0]
    other = next((record for record in right if record not in left), right[-1])
    owner = dict(con.execute(
        "SELECT record_id, customer_id FROM cem.identity WHERE record_id IN (?, ?)", [one, other]).fetchall())
    found = evidence(con, settings, one, other)
    path = _path(con, owner[one], one, other) if owner.get(one) and owner.get(one) == owner.get(other) else ()
    apart = () if path or one == other else tuple(_obstacles(con, settings, one, other, found))
    return Why(one, other, owner.get(one), owner.get(other), path, apart, found.explanation if found else None)


def connections(con: Connection, customer_id: str) -> tuple[Connected, ...]:
    """Return everything between two records of a customer: identifiers and decisions, then evidence from the strongest down."""
    return tuple(Connected(*row) for row in con.execute(_CONNECTIONS_SQL, {"customer": customer_id}).fetchall())


def _path(con: Connection, customer_id: str, start: int, goal: int) -> tuple[Connected, ...]:
    """Return the shortest path of connections inside a customer."""
    near: dict[int, list[tuple[int, Connected]]] = {}
    for step in connections(con, customer_id):
        if step.weight is not None and step.weight <= 0:
            continue
        near.setdefault(step.record_id_l, []).append((step.record_id_r, step))
        near.setdefault(step.record_id_r, []).append((step.record_id_l, step))
    paths: dict[int, tuple[Connected, ...]] = {start: ()}
    waiting = deque([start])
    while waiting and goal not in paths:
        here = waiting.popleft()
        for there, step in near.get(here, []):
            if there not in paths:
                paths[there] = (*paths[here], step)
                waiting.append(there)
    return paths.get(goal, ())


def _obstacles(con: Connection, settings: LinkSettings, a: int, b: int, found: Evidence | None) -> list[str]:
    """Return everything that stands between two records, the most binding first."""
    told = [f"decision {j.decision_id} ({j.kind}{', by cem itself' if j.guard else ''}) is on the way"
            for j in active(con).conflict("link", a, b)]
    told += _limits(con, settings, a, b)
    if found is None:
        return [*told, *_shared_identifiers(con, settings, a, b)] or ["there is no model yet: cem link"]
    explanation = found.explanation
    if not explanation.rules:
        told.append(_no_candidate(found.nearest))
    if explanation.weight <= 0:
        against = min(explanation.parts, key=lambda part: part.weight, default=None)
        worst = f"; most against it: {against.comparison} ({against.level}, {against.weight:+.1f})" if against else ""
        told.append(f"the weight is too low: {explanation.weight:+.1f} where a link needs more than 0{worst}")
    elif not told:
        told.append("the pair alone would be linked, but the other records of the two customers speak against it on average")
    return told + _shared_identifiers(con, settings, a, b)


def _limits(con: Connection, settings: LinkSettings, a: int, b: int) -> list[str]:
    rows = con.execute("""
        SELECT l.tax_code != r.tax_code, coalesce(l.kind, 'person') != coalesce(r.kind, 'person'), l.source = r.source, l.source,
               l.deleted OR r.deleted
        FROM cem.record l, cem.record r WHERE l.record_id = ? AND r.record_id = ?""", [a, b]).fetchall()
    told = []
    if rows:
        tax, kind, same_source, source, deleted = rows[0]
        told += ["one of the records was deleted"] if deleted else []
        told += ["their tax codes differ"] if tax else []
        told += ["one is a person, the other an organisation"] if kind else []
        clean = same_source and source in settings.clean_sources
        told += [f"source {source} is declared clean: it has one record per person"] if clean else []
    frozen = con.execute("""
        SELECT DISTINCT i.customer_id FROM cem.identity i JOIN cem.decision d ON d.record_id_r = i.record_id
        WHERE i.record_id IN (?, ?) AND d.kind = 'freeze' AND d.undone_at IS NULL ORDER BY 1""", [a, b]).fetchall()
    return told + [f"customer {customer} is frozen" for (customer,) in frozen]


def _shared_identifiers(con: Connection, settings: LinkSettings, a: int, b: int) -> list[str]:
    told = []
    for kind, value, held in con.execute(_SHARED_SQL, {"a": a, "b": b}).fetchall():
        rule = settings.joins.get(kind)
        if rule is None:
            told.append(f"they share a {kind}, which does not join by itself ({held} records have it)")
        elif value in {blocked.lower() for blocked in rule.blocked}:
            told.append(f"they share a {kind} that is blocked")
        elif held > rule.max_records:
            told.append(f"they share a {kind} with {held} records, over the limit of {rule.max_records}")
        else:
            told.append(f"they share a {kind}, but joining by it contradicts another limit or too many names have it")
    return told


def _no_candidate(nearest: Nearest | None) -> str:
    if nearest is None:
        return "no blocking rule proposes this pair"
    if nearest.capped:
        return f"the rule '{nearest.rule}' would propose it, but too many records share that value"
    return f"no blocking rule proposes this pair; nearest is '{nearest.rule}': they differ in {', '.join(nearest.differing)}"


