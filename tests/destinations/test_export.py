import json
import stat
from pathlib import Path

import pytest

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import sha256

MAIL = {"channel": "email", "purpose": "marketing"}


def folder_bytes(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_who_may_not_be_contacted_is_blocked_with_a_reason_and_no_contact_data(run, tmp_path):
    done = run(columns=("customer_id", "email"), **MAIL)
    assert (tmp_path / "out/out.csv").read_text() == "customer_id,email,third_party_fields\nC1,anna@example.it,email\n"
    assert (tmp_path / "out/blocked.csv").read_text() == "customer_id,reason\nC2,withdrawn\nC3,objection\nC4,no_consent\n"
    assert (done.delivered, done.blocked) == (1, 3)
    assert done.blocked_by_reason == {"no_consent": 1, "objection": 1, "withdrawn": 1}


def test_a_customer_no_gate_has_seen_does_not_pass(con, run, tmp_path):
    con.execute("DELETE FROM cem.processable WHERE customer_id = 'C1'")
    run(columns=("customer_id",))
    assert "C1,not_assessed\n" in (tmp_path / "out/blocked.csv").read_text()


def test_consent_for_another_channel_or_purpose_is_none(run):
    assert run(channel="sms", purpose="marketing", columns=("customer_id",)).delivered == 1
    assert run(channel="email", purpose="service", columns=("customer_id",)).delivered == 0


def test_a_segment_exports_its_members_now(run, tmp_path):
    run(of="loyal", columns=("customer_id", "spend"))
    assert (tmp_path / "out/out.csv").read_text() == "customer_id,spend\nC1,120.50\nC2,\n"


def test_one_of_a_household_goes_out_and_no_refused_one_stands_in_for_it(con, run, tmp_path):
    con.execute("""INSERT INTO cem.household VALUES ('C1', 'H1', 'address'), ('C2', 'H1', 'address'), ('C3', 'H1', 'contact')""")
    con.execute("UPDATE cem.profile SET kind = 'customer' WHERE customer_id IN ('C2', 'C3')")
    done = run(columns=("customer_id",), one_per="household")
    assert (done.delivered, done.blocked, done.blocked_by_reason) == (2, 2, {"household": 1, "objection": 1})
    assert (tmp_path / "out" / "out.csv").read_text() == "customer_id\nC2\nC4\n"  # C3 bought, too, but objects; C4 lives alone
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["one_per"] == "household"
    con.execute("UPDATE cem.profile SET kind = 'prospect', first_seen_at = '2020-01-01' WHERE customer_id = 'C2'")
    con.execute("UPDATE cem.profile SET first_seen_at = '2019-01-01' WHERE customer_id = 'C1'")
    run(2, columns=("customer_id",), one_per="household")
    assert (tmp_path / "out" / "out.csv").read_text() == "customer_id\nC1\nC4\n"


def test_csv_keeps_lists_accents_quotes_and_instants(run, tmp_path):
    run(of="loyal", columns=("customer_id", "city", "emails", "last_seen_at"), purpose="service")
    assert (tmp_path / "out/out.csv").read_text("utf-8").splitlines()[1:] == [
        "C1,Milano,anna@example.it|a2@example.it,2026-06-01T10:00:00Z,city",
        'C2,"Re""ggio, ""Emilia""",bruno@example.it,2026-06-01T10:00:00Z,""',
    ]


def test_json_and_ndjson_hold_the_same_objects(run, tmp_path):
    columns = ("customer_id", "city", "sources", "spend", "last_seen_at")
    run(name="j", format="json", columns=columns)
    run(name="n", format="ndjson", columns=columns)
    whole = json.loads((tmp_path / "j/j.json").read_text("utf-8"))
    assert whole == [json.loads(line) for line in (tmp_path / "n/n.ndjson").read_text("utf-8").splitlines()]
    assert whole[0] == {"customer_id": "C1", "city": "Milano", "sources": ["crm", "web"], "spend": 120.5,
                        "last_seen_at": "2026-06-01T10:00:00Z", "third_party_fields": ["city"]}  # fmt: skip


def test_parquet_keeps_types(con, run, tmp_path):
    run(format="parquet", columns=("customer_id", "spend", "sources", "last_seen_at"))
    rows = con.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM '{tmp_path}/out/out.parquet')").fetchall()
    assert rows == [("customer_id", "VARCHAR"), ("spend", "DECIMAL(18,2)"), ("sources", "VARCHAR[]"), ("last_seen_at", "TIMESTAMP"),
                    ("third_party_fields", "VARCHAR[]")]  # fmt: skip


