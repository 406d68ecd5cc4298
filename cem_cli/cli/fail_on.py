"""`--fail-on`: a command that did its work, and kept it, ends with a code of its own where what came of it needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cem_cli.base.errors import ExitCode

FINDINGS = {"quarantine": ("quarantined", ExitCode.PARTIAL), "review": ("open_reviews", ExitCode.REVIEW_NEEDED)}
"""Word -> (the count that must be 0, the exit code where it is not)."""
OWN = (
    "rows_read", "loaded", "unchanged", "superseded", "suppressed", "quarantined",
    "created", "revived", "split", "merged", "retired", "moved", "fields", "filled", "emptied", "entered_segments", "left_segments",
)
"""Counts of what a command did: rows, acts on customers, records that moved, profile fields and members of segments that changed."""


@dataclass(frozen=True)
class FailOn:
    """What a command was asked to fail on: a word of `FINDINGS`, an expression over counts, or nothing."""

    text: str | None
    as_of: datetime

    @classmethod
    def read(cls, text: str | None, as_of: datetime) -> FailOn:
        """Return what `text` asks for. Raises CemError E-EXPR-* where it cannot be understood: before anything is touched."""
        wanted = cls(text, as_of)
        wanted.code({}, {})
        return wanted

    def code(self, did: Mapping[str, int], held: Mapping[str, int]) -> ExitCode:
        """Return the exit code that counts of what a command `did` and of what the workspace `held` then deserve."""
        if not self.text:
            return ExitCode.OK
        from cem_cli.audiences.assertions import read_failure  # the language of conditions takes 0.2 s to load
        from cem_cli.store.ledger import COUNTS

        counts = {**dict.fromkeys(COUNTS, 0), **held, **dict.fromkeys(OWN, 0), **{name: did[name] for name in OWN if name in did}}
        count, code = FINDINGS.get(self.text, ("", ExitCode.CHECKS_FAILED))
        failed = counts[count] > 0 if count else read_failure(self.text, counts, self.as_of)
        return code if failed else ExitCode.OK

    def told(self, code: ExitCode) -> list[str]:
        """Return the line that tells why a command ended with `code`."""
        return [] if code is ExitCode.OK else [f"--fail-on holds: {self.text}"]
