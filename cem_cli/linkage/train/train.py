"""Training without labels: m by EM held out per blocking rule, u and related classes over the whole population of pairs.

The population is every candidate pair once, plus random pairs that are no candidates, each standing for many. Where all
pairs of a rule agree by construction, the rule teaches nothing about those features: m of a factor is learned only from
rules that do not use its features, then averaged over rules (ln m, weighted by the matches each rule expects).
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.block.pairs import Rule
from cem_cli.linkage.compare.base import Comparison
from cem_cli.linkage.compare.patterns import Candidates, pack
from cem_cli.linkage.contract import Labels, LinkOptions
from cem_cli.linkage.derive import dependence
from cem_cli.linkage.model import Model, StoredView
from cem_cli.linkage.prepare import Prepared
from cem_cli.linkage.score import Correction, class_rho, term_tables
from cem_cli.linkage.train.beforehand import know_contacts, know_namesakes
from cem_cli.linkage.train.labels import Answers, count_answers
from cem_cli.linkage.train.ladders import View, views
from cem_cli.linkage.train.mixture import (
    LevelsOf,
    Parameters,
    Products,
    Shares,
    fit,
    from_posteriors,
    posteriors,
    settled,
    smooth_m,
    smooth_u,
)
from cem_cli.linkage.train.population import Population, one_in, population_of, worth_of_pairs
from cem_cli.linkage.train.related import Contradictions, find_classes
from cem_cli.linkage.words import kept_words

Floats = npt.NDArray[np.float64]
FEW = 500
"""Records below which training can change little."""
NAMED = 6
"""Ladders that a warning names."""
STRAYED = 1.5
"""A rule that expects more matches than so many times all that there are took something else for a match: it teaches nothing."""


@dataclass(frozen=True)
class Counts:
    """Pairs of one rule per pattern that it proposes, and what people said of them."""

    pairs: Floats
    answers: Answers | None


@dataclass(frozen=True)
class Trained:
    """One view's outcome."""

    parameters: Parameters
    expected: tuple[float, ...]
    """Matches that each rule is expected to propose."""
    untrained: tuple[str, ...]
    """Factors whose m rests on its prior alone."""


def train(readings: Sequence[View], ready: Prepared, population: Population, options: LinkOptions) -> list[tuple[View, Trained]]:
    """Return every view's parameters. Related classes are sought where names are apart, then carried over.

    In a joint ladder of names a contradiction hides among forty levels; where given name and surname are ladders of
    their own, members of a family stand out.
    """
    classes: tuple[Sequence[Floats], tuple[bool, ...]] | None = None
    done = []
    for view in reversed(readings):
        levels = view.levels(population.patterns, ready.comparisons)
        if classes:
            found = from_posteriors(view, levels, population.pool, classes, options.prior_strength)
            found = fit(view, levels, population.pool, found, 10, options.prior_strength)
        else:
            found = _seek(view, levels, ready, population, options)
            classes = posteriors(found, Products(levels)), found.kin
        done.append((view, _settle(view, levels, ready, population, found, options)))
    return done[::-1]


def _seek(
    view: View, levels: LevelsOf, ready: Prepared, population: Population, options: LinkOptions
) -> Parameters:
    prior = tuple(f.prior for f in view.factors)
    start = Parameters(prior, smooth_u(view, levels, population.pool.weights), lam=1 / max(population.records, 2))
    base = fit(view, levels, population.pool, start, 8)
    torn = Contradictions.of(population.patterns, ready.comparisons)
    return find_classes(view, levels, population.pool, torn, base, options.prior_strength)


def _settle(
    view: View, levels: LevelsOf, ready: Prepared, population: Population, found: Parameters, options: LinkOptions
) -> Trained:
    """Learn m held out per rule, then let u, the classes and all shares settle around it."""
    m, expected, untrained = held_out(view, ready.comparisons, ready.rules, population, found, options)
    final = fit(view, levels, population.pool, replace(found, m=m), 25)
    return Trained(final, expected, untrained)


def held_out(
    view: View, comparisons: Sequence[Comparison], rules: Sequence[Rule], population: Population, now: Parameters,
    options: LinkOptions,
) -> tuple[Shares, tuple[float, ...], tuple[str, ...]]:
    """Return (m averaged over the rules, matches expected per rule, factors that no rule could teach)."""
    total = [np.zeros(len(f.labels)) for f in view.factors]
    mass = np.zeros(len(view.factors))
    expected = []
    every = view.levels(population.patterns, comparisons)
    most = STRAYED * now.lam * float(population.pool.weights.sum())
    for rule, counts in zip(rules, population.by_rule, strict=True):
        seen = np.nonzero(counts)[0]
        if len(seen) == 0:
            expected.append(0.0)
            continue
        levels = [level[seen] for level in every]
        free = [not any(set(comparisons[p].features) & rule.fields for p in f.parts) for f in view.factors]
        taught = Counts(counts[seen], population.answers.take(seen) if population.answers else None)
        m, matches = _one_rule(view, levels, taught, free, now, options)
        expected.append(matches)
        for k, is_free in enumerate(free):
            if is_free and 1 < matches <= most:
                total[k] += matches * np.log(np.maximum(m[k], 1e-300))
                mass[k] += matches
    made, untrained = [], []
    for k, factor in enumerate(view.factors):
        if mass[k] == 0:
            untrained.append(factor.name)
            made.append(now.m[k])
        else:
            held = options.prior_strength if factor.trust < 1 else 0.0
            logs = total[k] + held * np.log(np.maximum(now.m[k], 1e-300))
            made.append(factor.normalise(np.exp(logs / (mass[k] + held))))
    return tuple(made), tuple(expected), tuple(untrained)


