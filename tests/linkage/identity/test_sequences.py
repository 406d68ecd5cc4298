"""1,000 random sequences of link, separate and undo against an independent implementation of decisions and clusters."""

from __future__ import annotations

import random
from itertools import combinations
from math import log
from typing import Any

import pytest

from cem_cli.base.errors import CemError
from cem_cli.linkage.identity.partition import partition

PEOPLE = 7
SEQUENCES = 1000
WORLDS = 20


class Reference:
    """Decisions as plain sets, clusters by merging the single best pair at a time; shares no code with cem."""

    def __init__(self, weights: dict[frozenset[int], float]) -> None:
        self.odds = {pair: weight * log(2) for pair, weight in weights.items()}
        self.links: set[frozenset[int]] = set()
        self.apart: set[frozenset[int]] = set()

    def groups(self, links: set[frozenset[int]]) -> list[set[int]]:
        groups = [{n} for n in range(1, PEOPLE + 1)]
        for pair in links:
            touching = [g for g in groups if g & pair]
            groups = [g for g in groups if not g & pair] + [set().union(*touching)]
        return groups

    def decide(self, kind: str, a: int, b: int) -> bool:
        pair = frozenset((a, b))
        if kind == "undo":
            found = pair in self.links or pair in self.apart
            self.links.discard(pair)
            self.apart.discard(pair)
            return found
        links = self.links | {pair} if kind == "link" else self.links
        apart = self.apart | {pair} if kind == "separate" else self.apart
        if any(p <= g for g in self.groups(links) for p in apart):
            return False
        self.links, self.apart = links, apart
        return True

    def mean(self, one: frozenset[int], other: frozenset[int]) -> float:
        total = 0.0
        for a in one:
            for b in other:
                odds = self.odds.get(frozenset((a, b)))
                if odds is None:
                    total += -0.3
                elif odds > 0:
                    total += min(odds, 8.0)
                else:
                    total += min(0.0, max(odds + 3.0, -8.0))
        return total / (len(one) * len(other))

    def clusters(self) -> set[frozenset[int]]:
        now = {frozenset(g) for g in self.groups(self.links)}
        while True:
            pulls = [(self.mean(a, b), a, b) for a, b in combinations(sorted(now, key=min), 2)
                     if not any(pair <= a | b for pair in self.apart)]
            best = max(pulls, key=lambda p: p[0], default=(0.0, None, None))
            if best[0] <= 0:
                return now
            now = (now - {best[1], best[2]}) | {best[1] | best[2]}


@pytest.mark.parametrize("half", range(2))
def test_a_thousand_sequences(project: Any, half: int) -> None:
    rng = random.Random(half)
    for _ in range(WORLDS // 2):
        weights = draw_world(project, rng)
        for _ in range(SEQUENCES // WORLDS):
            follow(project, rng, weights)


def draw_world(project: Any, rng: random.Random) -> dict[frozenset[int], float]:
    """Link seven strangers, then put random evidence between them."""
    project.con.execute("DELETE FROM cem.decision")
    for number in range(1, PEOPLE + 1):
        project.put(1, number, chr(96 + number) * 5)
    project.link(1, full=True)
    pairs = [frozenset(p) for p in combinations(range(1, PEOPLE + 1), 2)]
    weights = {pair: rng.randint(-12000, 9000) / 1000 for pair in rng.sample(pairs, 13)}
    project.con.execute("DELETE FROM scope_edge")
    rows = [[min(p), max(p), 0, weight, 0.5, "model"] for p, weight in weights.items()]
    project.con.executemany("INSERT INTO scope_edge VALUES (?, ?, ?, ?, ?, ?)", rows)
    return weights


def follow(project: Any, rng: random.Random, weights: dict[frozenset[int], float]) -> None:
    project.con.execute("DELETE FROM cem.decision")
    reference = Reference(weights)
    for _ in range(rng.randint(1, 6)):
        kind = rng.choice(("link", "separate", "undo"))
        a, b = rng.sample(range(1, PEOPLE + 1), 2)
        try:
            project.ask(kind, f"crm:K{a}", f"crm:K{b}")
            taken = True
        except CemError:
            taken = False
        assert taken == reference.decide(kind, a, b), (kind, a, b, reference.links, reference.apart)
    assert clusters(project) == reference.clusters(), (weights, reference.links, reference.apart)


def clusters(project: Any) -> set[frozenset[int]]:
    partition(project.con, project.settings)
    return {frozenset(row[0]) for row in project.rows("SELECT list(record_id) FROM part GROUP BY cluster")}
