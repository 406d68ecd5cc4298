"""What a person decides, sets by hand, hands over or backs up holds from the command line through later imports."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Outcome
from tests.e2e.test_loop import hashes, query

pytestmark = pytest.mark.xdist_group("demo")
Cem = Callable[..., Outcome]


def customer(folder: Path, record: str) -> str:
    source, _, key = record.partition(":")
    rows = query(folder, f"SELECT customer_id FROM cem.identity JOIN cem.record USING (record_id) "
                         f"WHERE source = '{source}' AND record_key = '{key}'")
    return str(rows[0][0])


def identities(folder: Path) -> list[tuple[object, ...]]:
    return query(folder, "SELECT record_id, customer_id FROM cem.identity ORDER BY record_id")


def two_strangers(folder: Path) -> tuple[str, str]:
    """Two loyalty cards of customers who have nothing else."""
    rows = query(folder, """
        SELECT min(source || ':' || record_key) FROM records GROUP BY customer_id
        HAVING count(*) = 1 AND min(source) = 'loyalty_cards' ORDER BY customer_id LIMIT 2""")
    return str(rows[0][0]), str(rows[1][0])


def test_decisions_move_people_and_undo_brings_them_back(own_demo: Path, cem: Cem) -> None:
    one, other = two_strangers(own_demo)
    before = identities(own_demo)
    linked = cem("decide", "link", one, other, "--why", "same passport", "--project", own_demo)
    assert linked.code == 0, linked.err
    assert "no customer changed" not in linked.out
    assert customer(own_demo, one) == customer(own_demo, other)
    told = cem("why", one, other, "--project", own_demo)
    assert "decision 1 (link)" in told.out
    refused = cem("decide", "separate", one, other, "--project", own_demo, "--json")
    assert refused.code == 2
    assert refused.document["error"]["id"] == "E-DECISION-CONFLICT"
    diff = cem("diff", "--project", own_demo, "--json").document
    assert diff["counts"]["merged"] == 0  # the refused command is a run too, and changed nothing
    changed = cem("diff", "1", "2", "--project", own_demo, "--fail-on", "merged > 0 or retired > 0 or moved > 0")
    assert changed.code == 3
    assert cem("decide", "undo", one, other, "--project", own_demo).code == 0
    assert identities(own_demo) == before
    separated = cem("decide", "separate", one, other, "--why", "twins", "--project", own_demo, "--json").document
    assert len(separated["data"]["made"]) == 1
    assert identities(own_demo) == before


def test_a_value_set_by_hand_survives_a_new_import(own_demo: Path, cem: Cem) -> None:
    record = "salesforce_contacts:0035g00000000750AAG"
    who = customer(own_demo, record)

    def email() -> object:
        return query(own_demo, f"SELECT email FROM profiles WHERE customer_id = '{who}'")[0][0]

    first = email()
    assert cem("unify", "--customer", record, "--set", "email=marta@example.it", "--why", "by phone", "--project", own_demo).code == 0
    assert email() == "marta@example.it"
    path = own_demo / "data" / "salesforce_contacts.csv"
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("0035g00000000750AAG,false", "0035g00000000750AAG,FALSE"), encoding="utf-8")
    ran = cem("run", "--project", own_demo, "--to", "unify", "--json").document
    assert ran["counts"]["loaded"] == 1
    assert email() == "marta@example.it"
    assert "marta@example.it" in cem("show", record, "--project", own_demo).out
    assert cem("unify", "--undo", "1", "--project", own_demo).code == 0
    assert email() == first


def test_a_source_replaced_by_another_keeps_every_id(own_demo: Path, cem: Cem) -> None:
    old, new = own_demo / "data" / "salesforce_contacts.csv", own_demo / "data" / "crm2.csv"
    with old.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    with new.open("w", newline="") as file:
        csv.writer(file).writerows([head, *([f"NEW{n:05}", *row[1:]] for n, row in enumerate(rows))])
    with (own_demo / "keys.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["old", "new"], *([row[0], f"NEW{n:05}"] for n, row in enumerate(rows))])
    mapping = (own_demo / "sources" / "salesforce_contacts.yaml").read_text()
    (own_demo / "sources" / "crm2.yaml").write_text(mapping.replace("salesforce_contacts.csv", "crm2.csv"))
    before = {f"NEW{n:05}": customer(own_demo, f"salesforce_contacts:{row[0]}") for n, row in enumerate(rows[:40])}
    assert cem("import", "crm2", "--project", own_demo).code == 0
    done = cem("source", "rekey", "salesforce_contacts", "crm2", "--crosswalk", own_demo / "keys.csv", "--project", own_demo, "--json")
    assert done.code == 0, done.out
    assert done.document["counts"] == {"moved": len(rows), "left": 0}
    assert {key: customer(own_demo, f"crm2:{key}") for key in before} == before


def test_a_backup_comes_back(own_demo: Path, cem: Cem, tmp_path: Path) -> None:
    before = identities(own_demo)
    file = tmp_path / "monday.cembackup"
    assert cem("backup", file, "--project", own_demo).code == 0
    (own_demo / "customers.duckdb").unlink()
    (own_demo / "customers.key").unlink()
    assert cem("status", "--project", own_demo).code == 10
    assert cem("restore", file, "--project", own_demo).code == 0
    assert identities(own_demo) == before
    assert cem("doctor", "--project", own_demo).code == 0
    assert cem("restore", file, "--project", own_demo).code == 8
    assert cem("restore", file, "--yes", "--project", own_demo).code == 0


EXPORTS = ("salesforce_contacts.csv", "shopify_orders.csv", "zendesk_users.ndjson", "meta_leads.csv", "loyalty_cards.csv",
           "staff_notes.csv", "pos_receipts.csv", "mailing_responses.csv")


@pytest.fixture
def fresh(tmp_path: Path, cem: Cem, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new project, and the current directory in it."""
    assert cem("init", tmp_path / "fresh").code == 0
    monkeypatch.chdir(tmp_path / "fresh")
    return tmp_path / "fresh"


