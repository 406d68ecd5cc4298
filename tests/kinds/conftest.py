"""A connection, and cleaning of a list of values in one query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.kinds import KINDS, Context


class Engine:
    """Evaluates SQL text over lists of values, one query per list."""

    def __init__(self, con: Connection) -> None:
        self.con = con

    def values(self, sql: str, values: Sequence[str | None]) -> list[object]:
        """Return what `sql`, an expression over `x`, gives for each value, in order."""
        query = f"SELECT {sql} FROM (SELECT unnest($values::VARCHAR[]) AS x, unnest(range({len(values)})) AS i) ORDER BY i"
        return [row[0] for row in self.con.execute(query, {"values": list(values)}).fetchall()]

    def clean(self, kind: str, values: Sequence[str | None], context: Context = Context()) -> list[object]:  # noqa: B008 - frozen
        return self.values(KINDS[kind].clean_sql("x", context), values)

    def table(self, kind: str, table: dict[str, str | None], context: Context = Context()) -> None:  # noqa: B008 - frozen
        """Assert that each raw value of a table gives its clean value."""
        assert dict(zip(table, self.clean(kind, list(table), context), strict=True)) == table

    def reasons(self, kind: str, table: dict[str, str | None], context: Context = Context()) -> None:  # noqa: B008 - frozen
        """Assert that each raw value of a table is dropped for its reason (None: kept, or empty)."""
        found = self.values(KINDS[kind].reason_sql("x", context), list(table))
        assert dict(zip(table, found, strict=True)) == table


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    con = connect_memory()
    yield Engine(con)
    con.close()
