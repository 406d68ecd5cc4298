"""The readers' parts: the independent count, the splitter, paths into JSON, steps of values."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cem_cli.engines.duck import connect_memory
from cem_cli.sources.paths import extract_all_sql, extract_sql, json_path
from cem_cli.sources.scan import scan_file
from cem_cli.sources.split import Bad, Blank, Dialect, Good, split
from cem_cli.sources.transforms import TRANSFORMS

cell = st.text(st.sampled_from('ab,"\n é'), max_size=6)
table = st.lists(st.tuples(st.sampled_from(["x", "yy"]), cell, cell), min_size=1, max_size=12)


def written(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


@settings(max_examples=60, deadline=None)
@given(rows=table, block=st.integers(1, 40))
def test_the_count_agrees_with_a_parser_whatever_the_block(tmp_path_factory, rows, block):
    path = tmp_path_factory.mktemp("scan") / "a.csv"
    path.write_bytes(written(rows))
    from cem_cli.sources import scan

    before, scan.BLOCK = scan.BLOCK, block
    try:
        found = scan_file(path, 0, '"')
    finally:
        scan.BLOCK = before
    assert found.records == len(rows)
    assert found.lines == written(rows).count(b"\n")
    assert (found.open_quote, found.final_newline, found.blank) == (False, True, 0)
    assert found.longest == max(len(written([row])) for row in rows)


@pytest.mark.parametrize(
    ("content", "records", "blank", "open_quote"),
    [(b"", 0, 0, False), (b"a", 1, 0, False), (b"a\n\n \nb", 2, 2, False), (b'"a\nb\n', 1, 0, True), (b'x\n"a\nb', 2, 0, True), (b"\n  ", 0, 2, False)],
)
def test_the_count_of_odd_ends(tmp_path, content, records, blank, open_quote):
    (tmp_path / "a.csv").write_bytes(content)
    found = scan_file(tmp_path / "a.csv", 0, '"')
    assert (found.records, found.blank, found.open_quote) == (records, blank, open_quote)
    assert found.lines == content.count(b"\n") + bool(content and not content.endswith(b"\n"))


@settings(max_examples=60, deadline=None)
@given(rows=table)
def test_the_splitter_reads_what_a_writer_wrote(rows):
    content = written(rows)
    records = list(split(io.BytesIO(content), Dialect(",", '"', 3, allow_multiline=True), 1))
    assert [tuple(record.cells) for record in records if isinstance(record, Good)] == rows
    assert sum(record.lines for record in records) == content.count(b"\n")


@settings(max_examples=80, deadline=None)
@given(content=st.binary(max_size=80).map(lambda raw: raw.translate(bytes(b'ab,"\n\r '[byte % 7] for byte in range(256)))))
def test_the_splitter_accounts_for_every_byte(content):
    records = list(split(io.BytesIO(content), Dialect(",", '"', 2), 1))
    assert sum(record.lines for record in records) == content.count(b"\n") + bool(content and not content.endswith(b"\n"))
    for record in records:
        if isinstance(record, Bad):
            assert content[record.start : record.end] == record.raw
    covered = [record for record in records if not isinstance(record, Blank)]
    assert [record.line for record in covered] == sorted({record.line for record in covered})


@pytest.fixture(scope="module")
def memory():
    connection = connect_memory()
    yield connection
    connection.close()


DOCUMENT = {
    "a": {"b c": "x", "n": 12345678901234567890123}, "list": [1, {"k": "v"}], "none": None, "yes": True,
    "params": [{"key": "one", "value": {"int_value": "1"}}, {"key": "two", "value": {"string_value": None, "double_value": 2.5}}],
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b c", "x"), ("a.n", "12345678901234567890123"), ("list[1].k", "v"), ("none", None), ("missing.deep", None), ("yes", "true"),
        ("params[key=one].value.*", "1"), ("params[key=two].value.*", "2.5"), ("params[key=two].value.double_value", "2.5"),
        ("params[key=three].value.*", None), ("params[key=one]", '{"key":"one","value":{"int_value":"1"}}'),
    ],
)
def test_paths_into_json(memory, path, expected):
    found = memory.execute(f"SELECT {extract_sql('d', path)} FROM (SELECT ? AS d)", [json.dumps(DOCUMENT)]).fetchall()
    assert found == [(expected,)]


def test_plain_paths_are_extracted_in_one_go(memory):
    found = memory.execute(f"SELECT {extract_all_sql('d', ['a.b c', 'none', 'list[0]'])} FROM (SELECT ? AS d)", [json.dumps(DOCUMENT)]).fetchall()
    assert found == [(["x", None, "1"],)]
    assert json_path('we"ird.x[2]') == '$."we\\"ird"."x"[2]'


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("strip_apostrophe", "'+39055", "+39055"), ("strip_prefix:p:", "P:+39333", "+39333"), ("strip_prefix:p:", "+39333", "+39333"),
        ("strip_mailto", "mailto:a@b.it", "a@b.it"), ("strip_mailto", "Anna Rossi <a@b.it>", "a@b.it"), ("first_of_list", "a;b", "a"),
        ("first_of_list: ::: ", "a@b.it ::: c@d.it", "a@b.it"), ("split_tags", '"VIP","Blog"', "VIP, Blog"), ("split_tags:;", "a; b ;;", "a, b"),
        ("slug", "Whole-home Heat_Pump!", "whole_home_heat_pump"), ("lower", "ÀB", "àb"), ("upper", "àb", "ÀB"), ("digits", "+39 (055) 12", "3905512"),
        ("before:|", "a|b|c", "a"), ("after:|", "a|b|c", "b|c"), ("after:|", "abc", None), ("prefix:S", "07", "S07"), ("pad:2", "7", "07"),
        ("pad:2", "117", "117"), ("negate", "5,00", "-5,00"), ("negate", "-5,00", "5,00"), ("plus_sign", "39333", "+39333"), ("plus_sign", "+39333", "+39333"),
        ("address_street", "Via Roma 1, 20121 Milano MI", "Via Roma 1"), ("address_city", "Via Roma 1, 20121 San Donato MI", "San Donato"),
        ("address_postcode", "Via 10000 Martiri 1, 20121 Milano MI", "20121"), ("address_province", "Via Roma 1, 20121 Milano MI", "MI"),
        ("address_street", "P.zza San Marco, 9  Siracusa  96100", "P.zza San Marco, 9"), ("address_city", "P.zza San Marco, 9  Siracusa  96100", "Siracusa"),
        ("address_city", "no address", None),
    ],
)
def test_steps(memory, step, text, expected):
    name, _, argument = step.partition(":")
    assert memory.execute(f"SELECT {TRANSFORMS[name]('t', argument)} FROM (SELECT ? AS t)", [text]).fetchall() == [(expected,)]
