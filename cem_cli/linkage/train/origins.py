"""Names of one origin, found in who bears which names: Taras and Bilous are both rare, but not rare together.

Given names and surnames come in groups (languages, regions) that mix little. Correspondence analysis (Benzécri; Greenacre,
Theory and Applications of Correspondence Analysis, 1984) of the table of given names by surnames shows them as directions
that chance would not make; what chance makes is seen by shuffling (Horn's parallel analysis, 1965).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.model import TermCounts
from cem_cli.linkage.records import Longs, Records
from cem_cli.linkage.sorting import starts_of_runs

Floats = npt.NDArray[np.float64]
PARTNERS = 5
"""Different names of the other kind that a name must be seen with, to say where it is from."""
ENOUGH = 500
"""Combinations of names from which groups are sought."""
SAMPLE = 100_000
"""About how many records are looked at."""
DIRECTIONS, ROUNDS = 16, 8
BEYOND_CHANCE, CLEAR = 1.05, 0.8
"""Least strength of a direction: against the strongest one of shuffled names, and in itself (1: names do not mix at all).
Several names of one person in the file, written differently, make weaker ones."""
ALIKE = 0.5
"""Cosine of two names' directions from which they are of one origin."""
PSEUDO = 5.0
"""Pairs of names added on both sides of the ratio of observed to expected."""
UNKNOWN = 1
"""The number of a name that is of no known origin, as `TermCounts.counts` gives it; the commonest origin is 2."""
SEED = 20261122
GIVEN, SURNAME = "origin of given names", "origin of surnames"
"""Under which names a model keeps them among its term frequencies."""


@dataclass(frozen=True)
class Origins:
    """Groups of names; all are empty where names mix freely."""

    given: TermCounts
    """The origin of given names, in place of rows; origins count from `UNKNOWN` + 1."""
    surname: TermCounts
    together: Floats
    """Per origin of a given name and of a surname: ln of how much more often they meet than by chance; 0 for unknown."""

    @classmethod
    def none(cls) -> Origins:
        """Return no groups."""
        nothing = TermCounts(np.empty(0, np.int64), np.empty(0, np.int64), 0, 0.0)
        return cls(nothing, nothing, np.zeros((UNKNOWN + 1, UNKNOWN + 1)))

    @classmethod
    def stored(cls, terms: Mapping[str, TermCounts], together: Sequence[Sequence[float]]) -> Origins:
        """Return the groups kept with a model."""
        return cls(terms[GIVEN], terms[SURNAME], np.array(together)) if GIVEN in terms else cls.none()

    def kept(self) -> dict[str, TermCounts]:
        """Return what a model keeps among its term frequencies."""
        return {GIVEN: self.given, SURNAME: self.surname}

    def of_codes(self, records: Records) -> tuple[Longs, Longs]:
        """Return the origin per code of a given name and of a surname."""
        key = records.values[records.features["given"].dictionary].key
        return self.given.counts(key), self.surname.counts(key)


