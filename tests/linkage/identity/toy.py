"""A toy of linkage for tests: the weight of a pair follows from the two records' postcodes alone, under any model."""

from __future__ import annotations

import numpy as np

from cem_cli.engines.duck import Connection
from cem_cli.linkage.contract import Edges, IdArray, LinkInput
from cem_cli.linkage.identity.scoring import Scored, StoredModel

MODEL = StoredModel("{}", "toy", {})


class ToyScorer:
    """Records carry five letters in `city`; every letter two records share at its place speaks for them."""

    def misfit(self, con: Connection, given: LinkInput, model: StoredModel) -> str:
        return "" if model.fingerprint == "toy" else "the columns changed"

    def score(self, con: Connection, given: LinkInput, model: StoredModel | None) -> Scored:
        return Scored(_edges(con, given, None), MODEL)

    def score_touching(self, con: Connection, given: LinkInput, model: StoredModel, ids: IdArray) -> Scored:
        return Scored(_edges(con, given, ids), MODEL)


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
