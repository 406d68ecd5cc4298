"""Suppression: identifiers that must not return or be contacted, remembered as keyed hashes only.

Writes `suppression`. Scope `return`: the identifier is left out at the door of every import, and whoever still has it is in
no output at all. Scope `contact`: nobody is contacted at it (an e-mail address or phone), or through any channel (another
kind of identifier, which names a person).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cem_cli.base.errors import CemError, did_you_mean
from cem_cli.base.ids import suppression_hash_sql
from cem_cli.engines.duck import Connection
from cem_cli.kinds import KINDS
from cem_cli.kinds.kind import Context

SCOPES = ("return", "contact")
IDENTIFIER_KINDS = ("email", "phone", "tax_code", "loyalty_card", "handle", "external")


@dataclass(frozen=True)
class Suppression:
    """An identifier to be suppressed, as somebody typed it; it is cleaned as its kind before it is hashed."""

    kind: str
    value: str
    scope: str
    reason: str
    """Why, in a word that is no personal data: erasure, objection, complaint, bounce ..."""


def suppress(con: Connection, key: str, wanted: Suppression, at: datetime, context: Context = Context()) -> bool:  # noqa: B008 - frozen
    """Suppress an identifier; return False where it was already. `key` is the workspace's, `at` UTC.

    Raises CemError E-SUPPRESS-KIND, E-SUPPRESS-SCOPE, E-SUPPRESS-VALUE (the value is never shown).
    """
    _check(wanted)
    kind = KINDS.get(wanted.kind)
    cleaned = kind.clean_sql("$value", context) if kind else "nullif(trim($value), '')"
    found = con.execute(f"SELECT {suppression_hash_sql(key, wanted.kind, cleaned)}", {"value": wanted.value}).fetchall()[0][0]
    if found is None:
        raise CemError("E-SUPPRESS-VALUE", f"the value is not a usable {wanted.kind}", fix="check how it is written")
    known = con.execute(
        "SELECT 1 FROM cem.suppression WHERE kind = ? AND hash = ? AND scope = ?", [wanted.kind, found, wanted.scope]
    ).fetchall()
    if not known:
        con.execute(
            "INSERT INTO cem.suppression VALUES (?, ?, ?, ?, ?)",
            [wanted.kind, found, wanted.scope, wanted.reason, at.replace(tzinfo=None)],
        )
    return not known


def _check(wanted: Suppression) -> None:
    if wanted.kind not in IDENTIFIER_KINDS:
        raise CemError(
            "E-SUPPRESS-KIND", f"'{wanted.kind}' is no kind of identifier", why=did_you_mean(wanted.kind, IDENTIFIER_KINDS)
        )
    if wanted.scope not in SCOPES:
        raise CemError("E-SUPPRESS-SCOPE", f"'{wanted.scope}' is no scope", why=did_you_mean(wanted.scope, SCOPES))
