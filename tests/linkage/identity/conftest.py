"""An empty workspace in memory, and small ways to fill it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.store.tables import TABLES, create_sql


@pytest.fixture
def con() -> Iterator[Connection]:
    connection = connect_memory(threads=1)
    create_tables(connection)
    yield connection
    connection.close()


def create_tables(con: Connection) -> None:
    con.execute("CREATE SCHEMA cem")
    for table in TABLES:
        con.execute(create_sql(table))
