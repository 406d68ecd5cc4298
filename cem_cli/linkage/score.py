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
from cem_cli.linkage.ladders import View
from cem_cli.linkage.mixture import Parameters, posteriors
from cem_cli.linkage.records import Records
from cem_cli.linkage.train import Population, view_weights

Floats = npt.NDArray[np.float64]
Patterns = npt.NDArray[np.int32]
CLIP = 6.0


@dataclass(frozen=True)
class TermTable:
    """One correction: on which patterns it applies, and its size per code."""

    comparison: int
    level: int
    feature: str
    applies: npt.NDArray[np.bool_]
    """Per pattern."""
    value: npt.NDArray[np.float32]
    """Per code: a of a pair that shares a value of that share."""
    chance: float
    """Mean of a where values are shared by chance (weight f^2)."""
    shared: float
    """Mean of a where a record's value is shared for a cause (weight f)."""

    def of(self, records: Records, l: Positions, r: Positions) -> Floats:  # noqa: E741
        """Return a per pair."""
        codes = records.features[self.feature].codes
        x, y = codes[l], codes[r]
        return np.asarray(np.minimum(self.value[np.maximum(x, 0)], self.value[np.maximum(y, 0)]), float)


def term_tables(
    records: Records, comparisons: Sequence[Comparison], patterns: npt.NDArray[np.uint8], shares: dict[str, Floats]
) -> tuple[TermTable, ...]:
    """Return the corrections of all comparisons. `shares`: per feature, share of each code among filled records."""
    names = [c.name for c in comparisons]
    tables = []
    for k, c in enumerate(comparisons):
        for term in c.terms:
            f = shares[term.feature]
            if len(f) == 0:
                continue
            applies = patterns[:, k] == term.level
            if c.name == "city" and "postcode" in names:
                applies &= patterns[:, names.index("postcode")] != len(comparisons[names.index("postcode")].labels) - 1
            square = float((f * f).sum())
            a = term.strength * np.clip(np.log(square) - np.log(np.maximum(f, 1e-12)), -CLIP, CLIP)
            tables.append(TermTable(
                k, term.level, term.feature, applies, a.astype(np.float32), float((f * f * a).sum() / square),
                float((f * a).sum() / f.sum()),
            ))
    return tuple(tables)


@dataclass(frozen=True)
class ViewScores:
    """One view's logs per pattern."""

    match: Floats
    others: list[Floats]
    """Per related class, then strangers: ln(share of class times probability)."""
    rho: list[list[float]]
    """Per related class, per term: how far agreement in the class is chance."""


def view_scores(
    view: View, comparisons: Sequence[Comparison], parameters: Parameters, patterns: npt.NDArray[np.uint8],
    rho: list[list[float]],
) -> ViewScores:
    """Return the logs of all patterns under one view."""
    match, others = view_weights(view, comparisons, parameters, patterns)
    return ViewScores(match, others, rho)


def class_rho(
    view: View, comparisons: Sequence[Comparison], parameters: Parameters, population: Population,
    tables: Sequence[TermTable], sums: Floats,
) -> list[list[float]]:
    """Return rho per related class and term. `sums` is (terms, patterns): the sum of a over the candidates of a pattern."""
    classes, _ = posteriors(parameters, view.levels(population.patterns, comparisons))
    out = []
    for member in classes[1:-1]:
        row = []
        for table, total in zip(tables, sums, strict=True):
            size = float((population.candidates * member)[table.applies].sum())
            mean = (float((total * member).sum()) + 20 * table.shared) / (size + 20)
            gap = table.shared - table.chance
            row.append(float(np.clip((table.shared - mean) / gap, 0, 1)) if gap > 1e-9 else 1.0)
        out.append(row)
    return out


def score(
    records: Records, tables: Sequence[TermTable], scores: Sequence[ViewScores], pattern: Patterns,
    l: Positions, r: Positions,  # noqa: E741
) -> Floats:
    """Return natural-log odds of pairs: the mean over the views."""
    n = len(pattern)
    rarity = np.zeros((len(tables), n))
    for k, table in enumerate(tables):
        where = np.nonzero(table.applies[pattern])[0]
        rarity[k, where] = table.of(records, l[where], r[where])
    total = np.zeros(n)
    everything = rarity.sum(axis=0)
    for view in scores:
        other = view.others[-1][pattern] - everything
        for h, rho in zip(view.others[:-1], view.rho, strict=True):
            factor = np.ones(n)
            for k, share in enumerate(rho):
                factor *= 1 - share + share * np.exp(-rarity[k])
            other = np.logaddexp(other, h[pattern] + np.log(np.maximum(factor, 1e-300)))
        total += view.match[pattern] - other
    return total / len(scores)