def test_what_inspect_proposes_can_be_imported(demo: Path, fresh: Path, cem: Cem) -> None:
    for number, name in enumerate(EXPORTS):
        shutil.copy(demo / "data" / name, fresh / "data" / name)
        proposed = cem("inspect", f"data/{name}", "--write", f"sources/silo_{number}.yaml")
        assert proposed.code == 0, proposed.err
        assert f"cem import silo_{number}" in proposed.out
        imported = cem("import", f"silo_{number}", "--json")
        assert imported.code == 0, imported.out
        counts = imported.document["counts"]
        assert counts["rows_read"] == counts["loaded"] + counts["quarantined"] > 100
    assert query(fresh, "SELECT count(DISTINCT source) FROM cem.record")[0][0] >= 6
    assert query(fresh, "SELECT count(*) FROM cem.record WHERE source = 'silo_4' AND tax_code IS NOT NULL")[0][0] > 100


FOREIGN = {
    "people.csv": ("utf-8", "id;Vorname;Nachname;Geburtsdatum;E-Mail;Telefon;PLZ;Ort\n"
                            "1;Jürgen;Müller;03.04.1971;j.mueller@example.de;+49 30 1234567;10115;Berlin\n"
                            "2;Anna;Schmidt;17.12.1988;anna@example.de;+49 171 1234567;80331;München\n"
                            "3;Ute;Weiß;29.02.1960;ute@example.de;;50667;Köln\n"),
    "clienti.csv": ("cp1252", "Codice,Cognome e nome,Indirizzo,Città\r\n7,\"D'Amico, Niccolò\",\"Via Forlì, 3\",Cantù\r\n8,Rossi Pià,Piazza Duomo 1,Milano\r\n"),
    "users.ndjson": ("utf-8", '{"id": "a1", "name": "Zoë Ward", "email": "zoe@example.org"}\n{"id": "a2", "name": "Bo Li", "email": null}\n'),
    "list.json": ("utf-8", '[{"uid": "x", "first_name": "Ada", "last_name": "Byron"}, {"uid": "y", "first_name": "Alan", "last_name": "T"}]'),
    "unicode.csv": ("utf-16", "key\tname\temail\n1\tŁukasz Nowak\tl@example.pl\n2\tΆννα Παππά\ta@example.gr\n"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_files_never_seen_before_can_be_imported(fresh: Path, cem: Cem, name: str) -> None:
    encoding, text = FOREIGN[name]
    (fresh / "data" / name).write_bytes(text.encode(encoding))
    assert cem("inspect", f"data/{name}", "--write", "sources/silo.yaml").code == 0
    imported = cem("import", "silo", "--json")
    assert imported.code == 0, imported.out + (fresh / "sources" / "silo.yaml").read_text()
    assert imported.document["counts"]["quarantined"] == 0
    assert imported.document["counts"]["loaded"] >= 2
    assert query(fresh, "SELECT count(*) FROM cem.record WHERE coalesce(surname, full_name, given_name) IS NOT NULL")[0][0] >= 2


def test_stages_run_one_by_one(own_demo: Path, cem: Cem) -> None:
    rehearsed = cem("link", "--dry-run", "--project", own_demo, "--json").document
    assert rehearsed["dry_run"] is True
    assert rehearsed["data"]["changes"] == []
    ran = cem("insight", "run", "rfm", "nps", "--project", own_demo, "--json").document
    assert {"rfm", "nps"} <= {measure["name"] for measure in ran["data"]["measures"]}
    assert all(measure["rows"] > 0 for measure in ran["data"]["measures"])
    built = cem("segment", "build", "--project", own_demo, "--json").document["data"]["segments"]
    assert {(s["entered"], s["left"]) for s in built} == {(0, 0)}
    head, row = cem("insight", "rfm", "--format", "csv", "-n", "1", "--project", own_demo).out.splitlines()
    assert head.count(",") == row.count(",")
    assert json.loads(cem("insight", "rfm", "--format", "json", "-n", "2", "--project", own_demo).out)[1]["customer_id"]
    mine = cem("insight", "spend", "-c", "salesforce_contacts:0035g00000000750AAG", "--project", own_demo, "--json").document
    assert len(mine["data"]["rows"]) <= 1
    (own_demo / "measures.yaml").write_text("rfm: {min_customers: 1000000}\n")
    refused = cem("insight", "run", "rfm", "--project", own_demo)
    assert refused.code == 0
    assert "at least 1000000 needed" in refused.err
    assert cem("insight", "rfm", "--project", own_demo, "--json").document["warnings"][0]["id"] == "W-REFUSED"


@pytest.mark.parametrize("flags", [(), ("--flat",)], ids=["company", "flat"])
def test_synth_writes_the_same_bytes_twice(cem: Cem, tmp_path: Path, flags: tuple[str, ...]) -> None:
    for name in ("one", "two"):
        assert cem("synth", tmp_path / name, "--people", "100", "--seed", "5", *flags).code == 0
    assert hashes(tmp_path / "one") == hashes(tmp_path / "two") != {}


def test_two_files_cannot_be_written_to_one_source(fresh: Path, cem: Cem) -> None:
    for name in ("a.csv", "b.csv"):
        (fresh / "data" / name).write_text("id,name\n1,Ada Byron\n")
    assert cem("inspect", "data/a.csv", "data/b.csv", "--write", "sources/x.yaml").code == 2
    assert cem("inspect", "data/a.csv", "data/b.csv", "--json").document["data"]["files"][1]["file"]["rows"] == 1


def test_refused_rows_can_be_written_out(own_demo: Path, cem: Cem, tmp_path: Path) -> None:
    listed = cem("quarantine", "--project", own_demo, "--json").document
    assert listed["counts"]["quarantined"] == len(listed["data"]["rows"]) > 0
    assert "row" not in listed["data"]["rows"][0]
    assert cem("quarantine", "-o", tmp_path / "refused.csv", "--project", own_demo).code == 2
    file = tmp_path / "refused.csv"
    assert cem("quarantine", "meta_leads", "-o", file, "--project", own_demo).code == 0
    again = cem("import", "meta_leads", file, "--allow-shrink", "--fail-on", "quarantine", "--project", own_demo, "--json")
    assert again.code == 6
    assert again.document["counts"]["quarantined"] == again.document["counts"]["rows_read"] == 2
    mended = file.read_text()
    for test, real in (("<test lead: dummy data for full_name>", "Ada Byron"), ("p:<test lead: dummy data for phone_number>", ""),
                       ("test@fb.com", "ada@example.it")):
        mended = mended.replace(test, real)
    file.write_text(mended)
    assert cem("import", "meta_leads", file, "--allow-shrink", "--project", own_demo, "--json").document["counts"]["loaded"] == 2
    assert cem("import", "meta_leads", "--fail-on", "quarantine", "--project", own_demo).code == 0  # unchanged: nothing new refused
