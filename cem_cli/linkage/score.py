"""Scores: patterns carry the weights, pairs only the correction for how rare their shared values are.

    w = ln(lam prod m) - ln(sum_k eta_k prod h_k T_k + (1 - lam - sum eta) prod u T)

T = exp(-a) with a = strength * ln(sum f^2 / max(f_l, f_r)), clipped: what a shared value of share f is worth beyond the
average one. In a related class a value may be shared for a common cause (a household's surname), where rarity says
nothing: T_k = 1 - rho + rho exp(-a), and rho is read from the mean of a in that class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.compare.base import Comparison, Positions
from cem_cli.linkage.model import Model, StoredView
from cem_cli.linkage.prepare import Prepared
from cem_cli.linkage.records import Feature, Longs, Records
from cem_cli.linkage.several import shared_values
from cem_cli.linkage.train.ladders import View, views
from cem_cli.linkage.train.mixture import LevelsOf, Parameters, Products, class_logs, posteriors

Floats = npt.NDArray[np.float64]
Patterns = npt.NDArray[np.int32]
Levels = npt.NDArray[np.uint8]
CLIP = 6.0
SPARSE = 10
"""One record in so many tells what is usual."""
HOPELESS = -4.0
"""Natural-log odds that a pattern must be able to reach for its pairs to be looked at one by one."""


@dataclass(frozen=True)
class TermTable:
    """One correction: on which patterns it applies, and its size per code."""

    feature: str
    both: bool
    """Whether the two sides may hold different values, of which the commoner counts."""
    applies: npt.NDArray[np.bool_]
    """Per pattern."""
    value: npt.NDArray[np.float32]
    """Per code: a of a pair that shares a value of that share."""
    factor: Floats
    """Per code: exp(-a)."""
    chance: float
    """Mean of a where values are shared by chance (weight f^2)."""
    shared: float
    """Mean of a where a record's value is shared for a cause (weight f)."""

    def of(self, records: Records, l: Positions, r: Positions) -> Floats:
        """Return a per pair; of several values that are shared, the rarest counts."""
        feature = records.features[self.feature]
        if feature.further:
            return self._of_shared(feature, l, r)
        codes = feature.codes
        here = self.value.take(codes.take(l), mode="clip")
        return np.asarray(np.minimum(here, self.value.take(codes.take(r), mode="clip")) if self.both else here, float)

    def factor_of(self, records: Records, l: Positions, r: Positions) -> Floats:
        """Return exp(-a) per pair."""
        feature = records.features[self.feature]
        if feature.further:
            return np.exp(-self._of_shared(feature, l, r))
        codes = feature.codes
        here = self.factor.take(codes.take(l), mode="clip")
        return np.asarray(np.maximum(here, self.factor.take(codes.take(r), mode="clip")) if self.both else here)

    def _of_shared(self, feature: Feature, l: Positions, r: Positions) -> Floats:
        found = np.full(len(l), -CLIP)
        for at, codes in shared_values(feature, l, r):
            found[at] = np.maximum(found[at], self.value.take(codes))
        return found


@dataclass(frozen=True)
class OriginTable:
    """The correction for names of one origin where both agree: together they are not as rare as each alone would say."""

    applies: npt.NDArray[np.bool_]
    """Per pattern."""
    value: npt.NDArray[np.float32]
    """Per origin of given name and of surname: a, mostly negative."""
    factor: Floats
    """The same: exp(-a)."""
    given: Longs
    """Origin per code of a given name."""
    surname: Longs
    chance: float
    shared: float

    def of(self, records: Records, l: Positions, r: Positions) -> Floats:
        """Return a per pair; both sides agree, so one tells."""
        return np.asarray(self.value[self._origins(records, l)], float)

    def factor_of(self, records: Records, l: Positions, r: Positions) -> Floats:
        """Return exp(-a) per pair."""
        return np.asarray(self.factor[self._origins(records, l)])

    def _origins(self, records: Records, at: Positions) -> tuple[Longs, Longs]:
        g, s = records.features["given"].codes[at], records.features["surname"].codes[at]
        return self.given.take(g, mode="clip"), self.surname.take(s, mode="clip")


Correction = TermTable | OriginTable


def term_tables(ready: Prepared, patterns: Levels) -> tuple[Correction, ...]:
    """Return the corrections of all comparisons, from counts per code and the totals frozen with the model."""
    comparisons, records = ready.comparisons, ready.records
    names = [c.name for c in comparisons]
    tables: list[Correction] = []
    for k, c in enumerate(comparisons):
        for term in c.terms:
            known = ready.terms[term.feature]
            applies = patterns[:, k] == term.level
            if c.name == "city" and "postcode" in names:
                at = names.index("postcode")
                applies &= patterns[:, at] != len(comparisons[at].labels) - 1
            a = term.strength * rarity(ready.counts[term.feature] / max(known.filled, 1), known.square)
            value = a.astype(np.float32)
            here = records.features[term.feature].counts
            share = here / max(int(here.sum()), 1)
            square = max(float((share * share).sum()), 1e-300)
            tables.append(TermTable(
                term.feature, not term.shared, applies, value, np.exp(-value.astype(float)),
                float((share * share * a).sum() / square), float((share * a).sum()),
            ))
    if ready.origins.given.filled and {"given name", "surname"} <= set(names):
        tables.append(_origin_table(ready, patterns, names.index("given name"), names.index("surname")))
    return tuple(tables)


