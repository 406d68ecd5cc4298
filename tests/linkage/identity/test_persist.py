"""What a link leaves is found again by the next one, whatever order it stands in."""

from __future__ import annotations

from typing import Any

import pytest

from cem_cli.linkage.identity.persist import read_model


@pytest.mark.parametrize("rows", [
    [("id:l'ente", 7, 2), ("id:l'ente", 9, 3), ("surname", 5, 4)],
    [("surname", 5, 4), ("id:l'ente", 9, 3), ("id:l'ente", 7, 2)],
    [("id:l'ente", 9, 3), ("surname", 5, 4), ("id:l'ente", 7, 2)],
])
def test_terms_are_read_field_by_field(project: Any, rows: list[tuple[str, int, int]]) -> None:
    project.con.execute("INSERT INTO cem.match_model VALUES (1, 1, 'f', '{}')")
    project.con.executemany("INSERT INTO cem.term_frequency VALUES (1, ?, ?, ?)", rows)
    terms = read_model(project.con).terms
    assert {field: (key.tolist(), held.tolist()) for field, (key, held) in terms.items()} == {
        "id:l'ente": ([7, 9], [2, 3]), "surname": ([5], [4]),
    }


def test_a_model_without_terms(project: Any) -> None:
    assert read_model(project.con) is None
    project.con.execute("INSERT INTO cem.match_model VALUES (1, 1, 'f', '{}')")
    assert read_model(project.con).terms == {}
