"""Which profile fields a unification filled, changed or emptied, and why; never the values, which erasure could not reach.

Reads `profile`, `profile_lineage`, `identity_log`, `record`, `meta` and the temporary table `touched`; writes
`profile_change` (of customers that had a profile before and have one now), the keys `unified_import` and `unified_seq` of
`meta`, and the temporary tables `profile_before`, `lineage_before`, `field_change`.

Causes, the first that holds: `override` (a value set by hand, or taken back); what moved the record that gives the value, or
gave it, as `identity_log` tells (`file`, `decision`, `edge`, `retrain` ...); `file` (that record came anew); what else
happened to the customer; `rule` (survivorship, trust, the clock).
"""

from __future__ import annotations

from cem_cli.base.sql import Step, literal, quote
from cem_cli.profiles.rules import FIELDS, LISTS

_ALL = (*FIELDS, *LISTS)
REMEMBER = (
    Step("profile_before", f"""
        CREATE OR REPLACE TEMP TABLE profile_before AS
        SELECT customer_id, {', '.join(map(quote, _ALL))} FROM cem.profile SEMI JOIN touched USING (customer_id)"""),
    Step("lineage_before", """
        CREATE OR REPLACE TEMP TABLE lineage_before AS
        SELECT customer_id, field, record_id, rule FROM cem.profile_lineage SEMI JOIN touched USING (customer_id)"""),
)
"""What stands before profiles are rebuilt."""


def _acts_sql() -> str:
    """Return a list of {field, act} of the profiles `b` (before) and `a` (after)."""
    each = ", ".join(
        f"CASE WHEN b.{quote(f)} IS DISTINCT FROM a.{quote(f)} THEN {{'field': {literal(f)}, 'act': "
        f"CASE WHEN b.{quote(f)} IS NULL THEN 'filled' WHEN a.{quote(f)} IS NULL THEN 'emptied' ELSE 'changed' END}} END"
        for f in _ALL
    )
    return f"list_filter([{each}], lambda x: x IS NOT NULL)"


def _since_sql(key: str) -> str:
    return f"(SELECT coalesce(max(value::BIGINT), 0) FROM cem.meta WHERE key = {literal(key)})"


_FIELD_CHANGE = Step("field_change", f"""
    CREATE OR REPLACE TEMP TABLE field_change AS
    WITH found AS (
        SELECT customer_id, unnest({_acts_sql()}, recursive := true) FROM profile_before b JOIN cem.profile a USING (customer_id))
    SELECT f.*, old.record_id AS old_id, new.record_id AS new_id, old.rule AS old_rule, new.rule AS new_rule
    FROM found f LEFT JOIN lineage_before old USING (customer_id, field) LEFT JOIN cem.profile_lineage new USING (customer_id, field)""")
_RECORD_SQL = f"""
    INSERT INTO cem.profile_change
    WITH concerned AS (SELECT new_id AS record_id FROM field_change UNION SELECT old_id FROM field_change),
    moved AS (
        SELECT record_id, arg_max({{'cause': cause, 'detail': detail}}, seq) AS why
        FROM cem.identity_log SEMI JOIN concerned USING (record_id)
        WHERE seq > {_since_sql('unified_seq')} AND act IN ('joined', 'left') GROUP BY record_id),
    came AS (
        SELECT record_id, {{'cause': 'file', 'detail': json_object('import', import_id)}} AS why
        FROM cem.record SEMI JOIN concerned USING (record_id) WHERE import_id > {_since_sql('unified_import')}),
    shifted AS (
        SELECT customer_id, arg_max({{'cause': cause, 'detail': detail}}, seq) AS why FROM (
            SELECT unnest([customer_id, other_id]) AS customer_id, cause, detail, seq FROM cem.identity_log
            WHERE seq > {_since_sql('unified_seq')})
        GROUP BY customer_id),
    told AS (
        SELECT c.customer_id, c.field, c.act, CASE
            WHEN 'override' IN (coalesce(new_rule, ''), coalesce(old_rule, '')) THEN {{'cause': 'override', 'detail': '{{}}'::JSON}}
            ELSE coalesce(m.why, n.why, o.why, p.why, s.why, {{'cause': 'rule', 'detail': json_object('rule', new_rule)}}) END AS why
        FROM field_change c LEFT JOIN moved m ON m.record_id = new_id LEFT JOIN came n ON n.record_id = new_id
        LEFT JOIN moved o ON o.record_id = old_id LEFT JOIN came p ON p.record_id = old_id LEFT JOIN shifted s USING (customer_id))
    SELECT $run_id, customer_id, field, act, why.cause, why.detail FROM told ORDER BY customer_id, field"""


def change_steps(run_id: int) -> tuple[Step, ...]:
    """Return the statements that keep what changed since `REMEMBER`, once profiles and lineage are rebuilt."""
    return (
        _FIELD_CHANGE,
        Step("profile_change", _RECORD_SQL, {"run_id": run_id}),
        Step("forget what was seen", "DELETE FROM cem.meta WHERE key IN ('unified_import', 'unified_seq')"),
        Step("what was seen", """
            INSERT INTO cem.meta
            SELECT 'unified_import', greatest((SELECT coalesce(max(import_id), 0) FROM cem.event),
                                              (SELECT coalesce(max(import_id), 0) FROM cem.record))::VARCHAR
            UNION ALL SELECT 'unified_seq', coalesce(max(seq), 0)::VARCHAR FROM cem.identity_log"""),
    )