def test_default_columns_are_what_channel_and_purpose_need(run, tmp_path):
    run(name="mailing", **MAIL)
    run(name="internal")
    assert (tmp_path / "mailing/mailing.csv").read_text().splitlines()[0] == "customer_id,given_name,surname,email,third_party_fields"
    assert (tmp_path / "internal/internal.csv").read_text().splitlines()[0] == "customer_id,city,last_seen_at,sources,third_party_fields"


def test_values_of_third_parties_are_named_per_row_and_counted(run, tmp_path):
    done = run(columns=("customer_id", "email", "city"), purpose="service")
    lines = (tmp_path / "out/out.csv").read_text().splitlines()
    assert lines[1].endswith(",city|email")
    assert done.third_party == {"city": 1, "email": 1}
    assert json.loads((tmp_path / "out/manifest.json").read_text())["third_party_values"] == {"city": 1, "email": 1}


def test_the_manifest_proves_what_went_out(run, tmp_path):
    run(run_id=7, columns=("customer_id", "email"), **MAIL)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert {key: manifest[key] for key in ("schema", "export", "run_id", "as_of", "counts", "channel")} == {
        "schema": "cem.export/1", "export": "out", "run_id": 7, "as_of": "2026-06-30T12:00:00Z", "channel": "email",
        "counts": {"delivered": 1, "blocked": 3, "adds": 1, "removes": 0, "redirects": 0},
    }  # fmt: skip
    assert [file["name"] for file in manifest["files"]] == ["out.csv", "blocked.csv", "adds.csv", "removes.csv", "redirects.csv"]
    for file in manifest["files"]:
        path = tmp_path / "out" / file["name"]
        assert (file["sha256"], file["bytes"]) == (sha256(path), path.stat().st_size)
        assert file["rows"] == len(path.read_text().splitlines()) - 1


def test_the_same_data_gives_the_same_bytes_run_after_run(con, run, tmp_path):
    for form in ("csv", "json", "ndjson", "parquet"):
        run(1, name=form, format=form)
        before, deliveries = folder_bytes(tmp_path / form), con.execute("FROM cem.delivery ORDER BY ALL").fetchall()
        again = run(2, name=form, format=form)
        assert not again.changed
        assert folder_bytes(tmp_path / form) == before
        assert con.execute("FROM cem.delivery ORDER BY ALL").fetchall() == deliveries


def test_bytes_do_not_depend_on_threads_or_the_order_of_rows(con, run, tmp_path):
    con.execute("INSERT INTO cem.profile (customer_id, city) SELECT printf('D%06d', i), 'Milano' FROM range(200000) t(i)")
    con.execute("INSERT INTO cem.processable SELECT customer_id, true, NULL FROM cem.profile WHERE customer_id LIKE 'D%'")
    hashes = set()
    for name, threads, order in (("a", 1, "customer_id"), ("b", 2, "hash(customer_id)")):
        con.execute(f"SET threads = {threads}")
        con.execute(f"CREATE OR REPLACE TABLE cem.profile AS FROM cem.profile ORDER BY {order}")
        run(name=name, format="parquet", columns=("customer_id", "city"))
        run(name=f"{name}csv", columns=("customer_id", "city"), path=f"{name}csv/x.csv")
        hashes.add((sha256(tmp_path / f"{name}/{name}.parquet"), sha256(tmp_path / f"{name}csv/x.csv")))
    assert len(hashes) == 1


def test_a_file_tampered_with_is_written_again(run, tmp_path):
    run(1, columns=("customer_id",))
    before = folder_bytes(tmp_path / "out")
    (tmp_path / "out/adds.csv").write_text("other")
    assert run(2, columns=("customer_id",)).changed
    after = folder_bytes(tmp_path / "out")
    assert after["adds.csv"] == b"customer_id\n"
    assert after["out.csv"] == before["out.csv"]


@pytest.mark.parametrize("manifest", ["{}", "[1]", "not json", '{"schema": "cem.export/1", "export": "out"}'])
def test_a_manifest_that_proves_nothing_is_replaced(run, tmp_path, manifest):
    run(1, columns=("customer_id",))
    (tmp_path / "out/manifest.json").write_text(manifest)
    assert run(2, columns=("customer_id",)).changed
    assert json.loads((tmp_path / "out/manifest.json").read_text())["run_id"] == 2


