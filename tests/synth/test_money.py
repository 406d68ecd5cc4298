"""Money must reconcile to the cent within and across the exports."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from tests.synth.reading import rows


def comma(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def test_an_order_is_its_lines_less_discount_plus_shipping(company: Path) -> None:
    lines: dict[str, Decimal] = defaultdict(Decimal)
    back: dict[str, Decimal] = defaultdict(Decimal)
    heads = {}
    for row in rows(company / "shopify_orders.csv"):
        amount = Decimal(row["Lineitem price"]) * int(row["Lineitem quantity"])
        lines[row["Name"]] += amount
        back[row["Name"]] += amount * (row["Lineitem fulfillment status"] == "restocked")
        if row["Total"]:
            heads[row["Name"]] = row
    for name, head in heads.items():
        subtotal = Decimal(head["Subtotal"])
        assert subtotal == lines[name] - Decimal(head["Discount Amount"])
        assert Decimal(head["Total"]) == subtotal + Decimal(head["Shipping"])
        assert (Decimal(head["Refunded Amount"]) > 0) == (back[name] > 0)
        assert Decimal(head["Refunded Amount"]) <= min(subtotal, back[name])


def test_every_order_is_paid_once_and_refunded_alike(company: Path) -> None:
    orders = {row["Name"]: row for row in rows(company / "shopify_orders.csv") if row["Total"]}
    paid: dict[str, dict[str, str]] = {}
    failed = 0
    for payment in rows(company / "stripe_payments.csv"):
        name = payment["order_id (metadata)"]
        if payment["Status"] == "Failed":
            failed += 1
            assert payment["Amount Refunded"] == "0.00"
            continue
        assert name not in paid
        paid[name] = payment
    assert failed
    assert set(paid) == set(orders)
    for name, payment in paid.items():
        order = orders[name]
        assert payment["Amount"] == order["Total"]
        assert payment["Amount Refunded"] == order["Refunded Amount"]
        assert payment["PaymentIntent ID"] == order["Payment Reference"]
        assert payment["Customer Email"] == order["Email"]


def test_a_receipt_is_the_sum_of_its_lines(company: Path) -> None:
    total: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    said: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in rows(company / "pos_receipts.csv", "cp1252", ";"):
        key = (row["negozio"], row["cassa"], row["data"], row["scontrino"])
        assert comma(row["totale_riga"]) == int(row["quantita"]) * comma(row["prezzo"]) - comma(row["sconto"])
        total[key] += comma(row["totale_riga"])
        said[key] |= {row["totale_scontrino"], "@" + row["ora"] + row["tessera"]}
    assert all(len(values) == 2 for values in said.values()), "one key is one receipt"
    assert all(comma(next(v for v in said[key] if "@" not in v)) == amount for key, amount in total.items())
    assert min(total.values()) < 0 < max(total.values())


def test_points_are_the_sum_of_movements(company: Path) -> None:
    balance: dict[str, int] = defaultdict(int)
    for row in rows(company / "loyalty_movements.csv"):
        balance[row["card_code"]] += int(row["points"])
    cards = rows(company / "loyalty_cards.csv")
    assert set(balance) <= {card["card_code"] for card in cards}
    assert all(int(card["points_balance"]) == balance[card["card_code"]] for card in cards)
    assert any(int(card["points_spent"]) for card in cards)


def test_accounts_sum_their_orders(company: Path) -> None:
    net = sum(Decimal(row["Total"]) - Decimal(row["Refunded Amount"]) for row in rows(company / "shopify_orders.csv") if row["Total"])
    spent = sum(Decimal(row["Total Spent"]) for row in rows(company / "shopify_customers.csv"))
    assert Decimal(0) < spent < net
