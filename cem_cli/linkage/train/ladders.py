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

ONLY_NAME = 0.2
"""Share of pairs of one person, of which one record has a single name, in which that is the surname."""
MATCH_AGREES, THING_AGREES = 0.7, 1.0
"""How often, against expectation, two records agree at least in a value that is a person's own if they are of one person; and in the
number of a model or the figures of a name if they are of one thing: siblings (sizes, vintages) are many, and alike in all else."""
MOVES = 0.12
"""Share of pairs of records of one person between which the person moved."""
MOVED = {
    "city": (0.55, 0.02, 0.43), "postcode": (0.70, 0.15, 0.15), "street": (0.94, 0.03, 0.02, 0.01), "house number": (0.96, 0.04),
    "whole address": (0.86, 0.02, 0.03, 0.01, 0.02, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01),
}
"""What is then expected of each part of the address, per level from "different" on."""

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
    least: float = MATCH_AGREES
    """How often, against expectation, own values agree at least among matches."""
    family: tuple[int, tuple[int, ...]] | None = None
    """(level at which relatives share a value, the levels of the same value in groups that relatives hardly ever reach):
    what is seen of relatives in the first holds in the others."""

    def normalise(self, weights: Floats) -> Floats:
        """Return weights divided by the total of their group."""
        total = np.bincount(self.group, weights=weights)
        return np.asarray(weights / np.maximum(total[self.group], 1e-300), float)


@dataclass(frozen=True)
class View:
    """One reading of the comparisons as factors that are taken to be independent given the class of the pair."""

    name: str
    factors: tuple[Factor, ...]

    def levels(self, patterns: npt.NDArray[np.uint8], comparisons: Sequence[Comparison]) -> list[npt.NDArray[np.int64]]:
        """Return per factor the level of each pattern; `patterns` is (patterns, comparisons)."""
        out = []
        for factor in self.factors:
            index = np.zeros(len(patterns), np.int64)
            for part in factor.parts:
                index = index * len(comparisons[part].labels) + patterns[:, part]
            out.append(factor.table[index].astype(np.int64))  # as they are taken and counted over and over
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
    places = [by_name[n] for n in MOVED if n in by_name]
    others = [c for c in comparisons if c.name not in MOVED]
    if len(places) > 1 and (len(others) > 1 or any(c.own for c in others)):  # else nothing tells who moved
        factors.append(_address(comparisons, places))
        used |= set(places)
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
    least = THING_AGREES if c.steady and c.trust < 1 else MATCH_AGREES
    return replace(_factor(c.name, (index,), np.arange(len(rows), dtype=np.int16), rows, own), trust=c.trust, least=least)


def _address(comparisons: Sequence[Comparison], parts: Sequence[int]) -> Factor:
    """Return one ladder of all parts of an address: who moves changes them together, and that is one piece of evidence."""
    chosen = [comparisons[i] for i in parts]
    stayed, moved, groups = np.ones(1), np.ones(1), np.zeros(1, np.int64)
    labels = [""]
    for c in chosen:
        levels = len(c.labels)
        stayed = np.outer(stayed, _prior(c)).ravel()
        moved = np.outer(moved, [1.0, *MOVED[c.name]]).ravel()
        groups = np.add.outer(2 * groups, np.arange(levels) > 0).ravel()
        labels = [f"{before}, {c.name} {label}".removeprefix(", ") for before in labels for label in c.labels]
    rows = list(zip(labels, groups.tolist(), ((1 - MOVES) * stayed + MOVES * moved).tolist(), strict=True))
    return _factor("address", tuple(parts), np.arange(len(rows), dtype=np.int16), rows)


def _joint_names(comparisons: Sequence[Comparison], by_name: dict[str, int]) -> Factor:
    parts = tuple(by_name[n] for n in ("given name", "surname", "names swapped"))
    given, surname, swapped = (comparisons[i] for i in parts)
    p, q = _prior(given), _prior(surname)
    rows = [
        (f"given name {x}, surname {y}", 2 * (i > 0) + (j > 0), p[i] * q[j] * (0.965 if i and j else 1.0))
        for i, x in enumerate(given.labels) for j, y in enumerate(surname.labels)
    ]
    size = len(rows)
    rows += [(label, 3, prior) for label, prior in zip(swapped.labels[2:], swapped.prior[1:], strict=True)]
    rows += [(swapped.labels[1], 2, ONLY_NAME)]
    table = np.empty((len(given.labels), len(surname.labels), len(swapped.labels)), np.int16)
    table[:] = np.arange(size, dtype=np.int16).reshape(len(given.labels), len(surname.labels))[:, :, None]
    table[1:, 1:, 2:] = size + np.arange(3, dtype=np.int16)
    table[1:, 0, 1] = size + 3
    own = [i >= given.own for i in range(len(given.labels)) for _ in surname.labels] + [True] * 3
    return _factor("name", parts, table.ravel(), rows, own)


