"""The golden record: one winning record per customer and group of fields, its values, and where they came from.

Reads `identity`, `record`, `identifier`, `customer`, `event`, `event_customer` and the temporary tables `touched`
(customers to build) and `override_now` (values set by hand); writes `profile`, `profile_lineage` and the temporary
tables `member` (record of a touched customer with its ranks), `winner` (customer x group of fields: winning record and
values), `collected` (customer x list field) and `seen` (customer: acts).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from cem_cli.base.sql import Step, literal, quote
from cem_cli.profiles.rules import FIELDS, LISTS, Group, Plan, SourceTrust
from cem_cli.profiles.strategies import STRATEGIES

_LEADER_BIT = 62


def member_sql(sources: Sequence[SourceTrust]) -> str:
    """Return the records of touched customers; sources that are not listed have trust 0."""
    trust = " ".join(f"WHEN {literal(s.name)} THEN {s.trust}" for s in sources)
    third = " ".join(f"WHEN {literal(s.name)} THEN {literal(s.third_party)}" for s in sources)
    fields = ", ".join(f"r.{quote(field)}" for field in FIELDS)
    return f"""
        WITH known AS (
            SELECT i.customer_id, r.record_id, r.source, r.kind, r.effective_at, {fields},
                   {f"CASE r.source {trust} ELSE 0 END" if trust else "0"} AS trust,
                   coalesce(r.third_party, {f"CASE r.source {third} ELSE false END" if third else "false"}) AS third_party
            FROM cem.identity i JOIN cem.record r USING (record_id) JOIN touched t USING (customer_id)
            WHERE NOT coalesce(r.deleted, false))
        SELECT *, row_number() OVER (ORDER BY effective_at NULLS FIRST, trust, record_id DESC) AS recent,
               row_number() OVER (ORDER BY effective_at DESC NULLS FIRST, trust, record_id DESC) AS oldest,
               row_number() OVER (ORDER BY trust, effective_at NULLS FIRST, record_id DESC) AS trusted
        FROM known"""


def winner_sql(groups: Sequence[Group]) -> str:
    """Return, per customer, one struct per group: the winning record (`won_by`) and its values."""
    keys = ", ".join(f"{_key_sql(group)} AS {quote('key_' + group.fields[0])}" for group in groups)
    won = ", ".join(
        f"arg_max({{'won_by': record_id, {_values(group)}}}, {quote('key_' + group.fields[0])}) AS {quote(group.fields[0])}"
        for group in groups
    )
    fields = ", ".join(map(quote, FIELDS))
    return f"""
        WITH keyed AS (SELECT customer_id, record_id, {fields}, {keys} FROM member)
        SELECT customer_id, {won} FROM keyed GROUP BY customer_id"""


def _values(group: Group) -> str:
    return ", ".join(f"{literal(field)}: {quote(field)}" for field in group.fields)


def _key_sql(group: Group) -> str:
    """Records without the leading field stand last; without any field of the group they do not stand at all."""
    leader, strategy = group.fields[0], STRATEGIES[group.rule.strategy]
    has_leader = f"(({quote(leader)} IS NOT NULL)::BIGINT << {_LEADER_BIT})"
    any_field = f"coalesce({', '.join(f'{quote(f)}::VARCHAR' for f in group.fields)}) IS NOT NULL"
    rank = f"coalesce({strategy(leader, group.rule.sources)}, 0)"
    return f"CASE WHEN {any_field} THEN {has_leader} + {rank} END"


def collected_sql() -> str:
    """Return, per customer and list field, all distinct values, newest first, and the record of the first one."""
    fields = " ".join(f"WHEN {literal(kind)} THEN {literal(field)}" for field, kind in LISTS.items())
    return f"""
        WITH value AS (
            SELECT customer_id, n.kind, n.value, m.recent, m.record_id
            FROM member m JOIN cem.identifier n USING (record_id)
            WHERE n.kind IN ({', '.join(map(literal, LISTS.values()))}) AND n.value IS NOT NULL
            UNION ALL SELECT customer_id, 'email', email, recent, record_id FROM member WHERE email IS NOT NULL
            UNION ALL SELECT customer_id, 'phone', phone, recent, record_id FROM member WHERE phone IS NOT NULL),
        newest AS (
            SELECT customer_id, CASE kind {fields} END AS field, value, max(recent) AS recent,
                   arg_max(record_id, recent) AS record_id
            FROM value GROUP BY customer_id, kind, value)
        SELECT customer_id, field, list(value ORDER BY recent DESC, value) AS held,
               first(record_id ORDER BY recent DESC, value) AS won_by
        FROM newest GROUP BY customer_id, field"""


def seen_sql(as_of: datetime) -> str:
    """Return, per touched customer, the first and last act of the person up to `as_of`, and whether money was taken."""
    return f"""
        SELECT customer_id, min(e."at") FILTER (WHERE e.active) AS first_seen_at,
               max(e."at") FILTER (WHERE e.active) AS last_seen_at, bool_or(e.revenue) AS bought
        FROM cem.event_customer JOIN touched USING (customer_id) JOIN cem.event e USING (event_id)
        WHERE e."at" <= {instant_sql(as_of)} GROUP BY customer_id"""


def instant_sql(instant: datetime) -> str:
    """Return a TIMESTAMP literal in UTC."""
    return f"TIMESTAMP {literal(instant.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' '))}"


def profile_sql(plan: Plan) -> str:
    """Return the profiles of touched customers: those with records, and those known by a device alone."""
    values = ", ".join(
        f"CASE WHEN map_contains(o.held, {literal(field)}) THEN o.held[{literal(field)}]{_cast(field)} "
        f"ELSE w.{quote(group.fields[0])}.{quote(field)} END AS {quote(field)}"
        for group in plan.groups
        for field in group.fields
    )
    lists = ", ".join(f"any_value(held) FILTER (WHERE field = {literal(field)}) AS {quote(field)}" for field in LISTS)
    return f"""
        WITH records AS (
            SELECT customer_id, count(*) AS records, list(DISTINCT source ORDER BY source) AS sources,
                   CASE WHEN 2 * count(*) FILTER (WHERE kind = 'organisation') > count(*) THEN 'organisation'
                        ELSE 'person' END AS record_kind
            FROM member GROUP BY customer_id),
        lists AS (SELECT customer_id, {lists} FROM collected GROUP BY customer_id),
        held AS (SELECT customer_id, map_from_entries(list((field, value) ORDER BY field)) AS held
                 FROM override_now GROUP BY customer_id),
        built AS (
            SELECT t.customer_id,
                   CASE WHEN r.customer_id IS NULL THEN 'anonymous' WHEN s.bought THEN 'customer' ELSE 'prospect' END AS kind,
                   r.record_kind, coalesce(r.records, 0) AS records, coalesce(r.sources, []) AS sources,
                   coalesce(c.under_review, false) AS under_review, {values},
                   {', '.join(map(quote, LISTS))}, s.first_seen_at, s.last_seen_at
            FROM touched t LEFT JOIN records r USING (customer_id) LEFT JOIN seen s USING (customer_id)
            LEFT JOIN winner w USING (customer_id) LEFT JOIN lists USING (customer_id) LEFT JOIN held o USING (customer_id)
            LEFT JOIN cem.customer c USING (customer_id)
            WHERE r.customer_id IS NOT NULL OR t.customer_id IN (SELECT customer_id FROM cem.event_customer))
        SELECT * {_composed_name(plan)} FROM built ORDER BY customer_id"""


def _cast(field: str) -> str:
    return "::DATE" if field == "birth_date" else ""


def _composed_name(plan: Plan) -> str:
    if plan.rules["full_name"].strategy != "composed":
        return ""
    return f"""REPLACE (CASE WHEN customer_id IN (SELECT customer_id FROM override_now WHERE field = 'full_name') THEN full_name
                            WHEN {_COMPOSABLE} THEN concat_ws(' ', given_name, middle_name, surname)
                            ELSE full_name END AS full_name)"""


_COMPOSABLE = "given_name IS NOT NULL AND surname IS NOT NULL"


def lineage_sql(plan: Plan) -> str:
    """Return one row per touched customer and field with a value: the record that gave it, and the rule."""
    won = [
        f"SELECT customer_id, {literal(field)} AS field, {_won_by(plan, field, group)} AS record_id, "
        f"{literal(plan.rules[field].strategy)} AS rule FROM winner JOIN cem.profile p USING (customer_id) "
        f"WHERE p.{quote(field)} IS NOT NULL"
        for group in plan.groups
        for field in group.fields
    ]
    collected = "SELECT customer_id, field, won_by, 'aggregate' FROM collected"
    return f"""
        SELECT v.customer_id, v.field, v.record_id, m.source, v.rule, m.third_party, m.effective_at
        FROM ({' UNION ALL '.join([*won, collected])}) v JOIN member m USING (record_id)
        WHERE (v.customer_id, v.field) NOT IN (SELECT (customer_id, field) FROM override_now)
        UNION ALL
        SELECT customer_id, field, record_id, 'manual', 'override', false, "at" FROM override_now JOIN touched USING (customer_id)
        WHERE value IS NOT NULL
        ORDER BY 1, 2"""


def _won_by(plan: Plan, field: str, group: Group) -> str:
    """A composed name is traced to the record that gave the surname."""
    own = f"winner.{quote(group.fields[0])}.won_by"
    if field != "full_name" or plan.rules[field].strategy != "composed":
        return own
    surname = next(g.fields[0] for g in plan.groups if "surname" in g.fields)
    return f"CASE WHEN p.given_name IS NOT NULL AND p.surname IS NOT NULL THEN winner.{quote(surname)}.won_by ELSE {own} END"


def build_steps(plan: Plan, as_of: datetime) -> list[Step]:
    """Return the statements that make this module's temporary tables, then profiles and lineage of touched customers."""
    return [
        Step("member", f"CREATE OR REPLACE TEMP TABLE member AS {member_sql(plan.sources)}"),
        Step("winner", f"CREATE OR REPLACE TEMP TABLE winner AS {winner_sql(plan.groups)}"),
        Step("collected", f"CREATE OR REPLACE TEMP TABLE collected AS {collected_sql()}"),
        Step("seen", f"CREATE OR REPLACE TEMP TABLE seen AS {seen_sql(as_of)}"),
        Step("forget touched profiles", "DELETE FROM cem.profile WHERE customer_id IN (SELECT customer_id FROM touched)"),
        Step("forget touched lineage",
             "DELETE FROM cem.profile_lineage WHERE customer_id IN (SELECT customer_id FROM touched)"),
        Step("profile", f"INSERT INTO cem.profile BY NAME {profile_sql(plan)}"),
        Step("profile_lineage", f"INSERT INTO cem.profile_lineage BY NAME {lineage_sql(plan)}"),
    ]
