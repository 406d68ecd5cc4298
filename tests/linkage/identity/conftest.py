"""A toy project: records whose likeness is written on them, linked by the real identity code with a toy of scoring."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.linkage.contract import Edges, IdArray, LinkInput
from cem_cli.linkage.identity.decisions import Author, Decided, Request, decide
from cem_cli.linkage.identity.project import link_project
from cem_cli.linkage.identity.scoring import Scored, StoredModel, Ties
from cem_cli.linkage.identity.settings import LinkOutcome, LinkSettings, Run
from cem_cli.store.tables import TABLES, create_sql

NOW = datetime(2026, 6, 30, tzinfo=UTC)
MODEL = StoredModel("{}", "toy", {})


class ToyScorer:
    """Records carry five letters in `city`; every letter two records share at its place speaks for them."""

    def misfit(self, con: Connection, given: LinkInput, model: StoredModel) -> str:
        return "" if model.fingerprint == "toy" else "the columns changed"

    def score(self, con: Connection, given: LinkInput, model: StoredModel | None, ties: Ties) -> Scored:
        return Scored(_edges(con, given, None), MODEL)

    def score_touching(
        self, con: Connection, given: LinkInput, model: StoredModel, ids: IdArray, beside: Callable[[str], None]
    ) -> Scored:
        return Scored(_edges(con, given, ids), MODEL)

    def levels(self, model: StoredModel, pattern: IdArray) -> dict[str, IdArray]:
        return {}

    def score_within(self, con: Connection, given: LinkInput, model: StoredModel, ties: Ties) -> Edges:
        return _edges(con, given, None)


def _edges(con: Connection, given: LinkInput, ids: IdArray | None) -> Edges:
    records = con.execute(f"SELECT record_id, city FROM {given.table} ORDER BY record_id").fetchall()
    record_id, word = np.array(records, dtype=object).reshape(-1, 2).T
    wanted = set(record_id if ids is None else ids.tolist())
    rows = []
    for i, a in enumerate(record_id):
        for j in range(i + 1, len(record_id)):
            b = record_id[j]
            if a in wanted or b in wanted:
                same = sum(x == y for x, y in zip(word[i], word[j], strict=True))
                if same:
                    rows.append((a, b, weight(same, a, b)))
    left, right, w = np.array(rows, dtype=float).reshape(-1, 3).T
    return Edges(left.astype(np.int64), right.astype(np.int64), np.zeros(len(w), np.int64), w, 1 / (1 + 2.0**-w))


def weight(same: int, a: int, b: int) -> float:
    """Return a pair's weight; the ids break ties, so that no outcome hangs on a tie."""
    return same * 4.0 - 9.0 + (a * 31 + b * 17) % 97 / 1000


class ToyProject:
    """A connection with shorthands. Records carry five letters in `city` (see `ToyScorer`)."""

    def __init__(self, con: Connection) -> None:
        self.con = con
        self.settings = LinkSettings(key="k" * 32)
        self.now = NOW
        con.execute("CREATE SCHEMA IF NOT EXISTS cem")
        for table in TABLES:
            con.execute(create_sql(table))

    def put(self, import_id: int, record_id: int, word: str, **fields: object) -> None:
        """Write one record as import number `import_id` delivered it."""
        self.con.execute("DELETE FROM cem.record WHERE record_id = ?", [record_id])
        values = {"record_id": record_id, "source": "crm", "record_key": f"K{record_id}", "import_id": import_id, "city": word,
                  "deleted": False, "kind": "person", **fields}
        marks = ", ".join("?" * len(values))
        self.con.execute(f"INSERT INTO cem.record ({', '.join(values)}) VALUES ({marks})", list(values.values()))

    def link(self, run: int, **flags: bool) -> LinkOutcome:
        return link_project(self.con, replace(self.settings, **flags), Run(run, NOW), ToyScorer())

    def ask(self, kind: str, a: str, b: str = "") -> Decided:
        return decide(self.con, [Request(kind, a, b, Author("anna", NOW, "asked"))])

    def rows(self, sql: str, *params: object) -> list[tuple[object, ...]]:
        return self.con.execute(sql, list(params)).fetchall()

    def customers(self) -> set[frozenset[int]]:
        return {frozenset(row[0]) for row in self.con.execute("SELECT list(record_id) FROM cem.identity GROUP BY customer_id").fetchall()}

    def identity(self) -> dict[int, str]:
        return dict(self.con.execute("SELECT record_id, customer_id FROM cem.identity").fetchall())


@pytest.fixture
def con() -> Iterator[Connection]:
    connection = connect_memory(threads=1)
    yield connection
    connection.close()


@pytest.fixture
def make_project() -> type[ToyProject]:
    return ToyProject


@pytest.fixture
def project(con: Connection) -> ToyProject:
    return ToyProject(con)


@pytest.fixture
def linked(project: ToyProject) -> ToyProject:
    """Three customers: 1 and 2, 3, 4 and 5."""
    for number, word in enumerate(("aaaaa", "aaaab", "bbbbb", "ccccc", "ccccd"), 1):
        project.put(1, number, word)
    project.link(1)
    return project
