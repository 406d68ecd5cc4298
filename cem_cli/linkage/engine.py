"""Linkage end to end: `link(con, LinkInput, LinkOptions, model)` -> clusters, edges, model, plan.

Without a model one is trained on the records; with a model nothing is learned, and every pair gets exactly the weight it
had when the model was trained. The steps are public, because `identity` runs them for a few records at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from cem_cli.base.clock import stopwatch
from cem_cli.engines.duck import Connection
from cem_cli.linkage.block import pairs as blocking
from cem_cli.linkage.cluster.agglomerate import Constraints, Copies, Scored, agglomerate, components
from cem_cli.linkage.compare import patterns
from cem_cli.linkage.compare.contact import ONE_EDIT
from cem_cli.linkage.contract import ColumnPlan, Edges, IdArray, Labels, LinkInput, LinkOptions, Plan
from cem_cli.linkage.model import Model
from cem_cli.linkage.prepare import Prepared, prepare
from cem_cli.linkage.records import Longs
from cem_cli.linkage.score import Scorer
from cem_cli.linkage.threads import spread
from cem_cli.linkage.train.copies import odds_of_copies

LOG2 = np.log(2.0)
_CHUNK = 1 << 17
FEATURES_OF_KIND = {
    "given_name": ("given",), "surname": ("surname",), "middle_name": ("middle",), "full_name": ("given", "surname", "middle"),
    "birth_date": ("birth",), "birth_year": ("birth",), "birth_month": ("birth",), "birth_day": ("birth",), "sex": ("sex",),
    "email": ("email", "user"), "phone": ("phone",), "street": ("street", "number"), "house_number": ("number",),
    "city": ("city",), "postcode": ("postcode", "district"),
}
"""Which features the columns of a kind become; a column of another kind has a feature of its own."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LinkResult:
    """What a run of linkage found."""

    record_id: IdArray
    """All records, ascending."""
    cluster: IdArray
    """Per record: canonical id of its cluster, the smallest record id in it."""
    label: IdArray
    """Per record: the index of that canonical record."""
    model: Model
    plan: Plan
    seconds: dict[str, float]
    """Wall time per stage, in order."""
    candidates: tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]
    """Positions (indexes of `record_id`) of all candidate pairs."""
    find_edges: Callable[[], Edges]

    @cached_property
    def edges(self) -> Edges:
        """Scored pairs at or above `LinkOptions.edge_floor`, made when they are asked for."""
        return self.find_edges()


