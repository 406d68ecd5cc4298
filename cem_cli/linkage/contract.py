"""What goes into linkage and what comes out: the types every other stage, and the rooms around it, agree on.

Arrays are numpy; `record_id` is always int64; weights are log2 odds; probabilities are between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IdArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """Pairs of records on which people decided: what they know of the truth, for the training."""

    record_id_l: IdArray
    record_id_r: IdArray
    same: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.same)

    def of(self, record_ids: IdArray) -> Labels:
        """Return the pairs of which both records are among `record_ids`."""
        both = np.isin(self.record_id_l, record_ids) & np.isin(self.record_id_r, record_ids)
        return Labels(self.record_id_l[both], self.record_id_r[both], self.same[both])


@dataclass(frozen=True)
class LinkInput:
    """A table of records and what is known about it before any comparison."""

    table: str
    """Name of a table or view (already quoted where it needs to be) with `record_id BIGINT` (unique, not NULL, not
    depending on row order), `source VARCHAR` and the text columns of `kinds`; other columns are ignored."""
    kinds: Mapping[str, str]
    """Column -> kind (see `cem_cli.kinds.KINDS`); columns of kind `ignore` are not looked at."""
    must_link: tuple[tuple[int, int], ...] = ()
    """Pairs of record ids that are the same entity whatever the evidence (decisions, deterministic identifiers)."""
    cannot_link: tuple[tuple[int, int], ...] = ()
    """Pairs of record ids that must never share a cluster."""
    clean_sources: frozenset[str] = frozenset()
    """Sources without inner duplicates: at most one of their records per cluster, and no pairs inside them."""
    strong_kinds: frozenset[str] = frozenset({"tax_code", "vat_number"})
    """Identifier kinds of which one entity has one value: clusters with two values are never merged."""
    labels: Labels | None = None
    """What people decided, to train with; None changes nothing."""
    shared: bool = False
    """Whether other connections to the database see the table as it is (it is neither temporary nor uncommitted)."""


@dataclass(frozen=True)
class LinkOptions:
    """Switches; the defaults are the one operating point (`docs/linkage.md` says where each figure comes from)."""

    cap: int = 60
    """Largest block of an ordinary blocking rule, in records."""
    namesake_cap: int = 8
    """Down to here the cap of a rule on names or mailboxes alone is lowered where it proposes more than 0.4 of `loose`: in large
    files its largest blocks hold namesakes, whom other rules find if anything else agrees."""
    identifier_cap: int = 200
    """Largest block of a rule on an e-mail, a phone or an identifier."""
    loose: float = 1.0
    """Partners per record that a blocking rule may find by chance alone; looser rules are left out."""
    all_pairs_below: int = 2000
    """Up to this many records every pair is compared; rules then only serve the training."""
    prior_strength: float = 100.0
    """Pseudo-matches behind the prior of m."""
    random_pairs: int = 500_000
    """Random pairs that stand for all pairs which no rule proposes, in the training of u."""
    training_pairs: int = 500_000
    """Candidate pairs from which the training looks at a sample of about as many or fewer (whole records, chosen by id)."""
    miss: float = -0.2
    """Natural-log odds of a pair inside a cluster that no rule proposed."""
    shift: float = 1.3
    """Evidence against a merge starts this far (natural-log odds) below even odds."""
    clip: float = 8.0
    """Largest weight of one pair for or against a merge, in natural-log odds."""
    largest_cluster: int = 500
    """Clusters above this size are cut at their safe edges and flagged."""
    range_pairs: int = 3_000_000
    """Candidate pairs held at once between blocking and scoring."""
    caution: float = 2.7
    """Mean natural-log odds of the proposed pairs between two large clusters that merge; a single record needs a tenth of
    it, a smaller cluster of k records 1 - 0.9/k. Two families of one name agree a little in many pairs."""
    edge_floor: float = -4.0
    """Pairs at or above these natural-log odds are returned as edges (linked, to be reviewed, or nearly); see `lowest`."""
    threads: int = 2
    """Worker threads; results do not depend on it."""
    rules: tuple[tuple[str, ...], ...] = ()
    """Blocking rules named by the user (tuples of key names as `cem link --plan` prints them); empty: chosen."""
    match_from: float = 0.5
    """Match probability from which a pair speaks for one person: the operating point."""

    @property
    def operating_point(self) -> float:
        """Return the natural-log odds from which a pair speaks for one person."""
        return math.log(self.match_from / (1 - self.match_from))

    @property
    def lowest(self) -> float:
        """Return how far above (below: negative) the operating point pairs are returned: what is reviewed is told by probability."""
        return min(self.edge_floor, self.edge_floor - self.operating_point)


@dataclass(frozen=True)
class Edges:
    """Scored pairs, one row each, sorted by (record_id_l, record_id_r); `record_id_l < record_id_r`."""

    record_id_l: IdArray
    record_id_r: IdArray
    pattern: IdArray
    """Pattern id: the comparison levels packed in mixed radix, readable with `Model.unpack`."""
    weight: FloatArray
    """Total weight (log2) above the operating point, prior and term frequency included: pairs above 0 pull together."""
    probability: FloatArray
    """Match probability."""

    def __len__(self) -> int:
        return len(self.record_id_l)


@dataclass(frozen=True)
class RuleCount:
    """One blocking rule, and what it did."""

    name: str
    """Key names joined by ` + `."""
    pairs: int
    """Pairs it proposed (before duplicates between rules are removed)."""
    new: int
    """Pairs that no earlier rule had proposed."""
    lost: int
    """Pairs that it did not propose because their blocks exceed the cap."""
    capped_blocks: int
    """Number of blocks above the cap."""
    largest_block: int
    """Records in the largest block."""


@dataclass(frozen=True)
class ColumnPlan:
    """What linkage makes of one input column."""

    column: str
    kind: str
    use: str
    """In words: compared as what, or why it is left out."""
    filled: float
    """Share of records with a value."""


@dataclass(frozen=True)
class Plan:
    """What was chosen, before and after it ran."""

    records: int
    columns: tuple[ColumnPlan, ...]
    rules: tuple[RuleCount, ...]
    candidate_pairs: int
    all_pairs: int
    """Number of pairs of records that may be linked at all."""
    dependence: tuple[str, ...] = ()
    """Sentences: which columns follow from which, and what was done about it."""
    warnings: tuple[str, ...] = ()
    """Sentences a user should read: levels that could not be trained, generic values, thin evidence."""


@dataclass(frozen=True)
class Explanation:
    """Why two records are (not) linked: one part per comparison, and the sum."""

    record_id_l: int
    record_id_r: int
    parts: tuple[ExplainedPart, ...]
    prior_weight: float
    """log2 prior odds."""
    weight: float
    probability: float
    rules: tuple[str, ...]
    """Names of the rules that propose this pair; empty: it is never compared, only its cluster could join it."""


@dataclass(frozen=True)
class ExplainedPart:
    """One comparison of an explained pair."""

    comparison: str
    level: str
    m: float
    u: float
    weight: float
    """log2(m / u), corrected for term frequency and for pairs that are related but not the same."""
    term_frequency: float
    """The part of `weight` that comes from how rare the shared value is (log2)."""