def _one_rule(
    view: View, levels: LevelsOf, seen: Counts, free: list[bool], now: Parameters, options: LinkOptions
) -> tuple[Shares, float]:
    """Return (m, expected matches) from one rule's pairs: u and h stay, m of the free factors and the shares move."""
    counts = seen.pairs
    used = [k for k, is_free in enumerate(free) if is_free]
    part = View(view.name, tuple(view.factors[k] for k in used))
    part_levels = [levels[k] for k in used]
    if not used:
        return now.m, 0.0
    full = posteriors(now, Products(levels))
    size = float(counts.sum())
    share = [max(float((counts * c).sum()) / size, 1e-6) for c in full]
    local = Parameters(
        tuple(now.m[k] for k in used), tuple(now.u[k] for k in used), tuple(tuple(h[k] for k in used) for h in now.h),
        share[0], tuple(share[1:-1]), now.kin, tuple(tuple(o[k] for k in used) for o in now.origin),
    )
    products = Products(part_levels)
    for _ in range(15):
        classes = posteriors(local, products)
        classes = seen.answers.correct(classes, counts) if seen.answers else classes
        match = counts * classes[0]
        m = smooth_m(part, part_levels, match, options.prior_strength)
        before = local
        local = replace(
            local, m=m, lam=max(float(match.sum()) / size, 1e-9),
            eta=tuple(max(float((counts * c).sum()) / size, 1e-9) for c in classes[1:-1]),
        )
        if settled(before, local):
            break
    whole = list(now.m)
    for k, learned in zip(used, local.m, strict=True):
        whole[k] = learned
    return tuple(whole), local.lam * size


def _rarity(
    ready: Prepared, found: Candidates, population: Population, options: LinkOptions
) -> tuple[tuple[Correction, ...], Floats]:
    """Return the term frequency corrections over the population's patterns, and their sums over the sampled candidates."""
    tables = term_tables(ready, population.patterns)
    place = np.full(len(found.dense.keys), -1, np.int64)
    keys = pack(population.patterns, ready.comparisons)
    order = np.argsort(found.dense.keys)
    place[order[np.searchsorted(found.dense.keys[order], keys)]] = np.arange(len(keys))
    every = one_in(found.pairs, options)
    chosen = slice(None, None, every)
    at, l, r = place[found.pattern[chosen]], found.pairs.l[chosen], found.pairs.r[chosen]
    at_known = np.nonzero(at >= 0)[0]
    at, l, r = at[at_known], l[at_known], r[at_known]
    each = worth_of_pairs(found.pairs.mask[chosen][at_known], ready.rules)
    sums = np.zeros((len(tables), len(keys)))
    for k, table in enumerate(tables):
        where = np.nonzero(table.applies[at])[0]
        extra = table.of(ready.records, l[where], r[where])
        sums[k] = np.bincount(at[where], weights=extra if each is None else extra * each[where], minlength=len(keys)) * every
    return tables, sums


def warnings_of(ready: Prepared, stored: Sequence[StoredView]) -> tuple[str, ...]:
    """Return sentences a user should read: few records, generic values, ladders that nothing could teach."""
    few = len(ready.records) < FEW
    told = [f"only {len(ready.records)} different records: the weights rest mostly on prior expectations; review the links"] if few else []
    for feature, keys in sorted(ready.generic.items()):
        told.append(f"{len(keys)} value(s) of {feature} are shared by many unrelated names and are not used as evidence")
    untrained = sorted({name for view in stored for name in view.untrained})
    if untrained and not few:
        more = f" and {len(untrained) - NAMED} more" if len(untrained) > NAMED else ""
        listed = ", ".join(f"'{name}'" for name in untrained[:NAMED]) + more
        told.append(f"the weights of {listed} rest on prior expectations: no blocking rule is without them; add an independent column, "
                    "or judge some pairs")
    expected = sum(stored[-1].expected) if stored else 0.0
    if expected < 20 and not few:
        told.append("hardly any duplicates are expected: links are few and unsure")
    return tuple(told)


def build_model(ready: Prepared, found: Candidates, options: LinkOptions, labels: Labels | None = None) -> Model:
    """Train every view, with what people said of pairs, and freeze all that decides a pair's weight."""
    with ThreadPoolExecutor(1) as pool:  # what needs neither the counts nor the parameters is found beside them
        known = pool.submit(know_namesakes, views(ready.comparisons), ready)
        population = population_of(ready, found, options)
        if labels:
            answers = count_answers(labels, ready.records, ready.comparisons, population.patterns)
            population = replace(population, answers=answers)
        rarity = pool.submit(_rarity, ready, found, population, options)
        trained = train(know_contacts(known.result(), ready, population), ready, population, options)
        tables, sums = rarity.result()
    stored = []
    for view, done in trained:
        levels = view.levels(population.patterns, ready.comparisons)
        rho = class_rho(done.parameters, levels, population.candidates, tables, sums)
        stored.append(StoredView(view.name, done.parameters, rho, done.untrained, done.expected))
    used = {t.feature for c in ready.comparisons for t in c.terms} | {"given", "surname", "middle"}
    return Model(
        tuple(ready.records.features), tuple(n for n in ready.records.features if n not in ready.useless),
        tuple(c.name for c in ready.comparisons), ready.rules, found.blocking.capped, tuple(stored),
        ready.generic, ready.follows, len(ready.records), population.all_pairs, ready.kinds,
        tuple(dependence.sentence(f, cause) for f, cause in sorted(ready.follows.items())), warnings_of(ready, stored),
        {name: t for name, t in ready.terms.items() if name in used} | ready.origins.kept() | kept_words(ready.records),
        tuple(map(tuple, ready.origins.together.tolist())), options.rules,
    )
