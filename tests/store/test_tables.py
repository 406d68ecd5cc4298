"""Contracts hold: keys are columns, names are unique, views work on an empty workspace."""

from cem_cli.store.tables import BY_NAME, TABLES
from cem_cli.store.views import VIEWS, create_views


def test_keys_are_columns(con) -> None:
    for table in TABLES:
        columns = {row[0] for row in con.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table.name]).fetchall()}
        assert set(table.key) <= columns, table.name
        assert table.key, table.name
    assert len(BY_NAME) == len(TABLES)


def test_views_answer_on_an_empty_workspace(con) -> None:
    create_views(con)
    for name in VIEWS:
        con.execute(f"SELECT * FROM main.{name}").fetchall()
    columns = {row[0] for row in con.execute("DESCRIBE quarantined").fetchall()}
    assert "raw" not in columns  # raw bytes are personal data
