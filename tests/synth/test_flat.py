from __future__ import annotations

from collections import Counter
from pathlib import Path

from cem_cli.synth import flat
from cem_cli.synth.flat import write_flat
from tests.synth.reading import rows


def test_people_count_people_and_records_count_records(tmp_path: Path) -> None:
    summary = write_flat(tmp_path / "people", 400, 3)
    truth = rows(tmp_path / "people" / "truth.csv")
    assert summary.people == 400 == len({row["entity"] for row in truth})
    assert summary.records == len(truth) == len(rows(tmp_path / "people" / "people.csv"))
    write_flat(tmp_path / "records", 0, 3, records=1000)
    assert len(rows(tmp_path / "records" / "people.csv")) == 1000
    entities = {row["entity"] for row in rows(tmp_path / "records" / "truth.csv")}
    assert 2.3 < 1000 / len(entities) < 3.0, "people keep their copies however few records are asked for"


def test_the_file_is_deterministic_and_has_unique_ids_of_its_stem(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_flat(tmp_path / name, 300, seed)
    a, b, c = ((tmp_path / name / "people.csv").read_bytes() for name in "abc")
    assert a == b != c
    truth = rows(tmp_path / "a" / "truth.csv")
    assert {row["source"] for row in truth} == {"people"}
    assert [row["id"] for row in truth] == [row["id"] for row in rows(tmp_path / "a" / "people.csv")]
    assert a.startswith(b"id,source,first_name,surname,dob,email,phone,street,city,postcode\n")


def test_chunks_give_no_address_twice(tmp_path: Path, monkeypatch: object) -> None:
    monkeypatch.setattr(flat, "CHUNK", 250)  # type: ignore[attr-defined]
    write_flat(tmp_path, 1000, 3, households=0.0)
    entity = {row["id"]: row["entity"] for row in rows(tmp_path / "truth.csv")}
    owners: dict[str, set[str]] = {}
    for row in rows(tmp_path / "people.csv"):
        if row["email"]:
            owners.setdefault(row["email"].lower(), set()).add(entity[row["id"]])
    shared = sum(len(people) > 1 for people in owners.values())
    assert shared <= 2, "only a slip of the pen may hit somebody else's address"
    assert len(set(entity.values())) == 1000


def test_most_people_share_surname_and_address_where_asked(tmp_path: Path) -> None:
    write_flat(tmp_path / "usual", 2000, 3)
    write_flat(tmp_path / "families", 2000, 3, households=0.6)

    def crowded(folder: Path) -> float:
        entity = {row["id"]: row["entity"] for row in rows(folder / "truth.csv")}
        homes: dict[tuple[str, str], set[str]] = {}
        for row in rows(folder / "people.csv"):
            if row["street"]:
                key = (row["surname"].lower(), row["street"].lower().split(" n. ")[0].replace(",", "") + row["postcode"])
                homes.setdefault(key, set()).add(entity[row["id"]])
        together = Counter(person for people in homes.values() if len(people) > 1 for person in people)
        return len(together) / 2000

    assert crowded(tmp_path / "usual") < 0.15
    assert 0.2 < crowded(tmp_path / "families") < 0.65, "of those whose address is known, unchanged and spelt alike"
