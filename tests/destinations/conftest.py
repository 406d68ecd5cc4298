"""A workspace in memory with four customers, their gates, lineage and one measure, and a maker of exports."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cem_cli.destinations.export import export
from cem_cli.destinations.spec import ExportSpec, target_path
from cem_cli.engines.duck import connect_memory
from cem_cli.store.tables import TABLES, create_sql

AS_OF = datetime(2026, 6, 30, 12, tzinfo=UTC)
ALL, CONTACT = ["service", "analytics", "marketing"], ["service", "marketing"]
FIELDS = [
    ("customer_id", "profile", "customer_id", "VARCHAR", ALL), ("given_name", "profile", "given_name", "VARCHAR", CONTACT),
    ("surname", "profile", "surname", "VARCHAR", CONTACT), ("email", "profile", "email", "VARCHAR", CONTACT),
    ("emails", "profile", "emails", "VARCHAR[]", CONTACT), ("phone", "profile", "phone", "VARCHAR", CONTACT),
    ("city", "profile", "city", "VARCHAR", ALL), ("last_seen_at", "profile", "last_seen_at", "TIMESTAMP", ALL),
    ("sources", "profile", "sources", "VARCHAR[]", ALL), ("spend", "measure_spend", "total", "DECIMAL(18,2)", []),
]  # fmt: skip
PROFILES = [
    ("C1", "Anna", "=1+1", "anna@example.it", ["anna@example.it", "a2@example.it"], "+393331111111", "Milano", ["crm", "web"]),
    ("C2", "Bruno", "D'Amico", "bruno@example.it", ["bruno@example.it"], None, 'Re"ggio, "Emilia"', ["crm"]),
    ("C3", "Carla", "Rossi", "carla@example.it", ["carla@example.it"], None, "Forlì", []),
    ("C4", None, None, None, None, None, None, None),
]


@pytest.fixture
def con():
    con = connect_memory(threads=2)
    con.execute("CREATE SCHEMA cem")
    for table in TABLES:
        con.execute(create_sql(table))
    con.execute("CREATE TABLE cem.measure_spend (customer_id VARCHAR, total DECIMAL(18,2))")
    con.execute("INSERT INTO cem.measure_spend VALUES ('C1', 120.50), ('C3', -5)")
    con.executemany("INSERT INTO cem.field VALUES (?, ?, ?, ?, '', ?)", FIELDS)
    con.executemany(
        "INSERT INTO cem.profile (customer_id, given_name, surname, email, emails, phone, city, sources, last_seen_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, '2026-06-01 10:00:00')", PROFILES,
    )
    con.execute("INSERT INTO cem.processable VALUES ('C1', true, NULL), ('C2', true, NULL), ('C3', false, 'objection'), ('C4', true, NULL)")
    con.execute("""INSERT INTO cem.contactable VALUES ('C1', 'email', 'marketing', true, NULL),
        ('C2', 'email', 'marketing', false, 'withdrawn'), ('C3', 'email', 'marketing', true, NULL),
        ('C2', 'sms', 'marketing', true, NULL)""")
    con.execute("INSERT INTO cem.segment VALUES ('loyal', '', 'x', 1)")
    con.execute("INSERT INTO cem.segment_member VALUES ('loyal', 'C1', 1, NULL), ('loyal', 'C2', 1, NULL), ('loyal', 'C4', 1, 2)")
    con.execute("""INSERT INTO cem.profile_lineage (customer_id, field, third_party) VALUES ('C1', 'email', true),
        ('C1', 'city', true), ('C2', 'city', false), ('C3', 'city', true), ('C1', 'phone', true)""")
    yield con
    con.close()


@pytest.fixture
def run(con, tmp_path):
    """Make one export: `run(run_id, **what the spec says)`, into a folder below tmp_path."""

    def make(run_id=1, name="out", path="", **more):
        target = target_path(Path(tmp_path), name, more.get("format", "csv"), path)
        spec = ExportSpec(name, more.pop("of", "profiles"), target, **more)
        return export(con, spec, run_id, AS_OF)

    return make
