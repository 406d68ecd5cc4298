"""What the training looks at: candidate pairs counted by pattern, and random pairs that stand for all the others.

Reads and writes no tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.block.pairs import Pairs, Rule
from cem_cli.linkage.compare.base import Positions
from cem_cli.linkage.compare.patterns import Candidates, compare, unpack
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.prepare import Prepared
from cem_cli.linkage.train.labels import Answers
from cem_cli.linkage.train.mixture import Pool

Floats = npt.NDArray[np.float64]
SEED = 20260101


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
    answers: Answers | None = None
    """What people said of pairs, per pattern."""

    @property
    def pool(self) -> Pool:
        """Return pairs per pattern in the population of all pairs, candidates apart."""
        return Pool(self.candidates + self.random, self.candidates, self.answers)


def population_of(ready: Prepared, found: Candidates, options: LinkOptions) -> Population:
    """Count patterns over candidate pairs (of a sample of records, where they are many) and random pairs that are none."""
    pairs, all_pairs = found.pairs, ready.scope.possible_pairs()
    drawn = np.empty(0, np.int32)
    if len(pairs) < all_pairs:
        l, r = random_pairs(ready, pairs, options)
        drawn = found.dense.number(compare(ready.records, ready.comparisons, l, r, options.threads), options.threads)
    pattern, mask, each = _sample(found.pattern, pairs, options)
    worth_of = worth_of_pairs(mask, ready.rules)
    size = len(found.dense.keys)
    worth = (all_pairs - len(pairs)) / max(len(drawn), 1)
    candidates = np.asarray(np.bincount(pattern, worth_of, minlength=size) * each, float)
    random = np.asarray(np.bincount(drawn, minlength=size) * worth, float)
    seen = np.nonzero(candidates + random)[0]
    with ThreadPoolExecutor(options.threads) as pool:
        proposed = pool.map(lambda k: pattern[np.flatnonzero(mask & (1 << k))], range(len(ready.rules)))
        by_rule = [np.bincount(p, minlength=size)[seen] * each * rule.worth for p, rule in zip(proposed, ready.rules, strict=True)]
    return Population(
        unpack(found.dense.keys[seen], ready.comparisons), candidates[seen], random[seen],
        np.array(by_rule, float).reshape(len(ready.rules), len(seen)), len(ready.records), all_pairs,
    )


def worth_of_pairs(mask: npt.NDArray[np.int64], rules: Sequence[Rule]) -> Floats | None:
    """Return for how many candidates each pair stands, by the rules that propose it; None: every one for itself."""
    samples = {k: rule.worth for k, rule in enumerate(rules) if rule.worth > 1}
    if not samples:
        return None
    worth = np.ones(len(mask))
    alone = np.flatnonzero((mask & ~sum(1 << k for k in samples)) == 0)
    worth[alone] = max(samples.values())
    for k, each in samples.items():
        here = alone[(mask[alone] & (1 << k)) > 0]
        worth[here] = np.minimum(worth[here], each)
    return worth


def one_in(pairs: Pairs, options: LinkOptions) -> int:
    """Return of how many candidate pairs the training looks at one."""
    return max(1, -(-len(pairs) // options.training_pairs))


def _sample(
    pattern: npt.NDArray[np.int32], pairs: Pairs, options: LinkOptions
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], float]:
    """Return (patterns, rule masks) of the pairs whose lower record is in the sample, and how many pairs each stands for."""
    every = one_in(pairs, options)
    if every == 1:
        return pattern, pairs.mask, 1.0
    chosen = np.nonzero((pairs.l * np.uint32(2654435761) >> np.uint32(8)) % np.uint32(every) == 0)[0]
    return pattern[chosen], pairs.mask[chosen], len(pairs) / max(len(chosen), 1)


def random_pairs(ready: Prepared, pairs: Pairs, options: LinkOptions) -> tuple[Positions, Positions]:
    """Draw pairs of positions evenly, leaving out candidates and pairs that may not be linked; the same for the same ids."""
    n = len(ready.records)
    drawn = np.random.Generator(np.random.PCG64(SEED)).integers(0, n, (2, options.random_pairs))
    key, have = (np.minimum(*drawn) << 32) | np.maximum(*drawn), (pairs.l.astype(np.int64) << 32) | pairs.r
    key.sort()
    l, r = (key >> 32).astype(np.int32), (key & 0xFFFFFFFF).astype(np.int32)
    keep = (l != r) & ready.scope.allowed(l, r)
    if len(have):
        keep &= have[np.minimum(np.searchsorted(have, key), len(have) - 1)] != key
    return l[keep], r[keep]
