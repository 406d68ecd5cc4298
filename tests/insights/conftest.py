"""A tiny hand-made workspace: events of named customers, written down one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.insights.run import MeasureResult, read_measure, run_measures
from cem_cli.store.tables import BY_NAME, SCHEMA, TABLES, create_sql

AS_OF = datetime(2026, 6, 30, tzinfo=UTC)


@dataclass
class World:
    """Builds rows; `customer` None = nobody known. Days are counted back from AS_OF."""

    con: Connection
    events: int = 0
    lines: int = 0
    people: set[str] = field(default_factory=set)
    as_of: datetime = AS_OF

    def insert(self, table: str, **values: Any) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" for _ in values)
        assert table in BY_NAME
        self.con.execute(f"INSERT INTO {SCHEMA}.{table} ({names}) VALUES ({marks})", list(values.values()))

    def person(self, customer: str, kind: str = "customer", **values: Any) -> None:
        self.people.add(customer)
        self.insert("profile", customer_id=customer, kind=kind, records=1, **values)

    def event(self, customer: str | None, days: float, type: str = "visit", **values: Any) -> int:
        self.events += 1
        properties = json.dumps(values.pop("properties", {}), sort_keys=True)
        at = values.pop("at", (AS_OF - timedelta(days=days)).replace(tzinfo=None))
        row = {"source": "shop", "active": True, "revenue": False, "channel": "web"} | values
        self.insert("event", event_id=self.events, type=type, at=at, properties=properties, **row)
        if customer:
            if customer not in self.people:
                self.person(customer)
            self.insert("event_customer", event_id=self.events, customer_id=customer, via="identity")
        return self.events

    def buy(self, customer: str | None, days: float, amount: float, **values: Any) -> int:
        row = {"type": "order", "currency": "EUR"} | values
        return self.event(customer, days, revenue=True, amount=amount, **row)

    def refund(self, customer: str | None, days: float, amount: float, of: int | None = None, **values: Any) -> int:
        return self.buy(customer, days, amount, type="refund", parent_id=of, **values)

    def line(self, event: int, sku: str, quantity: float, amount: float) -> None:
        self.lines += 1
        self.insert("order_line", line_id=self.lines, event_id=event, source="shop", sku=sku, quantity=quantity, amount=amount)

    def product(self, sku: str, category: str, price: float, cost: float | None = None, name: str | None = None) -> None:
        self.insert("product", sku=sku, name=name or sku, category=category, price=price, cost=cost)

    def run(self, name: str, **params: object) -> MeasureResult:
        base = params.pop("base", {})
        results = run_measures(self.con, [name], AS_OF, {name: params, "base": base})  # type: ignore[dict-item]
        return results[-1]

    def rows(self, name: str, **params: object) -> list[dict[str, Any]]:
        result = self.run(name, **params)
        assert result.refusal is None, result.refusal
        table = read_measure(self.con, name)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    def by_customer(self, name: str, **params: object) -> dict[str, dict[str, Any]]:
        return {row["customer_id"]: row for row in self.rows(name, **params)}

    def refusal(self, name: str, **params: object) -> str:
        result = self.run(name, **params)
        assert result.refusal is not None
        assert result.rows == 0
        return result.refusal.reason


@pytest.fixture
def world() -> Iterator[World]:
    con = connect_memory(threads=2)
    con.execute(f"CREATE SCHEMA {SCHEMA}")
    for table in TABLES:
        con.execute(create_sql(table))
    yield World(con)
    con.close()
