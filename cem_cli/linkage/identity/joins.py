"""Identifiers that join records for certain, and the limits over which a value stops joining.

Reads the temporary view `key_now` and `record`; writes the temporary tables `join_rule` (kind, priority, limits),
`value_use` (kind, value_hash, held, usable), filled for the values that somebody asked about, and `join_pair` (kind,
value_hash, record_id_l, record_id_r: each usable value's first record with every other, in order of priority).
"""

from __future__ import annotations

from collections.abc import Mapping

from cem_cli.base.sql import Step, literal
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.identity.settings import JoinRule

_USE_SQL = """
    INSERT INTO value_use
    WITH held AS (
        SELECT k.kind, k.value_hash, count(*) AS held FROM key_now k {among} GROUP BY ALL HAVING count(*) > 1
    ), crowded AS (
        SELECT h.kind, h.value_hash, count(DISTINCT lower(coalesce(r.full_name, concat_ws(' ', r.given_name, r.surname)))) AS people
        FROM held h JOIN join_rule j USING (kind) JOIN key_now k USING (kind, value_hash) JOIN cem.record r USING (record_id)
        WHERE h.held > j.max_people AND h.held <= j.max_records GROUP BY ALL
    )
    SELECT h.kind, h.value_hash, h.held, h.held <= j.max_records AND coalesce(c.people <= j.max_people, true)
    FROM held h JOIN join_rule j USING (kind) LEFT JOIN crowded c USING (kind, value_hash)"""
_PAIRS = Step("join_pair", """
    CREATE OR REPLACE TEMP TABLE join_pair AS
    SELECT k.kind, k.value_hash, first.record_id AS record_id_l, k.record_id AS record_id_r
    FROM key_now k
    JOIN (SELECT kind, value_hash, min(record_id) AS record_id FROM key_now SEMI JOIN value_use u
          USING (kind, value_hash) GROUP BY ALL) first USING (kind, value_hash)
    JOIN value_use u USING (kind, value_hash) JOIN join_rule j USING (kind)
    WHERE u.usable AND k.record_id != first.record_id ORDER BY j.priority, k.kind, k.value_hash, k.record_id""")


def start(con: Connection, joins: Mapping[str, JoinRule]) -> None:
    """Write `join_rule` and an empty `value_use`."""
    rows = ", ".join(
        f"({literal(kind)}, {number}, {rule.max_records}, {rule.max_people})" for number, (kind, rule) in enumerate(joins.items())
    ) or "(NULL, 0, 0, 0)"
    run_steps(con, [
        Step("join_rule", "CREATE OR REPLACE TEMP TABLE join_rule AS "
             f"SELECT * FROM (VALUES {rows}) v(kind, priority, max_records, max_people) WHERE kind IS NOT NULL"),
        Step("value_use", """
            CREATE OR REPLACE TEMP TABLE value_use (kind VARCHAR, value_hash BIGINT, held BIGINT, usable BOOLEAN)"""),
    ])


def weigh_all(con: Connection) -> None:
    """Fill `value_use` for every value."""
    con.execute(_USE_SQL.format(among="")).fetchall()


def weigh(con: Connection, asked: str) -> None:
    """Fill `value_use` for the values of the temporary table `asked` (kind, value_hash) that are not in it yet."""
    if not con.execute(f"SELECT 1 FROM {asked} LIMIT 1").fetchall():
        return
    among = f"SEMI JOIN (SELECT kind, value_hash FROM {asked} ANTI JOIN value_use USING (kind, value_hash)) a USING (kind, value_hash)"
    con.execute(_USE_SQL.format(among=among)).fetchall()


def pair_up(con: Connection) -> None:
    """Write `join_pair` for the values in `value_use`."""
    run_steps(con, [_PAIRS])


def over_limit(con: Connection) -> list[str]:
    """Return one sentence per kind with values over their limit: they stopped joining."""
    rows = con.execute(
        "SELECT kind, count(*), max(held) FROM value_use WHERE NOT usable GROUP BY kind ORDER BY kind").fetchall()
    return [f"{count} {kind} value(s) are shared by too many records or names (up to {most} records) and join nobody"
            for kind, count, most in rows]
