"""Factors: the comparisons as the model counts them, with what belongs together in one ladder.

A factor maps the levels of one or several comparisons to levels of its own. Its levels form groups by completeness (both
values present, only one field present, ...): probabilities are normalised inside a group, so a missing value is no
evidence. Two views of the same comparisons are trained, names as one joint ladder and names apart, and their weights
averaged: each view errs where the other does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.compare.base import Comparison

Table = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Factor:
    """One ladder of the model."""

    name: str
    parts: tuple[int, ...]
    """Indexes of its comparisons."""
    table: Table
    """Factor level per combination of the parts' levels (mixed radix, first part slowest)."""
    labels: tuple[str, ...]
    group: npt.NDArray[np.int16]
    """Per level: completeness group."""
    prior: Floats
    """Per level: expected share among matches, normalised in its group."""
    anchor: Floats
    """Per level: pseudo-pairs that hold its share among non-matches (0.5 unless the factor knows better)."""
    own: npt.NDArray[np.bool_]
    """Per level: a value agrees that is a person's own, not a family's (given name, birth date)."""
    trust: float = 1.0
    """How much the prior counts."""

    def normalise(self, weights: Floats) -> Floats:
        """Return weights divided by the total of their group."""
        total = np.bincount(self.group, weights=weights)
        return np.asarray(weights / np.maximum(total[self.group], 1e-300), float)


@dataclass(frozen=True)
class View:
    """One reading of the comparisons as factors that are taken to be independent given the class of the pair."""

    name: str
    factors: tuple[Factor, ...]

    def levels(self, patterns: npt.NDArray[np.uint8], comparisons: Sequence[Comparison]) -> list[npt.NDArray[np.int16]]:
        """Return per factor the level of each pattern; `patterns` is (patterns, comparisons)."""
        out = []
        for factor in self.factors:
            index = np.zeros(len(patterns), np.int64)
            for part in factor.parts:
                index = index * len(comparisons[part].labels) + patterns[:, part]
            out.append(factor.table[index])
        return out


def views(comparisons: Sequence[Comparison]) -> tuple[View, ...]:
    """Return the views of a list of comparisons: one if names are in one field or absent, else two."""
    by_name = {c.name: i for i, c in enumerate(comparisons)}
    shared, used = _shared(comparisons, by_name)
    names = [by_name[n] for n in ("given name", "surname", "names swapped") if n in by_name]
    single = tuple(_single(comparisons, i) for i in range(len(comparisons)) if i not in used and i not in names)
    if "names swapped" not in by_name:
        return (View("plain", (*(_single(comparisons, i) for i in names), *shared, *single)),)
    joint = _joint_names(comparisons, by_name)
    apart = _names_apart(comparisons, by_name)
    return (View("names together", (joint, *shared, *single)), View("names apart", (*apart, *shared, *single)))


def _shared(comparisons: Sequence[Comparison], by_name: dict[str, int]) -> tuple[list[Factor], set[int]]:
    factors: list[Factor] = []
    used: set[int] = set()
    for pair in (("city", "postcode"), ("street", "house number")):
        if all(n in by_name for n in pair):
            a, b = by_name[pair[0]], by_name[pair[1]]
            factors.append(_product(comparisons, a, b))
            used |= {a, b}
    if "e-mail" in by_name and "given name" in by_name and "surname" in by_name:
        factors.append(_email_given_names(comparisons, by_name))
        used.add(by_name["e-mail"])
    return factors, used


def _prior(comparison: Comparison) -> Floats:
    whole = sum(comparison.prior)
    return np.array([1.0, *(p / whole for p in comparison.prior)])


def _factor(name: str, parts: tuple[int, ...], table: Table, rows: list[tuple[str, int, float]], own: Sequence[bool] = ()) -> Factor:
    labels, group, prior = zip(*rows, strict=True)
    marks = np.zeros(len(rows), bool)
    marks[: len(own)] = own
    made = Factor(name, parts, table, labels, np.array(group, np.int16), np.array(prior, float), np.full(len(rows), 0.5), marks)
    return replace(made, prior=made.normalise(made.prior))


def _single(comparisons: Sequence[Comparison], index: int) -> Factor:
    c = comparisons[index]
    prior = _prior(c)
    if c.name == "names swapped":
        rows = [(label, 0, p) for label, p in zip(c.labels, [1 - sum(c.prior), *c.prior], strict=True)]
    else:
        rows = [(label, int(k > 0), prior[k]) for k, label in enumerate(c.labels)]
    own = [0 < c.own <= k for k in range(len(rows))]
    return replace(_factor(c.name, (index,), np.arange(len(rows), dtype=np.int16), rows, own), trust=c.trust)


