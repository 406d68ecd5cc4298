"""What boosted trees reach that see the truth: the reference beside cem, which sees none.

They judge the same candidate pairs by the same comparison levels, how common the names are, and cem's own weight, trained
on half of the entities and asked about the other half; their probabilities are clustered as cem's are.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier

from cem_cli.linkage import engine
from cem_cli.linkage.cluster.agglomerate import Scored, agglomerate, no_constraints
from cem_cli.linkage.compare import patterns
from cem_cli.linkage.compare.patterns import Candidates
from cem_cli.linkage.contract import LinkOptions
from cem_cli.linkage.evaluate import Quality, evaluate
from cem_cli.linkage.model import Model
from cem_cli.linkage.prepare import Prepared


def trees_quality(
    ready: Prepared, found: Candidates, model: Model, options: LinkOptions, entity: Sequence[str | None]
) -> Quality:
    """Return the quality of boosted trees; `entity`: the truth per record, None where there is none."""
    names, code = np.unique([name or f"?{k}" for k, name in enumerate(entity)], return_inverse=True)
    known = np.array([name is not None for name in entity])
    half = np.array([zlib.crc32(name.encode()) & 1 for name in names])[code]
    left, right = found.pairs.l, found.pairs.r
    features, same = seen_of(ready, found, model, options), code[left] == code[right]
    odds = np.full(len(left), -20.0)
    for part in (0, 1):
        train = known[left] & known[right] & (half[left] != part) & (half[right] != part)
        judge = (half[left] == part) | (half[right] == part)
        telling = [k for k, seen in enumerate(features[train].T) if len(np.unique(seen[~np.isnan(seen)])) > 1]
        trees = HistGradientBoostingClassifier(random_state=1).fit(features[train][:, telling], same[train])
        p = np.clip(trees.predict_proba(features[judge][:, telling])[:, 1], 1e-9, 1 - 1e-9)
        odds[judge] = np.log(p / (1 - p))
    label = agglomerate(len(code), Scored(left, right, odds), options, no_constraints()).label
    return evaluate(label[known], code[known])


def seen_of(ready: Prepared, found: Candidates, model: Model, options: LinkOptions) -> npt.NDArray[np.float32]:
    """Return what the trees see of each pair: levels (NaN: missing), how common both names of a kind are, cem's odds."""
    levels = patterns.unpack(found.dense.keys, ready.comparisons)[found.pattern].astype(np.float32)
    levels[levels == 0] = np.nan
    seen = [*levels.T, engine.score_pairs(ready, found, model, options).odds]
    for name in sorted({"given", "surname"} & ready.records.features.keys()):
        feature = ready.records.features[name]
        rows = np.where(feature.codes < 0, np.nan, np.log1p(feature.counts[np.maximum(feature.codes, 0)]))
        sides = rows[found.pairs.l], rows[found.pairs.r]
        seen += [np.minimum(*sides), np.maximum(*sides)]
    return np.stack(seen, axis=1).astype(np.float32)
