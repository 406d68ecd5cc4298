"""A corrected mapping is derived again from raw; a corrected reader reads the file again."""

from __future__ import annotations

import pytest

from cem_cli.base.errors import CemError

HEADER = "id,first,last,mail\n"
ROWS = "1,Anna,Rossi,anna@rossi.it\n2,Bruno,Verdi,bruno@verdi.it\n"
WRONG = "key: id\nrecord: {given_name: last, surname: first, email: mail}\n"
RIGHT = "key: id\nrecord: {given_name: first, surname: last, email: mail}\nevents: [{type: account_created, at: {constant: '2026-01-01'}, person: record}]\n"


def test_corrected_mapping_without_the_file(bench):
    file = bench.file("a.csv", HEADER + ROWS)
    bench.take(bench.source(WRONG), file)
    file.unlink()
    result = bench.take(bench.source(RIGHT))
    assert result.rederived == 2
    assert bench.ask("SELECT given_name, surname FROM cem.record ORDER BY record_key") == [("Anna", "Rossi"), ("Bruno", "Verdi")]
    assert bench.counts()["event"] == 2
    assert bench.counts()["raw"] == 2
    assert bench.take(bench.source(RIGHT)).rederived == 0


def test_after_it_the_same_file_is_unchanged(bench):
    file = bench.file("a.csv", HEADER + ROWS)
    bench.take(bench.source(WRONG), file)
    result = bench.take(bench.source(RIGHT), file)
    assert (result.rederived, result.total("unchanged"), result.total("loaded")) == (2, 2, 0)
    assert bench.counts()["import_file"] == 1


def test_corrected_key_gives_rows_back_that_looked_superseded(bench):
    file = bench.file("a.csv", "id,first,last,mail\n1,Anna,Rossi,a@rossi.it\n2,Carla,Rossi,c@rossi.it\n")
    result = bench.take(bench.source(RIGHT.replace("key: id", "key: last")), file)
    assert (result.total("loaded"), result.total("superseded")) == (1, 1)
    assert bench.take(bench.source(RIGHT)).rederived == 2
    assert bench.ask("SELECT record_key, email FROM cem.record ORDER BY 1") == [("1", "a@rossi.it"), ("2", "c@rossi.it")]


def test_same_as_if_the_mapping_had_been_right_at_first(bench):
    file = bench.file("a.csv", HEADER + ROWS)
    bench.take(bench.source(WRONG), file)
    bench.take(bench.source(RIGHT))
    told = "SELECT COLUMNS(lambda c: c <> 'import_id') FROM cem.{} ORDER BY ALL"
    after = {table: bench.ask(told.format(table)) for table in ("record", "identifier", "event")}
    for table in bench.counts():
        bench.workspace.con.execute(f"DELETE FROM cem.{table}")
    bench.take(bench.source(RIGHT), file)
    assert {table: bench.ask(told.format(table)) for table in after} == after


def test_a_column_the_files_never_had_is_an_error_and_changes_nothing(bench):
    bench.take(bench.source(WRONG), bench.file("a.csv", HEADER + ROWS))
    before = bench.ask("SELECT * FROM cem.record ORDER BY record_id")
    with pytest.raises(CemError, match=r"'emial' .did you mean 'mail'") as caught:
        bench.take(bench.source(RIGHT.replace("email: mail", "email: emial")))
    assert caught.value.id == "E-HEADER-MISSING"
    assert bench.ask("SELECT * FROM cem.record ORDER BY record_id") == before


def test_corrected_encoding_reads_the_file_again(bench):
    file = bench.file("a.csv", (HEADER + "1,Nicolò,Verdì,n@verdi.it\n").encode("cp1252"))
    bench.take(bench.source(RIGHT + "reader: {encoding: latin-1}\n"), file)
    bench.take(bench.source(RIGHT + "reader: {encoding: cp1252}\n"), file)
    assert (bench.counts()["import_file"], bench.counts()["raw"], bench.counts()["record"]) == (1, 1, 1)


def test_test_rows_declared_later_leave_nothing_behind(bench):
    file = bench.file("a.csv", HEADER + ROWS + "9,Test,Test,test@example.it\n")
    bench.take(bench.source(RIGHT), file)
    assert bench.counts()["event"] == 3
    result = bench.take(bench.source(RIGHT + "drop_rows: [{column: first, equals: Test}]\n"), file).files[0]
    assert (result.counts["loaded"], result.reasons) == (2, {"test_row": 1})
    counts = bench.counts()
    assert (counts["import_file"], counts["raw"], counts["record"], counts["event"]) == (1, 2, 2, 2)
    assert not list(bench.context.spill.glob("intake-*"))


def test_rows_without_a_key_column_keep_their_number(bench):
    text = "record: {given_name: first, surname: last, email: mail}\n"
    bench.take(bench.source(text), bench.file("a.csv", HEADER + ROWS + ROWS))
    keys = bench.ask("SELECT record_key FROM cem.record ORDER BY 1")
    assert len(keys) == 4
    assert bench.take(bench.source(text + "trust: 80\n")).rederived == 4
    assert bench.ask("SELECT record_key FROM cem.record ORDER BY 1") == keys
