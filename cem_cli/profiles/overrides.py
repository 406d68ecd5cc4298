"""Values a person set by hand: they win over every record, survive imports, and follow the customer through merges.

Reads `profile`, `profile_lineage`, `identity`, `customer`; writes `profile_override` and the temporary tables
`override_place` (override -> customer now) and `override_now` (customer x field: value in force).

An override is anchored at a record, so that after a split it stays with the person it was about; without one it follows
`customer.redirect_to`. Undone, never deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cem_cli.base.errors import CemError, did_you_mean
from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection
from cem_cli.profiles.rules import FIELDS


@dataclass(frozen=True)
class Override:
    """One value set by hand."""

    customer_id: str
    field: str
    value: str | None
    """As text; a date is YYYY-MM-DD; None empties the field."""
    who: str
    why: str


def set_override(con: Connection, override: Override, at: datetime) -> int:
    """Write an override, effective at the next unification, and return its number.

    Raises CemError for an unknown customer, a field that has no single value, or a birth date that is no date.
    """
    if override.field not in FIELDS:
        raise CemError("E-OVERRIDE-FIELD", f"'{override.field}' cannot be set by hand", why=did_you_mean(override.field, FIELDS),
                       fix="name a field with one value")
    if override.field == "birth_date" and override.value is not None:
        _check_date(override.value)
    known = con.execute("SELECT 1 FROM cem.profile WHERE customer_id = ?", [override.customer_id]).fetchone()
    if not known:
        raise CemError("E-CUSTOMER-UNKNOWN", "no profile has this customer id", where=override.customer_id, fix="cem find NAME")
    number = _next_number(con)
    con.execute(
        'INSERT INTO cem.profile_override (override_id, customer_id, record_id, field, value, who, "at", why) '
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [number, override.customer_id, _anchor(con, override), override.field, override.value, override.who,
         at.replace(tzinfo=None), override.why],
    )
    return number


def undo_override(con: Connection, override_id: int, at: datetime) -> None:
    """Mark an override undone; the records decide again. Raises CemError where it is unknown or undone already."""
    row = con.execute("SELECT undone_at FROM cem.profile_override WHERE override_id = ?", [override_id]).fetchone()
    if row is None or row[0] is not None:
        why = "it was undone before" if row else "there is none with this number"
        raise CemError("E-OVERRIDE-UNKNOWN", f"override {override_id} is not in force", why=why, fix="cem show CUSTOMER")
    con.execute("UPDATE cem.profile_override SET undone_at = ? WHERE override_id = ?", [at.replace(tzinfo=None), override_id])


def override_steps() -> list[Step]:
    """Return the statements that find out whose each override is now, and which one is in force per field."""
    return [
        Step("override_place", """
            CREATE OR REPLACE TEMP TABLE override_place AS
            WITH RECURSIVE hop AS (
                SELECT override_id, customer_id, 0 AS hops FROM cem.profile_override
                UNION ALL
                SELECT h.override_id, c.redirect_to, h.hops + 1 FROM hop h JOIN cem.customer c USING (customer_id)
                WHERE c.redirect_to IS NOT NULL AND h.hops < 1000)
            SELECT o.override_id, coalesce(i.customer_id, h.customer_id) AS customer_id
            FROM cem.profile_override o
            JOIN (SELECT override_id, arg_max(customer_id, hops) AS customer_id FROM hop GROUP BY override_id) h
                USING (override_id)
            LEFT JOIN cem.identity i ON i.record_id = o.record_id"""),
        Step("override_now", """
            CREATE OR REPLACE TEMP TABLE override_now AS
            SELECT p.customer_id, o.field, o.value, o.record_id, o."at"
            FROM cem.profile_override o JOIN override_place p USING (override_id) WHERE o.undone_at IS NULL
            QUALIFY row_number() OVER (PARTITION BY p.customer_id, o.field ORDER BY o."at" DESC, override_id DESC) = 1"""),
    ]


def _check_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as err:
        raise CemError(
            "E-OVERRIDE-DATE", "the birth date cannot be read", why="it is no day of the calendar", fix="give it as YYYY-MM-DD"
        ) from err


def _next_number(con: Connection) -> int:
    row = con.execute("SELECT coalesce(max(override_id), 0) + 1 FROM cem.profile_override").fetchone()
    return int(row[0]) if row else 1


def _anchor(con: Connection, override: Override) -> int | None:
    """The record whose value is replaced; else the customer's smallest record; else (a visitor) none."""
    row = con.execute(
        """SELECT coalesce((SELECT record_id FROM cem.profile_lineage WHERE customer_id = $customer AND field = $field),
                           (SELECT min(record_id) FROM cem.identity WHERE customer_id = $customer))""",
        {"customer": override.customer_id, "field": override.field},
    ).fetchone()
    return None if row is None or row[0] is None else int(row[0])
