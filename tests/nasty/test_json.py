"""The worst JSON files."""

from __future__ import annotations

import json

import pytest

from cem_cli.base.errors import CemError, ExitCode

LINES = "reader: {format: ndjson}\nkey: id\nrecord: {given_name: name, email: contact.email}\n"
DOCUMENT = LINES.replace("ndjson", "json, records_path: data")


def line(n: int, **more: object) -> str:
    return json.dumps({"id": n, "name": "Anna", "contact": {"email": f"a{n}@rossi.it"}, **more}) + "\n"


def refused(bench, text: str, content: str | bytes) -> CemError:
    with pytest.raises(CemError) as caught:
        bench.load(text, content, "people.json")
    assert not any(bench.counts().values())
    return caught.value


def test_15_broken_lines_are_set_aside_alone(bench):
    bad = ['{"id": 2, "name": \n', "not json\n", '[1, 2]\n', '{"id": 4, "id": 5}\n', '{"id": 6,}\n', "null\n", '"text"\n']
    content = "\ufeff" + line(1) + "".join(bad) + "\n" + line(10, rate=float("nan")) + line(11)
    result = bench.load(LINES, content, "people.ndjson")
    assert result.counts["loaded"] == 3
    assert result.reasons == {"json_broken": 3, "json_key_twice": 1, "json_no_object": 3}
    assert bench.ask("SELECT line, raw FROM cem.quarantine ORDER BY line LIMIT 1") == [(2, b'{"id": 2, "name": ')]
    assert bench.counts()["record"] == 3


def test_15_mixed_types_and_long_ids_stay_text(bench):
    content = '{"id": 12345678901234567890123, "name": true, "contact": {"email": "a@r.it"}}\n{"id": "007", "name": "Anna", "contact": null}\n'
    bench.load(LINES, content, "people.ndjson")
    assert bench.ask("SELECT row_key FROM cem.raw ORDER BY 1") == [("007",), ("12345678901234567890123",)]


def test_15_wrapped_arrays_and_a_single_object(bench):
    people = [json.loads(line(n)) for n in (1, 2)]
    assert bench.load(DOCUMENT, "\ufeff" + json.dumps({"meta": {"data": 1}, "data": people}, indent=1), "a.json").counts["loaded"] == 2
    whole = LINES.replace("ndjson", "json")
    assert bench.load(whole, json.dumps([json.loads(line(3)), json.loads(line(4))]), "b.json").counts["loaded"] == 2
    assert bench.load(whole, line(5), "c.json").counts["loaded"] == 1
    assert bench.counts()["record"] == 5


def test_15_the_wrong_kind_of_json_is_named(bench):
    people = [json.loads(line(n)) for n in range(5)]
    assert refused(bench, LINES, json.dumps(people)).id == "E-JSON-FORMAT"
    assert refused(bench, DOCUMENT, json.dumps({"people": people})).id == "E-JSON-PATH"
    cut = refused(bench, DOCUMENT, json.dumps({"data": people})[:-20])
    assert (cut.id, cut.code) == ("E-JSON-BROKEN", ExitCode.INPUT)


def test_16_depth_size_keys_and_digits_are_capped(bench):
    deep = '{"id": 1, "x": ' + "[" * 1000 + "]" * 1000 + "}\n"
    abyss = '{"id": 2, "x": ' + "[" * 200_000 + "]" * 200_000 + "}\n"
    keys = json.dumps({"id": 3, **{f"k{n}": n for n in range(3000)}}) + "\n"
    digits = '{"id": 4, "x": ' + "9" * 10_000 + "}\n"
    large = json.dumps({"id": 5, "x": "y" * 2_000_000}) + "\n"
    fine = line(6, code="9" * 100, nest=[[{"a": [1, {"b": 2}]}] * 30])
    result = bench.load(LINES, deep + abyss + keys + digits + large + fine + line(7), "people.ndjson")
    assert result.reasons == {"json_too_deep": 2, "json_too_many_keys": 1, "json_number_too_long": 1, "too_long": 1}
    assert bench.ask("SELECT record_key FROM cem.record ORDER BY 1") == [("6",), ("7",)]


def test_16_a_deep_element_of_a_document_is_set_aside(bench):
    deep = '{"id": 1, "x": ' + "[" * 100 + "]" * 100 + "}"
    result = bench.load(DOCUMENT, '{"data": [' + deep + ", " + line(2) + "]}", "a.json")
    assert (result.counts["loaded"], result.reasons) == (1, {"json_too_deep": 1})


def test_a_key_that_no_record_has_is_told_but_the_row_key_must_be_there(bench):
    result = bench.load(LINES, '{"id": 1, "name": "Anna"}\n', "people.ndjson")
    assert "keys that no record has: contact" in result.warnings
    with pytest.raises(CemError, match="lacks 'id'"):
        bench.load(LINES, '{"ID": 1, "name": "Anna"}\n', "other.ndjson")
