"""Stripe: `stripe_payments.csv`, the unified payments export (reference 3.12).

Key `id` (`ch_...`); `Created (UTC)` `YYYY-MM-DD HH:mm`; decimal point; currency lower-case; Status Paid, Refunded (whole) or
Failed; Amount = the order's Total, Amount Refunded = its Refunded Amount; `PaymentIntent ID` = the order's Payment
Reference (a failed attempt before success has the same); `order_id (metadata)` = the order's Name, empty where the
checkout never became an order. Card Name is what stands on the card.
"""

from __future__ import annotations

import numpy as np

from cem_cli.synth.dates import blank_unless, day_text, time_text
from cem_cli.synth.errors import Habits, fill_in
from cem_cli.synth.silos.shop import Accounts, Orders
from cem_cli.synth.truth import Evidence
from cem_cli.synth.words import text
from cem_cli.synth.world import World, money

HEADER = (
    "id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Amount Refunded,"
    "Fee,Tax,Converted Currency,Mode,Status,Statement Descriptor,Customer ID,Customer Description,Customer Email,Captured,"
    "Card ID,Card Last4,Card Brand,Card Funding,Card Exp Month,Card Exp Year,Card Name,Card Address Line1,Card Address Line2,"
    "Card Address City,Card Address State,Card Address Country,Card Address Zip,Card Issue Country,Card Fingerprint,"
    "Card CVC Status,Card AVS Zip Status,Card AVS Line1 Status,Card Tokenization Method,Disputed Amount,Dispute Status,"
    "Dispute Reason,Dispute Date (UTC),Dispute Evidence Due (UTC),Invoice ID,Payment Source Type,Destination,Transfer,"
    "Interchange Costs,Merchant Service Charge,Transfer Group,PaymentIntent ID,order_id (metadata)"
)


def write_payments(world: World, orders: Orders, accounts: Accounts) -> None:
    """Write the successful payments, 5 % with a failed attempt before, and failed payments that became no order."""
    rng, count = world.rng("payments"), len(orders.name)
    retried = np.flatnonzero(rng.random(count) < 0.05)
    failed = world.history.failed
    lost = np.flatnonzero((rng.random(len(failed)) < 0.25) & (accounts.row[failed.who] >= 0))
    order = np.concatenate([np.arange(count), retried, np.full(len(lost), -1)])
    good = np.arange(len(order)) < count
    at = np.concatenate([orders.made.at + 60, orders.made.at[retried] - 240, failed.at[lost] + 300])
    who = np.concatenate([orders.made.who, orders.made.who[retried], failed.who[lost]])
    amount = np.concatenate([orders.total, orders.total[retried], rng.integers(15_00, 180_00, len(lost))])
    of_account = accounts.entries.email[np.maximum(accounts.row[failed.who[lost]], 0)]
    email = np.concatenate([orders.contact.email, orders.contact.email[retried], of_account])
    refunded = np.where(good, orders.refunded[order], 0)
    sequence = np.lexsort((good, at))
    at, who, amount, order = at[sequence], who[sequence], amount[sequence], order[sequence]
    email, refunded, good = email[sequence], refunded[sequence], good[sequence]
    ids = text([f"ch_3S{number:020x}" for number in rng.integers(2**62, 2**63 - 1, len(at)).tolist()])
    everybody = np.arange(len(world.people))
    holder, card = fill_in(rng, world.people, everybody, Habits()).take(who), rng.integers(0, 2**40, len(everybody))[who]
    whole = good & (refunded == amount)
    linked = order >= 0
    cents_fee = amount * 15 // 1000 + 25
    world.write_rows("stripe_payments.csv", HEADER, {
        "id": ids, "Description": blank_unless(linked, "Ordine " + orders.name[order]),
        "Seller Message": np.where(good, "Payment complete.", "The bank did not return any further details.").astype(object),
        "Created (UTC)": day_text(at) + " " + time_text(at, seconds=False), "Amount": money(amount),
        "Amount Refunded": money(refunded), "Currency": "eur", "Converted Amount": money(amount),
        "Converted Amount Refunded": money(refunded), "Fee": money(np.where(good, cents_fee, 0)), "Tax": "0.00",
        "Converted Currency": "eur", "Mode": "Live",
        "Status": np.where(whole, "Refunded", np.where(good, "Paid", "Failed")).astype(object),
        "Customer Email": email, "Captured": np.where(good, "true", "false").astype(object),
        "Card Last4": text([f"{c % 10_000:04d}" for c in card.tolist()]), "Card Brand": text(["Visa", "Mastercard"])[card % 2],
        "Card Funding": text(["debit", "credit", "prepaid"])[card % 3], "Card Name": text([n.upper() for n in holder.name]),
        "Card Address Country": "IT", "Card Fingerprint": text([f"{c:016x}" for c in (card * 2_654_435_761 % 2**62).tolist()]),
        "Card Issue Country": "IT", "Card CVC Status": "pass", "Payment Source Type": "card",
        "PaymentIntent ID": blank_unless(linked, orders.intent[order]), "order_id (metadata)": blank_unless(linked, orders.name[order]),
    }, rows=len(at))
    world.truth.add("stripe", ids, who, Evidence(email=email))