def find_origins(records: Records) -> Origins:
    """Return the groups of names; none where names mix freely or are too few."""
    if not records.features.keys() >= {"given", "surname"}:
        return Origins.none()
    every = max(1, len(records) // SAMPLE)
    given, surname = (records.features[n].codes[::every] for n in ("given", "surname"))
    known = (given >= 0) & (surname >= 0)
    pairs = np.sort((given[known].astype(np.int64) << 32) | surname[known])
    cells = _repeated(pairs[starts_of_runs(pairs)])
    if len(cells) < ENOUGH:
        return Origins.none()
    g, which_g = np.unique(cells >> 32, return_inverse=True)
    s, which_s = np.unique(cells & 0xFFFFFFFF, return_inverse=True)
    rng = np.random.Generator(np.random.PCG64(SEED))
    left, strength, right = _directions(which_g, which_s, rng, DIRECTIONS)
    chance = _directions(rng.permutation(which_g), which_s, rng, 4)[1][0]
    kept = int((strength > max(CLEAR, BEYOND_CHANCE * chance)).sum())
    if kept == 0:
        return Origins.none()
    scale = np.sqrt(strength[:kept])
    group = _group(np.concatenate([left[:, :kept], right[:, :kept]]) * scale, np.concatenate([np.bincount(which_g), np.bincount(which_s)]))
    of_given, of_surname = (np.full(int(codes.max()) + 1, -1) for codes in (given, surname))
    of_given[g], of_surname[s] = group[: len(g)], group[len(g) :]
    met = of_given[given[known]], of_surname[surname[known]]
    return Origins(_keyed(records, "given", g, group[: len(g)]), _keyed(records, "surname", s, group[len(g) :]), _together(*met))


def _repeated(cells: Longs) -> Longs:
    """Return the combinations whose two names are each seen with `PARTNERS` others, among those combinations."""
    while len(cells):
        often = np.ones(len(cells), bool)
        for part in (cells >> 32, cells & 0xFFFFFFFF):
            often &= np.bincount(part)[part] >= PARTNERS
        if often.all():
            break
        cells = cells[often]
    return cells


def _directions(g: Longs, s: Longs, rng: np.random.Generator, count: int) -> tuple[Floats, Floats, Floats]:
    """Return standard coordinates of given names, singular values (falling) and coordinates of surnames (subspace iteration).

    How often g and s meet against chance is 1 + sum of strength times their coordinates.
    """
    size = np.bincount(g), np.bincount(s)
    mass = [np.sqrt(n / len(g)) for n in size]
    weight = 1 / np.sqrt(size[0][g] * size[1][s])

    def product(to: Longs, of: Longs, mine: Floats, theirs: Floats) -> Callable[[Floats], Floats]:
        """Return the product with the table of deviations, one row per name in `to`."""
        order = np.argsort(to, kind="stable")
        begin, from_, times = starts_of_runs(to[order]), of[order], weight[order, None]
        return lambda start: np.add.reduceat(times * start.take(from_, axis=0), begin) - np.outer(mine, theirs @ start)

    to_given, to_surname = product(g, s, mass[0], mass[1]), product(s, g, mass[1], mass[0])
    right = np.linalg.qr(rng.standard_normal((len(size[1]), count)))[0]
    for _ in range(ROUNDS):
        left = np.linalg.qr(to_given(right))[0]
        right = np.linalg.qr(to_surname(left))[0]
    u, strength, turn = np.linalg.svd(to_given(right), full_matrices=False)
    return u / mass[0][:, None], strength, right @ turn.T / mass[1][:, None]


def _group(place: Floats, seen: Longs) -> Longs:
    """Return the origin of each name by its coordinates, 0 the commonest: the clearest name gathers those in its direction."""
    length = np.sqrt((place * place).sum(axis=1))
    group = np.zeros(len(place), np.int64)
    free = length > 1
    number = 0
    while free.any():
        pivot = int(np.argmax(np.where(free, seen * length**2, 0)))
        alike = free & (place @ place[pivot] > ALIKE * length * length[pivot])
        number += 1
        group[alike] = number
        free &= ~alike
    return group


def _together(given: Longs, surname: Longs) -> Floats:
    """Return ln(observed / expected) per origin of given name and of surname, unknown ones as if by chance."""
    both = (given >= 0) & (surname >= 0)
    a, b = given[both], surname[both]
    count = int(max(a.max(), b.max())) + 1
    met = np.bincount(a * count + b, minlength=count * count).reshape(count, count).astype(float)
    expected = np.outer(met.sum(axis=1), met.sum(axis=0)) / met.sum()
    out = np.zeros((count + UNKNOWN + 1, count + UNKNOWN + 1))
    out[UNKNOWN + 1 :, UNKNOWN + 1 :] = np.log((met + PSEUDO) / (expected + PSEUDO))
    return np.round(out, 6)


def _keyed(records: Records, feature: str, codes: Longs, group: Longs) -> TermCounts:
    key = records.values[records.features[feature].dictionary].key[codes]
    order = np.argsort(key)
    return TermCounts(key[order], group[order] + UNKNOWN + 1, len(key), 0.0)
