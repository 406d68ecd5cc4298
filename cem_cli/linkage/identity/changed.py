"""What happened since the last link: records new, changed or gone, decisions made or undone, joining identifiers.

Reads `record`, `identity`, `identifier`, `decision`, `linked_decision`, `join_key`, `meta`. Writes temporary tables:
`changed` (record_id, import_id, alive), `known` (those that had a customer), `gone`, `cause` (see `log`), `decided`
(decision_id, kind, record_id_l, record_id_r: decisions that differ from those the last link applied), `fresh_key` (join
keys of changed records), and the temporary view `key_now` (join keys of all living records).
"""

from __future__ import annotations

from collections.abc import Mapping

from cem_cli.base.sql import Step, literal
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.identity.settings import JoinRule

_CHANGED = Step("changed", """
    CREATE OR REPLACE TEMP TABLE changed AS
    SELECT record_id, import_id, NOT coalesce(deleted, false) AS alive FROM cem.record WHERE import_id > $since""")
_ONLY_NEW_SQL = """
    SELECT (SELECT (count(*), sum(record_id)) FROM cem.record WHERE import_id <= $since AND NOT coalesce(deleted, false))
        IS NOT DISTINCT FROM (SELECT (count(*), sum(record_id)) FROM cem.identity)"""
_UNSEEN_SQL = """
    SELECT (SELECT (count(*), coalesce(sum(record_id), 0)) FROM cem.record WHERE import_id <= $since AND NOT coalesce(deleted, false))
        IS DISTINCT FROM (
            SELECT ((SELECT count(*) FROM cem.identity) - (SELECT count(*) FROM known),
                    coalesce((SELECT sum(record_id) FROM cem.identity), 0) - coalesce((SELECT sum(record_id) FROM known), 0)))"""
_MISSING = Step("records that came or went without an import (erasure, restored backup)", """
    INSERT INTO changed
    WITH living AS (SELECT record_id, import_id FROM cem.record WHERE NOT coalesce(deleted, false))
    SELECT record_id, import_id, alive FROM (
        SELECT i.record_id, NULL AS import_id, false AS alive FROM cem.identity i ANTI JOIN living USING (record_id)
        UNION ALL SELECT l.record_id, l.import_id, true FROM living l ANTI JOIN cem.identity USING (record_id))
    ANTI JOIN changed USING (record_id)""")
_NOT_NEWS_SQL = """
    DELETE FROM cause WHERE cause = 'file' AND record_id IN (
        SELECT record_id FROM changed SEMI JOIN known USING (record_id) WHERE alive AND import_id <= $since)"""
_DECIDED = Step("decided", """
    CREATE OR REPLACE TEMP TABLE decided AS
    SELECT decision_id, kind, record_id_l, record_id_r FROM cem.decision
    WHERE (undone_at IS NULL) != (decision_id IN (SELECT decision_id FROM cem.linked_decision))""")
_KNOWN = Step("known", """
    CREATE OR REPLACE TEMP TABLE known AS
    SELECT record_id FROM cem.identity SEMI JOIN changed USING (record_id)""")
_NONE_KNOWN = Step("known", "CREATE OR REPLACE TEMP TABLE known (record_id BIGINT)")
_AFTER = (
    Step("gone", """
        CREATE OR REPLACE TEMP TABLE gone AS
        SELECT record_id FROM changed SEMI JOIN known USING (record_id) WHERE NOT alive"""),
    Step("cause", """
        CREATE OR REPLACE TEMP TABLE cause AS
        SELECT record_id, 2 AS rank, 'file' AS cause,
               CASE WHEN import_id IS NULL THEN '{}' ELSE json_object('import', import_id) END AS detail FROM changed
        UNION ALL
        SELECT unnest([record_id_l, record_id_r]), 1, 'decision', json_object('decision', decision_id) FROM decided"""),
    Step("key_now", """
        CREATE OR REPLACE TEMP VIEW key_now AS
        SELECT kind, value_hash, record_id FROM cem.join_key WHERE record_id NOT IN (SELECT record_id FROM changed)
        UNION ALL SELECT kind, value_hash, record_id FROM fresh_key"""),
)


def find_changes(con: Connection, since: int, joins: Mapping[str, JoinRule], *, full: bool) -> None:
    """Write this module's temporary tables; `since` is the newest import that the last link saw (-1: none, all is new).

    `full` puts every record among the changed; causes still name only what really changed.
    """
    con.execute(_CHANGED.sql, {"since": -1 if full else since}).fetchall()
    if not full and con.execute(_ONLY_NEW_SQL, {"since": since}).fetchall()[0][0]:
        run_steps(con, [_NONE_KNOWN])  # whoever has a customer is a record that the last link saw
    else:
        run_steps(con, [_KNOWN])
        if full or con.execute(_UNSEEN_SQL, {"since": since}).fetchall()[0][0]:
            run_steps(con, [_MISSING, _KNOWN])
    run_steps(con, [_DECIDED, Step("fresh_key", _fresh_key_sql(joins)), *_AFTER])
    con.execute(_NOT_NEWS_SQL, {"since": since}).fetchall()


def _fresh_key_sql(joins: Mapping[str, JoinRule]) -> str:
    kinds = ", ".join(literal(kind) for kind in joins) or "NULL"
    blocked = "".join(
        f" AND NOT (kind = {literal(kind)} AND lower(value) IN ({', '.join(literal(v.lower()) for v in rule.blocked)}))"
        for kind, rule in joins.items() if rule.blocked
    )
    return f"""
        CREATE OR REPLACE TEMP TABLE fresh_key AS
        SELECT DISTINCT kind, (md5_number_lower(value) >> 1)::BIGINT AS value_hash, record_id
        FROM cem.identifier SEMI JOIN (SELECT record_id FROM changed WHERE alive) USING (record_id)
        WHERE kind IN ({kinds}){blocked}"""
