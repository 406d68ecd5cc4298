"""A workspace in memory with three people: Anna and Bruno share an e-mail address, Carla has everything of her own."""

from datetime import datetime

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.store.tables import TABLES, create_sql

PEOPLE = [
    # customer, record, email, phone, street
    ("CA", 1, "shared@example.it", "+393331111111", "Via Roma"),
    ("CB", 2, "shared@example.it", None, None),
    ("CC", 3, "carla@example.it", "+393332222222", "Via Po"),
]


@pytest.fixture
def con():
    con = connect_memory(threads=1)
    con.execute("CREATE SCHEMA cem")
    for table in TABLES:
        con.execute(create_sql(table))
    for customer, record, email, phone, street in PEOPLE:
        con.execute("INSERT INTO cem.identity VALUES (?, ?)", [record, customer])
        con.execute(
            "INSERT INTO cem.profile (customer_id, email, phone, street) VALUES (?, ?, ?, ?)", [customer, email, phone, street]
        )
        con.execute("INSERT INTO cem.record (record_id, email, phone) VALUES (?, ?, ?)", [record, email, phone])
        for kind, value in (("email", email), ("phone", phone)):
            if value:
                con.execute("INSERT INTO cem.identifier (record_id, kind, value) VALUES (?, ?, ?)", [record, kind, value])
    yield con
    con.close()


@pytest.fixture
def state(con):
    """Add a consent statement: who (a record number or an e-mail address), status, date; marketing by e-mail unless said."""

    def add(who, status, at="2024-01-01", **more):
        columns = {
            "record_id": who if isinstance(who, int) else None, "identifier_kind": None if isinstance(who, int) else "email",
            "identifier_value": None if isinstance(who, int) else who, "channel": "email", "purpose": "marketing",
            "status": status, "explicit": True, "at": at and datetime.fromisoformat(at), **more,
        }  # fmt: skip
        names = ", ".join(f'"{name}"' for name in columns)
        con.execute(f"INSERT INTO cem.consent ({names}) VALUES ({', '.join('?' * len(columns))})", list(columns.values()))

    return add
