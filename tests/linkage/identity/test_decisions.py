"""Decisions: taken, refused with their chain, undone; from files; against closures computed another way."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import networkx as nx
import pytest

from cem_cli.base.errors import CemError
from cem_cli.engines.duck import Connection
from cem_cli.linkage.identity.decisions import Author, Request, active, decide, read_requests

AUTHOR = Author("anna", datetime(2026, 6, 1, tzinfo=UTC), "called them")


@pytest.fixture
def people(project) -> Connection:
    con = project.con
    for number in range(1, 9):
        con.execute("INSERT INTO cem.record (record_id, source, record_key) VALUES (?, 'crm', ?)", [number, f"K{number}"])
    con.execute("INSERT INTO cem.customer (customer_id, created_run) VALUES ('C000000000000000a', 1), ('C000000000000000b', 1)")
    con.execute("INSERT INTO cem.identity VALUES (1, 'C000000000000000a'), (2, 'C000000000000000a'), (3, 'C000000000000000b')")
    return con


def ask(con: Connection, *requests: tuple[str, str, str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    done = decide(con, [Request(kind, a, b, AUTHOR) for kind, a, b in requests])
    return done.made, done.undone


def test_a_separation_holds_through_links_and_names_its_chain(people: Connection) -> None:
    assert ask(people, ("separate", "crm:K1", "crm:K4"), ("link", "crm:K4", "crm:K5")) == ((1, 2), ())
    with pytest.raises(CemError) as caught:
        ask(people, ("link", "crm:K5", "crm:K1"))
    assert caught.value.id == "E-DECISION-CONFLICT"
    assert caught.value.why == "decision 2 (link), decision 1 (separate)"
    with pytest.raises(CemError, match="contradicts"):
        ask(people, ("separate", "crm:K4", "crm:K5"))
    assert ask(people, ("undo", "crm:K1", "crm:K4"), ("link", "crm:K5", "crm:K1")) == ((3,), (1,))
    assert people.execute("SELECT count(*), count(undone_at) FROM cem.decision").fetchall() == [(3, 1)]


def test_customers_stand_for_their_records(people: Connection) -> None:
    assert len(ask(people, ("separate", "C000000000000000a", "C000000000000000b"))[0]) == 2
    assert len(ask(people, ("freeze", "C000000000000000a", ""))[0]) == 2
    with pytest.raises(CemError, match="contradicts"):
        ask(people, ("separate", "crm:K1", "crm:K2"))
    assert len(ask(people, ("undo", "C000000000000000a", ""))[1]) == 2
    with pytest.raises(CemError, match="same customer"):
        ask(people, ("separate", "C000000000000000a", "C000000000000000a"))


def test_unknown_names_are_told_with_the_nearest(people: Connection) -> None:
    for text, hint in (("crm:K77", "K7"), ("crn:K1", "'crm'"), ("C00000000000000aa", "C000000000000000a")):
        with pytest.raises(CemError) as caught:
            ask(people, ("link", text, "crm:K1"))
        assert hint in caught.value.why


def test_a_file_with_a_conflict_changes_nothing(people: Connection, tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    path.write_text("kind,a,b,why\nlink,crm:K1,crm:K2,same voice\nseparate,crm:K2,crm:K1,\n", encoding="utf-8")
    with pytest.raises(CemError) as caught:
        decide(people, read_requests(path, AUTHOR))
    assert caught.value.where == f"{path}:3"
    assert people.execute("SELECT count(*) FROM cem.decision").fetchall() == [(0,)]
    path.write_text("kind,a,b,why\nmerge,crm:K1,crm:K2,\n", encoding="utf-8")
    with pytest.raises(CemError, match="unknown kind"):
        read_requests(path, AUTHOR)


def test_acceptance_agrees_with_closures_computed_by_networkx(people: Connection) -> None:
    rng = random.Random(4)
    for _ in range(40):
        people.execute("DELETE FROM cem.decision")
        links: list[tuple[int, int]] = []
        apart: list[tuple[int, int]] = []
        for _ in range(10):
            kind = rng.choice(("link", "link", "separate", "undo"))
            a, b = sorted(rng.sample(range(1, 8), 2))
            graph = nx.Graph([*links, *((n, n) for n in range(1, 8))])
            together = nx.has_path(graph, a, b)
            if kind == "undo":
                allowed = (a, b) in links or (a, b) in apart
            elif kind == "separate":
                allowed = not together
            else:
                joined = nx.Graph([*graph.edges, (a, b)])
                allowed = not any(nx.has_path(joined, x, y) for x, y in apart)
            try:
                ask(people, (kind, f"crm:K{a}", f"crm:K{b}"))
            except CemError:
                assert not allowed, (kind, a, b, links, apart)
                continue
            assert allowed, (kind, a, b, links, apart)
            if kind == "undo":
                links = [pair for pair in links if pair != (a, b)]
                apart = [pair for pair in apart if pair != (a, b)]
            else:
                (links if kind == "link" else apart).append((a, b))
        in_force = active(people)
        assert {(a, b) for a in in_force.linked for b, _ in in_force.linked[a] if a < b} == set(links)
        assert {(a, b) for a in in_force.separated for b, _ in in_force.separated[a] if a < b} == set(apart)
