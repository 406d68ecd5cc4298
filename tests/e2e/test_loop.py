"""The whole loop on the sample company: every stage, nothing lost, nothing changed the second time."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from cem_cli.store.workspace import Access, open_workspace
from tests.e2e.conftest import Outcome

pytestmark = pytest.mark.xdist_group("demo")
Cem = Callable[..., Outcome]


def query(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with open_workspace(folder / "customers.duckdb", Access("test", write=False)) as workspace:
        return workspace.con.execute(sql).fetchall()


def hashes(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_stage_ran_on_every_silo(demo: Path) -> None:
    stages = {stage["stage"]: stage for stage in json.loads((demo / "demo.json").read_text())["data"]["stages"]}
    assert list(stages) == ["import", "link", "unify", "insight", "segment", "export"]
    silos = {path.stem for path in (demo / "sources").glob("*.yaml")}
    assert len(silos) >= 25
    assert {row[0] for row in query(demo, "SELECT DISTINCT source FROM imports")} == silos


def test_every_row_is_accounted_for(demo: Path) -> None:
    assert query(demo, """
        SELECT source, file_name FROM imports
        WHERE rows_read <> loaded + unchanged + superseded + suppressed + quarantined""") == []
    read = dict(query(demo, "SELECT file_name, sum(rows_read)::BIGINT FROM imports GROUP BY file_name"))
    for name, encoding, delimiter in (("salesforce_contacts.csv", "utf-8-sig", ","), ("pos_receipts.csv", "cp1252", ";"),
                                      ("meta_leads.csv", "utf-16", "\t"), ("nps_survey.csv", "utf-8-sig", ",")):
        with (demo / "data" / name).open(encoding=encoding, newline="") as file:
            assert read[name] == sum(1 for row in csv.reader(file, delimiter=delimiter) if row) - 1, name
    for name in ("zendesk_tickets.ndjson", "ga4_events.ndjson"):
        assert read[name] == len((demo / "data" / name).read_text().splitlines()), name


def _cents(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", ".")) if "," in text else Decimal(text or "0")


def test_money_reconciles_to_the_cent(demo: Path) -> None:
    """Receipts and orders from the files themselves, against events, lines and the spend measure with the unattributed."""
    with (demo / "data/pos_receipts.csv").open(encoding="cp1252", newline="") as file:
        till = sum(_cents(row["totale_riga"]) for row in csv.DictReader(file, delimiter=";"))
    with (demo / "data/shopify_orders.csv").open(encoding="utf-8-sig", newline="") as file:
        heads = [row for row in csv.DictReader(file) if row["Total"]]
    shop = sum(Decimal(row["Total"]) for row in heads if not row["Cancelled at"])
    refunded = sum(Decimal(row["Refunded Amount"] or "0") for row in heads if not row["Cancelled at"])
    by_channel = dict(query(demo, """
        SELECT channel, sum(amount) FROM events WHERE revenue AND coalesce(status, '') <> 'cancelled' GROUP BY channel"""))
    assert by_channel["store"] == till
    lines = query(demo, "SELECT sum(amount) FROM order_lines WHERE channel = 'store'")[0][0]
    assert lines == till
    net = query(demo, "SELECT sum(amount) FROM cem.base_purchase WHERE kind <> 'cancelled'")[0][0]
    assert net == till + shop - refunded
    spent = query(demo, "SELECT sum(total) FROM cem.measure_spend")[0][0]
    unattributed = query(demo, "SELECT sum(amount) FROM cem.base_purchase WHERE customer_id IS NULL AND kind <> 'cancelled'")[0][0]
    assert spent + unattributed == net
    assert unattributed > 0  # receipts without a card belong to nobody, and are not lost


def test_one_catalogue_per_household(own_demo: Path, cem: Cem) -> None:
    with (own_demo / "exports.yaml").open("a") as file:
        file.write("\ncatalogue:\n  of: profiles\n  purpose: analytics\n  one_per: household\n  columns: [customer_id, household_id, city]\n")
    done = cem("export", "catalogue", "--project", own_demo, "--json").document["data"]["exports"][0]
    with (own_demo / "exports/catalogue/catalogue.csv").open() as file:
        homes = [row["household_id"] for row in csv.DictReader(file) if row["household_id"]]
    assert len(homes) == len(set(homes))
    assert done["blocked_by_reason"]["household"] > 100
    assert done["delivered"] + done["blocked"] == query(own_demo, "SELECT count(*) FROM profiles")[0][0]


def test_second_run_changes_nothing(own_demo: Path, cem: Cem) -> None:
    exports, customers = hashes(own_demo / "exports"), query(own_demo, "SELECT * FROM cem.identity ORDER BY ALL")
    profiles = query(own_demo, "SELECT * FROM cem.profile ORDER BY customer_id")
    document = cem("run", "--project", own_demo, "--json").document
    assert document["status"] == "unchanged"
    assert document["counts"]["loaded"] == 0
    assert document["counts"]["rows_read"] == document["counts"]["unchanged"]
    assert query(own_demo, "SELECT * FROM cem.identity ORDER BY ALL") == customers
    assert query(own_demo, "SELECT * FROM cem.profile ORDER BY customer_id") == profiles
    assert hashes(own_demo / "exports") == exports


def test_dry_run_counts_and_changes_nothing(own_demo: Path, cem: Cem) -> None:
    before = hashes(own_demo)
    document = cem("run", "--dry-run", "--project", own_demo, "--json").document
    assert document["dry_run"] is True
    assert document["counts"]["loaded"] == 0
    after = {name: digest for name, digest in hashes(own_demo).items() if not name.endswith(".lock")}
    assert after == {name: digest for name, digest in before.items() if not name.endswith(".lock")}


def test_corrected_mapping_derives_again(own_demo: Path, cem: Cem) -> None:
    source = own_demo / "sources" / "nps.yaml"
    before = query(own_demo, "SELECT count(*) FROM events WHERE source = 'nps'")[0][0]
    assert before > 0
    text = source.read_text()
    source.write_text(text.replace("type: nps_answer", "type: survey_answer"))
    assert source.read_text() != text
    assert cem("run", "--project", own_demo, "--to", "import", "--json").code == 0
    types = query(own_demo, "SELECT type, count(*) FROM events WHERE source = 'nps' GROUP BY type")
    assert types == [("survey_answer", before)]


@pytest.mark.parametrize("threads", [1, 2])
def test_shuffled_rows_and_threads_give_the_same_customers(demo: Path, tmp_path: Path, cem: Cem, threads: int) -> None:
    folder = tmp_path / "shuffled"
    assert cem("demo", folder, "--json", "--threads", threads).code == 0 if threads == 1 else True
    if threads == 1:
        assert hashes(folder / "exports") == hashes(demo / "exports")
        return
    import random
    import shutil

    for part in ("sources", "data"):
        shutil.copytree(demo / part, folder / part)
    for path in (*demo.glob("*.yaml"), demo / "customers.key"):
        shutil.copy(path, folder)
    rng = random.Random(7)
    for name, encoding in (("salesforce_contacts.csv", "utf-8-sig"), ("loyalty_cards.csv", "utf-8"), ("zendesk_users.ndjson", "utf-8"),
                           ("nps_survey.csv", "utf-8"), ("stripe_payments.csv", "utf-8")):
        path = folder / "data" / name
        lines = path.read_bytes().decode(encoding).splitlines(keepends=True)
        head, rows = ([], lines) if name.endswith("ndjson") else (lines[:1], lines[1:])
        assert not any(row.count('"') % 2 for row in rows), name
        rng.shuffle(rows)
        path.write_bytes("".join([*head, *rows]).encode(encoding))
    assert cem("run", "--project", folder, "--json").code == 0
    assert query(folder, "SELECT * FROM cem.identity ORDER BY ALL") == query(demo, "SELECT * FROM cem.identity ORDER BY ALL")
    same = "SELECT * FROM cem.profile ORDER BY customer_id"
    assert query(folder, same) == query(demo, same)