class _Laps:
    """Stage times."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = stopwatch()

    def done(self, stage: str) -> None:
        """Book the time since the last call on a stage."""
        now = stopwatch()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + round(now - self._last, 4)
        self._last = now


Candidates = patterns.Candidates


def link(
    con: Connection, given: LinkInput, options: LinkOptions = LinkOptions(), model: Model | None = None,  # noqa: B008
    after_reading: Callable[[], None] = lambda: None,
) -> LinkResult:
    """Link the records of a table; `after_reading` is called when the table is needed no more.

    Raises CemError: E-LINK-IDS where record ids repeat, E-LINK-COLUMNS where no column can be compared.
    """
    laps = _Laps()
    ready = prepare(con, given, options, model)
    after_reading()
    laps.done("read")
    once = ready.once()
    pairs = find_pairs(once, options, model)
    if once is ready:
        once = ready = ready.without_keys()
    found = compare_pairs(once, *pairs, options)
    laps.done("block and compare")
    trained, found = (model, found) if model else learn(ready, found, options, given.labels)
    laps.done("train")
    scored = score_pairs(ready, found, trained, options)
    laps.done("score")
    clustering = agglomerate(len(ready.records), scored, options, constraints(ready, given, found, trained))
    laps.done("cluster")
    ids = ready.records.record_id
    plan = plan_of(ready, given, found.blocking, len(found.pairs), trained)
    result = LinkResult(
        ids, ids[clustering.label], clustering.label, trained, plan, laps.seconds,
        (found.pairs.l, found.pairs.r), partial(edges_of, ready, found, scored, options.lowest, options.operating_point),
    )
    laps.done("report")
    return result


def learn(ready: Prepared, found: Candidates, options: LinkOptions, labels: Labels | None) -> tuple[Model, Candidates]:
    """Return the model that the candidate pairs `found` among the records to learn from teach, and those among all records."""
    once = ready.once()
    if once is ready:
        return train(ready, found, options, labels), found
    model = train(once, found, options, _of_originals(ready, labels) if labels else None)
    return model, propose(ready, options, model)


def _of_originals(ready: Prepared, labels: Labels) -> Labels:
    """Return what people said, of the records by which the labelled ones are learned."""
    ids, known = ready.records.record_id, labels.of(ready.records.record_id)
    left, right = (ids[ready.original[ready.records.positions(side)]] for side in (known.record_id_l, known.record_id_r))
    return Labels(left, right, known.same)


def train(ready: Prepared, found: Candidates, options: LinkOptions, labels: Labels | None) -> Model:
    """Return the model that the candidate pairs teach. Imported when it is called: a link under a stored model starts without."""
    from cem_cli.linkage.train.train import build_model

    return build_model(ready, found, options, labels)


def propose(ready: Prepared, options: LinkOptions, model: Model | None = None) -> Candidates:
    """Return the candidate pairs and their patterns."""
    return compare_pairs(ready, *find_pairs(ready, options, model), options)


def find_pairs(ready: Prepared, options: LinkOptions, model: Model | None = None) -> tuple[blocking.Blocking, blocking.Pairs]:
    """Return what the rules propose and what is compared: that, or all pairs where records are few."""
    found = blocking.block(ready.scope, ready.keys, ready.rules, options, model.capped if model else None)
    whole = model.records if model else len(ready.records)
    few = whole <= options.all_pairs_below and len(ready.records) <= 2 * options.all_pairs_below
    return found, blocking.all_pairs(ready.scope, found.pairs) if few else found.pairs


def compare_pairs(ready: Prepared, found: blocking.Blocking, pairs: blocking.Pairs, options: LinkOptions) -> Candidates:
    """Return pairs with their patterns."""
    dense = patterns.Dense.empty()
    pattern = np.empty(len(pairs), np.int32)
    for start in range(0, len(pairs), options.range_pairs):
        cut = slice(start, start + options.range_pairs)
        packed = patterns.compare(ready.records, ready.comparisons, pairs.l[cut], pairs.r[cut], options.threads)
        pattern[cut] = dense.number(packed, options.threads)
    return Candidates(found, pairs, pattern, dense)


def score_pairs(ready: Prepared, found: Candidates, model: Model, options: LinkOptions) -> Scored:
    """Return natural-log odds of all candidate pairs, rounded so that no platform differs."""
    scorer = Scorer.of(ready, model, patterns.unpack(found.dense.keys, ready.comparisons))
    odds = np.empty(len(found.pairs))

    def one(start: int) -> None:
        cut = slice(start, start + _CHUNK)
        odds[cut] = np.round(scorer.score(found.pattern[cut], found.pairs.l[cut], found.pairs.r[cut]) - options.operating_point, 6)

    spread(one, range(0, len(odds), _CHUNK), options.threads)
    return Scored(found.pairs.l, found.pairs.r, odds)


def constraints(ready: Prepared, given: LinkInput, found: Candidates, model: Model) -> Constraints:
    """Return what evidence may not override, by position."""
    position = ready.records.positions

    def pairs(listed: tuple[tuple[int, int], ...]) -> tuple[Longs, Longs]:
        table = np.array(listed, np.int64).reshape(-1, 2)
        return position(table[:, 0]), position(table[:, 1])

    exclusive = []
    for column, kind in sorted(given.kinds.items()):
        if kind in given.strong_kinds and f"id:{column}" in ready.records.features:
            exclusive.append(("strong identifiers differ", _as_one(f"id:{column}", ready, found)))
    for code in np.nonzero(ready.scope.clean)[0]:
        own = np.where(ready.records.source == code, np.arange(len(ready.records)), -1)
        exclusive.append(("one record per clean source", own.astype(np.int64)))
    copies = Copies(ready.original, odds_of_copies(model)) if ready.copied else None
    return Constraints(pairs(given.must_link), pairs(given.cannot_link), tuple(exclusive), copies)


def _as_one(feature: str, ready: Prepared, found: Candidates) -> Longs:
    """Return codes of an identifier per position, -1 where there is none; numbers that compared records hold one edit apart are one.

    Numbers with a check digit differ in two places or more, unless one is mistyped.
    """
    own = ready.records.features[feature]
    known = [k for k, c in enumerate(ready.comparisons) if c.features == (feature,)]
    if not known:
        return np.maximum(own.codes, -1).astype(np.int64)
    level = patterns.unpack(found.dense.keys, ready.comparisons)[:, known[0]]
    mistyped = np.flatnonzero(level[found.pattern] == ONE_EDIT)
    one = components(len(own.counts), own.codes[found.pairs.l[mistyped]], own.codes[found.pairs.r[mistyped]])
    return np.where(own.codes >= 0, one[np.maximum(own.codes, 0)] if len(one) else -1, -1)


def edges_of(ready: Prepared, found: Candidates, scored: Scored, floor: float, point: float) -> Edges:
    """Return scored pairs at or above `floor` (natural-log odds above the operating point `point`) by record id."""
    keep = np.nonzero(scored.odds >= floor)[0]
    ids, odds = ready.records.record_id, scored.odds[keep]
    return Edges(
        ids[scored.l[keep]], ids[scored.r[keep]], found.dense.keys[found.pattern[keep]], np.round(odds / LOG2, 5),
        probability(odds + point),
    )


def probability(odds: Floats) -> Floats:
    """Return match probabilities of natural-log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -500, 500))))


