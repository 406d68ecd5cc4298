"""The worst CSV files: bad records are set aside alone, bad files change nothing, nothing is lost without a count."""

from __future__ import annotations

import gzip
import zlib

import pytest

from cem_cli.base.errors import CemError, ExitCode

PEOPLE = "key: id\nrecord: {given_name: first, surname: last, email: email}\n"
HEADER = "id,first,last,email\n"


def rows(count: int, start: int = 1) -> str:
    return "".join(f"{n},Anna,Rossi,a{n}@rossi.it\n" for n in range(start, start + count))


def refused(bench, text: str, content: str | bytes, name: str = "people.csv") -> CemError:
    """Import what must be refused as a whole, and see that nothing changed."""
    with pytest.raises(CemError) as caught:
        bench.load(text, content, name)
    assert not any(bench.counts().values())
    return caught.value


def test_01_a_quote_that_never_closes_costs_one_record(bench):
    content = HEADER + rows(10) + '11,"Anna,Rossi,a@rossi.it\n' + rows(60_000, 12)
    result = bench.load(PEOPLE, content)
    assert (result.counts["loaded"], result.reasons) == (60_010, {"open_quote": 1})
    start = content.index('11,"')
    assert bench.ask("SELECT line, byte_start, byte_end, raw FROM cem.quarantine") == [
        (12, start, content.index("12,Anna"), b'11,"Anna,Rossi,a@rossi.it\n'),
    ]


def test_01_a_quote_that_never_closes_on_the_first_row(bench):
    result = bench.load(PEOPLE, HEADER + '1,"Anna,Rossi,a@rossi.it\n' + rows(50, 2))
    assert (result.counts["loaded"], result.reasons) == (50, {"open_quote": 1})


def test_02_two_stray_quotes_do_not_swallow_what_is_between(bench):
    content = HEADER + rows(3) + '4,"Anna,Rossi,a4@rossi.it\n' + rows(4, 5) + '9,Anna,Rossi,a9@rossi.it"\n' + rows(3, 10)
    result = bench.load(PEOPLE, content)
    assert result.reasons in ({"stray_quote": 1}, {"stray_quote": 1, "open_quote": 1})
    assert result.counts["loaded"] + sum(result.reasons.values()) == 12
    keys = {key for (key,) in bench.ask("SELECT record_key FROM cem.record")}
    assert {"1", "2", "3", "5", "6", "7", "8", "10", "11", "12"} <= keys


def test_03_sound_notes_of_several_lines_load_with_their_lines(bench):
    notes = "".join(f'{n},Anna,Rossi,"line one\n\nline ""two"" of {n}"\n' for n in range(20_000))
    result = bench.load("key: id\nrecord: {given_name: first, surname: last}\n", "id,first,last,note\n" + notes)
    assert (result.counts["loaded"], result.rows_read) == (20_000, 20_000)
    assert bench.ask("SELECT line, cells[4] FROM cem.raw WHERE row_key = '19999'") == [(59_999, 'line one\n\nline "two" of 19999')]


def test_04_one_huge_line_is_set_aside_without_being_copied(bench):
    result = bench.load(PEOPLE, HEADER + rows(2) + "3," + "x" * 3_000_000 + ",y,z\n" + rows(2, 4))
    assert (result.counts["loaded"], result.reasons) == (4, {"too_long": 1})
    line, start, end, size = bench.ask("SELECT line, byte_start, byte_end, octet_length(raw) FROM cem.quarantine")[0]
    assert (line, end - start) == (4, 3_000_007)
    assert size < 5000


def test_05_a_gzip_bomb_stops_early(bench):
    packer, packed = zlib.compressobj(9, wbits=31), bytearray()
    block = ("1,Anna,Rossi,a@rossi.it\n" * 40_000).encode()
    for _ in range(70):
        packed += packer.compress(block)
    error = refused(bench, PEOPLE, bytes(packed + packer.flush()), "people.csv.gz")
    assert (error.id, error.code) == ("E-FILE-GZIP", ExitCode.INPUT)


