"""What holds a customer together: its pairs from the weakest up, their mean, and whom a guard cut off."""

from __future__ import annotations

import pytest

from cem_cli.base.errors import CemError
from cem_cli.linkage.identity import cohesion as module
from cem_cli.linkage.identity.cohesion import cohesion
from cem_cli.store.views import VIEWS
from tests.linkage.identity.conftest import weight


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy's model says nothing about pairs (test_engine asks a real one)."""
    monkeypatch.setattr(module, "evidence", lambda *_: None)


@pytest.fixture
def three(project):
    """One customer of records 1, 2 and 3; 1 and 3 share least. Record 9 is somebody else."""
    for number, word in ((1, "aaaaa"), (2, "aaaab"), (3, "aaabb"), (9, "zzzzz")):
        project.put(1, number, word)
    project.con.execute("INSERT INTO cem.identifier (record_id, kind, value) VALUES (1, 'loyalty_card', 'A1'), (2, 'loyalty_card', 'A1')")
    project.link(1)
    assert len(set(project.identity().values())) == 2
    return project


def test_pairs_from_the_weakest_up_and_their_mean(three) -> None:
    found = cohesion(three.con, three.settings, "crm:K2")
    weights = [weight(3, 1, 3), weight(4, 2, 3), weight(4, 1, 2)]
    assert (found.customer_id, found.records, found.pairs, found.compared) == (three.identity()[2], 3, 3, 3)
    assert [(c.record_id_l, c.record_id_r, c.via) for c in found.held] == [
        (1, 3, "evidence"), (2, 3, "evidence"), (1, 2, "evidence"), (1, 2, "same loyalty_card")]
    assert found.mean_weight == pytest.approx(sum(weights) / 3, abs=1e-4)
    assert found.cuts == ()


def test_the_public_view_agrees(three) -> None:
    rows = three.con.execute(f"SELECT * FROM ({VIEWS['clusters']})").fetchall()
    found = cohesion(three.con, three.settings, three.identity()[1])
    worst = found.held[0]
    assert rows == [(found.customer_id, 3, pytest.approx(found.mean_weight), worst.weight, {"l": worst.record_id_l, "r": worst.record_id_r})]


def test_one_record_is_held_by_nothing(three) -> None:
    found = cohesion(three.con, three.settings, "crm:K9")
    assert (found.records, found.pairs, found.compared, found.mean_weight, found.held) == (1, 0, 0, None, ())


def test_whom_a_guard_cut_off_is_told(three) -> None:
    three.con.execute("INSERT INTO cem.review VALUES (1, 1, 'cut', 3, 9, 5.0, 0.97, 'two tax codes', 1.0, 'open')")
    assert cohesion(three.con, three.settings, "crm:K1").cuts == ((three.identity()[9], "two tax codes"),)
    assert cohesion(three.con, three.settings, "crm:K9").cuts == ((three.identity()[1], "two tax codes"),)


def test_an_unknown_customer_is_refused(three) -> None:
    with pytest.raises(CemError, match="no customer"):
        cohesion(three.con, three.settings, "C0123456789abcdef")
