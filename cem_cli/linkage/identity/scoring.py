"""What identity asks of linkage: pairs of records with weights, all of them or those that touch some records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from cem_cli.engines.duck import Connection
from cem_cli.linkage.contract import Edges, IdArray, LinkInput


@dataclass(frozen=True)
class StoredModel:
    """A trained model as the workspace keeps it."""

    model: str
    """JSON."""
    fingerprint: str
    terms: Mapping[str, tuple[IdArray, IdArray]] = field(default_factory=dict)
    """Field -> value hashes and the number of records that held each value at training."""


@dataclass(frozen=True)
class BlockKeys:
    """Keys of records under the model's blocking rules, one row each; without those that the model leaves out."""

    key_hash: npt.NDArray[np.uint32]
    """Hash of rule and key. Two keys that share one cost a look at records that do not meet, and nothing else."""
    record_id: IdArray
    """The keys of a record stand together: so the engine keeps its number once."""


@dataclass(frozen=True)
class Scored:
    """Scored pairs, and what they were scored with."""

    edges: Edges
    model: StoredModel | None
    """None where there was nothing to learn from (hardly any records, nothing comparable)."""
    keys: BlockKeys | None = None
    """Keys of all records; None where the workspace is too small to need them."""
    warnings: tuple[str, ...] = ()
    """Sentences for the user: levels that could not be trained, dependence, drift."""
    near: bool = False
    """Whether the temporary tables `near_living` and `near_connected` hold everything that `reached` and these edges hang together with."""
    outgrown: bool = False
    """Whether a value is shared by so many more records than at training that its pairs are left out from now on."""


@dataclass(frozen=True)
class Ties:
    """Pairs of records joined without evidence (decisions, identifiers): their evidence is kept whatever it says."""

    record_id_l: IdArray
    record_id_r: IdArray


class Scorer(Protocol):
    """Linkage as identity sees it. Under one model the weight of a pair depends on its two records alone.

    Returned edges are those inside a group connected by edges above zero and ties, and those worth a look.
    """

    def misfit(self, con: Connection, given: LinkInput, model: StoredModel) -> str:
        """Return why a stored model cannot score these records (in words), or an empty text."""

    def score(self, con: Connection, given: LinkInput, model: StoredModel | None, ties: Ties) -> Scored:
        """Score all candidate pairs, under `model` or (None) a newly trained one."""

    def score_touching(
        self, con: Connection, given: LinkInput, model: StoredModel, ids: IdArray, beside: Callable[[str], None],
    ) -> Scored:
        """Score the candidate pairs that touch at least one of the records `ids`; only those worth a look. Keys are theirs.

        What is `near` is written before the pairs are compared; `beside`, told the table of the living, reads more of it meanwhile.
        """

    def score_within(self, con: Connection, given: LinkInput, model: StoredModel, ties: Ties) -> Edges:
        """Score the candidate pairs among the records of `given`, a part of all records that is closed under edges."""

    def levels(self, model: StoredModel, pattern: IdArray) -> Mapping[str, IdArray]:
        """Return, per comparison, the level at which pairs of each pattern agree."""


def no_edges() -> Edges:
    """Return no edges."""
    none, nothing = np.empty(0, np.int64), np.empty(0)
    return Edges(none, none, none, nothing, nothing)
