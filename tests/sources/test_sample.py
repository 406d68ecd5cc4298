"""The sample company's money, from the files to the events, to the cent; and its files in another order of rows."""

from __future__ import annotations

import csv
import random
from decimal import Decimal
from pathlib import Path

from cem_cli.config.source import read_source
from cem_cli.sources.load import find_files

ROOT = Path(__file__).parents[2]
DATA = ROOT / "sample_data"


def take(bench, name: str, folder: Path = DATA):
    source = read_source(ROOT / "configs" / "sources" / f"{name}.yaml")
    return bench.take(source, *find_files(source, folder))


def cells(file: str, **options: str) -> list[dict[str, str]]:
    encoding = options.pop("encoding", "utf-8")
    with (DATA / file).open(encoding=encoding, newline="") as text:
        return list(csv.DictReader(text, **options))


def money(text: str) -> Decimal:
    return Decimal(text.replace(".", "").replace(",", ".") if "," in text else text or "0")


def test_orders_refunds_and_payments_reconcile(bench):
    take(bench, "shopify_orders")
    take(bench, "stripe")
    orders, payments = cells("shopify_orders.csv"), cells("stripe_payments.csv")
    total = sum(money(row["Total"]) for row in orders)
    refunded = sum(money(row["Refunded Amount"]) for row in orders)
    paid = sum(money(row["Amount"]) for row in payments if row["Status"] in ("Paid", "Refunded"))
    assert dict(bench.ask("SELECT type, sum(amount) FROM cem.event WHERE amount IS NOT NULL AND type <> 'payment_failed' GROUP BY 1")) == {
        "order": total, "refund": refunded, "payment": paid,
    }
    assert paid == total, "every order of the sample is paid, and neither counts twice:"
    earned = "SELECT sum(CASE WHEN type = 'refund' THEN -amount ELSE amount END) FROM cem.event WHERE revenue"
    assert bench.ask(earned) == [(total - refunded,)]
    line = sum(money(row["Lineitem quantity"]) * money(row["Lineitem price"]) - money(row["Lineitem discount"]) for row in orders)
    assert bench.ask("SELECT sum(l.amount) FROM cem.order_line l JOIN cem.event e USING (event_id) WHERE e.type = 'order'") == [(line,)]
    assert bench.ask("SELECT count(*) FROM cem.event p ANTI JOIN cem.event o ON o.event_id = p.parent_id WHERE p.type = 'payment'") == [(0,)]


def test_receipts_reconcile_unattributed_ones_included(bench):
    take(bench, "loyalty_cards")
    result = take(bench, "pos_receipts").files[0]
    rows = cells("pos_receipts.csv", delimiter=";", encoding="cp1252")
    receipts = {(row["negozio"], row["cassa"], row["data"], row["scontrino"]): money(row["totale_scontrino"]) for row in rows}
    assert (result.rows_read, result.counts["loaded"]) == (len(rows), len(rows))
    assert bench.ask("SELECT count(*), sum(amount) FROM cem.event WHERE revenue") == [(len(receipts), sum(receipts.values()))]
    assert bench.ask("SELECT count(*), sum(amount) FROM cem.order_line") == [(len(rows), sum(money(row["totale_riga"]) for row in rows))]


def test_the_order_of_rows_changes_nothing(bench, tmp_path):
    told = ["SELECT * EXCLUDE (import_id) FROM cem.record ORDER BY ALL", "SELECT * FROM cem.identifier ORDER BY ALL"]
    take(bench, "shopify_customers")
    before = [bench.ask(sql) for sql in told]
    head, *rows = (DATA / "shopify_customers.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(1).shuffle(rows)
    (tmp_path / "shopify_customers.csv").write_text("".join([head, *rows]), encoding="utf-8")
    assert take(bench, "shopify_customers", tmp_path).total("unchanged") == len(rows)
    for table in bench.counts():
        bench.workspace.con.execute(f"DELETE FROM cem.{table}")
    take(bench, "shopify_customers", tmp_path)
    assert [bench.ask(sql) for sql in told] == before
