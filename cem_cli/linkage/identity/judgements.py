"""What decisions imply of each other: links join groups, separations keep groups apart, a conflict has a chain."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Judgement:
    """One active decision on two records. A freeze counts as links between the frozen customer's records."""

    decision_id: int
    kind: str
    """`link`, `separate` or `freeze`."""
    record_id_l: int
    record_id_r: int
    guard: bool = False
    """Made by cem's own guard: a person's link overrules it."""


@dataclass
class Judgements:
    """Active decisions as a graph: `linked` and `separated` hold, per record, the decisions by (partner, kind)."""

    linked: dict[int, dict[tuple[int, str], Judgement]] = field(default_factory=dict)
    separated: dict[int, dict[tuple[int, str], Judgement]] = field(default_factory=dict)

    def add(self, judgement: Judgement) -> None:
        """Take a decision in, unchecked."""
        for one, other in self._both(judgement):
            self._side(judgement.kind).setdefault(one, {})[other, judgement.kind] = judgement

    def remove(self, judgement: Judgement) -> None:
        """Take a decision out again."""
        for one, other in self._both(judgement):
            self._side(judgement.kind).get(one, {}).pop((other, judgement.kind), None)

    def find(self, kind: str, a: int, b: int) -> Judgement | None:
        """Return the decision of this kind in force on exactly these two records."""
        return self._side(kind).get(a, {}).get((b, kind))

    def between(self, left: set[int], right: set[int]) -> list[Judgement]:
        """Return the decisions in force that join or part a record of `left` and one of `right`, by number."""
        found = {
            judgement.decision_id: judgement
            for side in (self.linked, self.separated)
            for record in left
            for (other, _), judgement in side.get(record, {}).items()
            if other in right
        }
        return [found[number] for number in sorted(found)]

    def conflict(self, kind: str, a: int, b: int) -> tuple[Judgement, ...]:
        """Return the chain of decisions that contradicts a new decision on records `a` and `b`; empty where none does.

        A separation contradicts a path of links from `a` to `b`; a link contradicts a separation between anything
        linked with `a` and anything linked with `b`.
        """
        from_a = self._paths(a, b)
        if kind == "separate":
            return tuple(from_a.get(b, ()))
        if b in from_a:
            return ()
        from_b = self._paths(b)
        for one in sorted(from_a):
            for (other, _), judgement in sorted(self.separated.get(one, {}).items(), key=lambda item: item[0]):
                if other in from_b:
                    return (*from_a[one], judgement, *reversed(from_b[other]))
        return ()

    def _paths(self, start: int, goal: int | None = None) -> dict[int, tuple[Judgement, ...]]:
        """Return the shortest path of links from `start` to every record it is linked with, itself included, up to `goal`."""
        paths: dict[int, tuple[Judgement, ...]] = {start: ()}
        waiting = deque([start])
        while waiting and goal not in paths:
            here = waiting.popleft()
            for (there, _), judgement in sorted(self.linked.get(here, {}).items(), key=lambda item: item[0]):
                if there not in paths:
                    paths[there] = (*paths[here], judgement)
                    waiting.append(there)
        return paths

    def _side(self, kind: str) -> dict[int, dict[tuple[int, str], Judgement]]:
        return self.separated if kind == "separate" else self.linked

    @staticmethod
    def _both(judgement: Judgement) -> tuple[tuple[int, int], tuple[int, int]]:
        pair = (judgement.record_id_l, judgement.record_id_r)
        return pair, (pair[1], pair[0])
