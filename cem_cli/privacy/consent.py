"""Consent: what people stated, brought from records and addresses to customers.

Reads `consent`, `identity`, `identifier`, `record`; writes the temporary tables `own_statement` (customer), `address_statement`
(e-mail address or phone, whoever has it) and their sums `own_stand`, `address_stand`.

The most restrictive statement wins unless a newer explicit opt-in follows it: of the same person against a person's refusal,
at the same address against an address's. A refusal without a date counts as the newest,
a grant without a date as the oldest; of two with one date the refusal wins. A grant that has expired, or is dated in the
future, is none.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.base.sql import Step

CHANNEL_KINDS = {"email": "email", "sms": "phone", "phone": "phone"}
"""Channels that reach an address that several people may share, and the kind of identifier that address is."""


def consent_steps(clock: datetime) -> list[Step]:
    """Return the statements that sum up consents as known at `clock` (UTC without zone): the later of the two clocks."""
    return [
        Step("consent_now", _CONSENT_NOW, {"clock": clock}),
        Step("own_statement", _OWN_STATEMENT),
        Step("address_statement", _ADDRESS_STATEMENT),
        Step("own_stand", _stand_sql("own_stand", "own_statement", "customer_id")),
        Step("address_stand", _stand_sql("address_stand", "address_statement", "kind, value")),
    ]


_KIND_SQL = "CASE channel " + " ".join(f"WHEN '{channel}' THEN '{kind}'" for channel, kind in CHANNEL_KINDS.items()) + " END"

_CONSENT_NOW = f"""
    CREATE OR REPLACE TEMP TABLE consent_now AS
    SELECT record_id, identifier_kind, identifier_value, channel, purpose, {_KIND_SQL} AS channel_kind, status,
           status IN ('denied', 'withdrawn') AS refuses,
           status = 'granted' AND coalesce(expires_at > $clock, true) AND coalesce("at" <= $clock, true) AS grants,
           status = 'granted' AND expires_at <= $clock AS expired, coalesce(explicit, false) AS explicit,
           coalesce("at", if(status = 'granted', '-infinity', 'infinity')::TIMESTAMP) AS stated_at
    FROM cem.consent WHERE status IN ('granted', 'denied', 'withdrawn')"""

_OWN_STATEMENT = """
    CREATE OR REPLACE TEMP TABLE own_statement AS
    SELECT i.customer_id, c.channel, c.purpose, c.status, c.refuses, c.grants, c.expired, c.explicit, c.stated_at, true AS named
    FROM consent_now c JOIN cem.identity i USING (record_id)"""

_ADDRESS_STATEMENT = """
    CREATE OR REPLACE TEMP TABLE address_statement AS
    SELECT identifier_kind AS kind, identifier_value AS value, channel, purpose, status, refuses, grants, expired, explicit,
           stated_at, true AS named
    FROM consent_now WHERE identifier_value IS NOT NULL
    UNION ALL
    SELECT a.kind, a.value, c.channel, c.purpose, c.status, c.refuses, c.grants, c.expired, c.explicit, c.stated_at, false AS named
    FROM consent_now c JOIN (
        SELECT record_id, kind, value FROM cem.identifier WHERE kind IN ('email', 'phone')
        UNION ALL SELECT record_id, 'email', email FROM cem.record WHERE email IS NOT NULL
        UNION ALL SELECT record_id, 'phone', phone FROM cem.record WHERE phone IS NOT NULL) a
        ON a.record_id = c.record_id AND a.kind = c.channel_kind
    WHERE c.identifier_value IS NULL AND (c.refuses OR c.grants AND c.explicit)"""


def _stand_sql(table: str, statements: str, key: str) -> str:
    """Return SQL that sums statements up per key, channel and purpose.

    `refused_at` and `refusal`: the newest refusal; `opted_in_at`: the newest explicit grant; `granted`: a grant that counts
    (one on a record says nothing about others who share its address, so there only a grant naming the address counts).
    """
    return f"""
        CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT {key}, channel, purpose, max(stated_at) FILTER (refuses) AS refused_at,
               arg_max(status, (stated_at, status)) FILTER (refuses) AS refusal,
               max(stated_at) FILTER (grants AND explicit) AS opted_in_at,
               bool_or(grants AND named) AS granted, bool_or(expired AND named) AS expired
        FROM {statements} GROUP BY {key}, channel, purpose"""