def _origin_table(ready: Prepared, patterns: Levels, given_at: int, surname_at: int) -> OriginTable:
    first, second = (len(ready.comparisons[at].labels) - 1 for at in (given_at, surname_at))
    given, family = ready.records.features["given"], ready.records.features["surname"]
    origins = ready.origins.of_codes(ready.records)
    value = -ready.origins.together
    g, s = given.codes[::SPARSE], family.codes[::SPARSE]
    known = (g >= 0) & (s >= 0)
    a = value[origins[0][g[known]], origins[1][s[known]]]
    met = given.counts[g[known]] * family.counts[s[known]] * np.exp(-a)
    return OriginTable(
        (patterns[:, given_at] == first) & (patterns[:, surname_at] == second), value.astype(np.float32),
        np.exp(-value), *origins, float((met * a).sum() / max(met.sum(), 1e-300)), float(a.mean()) if len(a) else 0.0,
    )


def rarity(share: Floats, square: float) -> Floats:
    """Return ln(sum f^2 / f), clipped: the extra evidence of sharing a value of share f."""
    return np.asarray(np.clip(np.log(max(square, 1e-300)) - np.log(np.maximum(share, 1e-12)), -CLIP, CLIP), float)


@dataclass(frozen=True)
class ViewScores:
    """One view's classes per pattern."""

    base: Floats
    """Log of the match class, less that of the strongest other class."""
    others: list[Floats]
    """Per related class, then strangers: share of class times probability, against the strongest."""
    rho: tuple[tuple[float, ...], ...]
    """Per related class, per term: how far agreement in the class is chance."""


def class_rho(
    parameters: Parameters, levels: LevelsOf, candidates: Floats, tables: Sequence[Correction], sums: Floats
) -> tuple[tuple[float, ...], ...]:
    """Return rho per related class and term. `sums` is (terms, patterns): the sum of a over the candidates of a pattern."""
    out = []
    for member in posteriors(parameters, Products(levels))[1:-1]:
        row = []
        for table, total in zip(tables, sums, strict=True):
            size = float((candidates * member)[table.applies].sum())
            mean = (float((total * member).sum()) + 20 * table.shared) / (size + 20)
            gap = table.shared - table.chance
            row.append(float(np.clip((table.shared - mean) / gap, 0, 1)) if gap > 1e-9 else 1.0)
        out.append(tuple(row))
    return tuple(out)


@dataclass(frozen=True)
class Scorer:
    """A model laid over the patterns of one run."""

    records: Records
    tables: tuple[Correction, ...]
    scores: tuple[ViewScores, ...]
    plain: Floats
    """Per pattern: odds with values of average rarity."""
    hopeful: npt.NDArray[np.bool_]
    """Per pattern: rare values change its odds, and could lift them above `HOPELESS`."""

    @classmethod
    def of(cls, ready: Prepared, model: Model, patterns: Levels) -> Scorer:
        """Return the scorer of a run's patterns (levels, one row per pattern)."""
        tables = term_tables(ready, patterns)
        readings = views(ready.comparisons)
        scores = tuple(
            _view_scores(view, stored, patterns, ready.comparisons) for view, stored in zip(readings, model.views, strict=True)
        )
        size = len(patterns)
        told = np.logical_or.reduce([t.applies for t in tables]) if tables else np.zeros(size, bool)
        everything = cls(ready.records, tables, scores, np.zeros(size), told)
        where = [np.flatnonzero(t.applies) for t in tables]
        rarest = [(at, np.full(len(at), float(t.factor.min(initial=1.0)))) for at, t in zip(where, tables, strict=True)]
        best = everything._with(rarest, np.arange(size))
        plain = everything._with([(at, np.ones(len(at))) for at in where], np.arange(size))
        return cls(ready.records, tables, scores, plain, told & (best > HOPELESS))

    def score(self, pattern: Patterns, l: Positions, r: Positions) -> Floats:
        """Return natural-log odds of pairs: the mean over the views; hopeless patterns keep their average value."""
        every = pattern.astype(np.int64)  # as they are looked up over and over
        odds = self.plain.take(every, mode="clip")
        where = np.flatnonzero(self.hopeful.take(every, mode="clip"))
        chosen, x, y = every.take(where), l.take(where), r.take(where)
        rare = []
        for table in self.tables:
            at = np.flatnonzero(table.applies.take(chosen, mode="clip"))
            rare.append((at, table.factor_of(self.records, x.take(at), y.take(at))))
        odds[where] = self._with(rare, chosen)
        return odds

    def _with(self, rare: Sequence[tuple[Longs, Floats]], pattern: npt.NDArray[np.integer]) -> Floats:
        """Return the odds of patterns; `rare`: per term, where it applies and what chance of sharing the values is left there."""
        by_chance = np.ones(len(pattern))
        for at, factor in rare:
            by_chance[at] *= factor
        total = np.zeros(len(pattern))
        for view in self.scores:
            other = view.others[-1].take(pattern, mode="clip") * by_chance
            for h, rho in zip(view.others[:-1], view.rho, strict=True):
                related = h.take(pattern, mode="clip")
                for share, (at, factor) in zip(rho, rare, strict=True):
                    if share > 0:
                        related[at] *= 1 - share + share * factor
                other += related
            total += view.base.take(pattern, mode="clip") - np.log(other)
        return total / len(self.scores)


def _view_scores(view: View, stored: StoredView, patterns: Levels, comparisons: Sequence[Comparison]) -> ViewScores:
    match, *others = class_logs(stored.parameters, Products(view.levels(patterns, comparisons)))
    strongest = np.maximum.reduce(others)
    return ViewScores(match - strongest, [np.exp(other - strongest) for other in others], stored.rho)
