"""Who acted: the record of every event that names a person, and the intervals in which a device was somebody's.

Reads `event`, `record`, `identifier`; writes `event.record_id` and `device_login`. Runs after the imports, in any order of
them, as often as one likes: the result depends on the tables only.
"""

from __future__ import annotations

from dataclasses import dataclass

from cem_cli.engines.duck import Connection

OPEN_START = "TIMESTAMP '1900-01-01'"
"""From when a device belongs to the first person who logs in on it: what came before the login was most likely them."""


@dataclass(frozen=True)
class Resolution:
    """Events by how their person is known."""

    attributed: int
    """Point to a record."""
    dangling: int
    """Name somebody of whom there is no record."""
    anonymous: int
    """Name nobody (a device at most)."""
    logins: int
    """Intervals of `device_login`."""


def resolve(con: Connection) -> Resolution:
    """Point every event to its record, then rebuild `device_login`. In the caller's transaction."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE resolved AS {_resolved_sql()}").fetchall()
    con.execute("""
        UPDATE cem.event SET record_id = r.record_id FROM resolved r
        WHERE event.event_id = r.event_id AND event.record_id IS DISTINCT FROM r.record_id""").fetchall()
    con.execute("DELETE FROM cem.device_login").fetchall()
    con.execute(f"INSERT INTO cem.device_login {_logins_sql()}").fetchall()
    attributed, dangling, anonymous = con.execute("""
        SELECT count(record_id), count(*) FILTER (WHERE record_id IS NULL AND ref_value IS NOT NULL),
               count(*) FILTER (WHERE ref_value IS NULL)
        FROM cem.event""").fetchall()[0]
    logins = con.execute("SELECT count(*) FROM cem.device_login").fetchall()[0][0]
    return Resolution(int(attributed), int(dangling), int(anonymous), int(logins))


def _resolved_sql() -> str:
    """Return (event_id, record_id) of events that name a person.

    `record:SOURCE` is a key; `KIND` an identifier, `KIND@SOURCE` one of that source's records. Of several records with one
    identifier the newest is meant (ties: the smallest id); linkage makes one person of them where they are one.
    """
    return """
        WITH referred AS (
            SELECT event_id, ref_kind, ref_value, split_part(ref_kind, '@', 1) AS kind, nullif(split_part(ref_kind, '@', 2), '') AS source
            FROM cem.event WHERE ref_value IS NOT NULL),
        keyed AS (
            SELECT e.event_id, r.record_id FROM referred e
            JOIN cem.record r ON r.source = substr(e.ref_kind, 8) AND r.record_key = e.ref_value WHERE starts_with(e.ref_kind, 'record:')),
        wanted AS (SELECT DISTINCT kind, source, ref_value FROM referred WHERE NOT starts_with(ref_kind, 'record:')),
        found AS (
            SELECT w.kind, w.source, w.ref_value, arg_max(i.record_id, (r.effective_at, -i.record_id)) AS record_id
            FROM wanted w JOIN cem.identifier i ON i.kind = w.kind AND i.value = w.ref_value AND (w.source IS NULL OR i.source = w.source)
            JOIN cem.record r ON r.record_id = i.record_id GROUP BY ALL)
        SELECT event_id, k.record_id FROM referred LEFT JOIN keyed k USING (event_id) WHERE starts_with(ref_kind, 'record:')
        UNION ALL
        SELECT event_id, f.record_id FROM referred e
        LEFT JOIN found f ON f.kind = e.kind AND f.ref_value = e.ref_value AND f.source IS NOT DISTINCT FROM e.source
        WHERE NOT starts_with(e.ref_kind, 'record:')"""


def _logins_sql() -> str:
    """Return the intervals: a login opens one, the next person's login closes it; repeats of one person are one interval."""
    return f"""
        WITH login AS (
            SELECT device_id, "at", record_id FROM cem.event
            WHERE type = 'login' AND device_id IS NOT NULL AND record_id IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY device_id, "at" ORDER BY event_id) = 1),
        change AS (
            SELECT * FROM login QUALIFY record_id IS DISTINCT FROM lag(record_id) OVER (PARTITION BY device_id ORDER BY "at")),
        numbered AS (
            SELECT *, row_number() OVER device AS n, lead("at") OVER device AS to_at
            FROM change WINDOW device AS (PARTITION BY device_id ORDER BY "at"))
        SELECT device_id, CASE WHEN n = 1 THEN {OPEN_START} ELSE "at" END AS from_at, to_at, record_id
        FROM numbered ORDER BY device_id, from_at"""
