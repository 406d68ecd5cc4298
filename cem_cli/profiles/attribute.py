"""Whose event is it: through its record, through who was logged in on the device then, or an anonymous visitor.

Reads `event`, `identity`, `device_login`; writes `event_customer` and the temporary table `reattributed` (customers that
won or lost an event).

Who is logged in is asked per event: the newest interval of the device that began before it, if that has not ended. So two
people on one tablet stay two. An event with neither record nor device stays unattributed: it has no row, and every total
counts it.
"""

from __future__ import annotations

from cem_cli.base.ids import customer_id_sql, keyed_hash_sql
from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps


def attribute(con: Connection, key: str) -> None:
    """Bring `event_customer` up to date; `key` is the project's key, for the ids of anonymous visitors."""
    run_steps(con, attribute_steps(key))


def attribute_steps(key: str) -> list[Step]:
    """Return the statements of `attribute`: all attributions anew, then only the differences written."""
    return [
        Step("attributed", f"CREATE OR REPLACE TEMP TABLE attributed AS {attributed_sql(key)}"),
        Step("changed_event", """
            CREATE OR REPLACE TEMP TABLE changed_event AS
            SELECT event_id, o.customer_id AS old_id, n.customer_id AS new_id, n.via
            FROM cem.event_customer o FULL JOIN attributed n USING (event_id)
            WHERE o.customer_id IS DISTINCT FROM n.customer_id OR o.via IS DISTINCT FROM n.via"""),
        Step("reattributed", """
            CREATE OR REPLACE TEMP TABLE reattributed AS
            SELECT DISTINCT customer_id FROM (SELECT old_id AS customer_id FROM changed_event
                                              UNION ALL SELECT new_id FROM changed_event)
            WHERE customer_id IS NOT NULL"""),
        Step("forget changed attributions", """
            DELETE FROM cem.event_customer WHERE event_id IN (SELECT event_id FROM changed_event WHERE old_id IS NOT NULL)"""),
        Step("event_customer", """
            INSERT INTO cem.event_customer SELECT event_id, new_id, via FROM changed_event
            WHERE new_id IS NOT NULL ORDER BY event_id"""),
        Step("drop attributed", "DROP TABLE attributed"),
    ]


def attributed_sql(key: str) -> str:
    """Return the SELECT of event_id, customer_id, via for every event that somebody is found for."""
    device = customer_id_sql(keyed_hash_sql(key, "'device'", "e.device_id"))
    return f"""
        WITH login AS (
            SELECT l.device_id, l.from_at, l.to_at, i.customer_id
            FROM cem.device_login l LEFT JOIN cem.identity i USING (record_id)),
        found AS (
            SELECT e.event_id, e.device_id, i.customer_id AS known,
                   CASE WHEN l.to_at IS NULL OR e."at" < l.to_at THEN l.customer_id END AS logged_in
            FROM cem.event e
            LEFT JOIN cem.identity i ON i.record_id = e.record_id
            ASOF LEFT JOIN login l ON l.device_id = e.device_id AND e."at" >= l.from_at),
        named AS (
            SELECT event_id, coalesce(known, logged_in, CASE WHEN e.device_id IS NOT NULL THEN {device} END) AS customer_id,
                   CASE WHEN known IS NOT NULL THEN 'identity' WHEN logged_in IS NOT NULL THEN 'login' ELSE 'device' END AS via
            FROM found e)
        SELECT event_id, customer_id, via FROM named WHERE customer_id IS NOT NULL"""
