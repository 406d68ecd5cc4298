"""Many texts at once: the same answers as one by one, whatever repeats, is missing or very long."""

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.insights.feeling import analyse, batch, names_trie, score

SENTENCES = Path(__file__).with_name("sentences.csv")
NAMES = ["Torino", "Milan"]


@pytest.fixture
def con() -> Iterator[Connection]:
    connection = connect_memory(threads=1)
    yield connection
    connection.close()


def fill(con: Connection, rows: list[tuple[int, str | None, str | None]]) -> None:
    con.execute("CREATE TABLE texts (text_id BIGINT, text VARCHAR, language VARCHAR)")
    if rows:
        con.executemany("INSERT INTO texts VALUES (?, ?, ?)", rows)


def test_batch_equals_single(con: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "BATCH", 64)  # several batches
    with SENTENCES.open(encoding="utf-8") as file:
        rows = [(n, row["text"], row["language"] if n % 2 else None) for n, row in enumerate(csv.DictReader(file))]
    fill(con, rows)
    assert analyse(con, "SELECT * FROM texts", "feeling", NAMES) == len(rows)
    trie = names_trie(NAMES)
    expected = [(n, *score(text, hint, trie)) for n, text, hint in rows]
    found = con.execute("SELECT * FROM feeling ORDER BY text_id").fetchall()
    assert [tuple(tuple(x) if isinstance(x, list) else x for x in row) for row in found] == expected


def test_repeated_missing_and_empty_texts(con: Connection) -> None:
    fill(con, [(1, "Ottimo", None), (2, "Ottimo", None), (3, None, None), (4, "", "it"), (5, "Ottimo", "en")])
    analyse(con, "SELECT * FROM texts", "feeling")
    assert con.execute("SELECT text_id, language, label, mentions FROM feeling ORDER BY text_id").fetchall() == [
        (1, "it", "positive", []), (2, "it", "positive", []), (3, "other", "neutral", []), (4, "it", "neutral", []),
        (5, "en", "neutral", []),
    ]  # fmt: skip


def test_no_texts_make_an_empty_table(con: Connection) -> None:
    fill(con, [])
    assert analyse(con, "SELECT * FROM texts", "feeling") == 0


def test_it_leaves_only_the_target(con: Connection) -> None:
    fill(con, [(1, "Ottimo", None)])
    analyse(con, "SELECT * FROM texts", "feeling")
    assert con.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall() == [("feeling",), ("texts",)]


def test_long_texts_cost_no_more_than_their_bound(con: Connection) -> None:
    fill(con, [(n, f"{n} " + "pessimo servizio, mai visto " * 3_700, None) for n in range(20)])  # 100 kB each
    before = time.process_time()
    analyse(con, "SELECT * FROM texts", "feeling")
    assert time.process_time() - before < 5
    assert con.execute("SELECT DISTINCT label FROM feeling").fetchall() == [("negative",)]
