"""What identity asks of linkage: pairs of records with weights, all of them or those that touch some records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

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
class Scored:
    """Scored pairs, and the model they were scored with."""

    edges: Edges
    model: StoredModel
    warnings: tuple[str, ...] = ()
    """Sentences for the user: drift, levels that could not be trained."""


class Scorer(Protocol):
    """Linkage as identity sees it. Under one model the weight of a pair depends on its two records alone."""

    def misfit(self, con: Connection, given: LinkInput, model: StoredModel) -> str:
        """Return why a stored model cannot score these records (in words), or an empty text."""

    def score(self, con: Connection, given: LinkInput, model: StoredModel | None) -> Scored:
        """Score all candidate pairs, under `model` or (None) a newly trained one."""

    def score_touching(self, con: Connection, given: LinkInput, model: StoredModel, ids: IdArray) -> Scored:
        """Score the candidate pairs that touch at least one of the records `ids`."""
