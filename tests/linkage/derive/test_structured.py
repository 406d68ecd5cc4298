"""JSON, lines of JSON and Parquet give the rows that the same table as CSV gives."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.dedupe import DedupeOptions, dedupe
from cem_cli.linkage.derive.tables import read_table
from cem_cli.synth.flat import write_flat

PEOPLE = [
    {"id": 1, "name": "Anna Rossi", "vip": True, "address": {"city": "Roma", "geo": {"zip": "00100"}}, "tags": ["a", "b"],
     "cards": [{"number": "007"}, {"number": "008"}], "note": ""},
    {"id": 2, "name": None, "extra": "x"},
]
HEADER = ("id", "name", "vip", "address.city", "address.geo.zip", "tags", "cards.number", "note", "extra")
ROWS = [("1", "Anna Rossi", "true", "Roma", "00100", "a; b", "007", None, None), ("2", *[None] * 7, "x")]


@pytest.fixture
def con():
    with connect_memory(1) as connection:
        yield connection


@pytest.mark.parametrize(("name", "text"), [
    ("people.json", json.dumps(PEOPLE)), ("people.json", "\ufeff" + json.dumps(PEOPLE, indent=1)),
    ("people.jsonl", "\n".join(map(json.dumps, PEOPLE))), ("people.ndjson", "\n".join(map(json.dumps, PEOPLE)) + "\n"),
    ("people.json", json.dumps({"customers": PEOPLE, "next_page": None, "count": 2})),
])  # fmt: skip
def test_objects_are_rows_however_they_are_packed(con, tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_table(con, tmp_path / name, "t").header == HEADER
    assert con.execute("FROM t ORDER BY id").fetchall() == ROWS


def test_parquet_is_rows(con, tmp_path):
    (tmp_path / "people.json").write_text(json.dumps(PEOPLE))
    con.execute(f"COPY (FROM read_json('{tmp_path / 'people.json'}')) TO '{tmp_path / 'people.parquet'}'").fetchall()
    assert read_table(con, tmp_path / "people.parquet", "t").header == HEADER
    assert con.execute("FROM t ORDER BY id").fetchall() == ROWS


@pytest.mark.parametrize(("name", "data", "why"), [
    ("a.json", b'[{"a":1},{"a":', "at byte"), ("a.jsonl", b'{"a":1}\n{"a":"Anna', "at byte"), ("a.parquet", b"PAR1 and nothing more", ""),
])  # fmt: skip
def test_a_broken_file_is_refused_without_its_values(con, tmp_path, name, data, why):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(CemError) as caught:
        read_table(con, tmp_path / name, "t")
    assert (caught.value.id, caught.value.code) == ("E-FILE-BROKEN", ExitCode.INPUT)
    assert caught.value.why.startswith(why)
    assert "Anna" not in str(caught.value)


def test_text_files_may_begin_with_a_bracket(con, tmp_path):
    (tmp_path / "a.csv").write_text("[id],name\n1,Anna\n")
    assert read_table(con, tmp_path / "a.csv", "t").header == ("[id]", "name")


def test_the_form_of_the_file_does_not_change_the_clusters(con, tmp_path):
    write_flat(tmp_path, 0, 3, 0.4, records=600)
    people: Path = tmp_path / "people.csv"
    with people.open(encoding="utf-8", newline="") as file:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]
    (tmp_path / "json" / "people.json").parent.mkdir()
    (tmp_path / "json" / "people.json").write_text(json.dumps(rows))
    (tmp_path / "parquet").mkdir()
    con.execute(f"COPY (FROM read_csv('{people}', all_varchar = true)) TO '{tmp_path / 'parquet' / 'people.parquet'}'").fetchall()
    found = []
    for number, path in enumerate((people, tmp_path / "json" / "people.json", tmp_path / "parquet" / "people.parquet")):
        dedupe([path], DedupeOptions(output=tmp_path / f"{number}.csv"))
        found.append((tmp_path / f"{number}.csv").read_text())
    assert found[0] == found[1] == found[2]
    assert len({line.rsplit(",", 1)[1] for line in found[0].splitlines()}) < 400