def test_another_request_is_another_delivery(run):
    assert run(1, columns=("customer_id",)).changed
    assert run(2, columns=("customer_id", "city")).changed
    assert run(3, columns=("customer_id", "city"), purpose="service").changed


def test_files_are_private_and_nothing_else_is_left(run, tmp_path):
    run(columns=("customer_id",))
    names = [path.name for path in sorted((tmp_path / "out").iterdir())]
    assert names == ["adds.csv", "blocked.csv", "manifest.json", "out.csv", "redirects.csv", "removes.csv"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()} == {0o600}


def test_no_profiles_give_empty_files(con, run, tmp_path):
    con.execute("DELETE FROM cem.profile")
    done = run(format="json", columns=("customer_id",))
    assert (done.delivered, done.blocked) == (0, 0)
    assert json.loads((tmp_path / "out/out.json").read_text()) == []


@pytest.mark.parametrize(("what", "id", "code"), [
    ({"format": "xlsx"}, "E-EXPORT-FORMAT", ExitCode.USAGE),
    ({"profile": "excel"}, "E-EXPORT-PROFILE", ExitCode.USAGE),
    ({"profile": "spreadsheet", "format": "json"}, "E-EXPORT-PROFILE", ExitCode.USAGE),
    ({"of": "loyl"}, "E-EXPORT-OF", ExitCode.USAGE),
    ({"one_per": "house"}, "E-EXPORT-UNIT", ExitCode.USAGE),
    ({"columns": ("customer_id", "emial")}, "E-EXPORT-COLUMN", ExitCode.USAGE),
    ({"columns": ("city", "city")}, "E-EXPORT-COLUMN", ExitCode.USAGE),
    ({"columns": ("email",)}, "E-EXPORT-PURPOSE", ExitCode.PRIVACY),
    ({"columns": ("email",), "purpose": "profiling"}, "E-EXPORT-PURPOSE", ExitCode.PRIVACY),
    ({"channel": "email"}, "E-EXPORT-PURPOSE", ExitCode.PRIVACY),
    ({"columns": ("emails",), **MAIL}, "E-EXPORT-ADDRESSES", ExitCode.PRIVACY),
    ({"path": "../other.csv"}, "E-OUT-OUTSIDE", ExitCode.OUTPUT),
    ({"path": "/var/other.csv"}, "E-OUT-OUTSIDE", ExitCode.OUTPUT),
    ({"path": "x/blocked.csv"}, "E-OUT-TARGET", ExitCode.OUTPUT),
])  # fmt: skip
def test_what_cannot_be_exported_is_refused_and_nothing_written(con, run, tmp_path, what, id, code):
    with pytest.raises(CemError) as caught:
        run(**what)
    assert (caught.value.id, caught.value.code) == (id, code)
    assert list(tmp_path.iterdir()) == []
    assert con.execute("SELECT count(*) FROM cem.delivery").fetchone() == (0,)


def test_an_unknown_column_gets_the_nearest_name(run):
    with pytest.raises(CemError, match="emial") as caught:
        run(columns=("emial",))
    assert "'email'" in caught.value.why


def test_a_folder_belongs_to_one_export(run):
    run(name="first", path="shared/first.csv", columns=("customer_id",))
    with pytest.raises(CemError) as caught:
        run(name="second", path="shared/second.csv", columns=("customer_id",))
    assert (caught.value.id, caught.value.code) == ("E-OUT-SHARED", ExitCode.OUTPUT)


def test_a_target_that_is_no_plain_file_leaves_the_last_export_intact(run, tmp_path):
    run(1, columns=("customer_id",))
    (tmp_path / "elsewhere.csv").write_text("not ours")
    (tmp_path / "out/out.csv").unlink()
    (tmp_path / "out/out.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(CemError) as caught:
        run(2, columns=("customer_id",))
    assert caught.value.code == ExitCode.OUTPUT
    assert (tmp_path / "elsewhere.csv").read_text() == "not ours"


def test_a_folder_that_is_a_file_is_an_output_error(run, tmp_path):
    Path(tmp_path / "out").write_text("a file")
    with pytest.raises(CemError) as caught:
        run(columns=("customer_id",))
    assert caught.value.code == ExitCode.OUTPUT
