"""Stripe: `stripe_payments.csv`, the unified payments export (reference 3.12).

Key `id` (`ch_...`); `Created (UTC)` `YYYY-MM-DD HH:mm`; decimal point; currency lower-case; Status Paid, Refunded (whole) or
Failed; Amount = the order's Total, Amount Refunded = its Refunded Amount; `PaymentIntent ID` = the order's Payment
Reference (a failed attempt before success has the same); `order_id (metadata)` = the order's Name, empty where the
checkout never became an order. Card Name is what stands on the card.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from cem_cli.synth.dates import blank_unless, day_text, time_text
from cem_cli.synth.errors import Habits, fill_in
from cem_cli.synth.people import Rng
from cem_cli.synth.silos.shop import Accounts, Orders
from cem_cli.synth.truth import Evidence
from cem_cli.synth.words import Ints, Mask, Text, text
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


@dataclass(frozen=True)
class _Attempts:
    """Attempts to pay in order of time; `order` -1 where none came of it; cents."""

    at: Ints
    who: Ints
    amount: Ints
    order: Ints
    email: Text
    good: Mask

    def take(self, rows: Ints) -> _Attempts:
        return _Attempts(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def _make_attempts(rng: Rng, world: World, orders: Orders, accounts: Accounts) -> _Attempts:
    """Return every order's payment, 5 % with a failed attempt before, and failed ones that became no order."""
    count, failed = len(orders.name), world.history.failed
    retried = np.flatnonzero(rng.random(count) < 0.05)
    lost = np.flatnonzero((rng.random(len(failed)) < 0.25) & (accounts.row[failed.who] >= 0))
    of_account = accounts.entries.email[accounts.row[failed.who[lost]]]
    whole = _Attempts(
        at=np.concatenate([orders.made.at + 60, orders.made.at[retried] - 240, failed.at[lost] + 300]),
        who=np.concatenate([orders.made.who, orders.made.who[retried], failed.who[lost]]),
        amount=np.concatenate([orders.total, orders.total[retried], rng.integers(15_00, 180_00, len(lost))]),
        order=np.concatenate([np.arange(count), retried, np.full(len(lost), -1)]),
        email=np.concatenate([orders.contact.email, orders.contact.email[retried], of_account]),
        good=np.arange(count + len(retried) + len(lost)) < count,
    )
    return whole.take(np.lexsort((whole.good, whole.at)))


def _card_cells(rng: Rng, world: World, who: Ints) -> dict[str, Text]:
    """Return what a person's card says: everybody pays with one card, on which the name stands once and for all."""
    everybody = np.arange(len(world.people))
    holder = fill_in(rng, world.people, everybody, Habits()).take(who)
    number = rng.integers(0, 2**40, len(everybody))[who]
    return {
        "Card Last4": text([f"{n % 10_000:04d}" for n in number.tolist()]), "Card Brand": text(["Visa", "Mastercard"])[number % 2],
        "Card Funding": text(["debit", "credit", "prepaid"])[number % 3], "Card Name": text([n.upper() for n in holder.name]),
        "Card Fingerprint": text([f"{n:016x}" for n in (number * 2_654_435_761 % 2**62).tolist()]),
    }


def write_payments(world: World, orders: Orders, accounts: Accounts) -> None:
    """Write `stripe_payments.csv`."""
    rng = world.rng("payments")
    paid = _make_attempts(rng, world, orders, accounts)
    ids = text([f"ch_3S{number:020x}" for number in rng.integers(2**62, 2**63 - 1, len(paid.at)).tolist()])
    refunded = np.where(paid.good, orders.refunded[paid.order], 0)
    linked, whole = paid.order >= 0, paid.good & (refunded == paid.amount)
    message = np.where(paid.good, "Payment complete.", "The bank did not return any further details.").astype(object)
    world.write_rows("stripe_payments.csv", HEADER, {
        "id": ids, "Description": blank_unless(linked, "Ordine " + orders.name[paid.order]), "Seller Message": message,
        "Created (UTC)": day_text(paid.at) + " " + time_text(paid.at, seconds=False), "Amount": money(paid.amount),
        "Amount Refunded": money(refunded), "Currency": "eur", "Converted Amount": money(paid.amount),
        "Converted Amount Refunded": money(refunded), "Fee": money(np.where(paid.good, paid.amount * 15 // 1000 + 25, 0)),
        "Tax": "0.00", "Converted Currency": "eur", "Mode": "Live",
        "Status": np.where(whole, "Refunded", np.where(paid.good, "Paid", "Failed")).astype(object),
        "Customer Email": paid.email, "Captured": np.where(paid.good, "true", "false").astype(object),
        **_card_cells(rng, world, paid.who), "Card Address Country": "IT", "Card Issue Country": "IT", "Card CVC Status": "pass",
        "Payment Source Type": "card", "PaymentIntent ID": blank_unless(linked, orders.intent[paid.order]),
        "order_id (metadata)": blank_unless(linked, orders.name[paid.order]),
    }, rows=len(ids))
    world.truth.add("stripe", ids, paid.who, Evidence(email=paid.email))
