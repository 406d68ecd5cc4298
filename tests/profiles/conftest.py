"""A tiny hand-made workspace of records, identities and events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.profiles.rules import SourceTrust
from cem_cli.profiles.unify import Unification, Unified, unify
from cem_cli.store.tables import BY_NAME, SCHEMA, TABLES, create_sql

AS_OF = datetime(2026, 6, 30, tzinfo=UTC)
SOURCES = (SourceTrust("crm", 9), SourceTrust("shop", 5), SourceTrust("till", 5), SourceTrust("agency", 1, third_party=True))
FIELDS = [column.split()[0] for column in BY_NAME["record"].columns.split(", ")]


@dataclass
class World:
    con: Connection
    events: int = 0
    as_of: datetime = AS_OF

    def insert(self, table: str, **values: Any) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" for _ in values)
        self.con.execute(f"INSERT INTO {SCHEMA}.{table} ({names}) VALUES ({marks})", list(values.values()))

    def day(self, days_ago: float) -> datetime:
        return (AS_OF - timedelta(days=days_ago)).replace(tzinfo=None)

    def record(self, record_id: int, customer: str | None, source: str = "crm", days: float | None = 10, **values: Any) -> None:
        effective = None if days is None else self.day(days)
        row = {"kind": "person", "deleted": False} | values
        self.insert("record", record_id=record_id, source=source, effective_at=effective, **row)
        for kind in ("email", "phone"):
            if values.get(kind):
                self.identifier(record_id, kind, values[kind])
        if customer:
            self.insert("identity", record_id=record_id, customer_id=customer)

    def identifier(self, record_id: int, kind: str, value: str) -> None:
        self.insert("identifier", record_id=record_id, kind=kind, value=value, source="crm", third_party=False)

    def event(self, days: float, record: int | None = None, **values: Any) -> int:
        self.events += 1
        row = {"type": "visit", "source": "shop", "active": True, "revenue": False} | values
        self.insert("event", event_id=self.events, record_id=record, at=self.day(days), **row)
        return self.events

    def unify(self, *rules: Any, only: str | None = None, as_of: datetime = AS_OF) -> Unified:
        return unify(self.con, Unification(as_of, "key", rules, SOURCES), only)

    def profile(self, customer: str) -> dict[str, Any]:
        cursor = self.con.execute("SELECT * FROM cem.profile WHERE customer_id = ?", [customer])
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        assert len(rows) == 1
        return dict(zip(names, rows[0], strict=True))

    def lineage(self, customer: str) -> dict[str, tuple[Any, ...]]:
        rows = self.con.execute(
            "SELECT field, record_id, source, rule, third_party FROM cem.profile_lineage WHERE customer_id = ?", [customer]
        ).fetchall()
        return {row[0]: row[1:] for row in rows}

    def state(self) -> list[list[tuple[Any, ...]]]:
        """Everything unification writes, in a stable order."""
        queries = ("SELECT * FROM cem.profile ORDER BY customer_id", "SELECT * FROM cem.profile_lineage ORDER BY customer_id, field",
                   "SELECT * FROM cem.event_customer ORDER BY event_id")
        return [self.con.execute(query).fetchall() for query in queries]


@pytest.fixture
def world() -> Iterator[World]:
    con = connect_memory(threads=2)
    con.execute(f"CREATE SCHEMA {SCHEMA}")
    for table in TABLES:
        con.execute(create_sql(table))
    yield World(con)
    con.close()
