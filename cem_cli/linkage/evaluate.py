"""How good clusters are against a known truth: pairwise and B-cubed precision, recall and F1, and blocking recall."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Quality:
    """Agreement of clusters with the truth; all true pairs count, those that blocking lost included."""

    records: int
    true_pairs: int
    found_pairs: int
    precision: float
    recall: float
    f1: float
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float
    blocking_recall: float | None = None
    """Share of the true pairs that were candidates; None where the candidates are not at hand."""

    def with_blocking(self, recall: float) -> Quality:
        """Return the same figures with the blocking recall."""
        return replace(self, blocking_recall=recall)


def evaluate(cluster: Codes, entity: Codes) -> Quality:
    """Compare two partitions of the same records, given as one label per record each. No pair is ever listed."""
    _, cluster = np.unique(cluster, return_inverse=True)
    _, entity = np.unique(entity, return_inverse=True)
    n = len(cluster)
    by_cluster, by_entity = np.bincount(cluster), np.bincount(entity)
    cell, size = np.unique(cluster.astype(np.int64) * (int(entity.max(initial=0)) + 1) + entity, return_counts=True)
    cell_cluster, cell_entity = cell // (int(entity.max(initial=0)) + 1), cell % (int(entity.max(initial=0)) + 1)
    hits, found, true = _pairs(size), _pairs(by_cluster), _pairs(by_entity)
    square = size.astype(float) ** 2
    bp = float((square / by_cluster[cell_cluster]).sum()) / max(n, 1)
    br = float((square / by_entity[cell_entity]).sum()) / max(n, 1)
    precision, recall = (hits / found if found else 1.0), (hits / true if true else 1.0)
    return Quality(n, true, found, precision, recall, f1(precision, recall), bp, br, f1(bp, br))


def _pairs(sizes: npt.NDArray[np.int64]) -> int:
    return int((sizes.astype(np.int64) * (sizes.astype(np.int64) - 1) // 2).sum())


def f1(precision: float, recall: float) -> float:
    """Return the harmonic mean; 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def blocking_recall(l: Codes, r: Codes, entity: Codes) -> float:
    """Return the share of true pairs among the distinct candidate pairs (l, r), given the entity per position."""
    _, entity = np.unique(entity, return_inverse=True)
    true = _pairs(np.bincount(entity))
    return float((entity[l] == entity[r]).sum()) / true if true else 1.0
