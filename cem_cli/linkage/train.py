"""Training without labels: m by EM held out per blocking rule, u and related classes over the whole population of pairs.

The population is every candidate pair once, plus random pairs that are no candidates, each standing for many. Where all
pairs of a rule agree by construction, the rule teaches nothing about those features: m of a factor is learned only from
rules that do not use its features, then averaged over rules (ln m, weighted by the matches each rule expects).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.block import Rule
from cem_cli.linkage.compare.base import Comparison
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.ladders import View
from cem_cli.linkage.mixture import (
    LevelsOf, Parameters, Shares, class_logs, counted, find_classes, fit, posteriors, smooth_u, trusted,
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Population:
    """Counts of patterns: what the training looks at."""

    patterns: npt.NDArray[np.uint8]
    """(patterns, comparisons) levels."""
    candidates: Floats
    """Candidate pairs per pattern."""
    random: Floats
    """Pairs per pattern that the random non-candidates stand for."""
    by_rule: Floats
    """(rules, patterns) candidate pairs that each rule proposes."""
    records: int
    all_pairs: float

    @property
    def weights(self) -> Floats:
        """Return pairs per pattern in the population of all pairs."""
        return self.candidates + self.random


@dataclass(frozen=True)
class Trained:
    """One view's outcome."""

    parameters: Parameters
    expected: tuple[float, ...]
    """Matches that each rule is expected to propose."""
    untrained: tuple[str, ...]
    """Factors whose m rests on its prior alone."""


def train(
    view: View, comparisons: Sequence[Comparison], rules: Sequence[Rule], population: Population, options: LinkOptions
) -> Trained:
    """Return the view's parameters."""
    levels = view.levels(population.patterns, comparisons)
    prior = tuple(f.prior for f in view.factors)
    u = smooth_u(view, levels, population.weights)
    start = Parameters(prior, u, lam=1 / max(population.records, 2))
    base, _ = fit(view, levels, population.weights, start, 8)
    found, _ = find_classes(view, levels, population.weights, base, most=2)
    m, expected, untrained = held_out(view, comparisons, rules, population, found, options)
    for most in range(len(found.h), -1, -1):
        kept = replace(found, m=m, h=found.h[:most], eta=found.eta[:most])
        final, _ = fit(view, levels, population.weights, kept, 25)
        if all(trusted(view, final, h) for h in final.h):
            break
    return Trained(final, expected, untrained)


def held_out(  # noqa: PLR0913
    view: View, comparisons: Sequence[Comparison], rules: Sequence[Rule], population: Population, now: Parameters,
    options: LinkOptions,
) -> tuple[Shares, tuple[float, ...], tuple[str, ...]]:
    """Return (m averaged over the rules, matches expected per rule, factors that no rule could teach)."""
    total = [np.zeros(len(f.labels)) for f in view.factors]
    mass = np.zeros(len(view.factors))
    expected = []
    for rule, counts in zip(rules, population.by_rule, strict=True):
        seen = np.nonzero(counts)[0]
        if len(seen) == 0:
            expected.append(0.0)
            continue
        levels = view.levels(population.patterns[seen], comparisons)
        free = [not any(set(comparisons[p].features) & rule.fields for p in f.parts) for f in view.factors]
        m, matches = _one_rule(view, levels, counts[seen], free, now, options)
        expected.append(matches)
        for k, is_free in enumerate(free):
            if is_free and matches > 1:
                total[k] += matches * np.log(np.maximum(m[k], 1e-300))
                mass[k] += matches
    made, untrained = [], []
    for k, factor in enumerate(view.factors):
        if mass[k] == 0:
            untrained.append(factor.name)
            made.append(now.m[k])
        else:
            made.append(factor.normalise(np.exp(total[k] / mass[k])))
    return tuple(made), tuple(expected), tuple(untrained)


def _one_rule(  # noqa: PLR0913
    view: View, levels: LevelsOf, counts: Floats, free: list[bool], now: Parameters, options: LinkOptions
) -> tuple[Shares, float]:
    """Return (m, expected matches) from one rule's pairs: u and h stay, m of the free factors and the shares move."""
    used = [k for k, is_free in enumerate(free) if is_free]
    part = View(view.name, tuple(view.factors[k] for k in used))
    part_levels = [levels[k] for k in used]
    if not used:
        return now.m, 0.0
    full, _ = posteriors(now, levels)
    size = float(counts.sum())
    share = [max(float(counts @ c) / size, 1e-6) for c in full]
    local = Parameters(
        tuple(now.m[k] for k in used), tuple(now.u[k] for k in used), tuple(tuple(h[k] for k in used) for h in now.h),
        share[0], tuple(share[1:-1]),
    )
    for _ in range(15):
        classes, _ = posteriors(local, part_levels)
        match = counts * classes[0]
        m = tuple(
            f.normalise(counted(f, x, match) + options.prior_strength * f.prior)
            for f, x in zip(part.factors, part_levels, strict=True)
        )
        local = replace(
            local, m=m, lam=max(float(match.sum()) / size, 1e-9),
            eta=tuple(max(float(counts @ c) / size, 1e-9) for c in classes[1:-1]),
        )
    whole = list(now.m)
    for k, learned in zip(used, local.m, strict=True):
        whole[k] = learned
    return tuple(whole), local.lam * size


def view_weights(view: View, comparisons: Sequence[Comparison], trained: Parameters, patterns: npt.NDArray[np.uint8]) -> tuple[Floats, list[Floats]]:
    """Return per pattern ln(share of matches) and, for each other class, ln(share): their difference is the weight."""
    logs = class_logs(trained, view.levels(patterns, comparisons))
    return logs[0], logs[1:]
