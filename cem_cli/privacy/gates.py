"""The gates that every output joins: `processable` (may be profiled) and `contactable` (may be contacted, where, for what).

Reads `profile`, `identity`, `identifier`, `record`, `suppression` and the sums of `consent`; writes both tables anew, in the
caller's transaction. Consent counts as of the later of the run's `as_of` and the machine's clock. A pair of channel and
purpose about which nobody ever stated anything has no rows: outputs read a missing row as `no_consent`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from cem_cli.base.ids import suppression_hash_sql
from cem_cli.base.sql import Step, literal
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.privacy.consent import CHANNEL_KINDS, consent_steps
from cem_cli.privacy.suppression import IDENTIFIER_KINDS

PROCESSING = ("processing", "profiling")
"""Purposes whose refusal means that the person may not be profiled at all (an objection, GDPR art. 21; restriction, art. 18)."""

REASONS = {
    "suppressed": "the person, or the address, is on the suppression list",
    "objection": "the person objected to being profiled",
    "no_address": "nothing is known to reach the person at, on this channel",
    "withdrawn": "consent was withdrawn for the person or for the address",
    "denied": "consent was denied for the person or for the address",
    "expired": "the consent has run out",
    "no_consent": "nobody ever gave consent for this channel and purpose",
}
"""Why somebody is refused; `blocked.csv` carries these ids."""


@dataclass(frozen=True)
class Gate:
    """How many customers pass a gate: of `processable` (no channel), or of one pair of `contactable`."""

    channel: str
    purpose: str
    allowed: int
    refused: int


def refresh(con: Connection, key: str, wall_clock: datetime, as_of: datetime) -> tuple[Gate, ...]:
    """Rebuild `processable` and `contactable`; return the counts per gate, `processable` first.

    `key` is the workspace's hashing key; the later of `wall_clock` and `as_of` decides what has expired.
    """
    clock = max(_utc(wall_clock), _utc(as_of))
    run_steps(con, [*consent_steps(clock), *_suppressed_steps(key), _PROCESSABLE, *_CONTACTABLE])
    rows = con.execute(
        "SELECT '', '', count(*) FILTER (allowed), count(*) FILTER (NOT allowed) FROM cem.processable UNION ALL "
        "(SELECT channel, purpose, count(*) FILTER (allowed), count(*) FILTER (NOT allowed) FROM cem.contactable "
        "GROUP BY ALL) ORDER BY 1, 2"
    ).fetchall()
    return tuple(Gate(*row) for row in rows)


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def _suppressed_steps(key: str) -> list[Step]:
    """Find suppressed identifiers among those that customers have; values are hashed only for kinds on the list."""
    hashed = " ".join(f"WHEN {literal(kind)} THEN {suppression_hash_sql(key, kind, 'value')}" for kind in IDENTIFIER_KINDS)
    return [
        Step("address", """
            CREATE OR REPLACE TEMP TABLE address AS
            WITH carried AS (
                SELECT record_id, kind, value FROM cem.identifier
                UNION ALL SELECT record_id, 'email', email FROM cem.record WHERE email IS NOT NULL
                UNION ALL SELECT record_id, 'phone', phone FROM cem.record WHERE phone IS NOT NULL)
            SELECT i.customer_id, c.kind, c.value FROM carried c JOIN cem.identity i USING (record_id)
            WHERE c.kind IN (SELECT kind FROM cem.suppression)
            UNION SELECT customer_id, 'email', email FROM cem.profile WHERE email IS NOT NULL
            UNION SELECT customer_id, 'phone', phone FROM cem.profile WHERE phone IS NOT NULL"""),
        Step("suppressed_address", f"""
            CREATE OR REPLACE TEMP TABLE suppressed_address AS
            SELECT DISTINCT a.customer_id, a.kind, a.value, s.scope
            FROM (SELECT *, CASE kind {hashed} END AS hash FROM address) a
            JOIN cem.suppression s USING (kind, hash)"""),
    ]  # fmt: skip


_PROCESSABLE = Step("processable", f"""
    CREATE OR REPLACE TEMP TABLE processable_now AS
    SELECT p.customer_id, p.customer_id IN (SELECT customer_id FROM suppressed_address WHERE scope = 'return') AS suppressed,
           p.customer_id IN (
               SELECT customer_id FROM own_stand WHERE purpose IN {PROCESSING}
               AND refused_at IS NOT NULL AND NOT coalesce(opted_in_at > refused_at, false)) AS objects
    FROM cem.profile p""")  # fmt: skip

_CHANNELS_SQL = ", ".join(f"({literal(channel)}, {literal(kind)})" for channel, kind in CHANNEL_KINDS.items())

_CONTACTABLE = (
    Step("forget processable", "DELETE FROM cem.processable"),
    Step("write processable", """
        INSERT INTO cem.processable
        SELECT customer_id, NOT suppressed AND NOT objects, CASE WHEN suppressed THEN 'suppressed' WHEN objects THEN 'objection' END
        FROM processable_now ORDER BY customer_id"""),
    Step("reach", f"""
        CREATE OR REPLACE TEMP TABLE reach AS
        SELECT p.customer_id, c.channel, c.purpose, k.kind,
               CASE k.kind WHEN 'email' THEN p.email WHEN 'phone' THEN p.phone END AS value,
               CASE WHEN k.kind = 'email' THEN p.email IS NOT NULL WHEN k.kind = 'phone' THEN p.phone IS NOT NULL
                    WHEN c.channel = 'mail' THEN p.street IS NOT NULL ELSE true END AS reachable
        FROM cem.profile p
        CROSS JOIN (SELECT DISTINCT channel, purpose FROM consent_now WHERE purpose NOT IN {PROCESSING}) c
        LEFT JOIN (VALUES {_CHANNELS_SQL}) k(channel, kind) USING (channel)"""),
    Step("verdict", """
        CREATE OR REPLACE TEMP TABLE verdict AS
        SELECT r.customer_id, r.channel, r.purpose,
               CASE WHEN n.suppressed OR person.customer_id IS NOT NULL OR place.customer_id IS NOT NULL THEN 'suppressed'
                    WHEN n.objects THEN 'objection'
                    WHEN NOT r.reachable THEN 'no_address'
                    WHEN o.refused_at IS NOT NULL AND NOT coalesce(o.opted_in_at > o.refused_at, false) THEN o.refusal
                    WHEN a.refused_at IS NOT NULL AND NOT coalesce(a.opted_in_at > a.refused_at, false) THEN a.refusal
                    WHEN coalesce(o.granted, false) OR coalesce(a.granted, false) THEN NULL
                    WHEN o.expired OR a.expired THEN 'expired'
                    ELSE 'no_consent' END AS reason
        FROM reach r JOIN processable_now n USING (customer_id)
        LEFT JOIN own_stand o USING (customer_id, channel, purpose)
        LEFT JOIN address_stand a ON a.kind = r.kind AND a.value = r.value AND a.channel = r.channel AND a.purpose = r.purpose
        LEFT JOIN (SELECT DISTINCT customer_id FROM suppressed_address WHERE scope = 'contact' AND kind NOT IN ('email', 'phone')) person
            ON person.customer_id = r.customer_id
        LEFT JOIN (SELECT customer_id, kind, value FROM suppressed_address WHERE scope = 'contact') place
            ON place.customer_id = r.customer_id AND place.kind = r.kind AND place.value = r.value"""),
    Step("forget contactable", "DELETE FROM cem.contactable"),
    Step("write contactable", """
        INSERT INTO cem.contactable
        SELECT customer_id, channel, purpose, reason IS NULL, reason FROM verdict ORDER BY customer_id, channel, purpose"""),
)  # fmt: skip
