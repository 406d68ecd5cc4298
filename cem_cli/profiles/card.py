"""One customer as a person sees them: the golden record, where each value came from, and what happened when.

Reads `profile`, `profile_lineage`, `customer`, `identity`, `record`, `event`, `event_customer`, `household`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cem_cli.base.errors import CemError
from cem_cli.engines.duck import Connection

Row = Sequence[object]


@dataclass(frozen=True)
class Card:
    """A customer's profile, lineage and timeline."""

    customer_id: str
    asked: str
    """The id asked for, where a redirect led here from it."""
    profile: dict[str, object]
    lineage: Sequence[Row]
    """(field, source, rule, third party, effective at) per value."""
    records: Sequence[Row]
    """(source, key, kind, effective at) per record."""
    timeline: Sequence[Row]
    """(at, type, channel, store, amount, status, source) per event, newest first."""
    events: int
    """All events of the customer; `timeline` may hold the newest only."""


def customer_of(con: Connection, text: str) -> str:
    """Return the customer id that `text` names: an id, its unambiguous beginning, a retired id, or `source:key`.

    Raises CemError (exit 2) where nobody, or more than one, is meant.
    """
    if ":" in text:
        source, key = text.split(":", 1)
        rows = con.execute(
            "SELECT customer_id FROM cem.record JOIN cem.identity USING (record_id) WHERE source = ? AND record_key = ?",
            [source, key],
        ).fetchall()
        if rows:
            return str(rows[0][0])
    wanted = text if len(text) == 17 else text + "%"
    how = "=" if len(text) == 17 else "LIKE"
    rows = con.execute(
        f"""SELECT DISTINCT customer_id FROM (
            SELECT customer_id FROM cem.profile WHERE customer_id {how} $1 UNION ALL
            SELECT customer_id FROM cem.customer WHERE customer_id {how} $1) ORDER BY 1 LIMIT 2""", [wanted],
    ).fetchall() if len(text) >= 4 else []
    if len(rows) > 1:
        raise CemError("E-CUSTOMER-AMBIGUOUS", f"more than one customer id begins with '{text}'", fix="give more of the id")
    if not rows:
        raise CemError("E-CUSTOMER-UNKNOWN", f"no customer or record is called '{text}'", fix="cem find NAME")
    return _follow(con, str(rows[0][0]))


def _follow(con: Connection, customer_id: str) -> str:
    """Return the id in use now of a customer id that may have been merged away."""
    seen = {customer_id}
    while True:
        rows = con.execute(
            "SELECT redirect_to FROM cem.customer WHERE customer_id = ? AND redirect_to IS NOT NULL", [customer_id]
        ).fetchall()
        if not rows or rows[0][0] in seen:
            return customer_id
        customer_id = str(rows[0][0])
        seen.add(customer_id)


def read_card(con: Connection, text: str, most: int = 20) -> Card:
    """Return the card of the customer `text` names (see `customer_of`), with the newest `most` events."""
    customer_id = customer_of(con, text)
    cursor = con.execute("SELECT * FROM cem.profile WHERE customer_id = ?", [customer_id])
    names = [column[0] for column in cursor.description or []]
    rows = cursor.fetchall()
    profile: dict[str, object] = dict(zip(names, rows[0], strict=True)) if rows else {"customer_id": customer_id}
    lineage = con.execute(
        "SELECT field, source, rule, third_party, effective_at FROM cem.profile_lineage WHERE customer_id = ? ORDER BY field",
        [customer_id],
    ).fetchall()
    records = con.execute(
        """SELECT r.source, r.record_key, r.kind, r.effective_at FROM cem.identity i JOIN cem.record r USING (record_id)
           WHERE i.customer_id = ? ORDER BY r.source, r.record_key""", [customer_id]
    ).fetchall()
    events = con.execute("SELECT count(*) FROM cem.event_customer WHERE customer_id = ?", [customer_id]).fetchall()[0][0]
    return Card(customer_id, text, profile, lineage, records, read_timeline(con, customer_id, most), events)


def read_timeline(con: Connection, customer_id: str, most: int) -> list[Row]:
    """Return (at, type, channel, store, amount, status, source) of the newest `most` events, newest first."""
    return list(con.execute(
        """SELECT e."at", e.type, e.channel, e.store_id, e.amount, e.status, e.source
           FROM cem.event_customer c JOIN cem.event e USING (event_id) WHERE c.customer_id = ?
           ORDER BY e."at" DESC, e.event_id LIMIT ?""", [customer_id, most]
    ).fetchall())
