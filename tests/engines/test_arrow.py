"""Results as numpy arrays."""

import numpy as np
import pytest

from cem_cli.engines.arrow import Column, fetch_columns
from cem_cli.engines.duck import EngineFault, connect_memory


def texts(column: Column) -> list[str | None]:
    """Return the column as Python values."""
    letters = column.letters.tobytes()
    return [
        letters[start : start + length].decode() if there else None
        for start, length, there in zip(column.values, column.length, column.present, strict=True)
    ]


def test_numbers_and_texts_come_as_they_are_in_every_batch():
    rows = 300_000
    with connect_memory(2) as con:
        found = fetch_columns(con, f"""
            SELECT i::BIGINT AS n, hash(i) AS h, CASE WHEN i % 3 > 0 THEN 'é' || i END AS t, nullif(i, 7)::BIGINT AS gap
            FROM range({rows}) AS r(i) ORDER BY i""")
        hashes = con.execute(f"SELECT hash(i) AS h FROM range({rows}) AS r(i) ORDER BY i").fetchnumpy()["h"]
    assert (found["n"].values == np.arange(rows)).all()
    assert found["n"].present.all()
    assert found["h"].values.dtype == np.uint64
    assert (found["h"].values == hashes).all()
    assert texts(found["t"]) == [f"é{i}" if i % 3 else None for i in range(rows)]
    assert np.flatnonzero(~found["gap"].present).tolist() == [7]


def test_no_rows_are_empty_columns():
    with connect_memory() as con:
        found = fetch_columns(con, "SELECT 1::BIGINT AS n, 'a' AS t WHERE false")
    assert [len(found[name].values) for name in ("n", "t")] == [0, 0]
    assert texts(found["t"]) == []


def test_a_failing_query_raises_and_leaves_the_connection_usable():
    with connect_memory(2) as con:
        with pytest.raises(EngineFault, match="boo"):
            fetch_columns(con, "SELECT CASE WHEN i = 250000 THEN error('boo') ELSE 'a' END AS t FROM range(300000) AS r(i)")
        assert texts(fetch_columns(con, "SELECT 'b' AS t")["t"]) == ["b"]


def test_a_type_that_is_not_read_is_refused():
    with connect_memory() as con, pytest.raises(TypeError, match="not read"):
        fetch_columns(con, "SELECT 1.5::DOUBLE AS x")
