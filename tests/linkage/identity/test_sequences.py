"""1,000 random sequences of link, separate and undo, on records and on customers, against an independent implementation."""

from __future__ import annotations

import random
from itertools import combinations, product
from math import log
from typing import Any

import pytest

from cem_cli.base.errors import CemError
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.identity.assign import plan_assignment, read_members
from cem_cli.linkage.identity.log import apply, plan_log
from cem_cli.linkage.identity.partition import partition

OPTIONS = LinkOptions()
PEOPLE = 7
SEQUENCES = 1000
WORLDS = 20
NAMED = 0.4
"""Share of names that are customer ids."""
Pair = frozenset[int]


class Reference:
    """Decisions as plain sets of pairs, clusters by merging whoever are each other's best; shares no code with cem.

    A customer's name stands for its members, once retired for the last it had; a decision on two names holds for every
    pair across them, and undoing takes back what was decided across them, or, where nothing was, across all they ever held.
    """

    def __init__(self, weights: dict[Pair, float]) -> None:
        self.odds = {pair: weight * log(2) for pair, weight in weights.items()}
        self.links: set[Pair] = set()
        self.apart: set[Pair] = set()
        self.members: dict[str, Pair] = {}
        self.ever: dict[str, Pair] = {}

    def learn(self, identity: dict[int, str]) -> None:
        """Note who belongs to which name now; names no longer used keep their last members."""
        self.members |= {name: frozenset(r for r, n in identity.items() if n == name) for name in identity.values()}
        self.ever |= {name: self.ever.get(name, frozenset()) | members for name, members in self.members.items()}

    def groups(self, links: set[Pair]) -> list[set[int]]:
        groups = [{n} for n in range(1, PEOPLE + 1)]
        for pair in links:
            touching = [g for g in groups if g & pair]
            groups = [g for g in groups if not g & pair] + [set().union(*touching)]
        return groups

    def decide(self, kind: str, a: str, b: str) -> bool:
        """Take a decision on two names; tell whether it was possible."""
        now, ever = (self.across(a, b, known) for known in (self.members, self.ever))
        if kind == "undo":
            pairs = now if now & (self.links | self.apart) else ever
            found = bool(pairs & (self.links | self.apart))
            self.links -= pairs
            self.apart -= pairs
            return found
        if any(len(pair) == 1 for pair in now):
            return False
        links = self.links | now if kind == "link" else self.links
        apart = self.apart | now if kind == "separate" else self.apart
        if any(p <= g for g in self.groups(links) for p in apart):
            return False
        self.links, self.apart = links, apart
        return True

    @staticmethod
    def across(a: str, b: str, known: dict[str, Pair]) -> set[Pair]:
        """Return every pair across two names, what lies inside both left out where one holds the other."""
        one, other = (frozenset({int(name[5:])}) if ":" in name else known[name] for name in (a, b))
        if one < other:
            other = other - one
        elif other < one:
            one = one - other
        return {frozenset(p) for p in product(one, other)}

    def pull(self, one: Pair, other: Pair) -> float:
        """Return the mean evidence for a merge; at most 0 where the proposed pairs of two large clusters show too little."""
        known = [self.odds[p] for p in map(frozenset, product(one, other)) if p in self.odds]
        told = [min(odds, OPTIONS.clip) if odds > 0 else min(0.0, max(odds + OPTIONS.shift, -OPTIONS.clip)) for odds in known]
        size = len(one) * len(other)
        mean = (sum(told) + OPTIONS.miss * (size - len(told))) / size
        ample = OPTIONS.caution * (1 - 0.9 / min(len(one), len(other))) * len(told)
        return mean if sum(told) > ample else min(mean, 0.0)

    def clusters(self) -> set[Pair]:
        now = {frozenset(g) for g in self.groups(self.links)}
        while True:
            pulls = {(a, b): self.pull(a, b) for a, b in combinations(sorted(now, key=min), 2)
                     if not any(pair <= a | b for pair in self.apart)}
            best = {c: max((p for p in pulls.items() if c in p[0]), key=lambda p: p[1], default=(None, 0.0)) for c in now}
            joined = {pair for pair, pull in best.values() if pull > 0 and all(best[c][0] == pair for c in pair)}
            if not joined:
                return now
            now = (now - {c for pair in joined for c in pair}) | {a | b for a, b in joined}