def plan_of(ready: Prepared, given: LinkInput, found: blocking.Blocking, pairs: int, model: Model | None = None) -> Plan:
    """Return what was chosen and what it cost: `pairs` candidates; with a model, what it says of the columns, too."""
    columns = tuple(ColumnPlan(c, kind, *_use(ready, c, kind)) for c, kind in given.kinds.items())
    plan = Plan(len(ready.records), columns, found.counts, pairs, int(ready.scope.possible_pairs()))
    return replace(plan, dependence=model.dependence, warnings=model.warnings) if model else plan


def _use(ready: Prepared, column: str, kind: str) -> tuple[str, float]:
    """Return (what linkage makes of a column, share of records with a value)."""
    own = [n for n in ready.records.features if n.partition(":")[2] == column]
    features = own or [n for n in FEATURES_OF_KIND.get(kind, ()) if n in ready.records.features]
    filled = max((ready.records.features[n].filled for n in features), default=0) / max(len(ready.records), 1)
    if not features:
        return "not looked at", filled
    reasons = [ready.useless.get(n, "") for n in features]
    if all(reasons):
        return f"left out: {reasons[0]}", filled
    follows = [cause for n in features if (cause := ready.follows.get(n))]
    if follows:
        return f"compared where '{follows[0].rpartition(':')[2]}' is missing, because it follows from it", filled
    named = [c.name for c in ready.comparisons if set(c.features) & set(features)]
    return "compared as " + ", ".join(named) if named else "only used for blocking", filled


def only_plan(con: Connection, given: LinkInput, options: LinkOptions, model: Model | None = None) -> Plan:
    """Return what would be compared and by which rules, with exact pair counts, before anything runs (`cem link --plan`)."""
    ready = prepare(con, given, options, model)
    once = ready.once()
    found = blocking.block(once.scope, once.keys, ready.rules, options, model.capped if model else None)
    if ready.copied:
        found = blocking.block(ready.scope, ready.keys, ready.rules, options, found.capped)
    return plan_of(ready, given, found, len(found.pairs))
