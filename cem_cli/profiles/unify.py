"""`cem unify`: events to customers, records to profiles; all of them, or only what changed.

Reads `identity`, `event_customer`, `profile_override`, `meta` and what `attribute` and `survivorship` read; writes
`event_customer`, `profile`, `profile_lineage`, `profile_change`, `touched_profile`, `field`, the keys `unified_*` of `meta`,
and the temporary table `touched` (customer_id: whose profiles were looked at).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.profiles.attribute import attribute
from cem_cli.profiles.catalogue import register_fields
from cem_cli.profiles.changes import REMEMBER, change_steps
from cem_cli.profiles.overrides import override_steps
from cem_cli.profiles.rules import SourceTrust, SurvivorshipRule, make_plan
from cem_cli.profiles.survivorship import build_steps, instant_sql


@dataclass(frozen=True)
class Unification:
    """What a unification works by."""

    as_of: datetime
    key: str
    """The project's key (ids of anonymous visitors)."""
    rules: Sequence[SurvivorshipRule] = ()
    """Rules that differ from the defaults."""
    sources: Sequence[SourceTrust] = ()
    run_id: int = 0
    """The run that `profile_change` names."""


@dataclass(frozen=True)
class Unified:
    """What a unification found."""

    built: int
    """Profiles made or remade."""
    profiles: dict[str, int]
    """Profiles per kind: customer, prospect, anonymous."""
    events: dict[str, int]
    """Events per way of attribution (identity, login, device), and `unattributed`; they add up to all events."""
    values: int
    """Values with lineage."""


def unify(con: Connection, how: Unification, only: str | None = None) -> Unified:
    """Build profiles; with `only` (a table with `customer_id`) just those customers and whom new facts touch.

    `only` must hold every customer that won or lost a record, or whose record changed, since the last unification; then
    the result is the same as building everything. They and whoever else is touched (by new or changed events, logins,
    overrides, the clock) go into `touched_profile`, so that measures can redo the same customers. Changed rules or trust need
    everything. Raises CemError for rules that cannot be followed; call it in a transaction.
    """
    plan = make_plan(how.rules, how.sources)
    attribute(con, how.key)
    run_steps(con, [*override_steps(), Step("touched", f"CREATE OR REPLACE TEMP TABLE touched AS {_touched_sql(how, only)}")])
    run_steps(con, [*REMEMBER, *build_steps(plan, how.as_of), *change_steps(how.run_id), _TELL_MEASURES])
    con.execute("DELETE FROM cem.meta WHERE key = 'unified_as_of'")
    con.execute(f"INSERT INTO cem.meta SELECT 'unified_as_of', {instant_sql(how.as_of)}::VARCHAR")
    register_fields(con)
    return _counted(con)


_TELL_MEASURES = Step("touched_profile", """
    INSERT INTO cem.touched_profile
    SELECT customer_id FROM touched EXCEPT SELECT customer_id FROM cem.touched_profile ORDER BY customer_id""")


def _touched_sql(how: Unification, only: str | None) -> str:
    """Everybody; or those named, reattributed, overridden, or with an event that is changed, that the clock has passed, or that
    such an event belongs to (a refund changes what its purchase means, whoever brought it back).
    """
    if only is None:
        return """
            SELECT customer_id FROM cem.identity UNION SELECT customer_id FROM cem.event_customer
            UNION SELECT customer_id FROM cem.profile"""
    return f"""
        WITH news AS (
            SELECT e.event_id, e.parent_id FROM cem.event e
            LEFT JOIN cem.meta m ON m.key = 'unified_as_of' LEFT JOIN cem.meta i ON i.key = 'unified_import'
            WHERE (e."at" <= m.value::TIMESTAMP) IS DISTINCT FROM (e."at" <= {instant_sql(how.as_of)})
               OR e.import_id > i.value::BIGINT)
        SELECT customer_id FROM {only} UNION SELECT customer_id FROM reattributed UNION SELECT customer_id FROM override_place
        UNION SELECT customer_id FROM cem.event_customer
              WHERE event_id IN (SELECT event_id FROM news UNION ALL SELECT parent_id FROM news)"""


def _counted(con: Connection) -> Unified:
    def counts(query: str) -> dict[str, int]:
        return {str(name): int(number) for name, number in con.execute(query).fetchall()}

    built = counts("SELECT 'built', count(*) FROM cem.profile JOIN touched USING (customer_id)")["built"]
    values = counts("SELECT 'values', count(*) FROM cem.profile_lineage")["values"]
    profiles = counts("SELECT kind, count(*) FROM cem.profile GROUP BY kind ORDER BY kind")
    events = counts("""
        SELECT coalesce(via, 'unattributed'), count(*) FROM cem.event LEFT JOIN cem.event_customer USING (event_id)
        GROUP BY 1 ORDER BY 1""")
    return Unified(built, profiles, events, values)