def _product(comparisons: Sequence[Comparison], a: int, b: int) -> Factor:
    first, second = comparisons[a], comparisons[b]
    p, q = _prior(first), _prior(second)
    rows = [
        (f"{first.name} {x}, {second.name} {y}", 2 * (i > 0) + (j > 0), p[i] * q[j])
        for i, x in enumerate(first.labels) for j, y in enumerate(second.labels)
    ]
    table = np.arange(len(rows), dtype=np.int16)
    return _factor(f"{first.name} and {second.name}", (a, b), table, rows)


def _joint_names(comparisons: Sequence[Comparison], by_name: dict[str, int]) -> Factor:
    parts = tuple(by_name[n] for n in ("given name", "surname", "names swapped"))
    given, surname, swapped = (comparisons[i] for i in parts)
    p, q = _prior(given), _prior(surname)
    rows = [
        (f"given name {x}, surname {y}", 2 * (i > 0) + (j > 0), p[i] * q[j] * (0.965 if i and j else 1.0))
        for i, x in enumerate(given.labels) for j, y in enumerate(surname.labels)
    ]
    size = len(rows)
    rows += [(label, 3, prior) for label, prior in zip(swapped.labels[1:], swapped.prior, strict=True)]
    table = np.empty((len(given.labels), len(surname.labels), len(swapped.labels)), np.int16)
    table[:] = np.arange(size, dtype=np.int16).reshape(len(given.labels), len(surname.labels))[:, :, None]
    table[1:, 1:, 1:] = size + np.arange(3, dtype=np.int16)
    own = [i >= given.own for i in range(len(given.labels)) for _ in surname.labels] + [True] * (len(rows) - size)
    return _factor("name", parts, table.ravel(), rows, own)


def _names_apart(comparisons: Sequence[Comparison], by_name: dict[str, int]) -> tuple[Factor, Factor]:
    """Return given name and surname as separate ladders; a full swap is a level of the first and silences the second."""
    g, s, x = (by_name[n] for n in ("given name", "surname", "names swapped"))
    given, surname, swapped = comparisons[g], comparisons[s], comparisons[x]
    p, q = _prior(given), _prior(surname)
    crossed = len(swapped.labels)
    rows = [(label, int(k > 0), p[k] * (1.0 if k == 0 else 0.97)) for k, label in enumerate(given.labels)]
    rows += [(swapped.labels[2], 1, swapped.prior[1]), (swapped.labels[3], 1, swapped.prior[2])]
    table = np.repeat(np.arange(len(given.labels), dtype=np.int16), crossed).reshape(-1, crossed)
    table[1:, 2:] = len(given.labels) + np.arange(2, dtype=np.int16)
    first = _factor("given name", (g, x), table.ravel(), rows, [k >= given.own for k in range(len(rows))])
    silent = np.repeat(np.arange(len(surname.labels), dtype=np.int16), crossed).reshape(-1, crossed)
    silent[:, 2:] = 0
    rows = [(label, int(k > 0), q[k]) for k, label in enumerate(surname.labels)]
    return first, _factor("surname", (s, x), silent.ravel(), rows)


def _email_given_names(comparisons: Sequence[Comparison], by_name: dict[str, int]) -> Factor:
    """Return the e-mail ladder, once more for pairs whose names agree and for those of which one name agrees.

    Mailboxes are made of names, so what a similar mailbox says depends on them: each set of levels has its own m and u.
    """
    parts = tuple(by_name[n] for n in ("e-mail", "given name", "surname"))
    email, given, surname = (comparisons[i] for i in parts)
    levels = len(email.labels)
    prior = _prior(email)
    rows = [(label, int(k > 0), prior[k]) for k, label in enumerate(email.labels)]
    rows += [(f"{label}, names agree", 2, prior[k]) for k, label in enumerate(email.labels) if k > 0]
    rows += [(f"{label}, one name agrees", 3, prior[k]) for k, label in enumerate(email.labels) if k > 0]
    g, s = np.arange(len(given.labels)), np.arange(len(surname.labels))
    points = np.add.outer(np.where(g >= 3, 1, np.where(g == 0, 0, -2)), np.where(s >= 3, 1, np.where(s == 0, 0, -2)))
    state = np.where(points >= 1, 1, np.where(points == -1, 2, 0))
    table = np.empty((levels, len(g), len(s)), np.int16)
    for k in range(levels):
        table[k] = np.where((state > 0) & (k > 0), levels + (state - 1) * (levels - 1) + k - 1, k)
    made = _factor("e-mail", parts, table.ravel(), rows)
    anchor = made.anchor.copy()
    anchor[levels:] = 50 * np.tile([0.92, 0.05, 0.015, 0.01, 0.003, 0.002], 2)
    return replace(made, anchor=anchor)
