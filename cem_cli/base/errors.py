"""The one error type of cem, and the exit codes that are part of its contract.

Every error says what failed, where, why, and the command that fixes it. Texts never carry a value out of somebody's
data: name columns, lines and counts instead.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import IntEnum


class ExitCode(IntEnum):
    """What a script may rely on. Any code not listed here is a failure."""

    OK = 0
    """Done; also "nothing to do" and "warnings only"."""
    INTERNAL = 1
    """A bug or an unmapped error; rolled back."""
    USAGE = 2
    """A flag, the configuration, a mapping or a segment is invalid; nothing touched."""
    CHECKS_FAILED = 3
    """`cem test`, a `--fail-on` condition or a contract failed."""
    QUARANTINE_LIMIT = 4
    """More records quarantined than allowed; the load was rolled back."""
    INPUT = 5
    """A file is missing, unreadable or not what the source says; nothing loaded."""
    PARTIAL = 6
    """Only with `--fail-on quarantine`: loaded, some records quarantined."""
    REVIEW_NEEDED = 7
    """Only with `--fail-on review`: pairs wait for a decision."""
    OUTPUT = 8
    """The destination cannot be written; the previous export is intact."""
    NO_PROJECT = 10
    """No project was found."""
    LOCKED = 11
    """Another process holds the workspace; try again."""
    KEY = 12
    """The key file is missing, wrong or too open."""
    DATABASE = 13
    """The workspace file is damaged, or of another version."""
    RESOURCES = 14
    """Disk, memory or time ran out; rolled back; try again."""
    PRIVACY = 15
    """An export was refused: a consent, suppression or purpose rule is missing."""
    INTERRUPTED = 130
    """Ctrl-C; rolled back."""
    TERMINATED = 143
    """SIGTERM; rolled back."""


RETRYABLE = frozenset({ExitCode.LOCKED, ExitCode.RESOURCES, ExitCode.INTERRUPTED, ExitCode.TERMINATED})


class CemError(Exception):
    """An expected failure, told in four parts.

    `id` is stable (`E-CSV-HEADER`); `what` failed; `where` (file:line, or config file:line:key); `why`, in terms of the
    user's data; `fix`, a command or an edit to make next.
    """

    def __init__(
        self, id: str, what: str, *, where: str = "", why: str = "", fix: str = "", code: ExitCode = ExitCode.USAGE
    ) -> None:
        super().__init__(what)
        self.id, self.what, self.where, self.why, self.fix, self.code = id, what, where, why, fix, code

    def __str__(self) -> str:
        place = f" {self.where}:" if self.where else ":"
        why = f" ({self.why})" if self.why else ""
        fix = f"\nNext: {self.fix}" if self.fix else ""
        return f"{self.id}{place} {self.what}{why}{fix}"


def did_you_mean(word: str, known: Iterable[str], most: int = 3) -> str:
    """Return a clause that names the closest known words (or, where none is close, all of a short list)."""
    known = sorted(known)
    close = difflib.get_close_matches(word.lower(), [k.lower() for k in known], n=most, cutoff=0.6)
    by_lower = {k.lower(): k for k in known}
    if close:
        return "did you mean " + " or ".join(f"'{by_lower[c]}'" for c in close) + "?"
    if not known:
        return "none is defined"
    listed = ", ".join(known[:12]) + (", ..." if len(known) > 12 else "")
    return f"known: {listed}"
