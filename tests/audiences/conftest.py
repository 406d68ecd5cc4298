"""A small workspace in memory, built from the table contracts."""

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.store.tables import TABLES, create_sql

FIELDS = [
    ("city", "profile", "city", "VARCHAR", "city", []),
    ("surname", "profile", "surname", "VARCHAR", "surname", ["service"]),
    ("birth_date", "profile", "birth_date", "DATE", "birth date", []),
    ("last_seen_at", "profile", "last_seen_at", "TIMESTAMP", "last act", []),
    ("under_review", "profile", "under_review", "BOOLEAN", "under review", []),
    ("sources", "profile", "sources", "VARCHAR[]", "sources", []),
    ("records", "profile", "records", "BIGINT", "records", []),
    ("spend", "measure_spend", "total", "DECIMAL(18,2)", "net spend", []),
    ("score", "measure_spend", "score", "DOUBLE", "a score", []),
    ("extra", "profile", "extra", "JSON", "not usable", []),
]
PROFILES = [
    # id, city, surname, birth, last seen, review, sources, records
    ("C1", "Milano", "Rossi", "1980-02-29", "2026-06-30 12:00:00", True, ["crm", "web"], 3),
    ("C2", "Roma", "D'Amico", "1990-07-15", "2026-04-01 00:00:00", False, ["crm"], 1),
    ("C3", None, None, None, None, None, None, None),
    ("C4", "milano", "Bianchi", "2000-01-01", "2025-12-31 23:59:59", False, [], 2),
]


@pytest.fixture
def con():
    con = connect_memory(threads=1)
    con.execute("CREATE SCHEMA cem")
    for table in TABLES:
        con.execute(create_sql(table))
    con.execute("CREATE TABLE cem.measure_spend (customer_id VARCHAR, total DECIMAL(18,2), score DOUBLE)")
    con.executemany("INSERT INTO cem.field VALUES (?, ?, ?, ?, ?, ?)", FIELDS)
    con.executemany(
        "INSERT INTO cem.profile (customer_id, city, surname, birth_date, last_seen_at, under_review, sources, records) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)", PROFILES,
    )
    con.execute("INSERT INTO cem.measure_spend VALUES ('C1', 120.50, 0.1), ('C2', 0, -3)")
    yield con
    con.close()
