"""What a link run is asked to do: settings from cem.yaml, and flags of the command."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from cem_cli.linkage.contract import LinkOptions

if TYPE_CHECKING:
    from cem_cli.config.project import LinkageConfig

_STATE = 4
"""Version of the tables that a link leaves for the next one; another one means linking everything again."""
ALONE = 100_000
"""Records up to which one thread is as fast as two: in arrays this small, they wait for each other (measured at 40,000)."""
RECORD_KINDS: dict[str, str] = {
    "given_name": "given_name", "middle_name": "middle_name", "surname": "surname", "full_name": "full_name", "sex": "sex",
    "birth_date": "birth_date", "email": "email", "phone": "phone", "street": "street", "house_number": "house_number",
    "city": "city", "postcode": "postcode", "tax_code": "tax_code", "company": "company",
}
"""Columns of table `record` that linkage looks at, with their kinds; cem.yaml can override each."""


@dataclass(frozen=True)
class JoinRule:
    """How far one kind of identifier joins records for certain."""

    max_records: int = 50
    """Records that may share a value; above, the value stops joining and is reported."""
    max_people: int = 6
    """Different full names that may share a value (an estimate of customers that does not depend on who is joined yet)."""
    blocked: tuple[str, ...] = ()
    """Values that never join."""


GUARD = "cem"
"""Author of the decisions that guards make."""
DEFAULT_JOINS: dict[str, JoinRule] = {"tax_code": JoinRule(), "loyalty_card": JoinRule(), "external_id": JoinRule()}
"""Identifier kinds that join where cem.yaml names none, first = strongest."""


@dataclass(frozen=True)
class LinkSettings:
    """Everything that decides a link run besides records, model and decisions."""

    key: str
    """The workspace's key, for new customer ids."""
    kinds: Mapping[str, str] = field(default_factory=lambda: dict(RECORD_KINDS))
    joins: Mapping[str, JoinRule] = field(default_factory=lambda: dict(DEFAULT_JOINS))
    """Joining identifier kinds in order of priority: where two joins contradict each other, the earlier kind wins."""
    clean_sources: frozenset[str] = frozenset()
    max_cluster: int = 100
    review_from: float = 0.1
    options: LinkOptions = field(default_factory=LinkOptions)
    full: bool = False
    """Link everything again under the stored model."""
    retrain: bool = False
    """Train a new model, and link everything again."""
    dry_run: bool = False
    """Compute and report everything, change nothing."""

    @classmethod
    def of(cls, config: LinkageConfig, key: str, *, full: bool = False, retrain: bool = False, dry_run: bool = False) -> LinkSettings:
        """Return the settings of a project's `linkage:` block and a command's flags."""
        joins = {kind: JoinRule(**rule.model_dump()) for kind, rule in config.identifiers.items()}
        rules = tuple(tuple(key.strip() for key in rule.split(" + ")) for rule in config.rules)
        return cls(
            key, {**RECORD_KINDS, **config.columns}, joins or dict(DEFAULT_JOINS), frozenset(config.clean_sources),
            config.max_cluster, config.review_from, LinkOptions(rules=rules, match_from=config.match_from),
            full=full, retrain=retrain, dry_run=dry_run,
        )

    def fingerprint(self) -> str:
        """Return a hash of what the partition depends on: when it changes, everything is linked again."""
        parts = (sorted(self.kinds.items()), [(k, asdict(r)) for k, r in self.joins.items()], sorted(self.clean_sources),
                 self.max_cluster, asdict(replace(self.options, threads=1)), _STATE)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def alone(options: LinkOptions, records: int) -> LinkOptions:
    """Return the options, for few records with one thread."""
    return replace(options, threads=1) if records <= ALONE else options


@dataclass(frozen=True)
class Run:
    """The run this happens in: its number in the ledger, and its instant."""

    run_id: int
    as_of: datetime


@dataclass(frozen=True)
class LinkOutcome:
    """What a link run did, or in a dry run would do."""

    mode: str
    """`full` or `incremental`."""
    reason: str
    """Why it was full, in words; empty for incremental."""
    records: int
    """Records with a customer."""
    changed: int
    """Records that were new, changed, deleted or decided upon."""
    scope: int
    """Records whose cluster was computed again."""
    counts: Mapping[str, int]
    """Customers by act: created, revived, split, merged, retired; and `customers`, `review`, `edges`, `moved`."""
    warnings: tuple[str, ...] = ()
    """Sentences for the user: identifiers over their limit, drift of the match rate, levels that could not be trained."""
    answers: int = 0
    """Pairs that people decided on and that a training learned from."""