def _names_apart(comparisons: Sequence[Comparison], by_name: dict[str, int]) -> tuple[Factor, Factor]:
    """Return given name and surname as separate ladders; a full swap is a level of the first and silences the second."""
    g, s, x = (by_name[n] for n in ("given name", "surname", "names swapped"))
    given, surname, swapped = comparisons[g], comparisons[s], comparisons[x]
    p, q = _prior(given), _prior(surname)
    crossed = len(swapped.labels)
    rows = [(label, int(k > 0), p[k] * (1.0 if k == 0 else 0.97)) for k, label in enumerate(given.labels)]
    rows += [(swapped.labels[k], 1, swapped.prior[k - 1]) for k in (3, 4, 1)]
    table = np.repeat(np.arange(len(given.labels), dtype=np.int16), crossed).reshape(-1, crossed)
    table[1:, 3:] = len(given.labels) + np.arange(2, dtype=np.int16)
    table[1:, 1] = len(given.labels) + 2
    first = _factor("given name", (g, x), table.ravel(), rows, [k >= given.own for k in range(len(rows) - 1)])
    silent = np.repeat(np.arange(len(surname.labels), dtype=np.int16), crossed).reshape(-1, crossed)
    silent[:, 3:] = 0
    rows = [(label, int(k > 0), q[k]) for k, label in enumerate(surname.labels)]
    return first, _factor("surname", (s, x), silent.ravel(), rows)


NAMESAKES = (0.34, 0.35, 0.01, 0.08, 0.09, 0.005, 0.06, 0.03, 0.01, 0.02, 0.002, 0.003)
"""Expected shares of the e-mail ladder, from "different, other digits" on, among strangers who share a name."""


def _email_given_names(comparisons: Sequence[Comparison], by_name: dict[str, int]) -> Factor:
    """Return the e-mail ladder, once more for pairs whose names are similar, or one of them, or equal, or only surname or given name.

    Mailboxes are made of names, so what a similar mailbox says depends on them: each set of levels has its own m and u.
    """
    parts = tuple(by_name[n] for n in ("e-mail", "given name", "surname", "names swapped"))
    email, given, surname, swapped = (comparisons[i] for i in parts)
    levels = len(email.labels)
    prior = _prior(email)
    rows = [(label, int(k > 0), prior[k]) for k, label in enumerate(email.labels)]
    for group, said in enumerate(("names similar", "one name similar", "names agree", "surname agrees", "given name agrees"), start=2):
        rows += [(f"{label}, {said}", group, prior[k]) for k, label in enumerate(email.labels) if k > 0]
    state = _names_state(len(given.labels), len(surname.labels), len(swapped.labels))
    table = np.empty((levels, *state.shape), np.int16)
    for k in range(levels):
        table[k] = np.where((state > 0) & (k > 0), levels + (state - 1) * (levels - 1) + k - 1, k)
    made = _factor("e-mail", parts, table.ravel(), rows)
    anchor = made.anchor.copy()
    anchor[levels:] = 50 * np.tile(NAMESAKES, 5)
    *alike, surname_alone, _ = range(levels + len(NAMESAKES) - 1, len(rows), len(NAMESAKES))
    return replace(made, anchor=anchor, family=(surname_alone, tuple(alike)))


def _names_state(given: int, surname: int, swapped: int) -> npt.NDArray[np.int64]:
    """Return what names say to a mailbox, per level of their comparisons: 0 nothing, then as `_email_given_names` lists.

    Where the other name is missing, one that agrees agrees alone: most who share it are strangers.
    """
    g, s = np.arange(given)[:, None], np.arange(surname)
    unequal = (g < given - 1).astype(int) + (s < surname - 1)
    straight = np.select([(g >= 4) & (s >= 4), s >= 4, (g >= 4) & (s < 4)], [3 - unequal, 4, 5], 0)
    state = np.repeat(straight[:, :, None], swapped, axis=2)
    state[1:, 1:, 2:] = [4, 1, 3]
    return state
