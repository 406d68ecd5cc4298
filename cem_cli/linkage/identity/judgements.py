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


@dataclass
class Judgements:
    """Active decisions as a graph: `linked` and `separated` hold, per record, its partners and the decision's number."""

    linked: dict[int, dict[int, Judgement]] = field(default_factory=dict)
    separated: dict[int, dict[int, Judgement]] = field(default_factory=dict)

    def add(self, judgement: Judgement) -> None:
        """Take a decision in, unchecked."""
        side = self.separated if judgement.kind == "separate" else self.linked
        for one, other in self._both(judgement):
            side.setdefault(one, {})[other] = judgement

    def remove(self, judgement: Judgement) -> None:
        """Take a decision out again."""
        side = self.separated if judgement.kind == "separate" else self.linked
        for one, other in self._both(judgement):
            side.get(one, {}).pop(other, None)

    def conflict(self, kind: str, a: int, b: int) -> tuple[Judgement, ...]:
        """Return the chain of decisions that contradicts a new decision on records `a` and `b`; empty where none does.

        A separation contradicts a path of links from `a` to `b`; a link contradicts a separation between anything
        linked with `a` and anything linked with `b`.
        """
        from_a = self._paths(a)
        if kind == "separate":
            return tuple(from_a.get(b, ()))
        if b in from_a:
            return ()
        from_b = self._paths(b)
        for one in sorted(from_a):
            for other in sorted(self.separated.get(one, {})):
                if other in from_b:
                    return (*from_a[one], self.separated[one][other], *reversed(from_b[other]))
        return ()

    def _paths(self, start: int) -> dict[int, tuple[Judgement, ...]]:
        """Return the shortest path of links from `start` to every record it is linked with, itself included."""
        paths: dict[int, tuple[Judgement, ...]] = {start: ()}
        waiting = deque([start])
        while waiting:
            here = waiting.popleft()
            for there in sorted(self.linked.get(here, {})):
                if there not in paths:
                    paths[there] = (*paths[here], self.linked[here][there])
                    waiting.append(there)
        return paths

    @staticmethod
    def _both(judgement: Judgement) -> tuple[tuple[int, int], tuple[int, int]]:
        pair = (judgement.record_id_l, judgement.record_id_r)
        return pair, (pair[1], pair[0])
