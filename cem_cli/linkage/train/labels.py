"""Answers of people in the training: labelled pairs have their class for certain, and speak for pairs that look like them.

An answer fixes the class of its own pair. Of the other pairs with the same pattern it moves up to `SPEAKS_FOR`, against
`HOLD` pseudo-answers of the model: a handful changes little, a few hundred are heard, and a decision made for reasons
that no column shows cannot turn a million pairs of strangers into matches. Reads and writes no tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.compare.patterns import compare, pack

if TYPE_CHECKING:
    from cem_cli.linkage.compare.base import Comparison
    from cem_cli.linkage.contract import Labels
    from cem_cli.linkage.records import Records

Floats = npt.NDArray[np.float64]
HOLD = 5.0
"""Pseudo-answers of the model that hold against the answers on a pattern."""
SPEAKS_FOR = 100.0
"""Other pairs of its pattern that one answer may move."""


@dataclass(frozen=True)
class Answers:
    """Numbers of labelled pairs per pattern of a population."""

    yes: Floats
    no: Floats

    def take(self, rows: npt.NDArray[np.intp]) -> Answers:
        """Return the answers on some patterns."""
        return Answers(self.yes[rows], self.no[rows])

    def correct(self, classes: list[Floats], weights: Floats) -> list[Floats]:
        """Return class probabilities (match first, strangers last) per pattern of which `weights` pairs are at hand."""
        asked = np.minimum(self.yes + self.no, weights)
        known = np.nonzero(asked)[0]
        match, n, w = classes[0][known], asked[known], weights[known]
        said = self.yes[known] / (self.yes + self.no)[known]
        moved = np.minimum(w - n, SPEAKS_FOR * n)
        share = match + (n * (said - match) + moved * n * (said - match) / (HOLD + n)) / w
        rest = (1 - share) / np.maximum(1 - match, 1e-12)
        corrected = [c.copy() for c in classes]
        corrected[0][known] = share
        for c in corrected[1:]:
            c[known] *= rest
        corrected[-1][known] += 1 - np.add.reduce([c[known] for c in corrected])
        return corrected


def count_answers(
    labels: Labels, records: Records, comparisons: tuple[Comparison, ...], patterns: npt.NDArray[np.uint8]
) -> Answers | None:
    """Return the labelled pairs per pattern (rows of levels); those whose pattern is not there, or whose records, are left out."""
    known = labels.of(records.record_id)
    if not len(known):
        return None
    left, right = records.positions(known.record_id_l), records.positions(known.record_id_r)
    packed = compare(records, comparisons, np.minimum(left, right).astype(np.int32), np.maximum(left, right).astype(np.int32), 1)
    keys = pack(patterns, comparisons)
    order = np.argsort(keys)
    place = order[np.minimum(np.searchsorted(keys[order], packed), len(keys) - 1)]
    found, same = keys[place] == packed, known.same
    yes, no = (np.bincount(place[found & answer], minlength=len(keys)).astype(float) for answer in (same, ~same))
    return Answers(yes, no)