@pytest.mark.parametrize("half", range(2))
def test_a_thousand_sequences(project: Any, half: int) -> None:
    rng = random.Random(half)
    for _ in range(WORLDS // 2):
        weights = draw_world(project, rng)
        for _ in range(SEQUENCES // WORLDS):
            follow(project, rng, weights)


def draw_world(project: Any, rng: random.Random) -> dict[Pair, float]:
    """Link seven strangers, then put random evidence between them."""
    for number in range(1, PEOPLE + 1):
        project.put(1, number, chr(96 + number) * 5)
    project.link(1, full=True)
    pairs = [frozenset(p) for p in combinations(range(1, PEOPLE + 1), 2)]
    weights = {pair: rng.randint(-12000, 9000) / 1000 for pair in rng.sample(pairs, 13)}
    project.con.execute("DELETE FROM scope_edge")
    rows = [[min(p), max(p), 0, weight, 0.5, "model"] for p, weight in weights.items()]
    project.con.executemany("INSERT INTO scope_edge VALUES (?, ?, ?, ?, ?, ?)", rows)
    return weights


def follow(project: Any, rng: random.Random, weights: dict[Pair, float]) -> None:
    """Decide up to six times at random; cem and the reference accept the same and see the same customers in the end.

    Every fifth time customers are named, too: then they are looked at, and perhaps restored, after each decision.
    """
    project.con.execute("DELETE FROM cem.decision")
    reference = Reference(weights)
    named = rng.random() < 0.2
    if named:
        for table in ("identity", "customer", "last_member", "identity_log"):
            project.con.execute(f"DELETE FROM cem.{table}")
        settle(project, reference)
    for _ in range(rng.randint(1, 6)):
        kind = rng.choice(("link", "separate", "undo"))
        a, b = (draw_name(reference, rng, record) for record in rng.sample(range(1, PEOPLE + 1), 2))
        before = set(reference.links), set(reference.apart), reference.clusters() if named else None
        taken = ask(project, reference, kind, a, b)
        if named:
            settle(project, reference)
        if named and taken and kind != "undo" and rng.random() < 0.3:
            assert ask(project, reference, "undo", a, b)
            settle(project, reference)
            if (reference.links, reference.apart) == before[:2]:
                assert project.customers() == before[2]
    partition(project.con, project.settings)
    found = {frozenset(row[0]) for row in project.rows("SELECT list(record_id) FROM part GROUP BY cluster")}
    assert found == reference.clusters(), (reference.odds, reference.links, reference.apart)


def ask(project: Any, reference: Reference, kind: str, a: str, b: str) -> bool:
    """Ask both; they must agree whether the decision is taken."""
    try:
        project.ask(kind, a, b)
        taken = True
    except CemError as err:
        if err.id not in {"E-DECISION-CONFLICT", "E-DECISION-NONE", "E-DECISION-SAME"}:
            raise
        taken = False
    assert taken == reference.decide(kind, a, b), (kind, a, b, reference.links, reference.apart)
    return taken


def draw_name(reference: Reference, rng: random.Random, record: int) -> str:
    """Return a name for a record: its own, or (where customers are known) of a customer that holds it or once did."""
    known = sorted(name for name, members in reference.members.items() if record in members)
    return rng.choice(known) if known and rng.random() < NAMED else f"crm:K{record}"


def settle(project: Any, reference: Reference) -> None:
    """Bring identity up to date with the decisions, as a link does; the reference must see the same customers."""
    partition(project.con, project.settings)
    sequence = project.rows("SELECT count(*) FROM cem.identity_log")[0][0]
    read_members(project.con)
    plan_assignment(project.con, project.settings.key, int(sequence))
    plan_log(project.con)
    apply(project.con, 2)
    assert project.customers() == reference.clusters(), (reference.odds, reference.links, reference.apart)
    reference.learn(project.identity())
