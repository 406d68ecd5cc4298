"""Importing: verdicts that add up, nothing twice, nothing older over newer, nobody back who was erased."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.privacy.suppression import Suppression, suppress
from cem_cli.sources.load import find_files

PEOPLE = "key: id\nrecord: {given_name: first, surname: last, email: email}\n"
HEADER = "id,first,last,email\n"
ANNA, BRUNO = "1,Anna,Rossi,anna@rossi.it\n", "2,Bruno,Verdi,bruno@verdi.it\n"


def test_files_are_found_by_their_patterns_in_order(bench):
    for name in ("b-2.csv", "b-1.csv", "a[1].csv", "c.txt"):
        bench.file(name, HEADER + ANNA)
    source = bench.source(PEOPLE + "files: ['a[1].csv', b-*.csv, '*.csv']\n")
    assert [path.name for path in find_files(source, bench.folder)] == ["a[1].csv", "b-1.csv", "b-2.csv"]
    with pytest.raises(CemError) as caught:
        find_files(bench.source(PEOPLE + "files: none-*.csv\n"), bench.folder)
    assert (caught.value.id, caught.value.code) == ("E-FILE-NONE", ExitCode.INPUT)


def test_same_file_again_is_unchanged(bench):
    source, file = bench.source(PEOPLE), bench.file("a.csv", HEADER + ANNA + BRUNO)
    assert bench.take(source, file).files[0].counts["loaded"] == 2
    before = bench.counts()
    again = bench.take(source, file).files[0]
    assert (again.import_id, again.counts["unchanged"], again.rows_read) == (None, 2, 2)
    assert bench.counts() == before


def test_shuffled_rows_in_another_file_are_unchanged(bench):
    source = bench.source(PEOPLE)
    bench.take(source, bench.file("a.csv", HEADER + ANNA + BRUNO))
    result = bench.take(source, bench.file("b.csv", HEADER + BRUNO + ANNA)).files[0]
    assert result.counts["unchanged"] == 2
    assert bench.counts()["raw"] == 2


def test_changed_row_replaces_what_it_meant(bench):
    source = bench.source(PEOPLE)
    bench.take(source, bench.file("a.csv", HEADER + ANNA + BRUNO))
    result = bench.take(source, bench.file("b.csv", HEADER + "1,Anna,Rossi,anna@nuova.it\n" + BRUNO)).files[0]
    assert (result.counts["loaded"], result.counts["unchanged"]) == (1, 1)
    assert bench.ask("SELECT record_key, email FROM cem.record ORDER BY 1") == [("1", "anna@nuova.it"), ("2", "bruno@verdi.it")]
    assert bench.ask("SELECT value FROM cem.identifier ORDER BY 1") == [("anna@nuova.it",), ("bruno@verdi.it",)]


def test_older_instant_never_overwrites_a_newer_one(bench):
    source = bench.source(PEOPLE + "effective_at: {column: changed, time_zone: UTC}\n")
    head = "id,first,last,email,changed\n"
    bench.take(source, bench.file("new.csv", head + "1,Anna,Rossi,new@rossi.it,2026-05-02 10:00:00\n"))
    result = bench.take(source, bench.file("old.csv", head + "1,Anna,Rossi,old@rossi.it,2026-05-01 10:00:00\n")).files[0]
    assert result.counts["superseded"] == 1
    assert bench.ask("SELECT email, effective_at FROM cem.record") == [("new@rossi.it", datetime(2026, 5, 2, 10))]
    assert bench.counts()["raw"] == 2, "the superseded row is kept as delivered"
    again = bench.take(source, bench.file("older.csv", head + "1,Anna,Rossi,old@rossi.it,2026-05-01 10:00:00\n\n")).files[0]
    assert again.counts["superseded"] == 1
    assert bench.counts()["raw"] == 2, "but only once"


def test_of_several_rows_of_one_key_the_newest_then_the_last_stands(bench):
    result = bench.load(PEOPLE, HEADER + ANNA + "1,Anna,Rossi,last@rossi.it\n")
    assert (result.counts["loaded"], result.counts["superseded"]) == (1, 1)
    assert bench.ask("SELECT email FROM cem.record") == [("last@rossi.it",)]


@pytest.mark.parametrize(
    ("extra", "flag", "name", "expected"),
    [
        ("reader: {file_name: '(?P<effective_at>[0-9]{8})'}\n", None, "people-20260401.csv", datetime(2026, 4, 1)),
        ("", datetime(2026, 3, 1, tzinfo=UTC), "people.csv", datetime(2026, 3, 1)),
        ("", None, "people.csv", datetime(2026, 6, 30)),
    ],
)
def test_when_a_file_became_true(bench, extra, flag, name, expected):
    result = bench.take(bench.source(PEOPLE + extra), bench.file(name, HEADER + ANNA), effective_at=flag).files[0]
    assert bench.ask("SELECT effective_at FROM cem.record") == [(expected,)]
    assert any("import's order" in warning for warning in result.warnings) == (name == "people.csv" and flag is None)


def test_erased_people_do_not_come_back(bench):
    with bench.workspace.transaction() as con:
        suppress(con, bench.context.key, Suppression("email", "ANNA@rossi.it", "return", "erasure"), bench.context.as_of)
        suppress(con, bench.context.key, Suppression("email", "bruno@verdi.it", "contact", "complaint"), bench.context.as_of)
        suppress(con, "another key", Suppression("email", "bruno@verdi.it", "return", "erasure"), bench.context.as_of)
    result = bench.load(PEOPLE, HEADER + ANNA + BRUNO)
    assert (result.counts["suppressed"], result.counts["loaded"]) == (1, 1)
    assert bench.ask("SELECT record_key FROM cem.record") == [("2",)]
    assert bench.ask("SELECT line FROM cem.raw") == [(3,)], "nothing of an erased person is kept as delivered either"


def test_rows_without_a_key_are_quarantined(bench):
    result = bench.load(PEOPLE, HEADER + ANNA + ",Carla,Neri,carla@neri.it\n")
    assert result.reasons == {"no_key": 1}
    assert bench.ask("SELECT line, reason, raw FROM cem.quarantine") == [(3, "no_key", b",Carla,Neri,carla@neri.it")]


def test_test_rows_are_dropped_with_a_count(bench):
    result = bench.load(PEOPLE + "drop_rows: [{column: email, matches: '@test'}]\n", HEADER + ANNA + "9,T,T,a@test.com\n")
    assert result.reasons == {"test_row": 1}
    assert result.counts["quarantined"] == 1


def test_too_many_bad_rows_leave_only_their_quarantine(bench):
    rows = "".join(f"{n},A,B,a{n}@b.it\n" for n in range(300)) + "".join(f"x{n},too,short\n" for n in range(101))
    source, file = bench.source(PEOPLE), bench.file("a.csv", HEADER + rows)
    for _ in range(2):
        with pytest.raises(CemError) as caught:
            bench.take(source, file)
        assert caught.value.code is ExitCode.QUARANTINE_LIMIT
        counts = bench.counts()
        assert counts["quarantine"] == 101
        assert not any(counts[table] for table in counts if table != "quarantine")
    assert bench.take(source, file, max_quarantine=0.5).files[0].counts["loaded"] == 300
    assert bench.counts()["quarantine"] == 101


def test_a_file_that_shrank_is_refused_until_told(bench):
    source = bench.source(PEOPLE)
    rows = [f"{n},A,B,a{n}@b.it\n" for n in range(200)]
    bench.take(source, bench.file("d-1.csv", HEADER + "".join(rows)))
    short = bench.file("d-2.csv", HEADER + "".join(rows[:90]))
    with pytest.raises(CemError) as caught:
        bench.take(source, short)
    assert caught.value.code is ExitCode.CHECKS_FAILED
    assert bench.counts()["import_file"] == 1
    result = bench.take(source, short, allow_shrink=True).files[0]
    assert any("last delivery had 200" in warning for warning in result.warnings)


def test_new_and_lost_columns_are_told(bench):
    source = bench.source(PEOPLE + "optional: [email]\n")
    bench.take(source, bench.file("p-1.csv", HEADER + ANNA))
    result = bench.take(source, bench.file("p-2.csv", "id,first,last,vip\n1,Anna,Rossi,yes\n")).files[0]
    assert "new columns since the last delivery: vip" in result.warnings
    assert "columns gone since the last delivery: email" in result.warnings
    assert bench.ask("SELECT extra->>'vip' FROM cem.record") == [("yes",)]


def test_unusable_values_are_nulled_and_counted(bench):
    result = bench.load(PEOPLE, HEADER + "1,Anna,Rossi,not-an-address\n2,Bruno,Verdi,test@test.com\n")
    assert result.issues == {"email: junk": 1, "email: no_at_sign": 1}
    assert bench.ask("SELECT field, reason, rows FROM cem.field_issue ORDER BY reason") == [("email", "junk", 1), ("email", "no_at_sign", 1)]
    assert bench.ask("SELECT cells[4] FROM cem.raw ORDER BY line") == [("not-an-address",), ("test@test.com",)]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.sampled_from(["", "1", "2", "3"]), cells, cells), min_size=1, max_size=8), ragged=st.integers(0, 3))
def test_every_row_has_one_verdict(bench, rows, ragged):
    import csv
    import io

    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["id", "first", "last", "note"])
    writer.writerows([*((key, a.replace("\r", ""), "x", b.replace("\r", "")) for key, a, b in rows), *([("9", "a")] * min(ragged, len(rows) - 1))])
    for table in bench.counts():
        bench.workspace.con.execute(f"DELETE FROM cem.{table}")
    result = bench.load("key: id\nrecord: {given_name: first, surname: last}\nreader: {allow_multiline: 'true'}\n", out.getvalue())
    assert sum(result.counts.values()) == result.rows_read == len(rows) + min(ragged, len(rows) - 1)
    ledger = bench.ask("SELECT rows_read = loaded + unchanged + superseded + suppressed + quarantined FROM cem.import_file")
    assert ledger == [(True,)]
