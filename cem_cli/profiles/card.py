"""One customer as a person sees them: the golden record, where each value came from, and what happened when.

Reads `profile`, `profile_lineage`, `identity`, `record`, `event`, `event_customer`, `household`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cem_cli.engines.duck import Connection
from cem_cli.store.lookup import resolve_customer

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


def read_card(con: Connection, text: str, most: int = 20) -> Card:
    """Return the card of the customer `text` names (see `store.lookup`), with the newest `most` events."""
    customer_id = resolve_customer(con, text)
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
