"""A new system with new keys for the same people: ids stay, by crosswalk or by linkage; decisions follow."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cem_cli.base.errors import CemError
from cem_cli.linkage.identity.log import REPLAY_SQL
from cem_cli.linkage.identity.rekey import Rekeyed, rekey, retire_source
from cem_cli.linkage.identity.settings import Run

RUN = Run(7, datetime(2026, 7, 1, tzinfo=UTC))


@pytest.fixture
def moved(linked, tmp_path: Path):
    """The five people of `crm` once more in `crm2`, under other keys and with other words (nothing links them)."""
    for number, word in ((11, "pppqq"), (12, "rrrss"), (13, "tttuu"), (14, "vvvww"), (15, "xxxyy")):
        linked.put(2, number, word, source="crm2")
    return linked


def crosswalk(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "crosswalk.csv"
    path.write_text("old,new\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_crosswalk_hands_ids_and_decisions_over(moved, tmp_path: Path) -> None:
    moved.ask("link", "crm:K1", "crm:K3")
    moved.ask("separate", "crm:K4", "crm:K5")
    moved.link(2)
    before = moved.identity()
    moved.con.execute("INSERT INTO cem.meta VALUES ('unrelated', 'stays')")
    assert rekey(moved.con, "crm", "crm2", crosswalk(tmp_path, *(f"K{n},K{n + 10}" for n in range(1, 6))), RUN) == Rekeyed(5, 0)
    assert moved.identity() == {n + 10: before[n] for n in range(1, 6)}
    assert moved.rows(REPLAY_SQL) == sorted(moved.identity().items())
    outcome = moved.link(8)
    assert outcome.mode == "full"
    now = moved.identity()
    assert now[11] == now[13] == before[1], "the link decision follows its records"
    assert now[14] != now[15]


def test_new_records_linked_before_give_their_own_ids_up(moved, tmp_path: Path) -> None:
    before = moved.identity()
    moved.link(2)
    own = moved.identity()[13]
    rekey(moved.con, "crm", "crm2", crosswalk(tmp_path, "K3,K13"), RUN)
    assert moved.identity()[13] == before[3]
    assert moved.rows("SELECT redirect_to FROM cem.customer WHERE customer_id = ?", own) == [(before[3],)]
    assert 3 not in moved.identity()


@pytest.mark.parametrize(("lines", "error", "line"), [
    (("K1,K11", "K1,K12"), "E-CROSSWALK-DUPLICATE", 3), (("K1,K11", "K2,K11"), "E-CROSSWALK-DUPLICATE", 3),
    (("K1,K11", "K9,K12"), "E-CROSSWALK-KEY", 3), (("K1,K99",), "E-CROSSWALK-KEY", 2), ((",K11",), "E-CROSSWALK-DUPLICATE", 2),
])
def test_a_wrong_crosswalk_changes_nothing(moved, tmp_path: Path, lines: tuple[str, ...], error: str, line: int) -> None:
    before = moved.identity()
    path = crosswalk(tmp_path, *lines)
    with pytest.raises(CemError) as caught:
        rekey(moved.con, "crm", "crm2", path, RUN)
    assert (caught.value.id, caught.value.where) == (error, f"{path}:{line}")
    assert moved.identity() == before
    assert moved.rows("SELECT count(*) FROM cem.record WHERE deleted") == [(0,)]


def test_linkage_finds_the_people_of_the_new_system(linked) -> None:
    before = linked.identity()
    for number, word in enumerate(("aaaaa", "aaaab", "bbbbb", "ccccc", "ccccd"), 11):
        linked.put(2, number, word, source="crm2")
    with pytest.raises(CemError, match="not been linked"):
        retire_source(linked.con, "crm", "crm2")
    linked.link(2)
    assert retire_source(linked.con, "crm", "crm2") == Rekeyed(5, 0)
    linked.link(3)
    assert linked.identity() == {n + 10: before[n] for n in range(1, 6)}
    with pytest.raises(CemError, match="crm2"):
        retire_source(linked.con, "crm", "crm3")
