"""Public views: a small, versioned surface for SQL users and BI tools (schema `main`). Additive only."""

from __future__ import annotations

from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps

VIEWS: dict[str, str] = {
    "profiles": "SELECT * FROM cem.profile",
    "records": """
        SELECT i.customer_id, r.* EXCLUDE (deleted) FROM cem.record r JOIN cem.identity i USING (record_id) WHERE NOT r.deleted""",
    "events": """
        SELECT c.customer_id, c.via, e.event_id, e.source, e.type, e.parent_id, e.record_id, e.device_id, e.channel,
               e.store_id, e.staff_id, e.campaign_id, e."at", e.time_zone,
               e.amount, e.currency, e.revenue, e.active, e.status, e.text, e.properties
        FROM cem.event e LEFT JOIN cem.event_customer c USING (event_id)""",
    "order_lines": """
        SELECT c.customer_id, e."at", e.channel, e.store_id, l.*, p.category, p.brand, p.cost
        FROM cem.order_line l JOIN cem.event e USING (event_id)
        LEFT JOIN cem.event_customer c USING (event_id) LEFT JOIN cem.product p USING (sku)""",
    "products": "SELECT * FROM cem.product",
    "stores": "SELECT * FROM cem.store",
    "campaigns": "SELECT * FROM cem.campaign",
    "segment_members": "SELECT segment, customer_id, entered_run FROM cem.segment_member WHERE left_run IS NULL",
    "households": "SELECT * FROM cem.household",
    "contactable": "SELECT * FROM cem.contactable",
    "decisions": """
        SELECT decision_id, d.kind, l.source || ':' || l.record_key AS record_l, r.source || ':' || r.record_key AS record_r,
               who, d."at", why, undone_at, undone_by
        FROM cem.decision d LEFT JOIN cem.record l ON l.record_id = d.record_id_l LEFT JOIN cem.record r ON r.record_id = d.record_id_r""",
    "identity_history": "SELECT * FROM cem.identity_log",
    "clusters": """
        SELECT l.customer_id, count(*) AS pairs_compared, round(avg(e.weight), 4) AS mean_weight, min(e.weight) AS worst_weight,
               arg_min(struct_pack(l := e.record_id_l, r := e.record_id_r), (e.weight, e.record_id_l, e.record_id_r)) AS worst_pair
        FROM cem.edge e JOIN cem.identity l ON l.record_id = e.record_id_l JOIN cem.identity r ON r.record_id = e.record_id_r
        WHERE l.customer_id = r.customer_id GROUP BY l.customer_id""",
    "imports": "SELECT * FROM cem.import_file",
    "quarantined": "SELECT import_id, source, line, byte_start, byte_end, reason, field FROM cem.quarantine",
    "runs": "SELECT run_id, command, as_of, started_at, finished_at, status, counts FROM cem.run",
    "fields": "SELECT * FROM cem.field",
}
"""View name -> its SELECT. `quarantined` leaves the raw bytes out: they are personal data nobody asked for by accident."""


def create_views(con: Connection) -> None:
    """Create or replace every public view."""
    run_steps(con, [Step(name, f"CREATE OR REPLACE VIEW main.{name} AS {select}") for name, select in VIEWS.items()])