def test_05_sound_gzip_loads_and_a_cut_one_is_refused(bench):
    packed = gzip.compress((HEADER + rows(5000)).encode())
    assert refused(bench, PEOPLE, packed[: len(packed) // 2], "cut.csv.gz").code is ExitCode.INPUT
    assert bench.load(PEOPLE, packed, "whole.csv.gz").counts["loaded"] == 5000


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_06_utf16_in_both_orders(bench, mark):
    codec = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    text = HEADER.replace(",", "\t") + "1\tNicolò\tRossi\tn@rossi.it\n"
    result = bench.load(PEOPLE + 'reader: {delimiter: "\\t"}\n', mark + text.encode(codec))
    assert result.counts["loaded"] == 1
    assert bench.ask("SELECT given_name FROM cem.record") == [("Nicolò",)]


def test_06_utf16_without_its_mark_is_named(bench):
    error = refused(bench, PEOPLE, (HEADER + rows(3)).encode("utf-16-le"))
    assert (error.id, error.code) == ("E-FILE-TYPE", ExitCode.INPUT)
    assert "utf-16" in error.fix


def test_07_another_encoding_than_declared_names_lines_and_guess(bench):
    content = (HEADER + rows(30_000) + "x,Nicolò,Verdì,n@v.it\n" + rows(5, 40_000) + "y,Nicolò,V,n@v.it\n").encode("cp1252")
    error = refused(bench, PEOPLE, content)
    assert (error.id, error.code) == ("E-FILE-ENCODING", ExitCode.INPUT)
    assert "30002" in error.why
    assert "30008" in error.why
    assert "cp1252" in error.what
    assert bench.load(PEOPLE + "reader: {encoding: cp1252}\n", content).counts["loaded"] == 30_007
    assert bench.ask("SELECT given_name FROM cem.record WHERE record_key = 'x'") == [("Nicolò",)]


def test_07_single_bad_bytes_can_be_set_aside(bench):
    content = (HEADER + rows(5)).encode() + b"6,Nicol\xf2,Rossi,n@rossi.it\n" + rows(5, 7).encode()
    result = bench.load(PEOPLE + "reader: {on_bad_bytes: quarantine}\n", content)
    assert (result.counts["loaded"], result.reasons) == (10, {"bad_bytes": 1})
    assert bench.ask("SELECT line, raw FROM cem.quarantine") == [(7, b"6,Nicol\xf2,Rossi,n@rossi.it\n")]


def test_08_utf8_read_twice_is_told(bench):
    garbled = "Nicolò".encode().decode("latin-1")
    result = bench.load(PEOPLE, HEADER + f"1,{garbled},Rossi,n@rossi.it\n" + rows(5, 2))
    assert any("read twice" in warning for warning in result.warnings)


def test_09_leading_zeros_late_in_the_file_stay(bench):
    text = "key: id\nrecord: {given_name: first, postcode: zip}\nidentifiers: [{kind: loyalty_card, column: card}]\n"
    lines = "".join(f"{n},Anna,{20100 + n % 800},{70000000 + n}\n" for n in range(25_000))
    content = "id,first,zip,card\n" + lines + "1E5,Anna,01234,0000123456\nTrue,Bruno,00042,00900719925474099312\n"
    bench.load(text, content)
    assert bench.ask("SELECT row_key, cells[3], cells[4] FROM cem.raw WHERE row_key IN ('1E5', 'True') ORDER BY 1") == [
        ("1E5", "01234", "0000123456"), ("True", "00042", "00900719925474099312"),
    ]
    assert bench.ask("SELECT record_key, postcode FROM cem.record WHERE postcode LIKE '0%' ORDER BY 1") == [("1E5", "01234"), ("True", "00042")]


def test_10_a_date_means_what_the_source_says_whatever_the_other_rows(bench):
    text = "key: id\nrecord: {given_name: first, birth_date: {column: born, format: '%d/%m/%Y'}}\n"
    result = bench.load(text, "id,first,born\n1,Anna,03/04/1990\n2,Bruno,31/12/1985\n3,Carla,30/02/1990\n4,Dino,06/25/1990\n")
    assert [str(day) for (day,) in bench.ask("SELECT birth_date FROM cem.record ORDER BY record_key")][:3] == ["1990-04-03", "1985-12-31", "None"]
    assert sum(rows for name, rows in result.issues.items() if name.startswith("birth_date")) >= 1


def test_10_without_a_format_dates_that_read_in_two_ways_are_refused(bench):
    text = "key: id\nrecord: {given_name: first, birth_date: born}\n"
    error = refused(bench, text, "id,first,born\n1,Anna,03/04/1990\n2,Bruno,31/12/1985\n")
    assert (error.id, error.code) == ("E-DATE-ORDER", ExitCode.USAGE)
    assert bench.load(text, "id,first,born\n1,Anna,1990-04-03\n2,Bruno,31/12/1985\n").counts["loaded"] == 2


def test_11_ragged_rows_are_set_aside_alone(bench):
    result = bench.load(PEOPLE, HEADER + rows(10) + "11,Anna\n12,Anna,Rossi,a@b.it,more,cells\n" + rows(5, 13))
    assert (result.counts["loaded"], result.reasons) == (15, {"ragged": 2})
    assert bench.ask("SELECT line FROM cem.quarantine ORDER BY 1") == [(12,), (13,)]


def test_11_mostly_ragged_means_another_delimiter(bench):
    error = refused(bench, PEOPLE, HEADER + "1;Anna;Rossi\n" * 20 + rows(3))
    assert (error.id, error.code) == ("E-CSV-RAGGED", ExitCode.INPUT)


def test_12_swapped_columns_go_where_they_belong(bench):
    bench.load(PEOPLE, "\ufeffemail,last,first,id\na@rossi.it,Rossi,Anna,1\n")
    assert bench.ask("SELECT record_key, given_name, surname, email FROM cem.record") == [("1", "Anna", "Rossi", "a@rossi.it")]


@pytest.mark.parametrize(
    ("header", "id", "said"),
    [
        ("id,first,last,e-mail\n", "E-HEADER-MISSING", "did you mean 'e-mail'"),
        ("id,first,last\n", "E-HEADER-MISSING", "'email'"),
        ("id,first,last,email,email\n", "E-HEADER-TWICE", "columns 4 and 5"),
        ("id;first;last;email\n", "E-HEADER-MISSING", "one column"),
        ("id,first,last,email," + "x" * 5000 + "\n", "E-HEADER-NAME", "column 5"),
        ('id,first,last,"email\n', "E-CSV-HEADER", "never closes"),
    ],
)
def test_12_a_wrong_header_is_refused_with_the_nearest_name(bench, header, id, said):
    error = refused(bench, PEOPLE, header + rows(3))
    assert (error.id, error.code) == (id, ExitCode.INPUT)
    assert said in f"{error.what} {error.why}"


def test_12_declared_aliases_and_new_columns_load(bench):
    result = bench.load(PEOPLE + "columns: {email: [e-mail, mail]}\nknown: [id]\n", "id,first,last,e-mail,EMAIL,new\n1,Anna,Rossi,a@rossi.it,x,y\n")
    assert bench.ask("SELECT email, extra FROM cem.record") == [("a@rossi.it", '{"EMAIL":"x","new":"y"}')]
    assert any("new" in warning for warning in result.warnings)


@pytest.mark.parametrize(
    ("content", "id"),
    [
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "E-FILE-TYPE"),
        (b"PK\x03\x04" + b"xl/workbook.xml" * 20, "E-FILE-TYPE"),
        (b"%PDF-1.7\n" + b"x" * 100, "E-FILE-TYPE"),
        (b"\0" * 4096, "E-FILE-TYPE"),
        (b"", "E-FILE-EMPTY"),
        (b"\n\n\n", "E-FILE-EMPTY"),
        (HEADER.encode(), "E-FILE-EMPTY"),
    ],
)
def test_13_what_is_no_csv_is_named(bench, content, id):
    error = refused(bench, PEOPLE, content)
    assert (error.id, error.code) == (id, ExitCode.INPUT)


def test_13_empty_may_be_allowed(bench):
    result = bench.load(PEOPLE + "allow_empty: true\n", HEADER)
    assert (result.rows_read, sum(result.counts.values())) == (0, 0)


def test_14_a_cut_last_row_is_set_aside(bench):
    result = bench.load(PEOPLE, HEADER + rows(5) + "6,Anna,Ros")
    assert (result.counts["loaded"], result.reasons) == (5, {"truncated": 1})


def test_14_a_last_row_without_line_end_is_whole(bench):
    assert bench.load(PEOPLE, (HEADER + rows(5)).rstrip("\n")).counts["loaded"] == 5


@pytest.mark.parametrize("name", ["f[1].csv", "o'brien.csv", "-rf.csv", "country=NL.csv", "a b*.csv"])
def test_17_hostile_file_names(bench, name):
    bench.file("f1.csv", HEADER + rows(9, 100))
    result = bench.load(PEOPLE, HEADER + rows(2), name)
    assert (result.file, result.counts["loaded"]) == (name, 2)
    assert bench.ask("SELECT DISTINCT extra FROM cem.record") == [(None,)]


def test_17_hostile_column_names(bench):
    names = ['na"me; DROP TABLE cem.record', "it's", "a\nb", "{x}", "select"]
    header = ",".join(['id', *('"' + name.replace('"', '""') + '"' for name in names)])
    text = "key: id\nrecord: {given_name: 'na\"me; DROP TABLE cem.record', surname: select}\n"
    bench.load(text, header + "\n1,Anna,x,y,z,Rossi\n")
    assert bench.ask("SELECT given_name, surname, json_keys(extra) FROM cem.record") == [("Anna", "Rossi", ["a\nb", "it's", "{x}"])]


def test_18_values_that_attack_the_next_tool_are_kept_exactly(bench):
    values = ["=cmd|' /C calc'!A0", "\x1b[31mred", "[/b]", "<script>alert(1)</script>", ":smile:", "'; DROP TABLE cem.raw; --"]
    text = "key: id\nevents: [{type: comment, at: {constant: '2026-01-01'}, text: note}]\n"
    bench.load(text, "id,note\n" + "".join(f'{n},"{value}"\n' for n, value in enumerate(values)))
    assert [value for (value,) in bench.ask("SELECT cells[2] FROM cem.raw ORDER BY line")] == values
    assert bench.ask("SELECT count(*) FROM cem.event WHERE text IS NOT NULL") == [(6,)]


def test_19_junk_names_nobody(bench):
    content = HEADER + "1,n/a,-,test@test.com\n2,N/A,--,TEST@test.com\n3,Anna,Rossi,\n"
    result = bench.load(PEOPLE, content)
    assert bench.ask("SELECT count(given_name), count(surname), count(email) FROM cem.record") == [(1, 1, 0)]
    assert bench.counts()["identifier"] == 0
    assert result.issues["email: junk"] == 2


def test_20_two_files_with_one_key_and_different_content(bench):
    source = bench.source(PEOPLE + "effective_at: {column: changed, time_zone: UTC}\n")
    head = "id,first,last,email,changed\n"
    new = bench.file("new.csv", head + "1,Anna,Rossi,new@r.it,2026-05-02\n")
    old = bench.file("old.csv", head + "1,Anna,Rossi,old@r.it,2026-05-01\n")
    bench.take(source, new, old)
    first = bench.ask("SELECT email, effective_at FROM cem.record")
    for table in bench.counts():
        bench.workspace.con.execute(f"DELETE FROM cem.{table}")
    bench.take(source, old, new)
    assert bench.ask("SELECT email, effective_at FROM cem.record") == first
    assert first[0][0] == "new@r.it"


def test_blank_lines_mixed_line_ends_and_a_declared_separator(bench):
    result = bench.load(PEOPLE, "sep=;\r\n" + HEADER.replace(",", ";") + "\r\n1;Anna;Rossi;a@rossi.it\r\n\n2;Bruno;Verdi;b@verdi.it\n   \n")
    assert result.counts["loaded"] == 2
    assert bench.ask("SELECT line FROM cem.raw ORDER BY 1") == [(4,), (6,)]


def test_old_macintosh_line_ends(bench):
    assert bench.load(PEOPLE, (HEADER + rows(3)).replace("\n", "\r")).counts["loaded"] == 3


def test_nul_bytes_in_one_record(bench):
    result = bench.load(PEOPLE, HEADER + rows(20) + "21,An\0na,Rossi,a@r.it\n")
    assert (result.counts["loaded"], result.reasons) == (20, {"nul_byte": 1})


def test_a_missing_file(bench):
    with pytest.raises(CemError) as caught:
        bench.take(bench.source(PEOPLE), bench.folder / "absent.csv")
    assert (caught.value.id, caught.value.code) == ("E-FILE-MISSING", ExitCode.INPUT)
