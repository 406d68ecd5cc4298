"""Columns that any table may have: identifiers, categories, texts (titles, companies, whole addresses), numbers."""

from __future__ import annotations

import numpy as np

from cem_cli.linkage.compare.base import Comparison, Levels, Positions, Term, both_codes, graded, similarity
from cem_cli.linkage.compare.contact import one_edit_levels
from cem_cli.linkage.records import Records

TEXT = (
    "missing", "different", "a rare word shared", "some words shared", "some words, one rare", "half of the words",
    "half of the words, one rare",
    "most words, or similar", "most words, one rare", "nearly all words, or very similar", "nearly all words, one rare", "exact",
)
SHARED = 3
"""The level from which texts share more than one rare word by accident."""
_TEXT_PRIOR = (0.07, 0.01, 0.02, 0.03, 0.03, 0.04, 0.05, 0.05, 0.08, 0.12, 0.50)
_SHARED = (0.25, 0.5, 0.7, 0.88)
"""Cosine of weighted words from which the next two levels are reached, the second of which asks for a rare word."""
_ALIKE = (0.88, 0.95)
"""Jaro-Winkler of short texts from which "similar" and "very similar" are reached: a mistyped word is another word."""
_SHORT = 3
"""Words up to which a text is short."""
ONE = 100
"""Hundredths between numbers that are one apart."""
_NUMBER = ("missing", "different", "within a tenth", "within two percent", "within a thousandth", "at most one apart", "exact")
_NUMBER_PRIOR = (0.40, 0.06, 0.04, 0.02, 0.04, 0.44)


_FIGURES = (
    "missing", "different", "some shared", "some shared, one rare", "one has all of the other's", "one has all, one rare", "exact",
)
_FIGURES_PRIOR = (0.05, 0.05, 0.06, 0.12, 0.22, 0.50)


SAME_MODEL, SAME_FIGURES = 2, 4
"""The levels from which two texts speak of one model, and hold no figures that contradict each other."""


def identifier(feature: str, label: str) -> Comparison:
    """Return the ladder of one identifier column."""
    return Comparison(
        label, (feature,), ("missing", "different", "one edit apart", "exact"), (0.08, 0.07, 0.85),
        lambda records, l, r: one_edit_levels(records, feature, l, r), steady=True,
    )


def model(feature: str, label: str) -> Comparison:
    """Return the ladder of the number of a model: the next number is another model, and no slip of the pen."""
    return Comparison(
        f"model in {label}", (feature,), ("missing", "different", "exact"), (0.10, 0.90),
        lambda records, l, r: graded(records, feature, l, r, ()), (Term(2, feature, 1.0),), trust=0.1, steady=True,
    )


def figures(feature: str, label: str) -> Comparison:
    """Return the ladder of the figures in a text."""
    return Comparison(
        f"figures in {label}", (feature,), _FIGURES, _FIGURES_PRIOR, lambda records, l, r: figures_levels(records, feature, l, r),
        (Term(len(_FIGURES) - 1, feature, 1.0),), trust=0.1, steady=True,
    )


def figures_levels(records: Records, feature: str, l: Positions, r: Positions) -> Levels:
    """Return the ladder of `figures` for pairs."""
    a, b, both = both_codes(records, feature, l, r)
    equal = a == b
    level: Levels = both + equal * np.uint8(len(_FIGURES) - 2)
    other = np.flatnonzero(both & ~equal)
    words, x, y = records.words[feature], a[other], b[other]
    _, rare, shared = words.overlap(x, y)
    whole = shared >= np.minimum(words.count[x], words.count[y])
    level[other] += np.where(shared > 0, 1 + 2 * whole + rare, 0).astype(np.uint8)
    return level


def category(feature: str, label: str) -> Comparison:
    """Return the ladder of one column of repeating values."""
    return Comparison(
        label, (feature,), ("missing", "different", "similar", "exact"), (0.20, 0.10, 0.70),
        lambda records, l, r: graded(records, feature, l, r, (0.90,)), (Term(3, feature, 1.0),), trust=0.1,
    )


def legal_form(feature: str, label: str) -> Comparison:
    """Return the ladder of the legal forms in one column of organisations."""
    return category(feature, f"legal form in {label}")


def text(feature: str, label: str) -> Comparison:
    """Return the ladder of one column of free text, a title or an organisation's name."""
    return Comparison(
        label, (feature,), TEXT, _TEXT_PRIOR, lambda records, l, r: text_levels(records, feature, l, r),
        (Term(len(TEXT) - 1, feature, 1.0),), trust=0.1,
    )


def text_levels(records: Records, feature: str, l: Positions, r: Positions) -> Levels:
    """Return the ladder `TEXT` for pairs."""
    a, b, both = both_codes(records, feature, l, r)
    equal = a == b
    level: Levels = both + equal * np.uint8(len(TEXT) - 2)
    other = np.flatnonzero(both & ~equal)
    if len(other):
        words, x, y = records.words[feature], a.take(other), b.take(other)
        shared, rare, _ = words.overlap(x, y)
        part = 1 + rare + 2 * sum((shared >= np.float32(cut)).astype(np.uint8) for cut in _SHARED)
        count = words.count
        short = np.flatnonzero((part < 9) & (np.minimum(count[x], count[y]) <= _SHORT))
        close = similarity(records, records.features[feature].dictionary, x[short], y[short], _ALIKE[0])
        alike = np.where(close >= np.float32(_ALIKE[1]), 9, np.where(close >= np.float32(_ALIKE[0]), 7, 1))
        part[short] = np.maximum(part[short], alike)
        level[other] = part
    return level


def number(feature: str, label: str) -> Comparison:
    """Return the ladder of one column of measures: a price, a length, a year."""
    return Comparison(
        label, (feature,), _NUMBER, _NUMBER_PRIOR, lambda records, l, r: number_levels(records, feature, l, r),
        (Term(len(_NUMBER) - 1, feature, 1.0),), trust=0.1,
    )


def number_levels(records: Records, feature: str, l: Positions, r: Positions) -> Levels:
    """Return the ladder of `number` for pairs; numbers are held in hundredths."""
    a, b, both = both_codes(records, feature, l, r)
    equal = a == b
    level: Levels = both + equal * np.uint8(len(_NUMBER) - 2)
    other = np.flatnonzero(both & ~equal)
    held = records.numbers[feature]
    x, y = held.take(a.take(other)), held.take(b.take(other))
    apart, size = np.abs(x - y), np.maximum(np.abs(x), np.abs(y))
    level[other] = 1 + (apart * 10 <= size) + (apart * 50 <= size) + (apart * 1000 <= size)
    level[other.compress(apart <= ONE)] = len(_NUMBER) - 2
    return level


WHOLE_ADDRESS = Comparison(
    "whole address", ("address",), TEXT, _TEXT_PRIOR, lambda records, l, r: text_levels(records, "address", l, r),
    (Term(len(TEXT) - 1, "address", 0.7),),
)
