"""Shopify: customers and orders (reference `customer-data.md` 3.1 and 3.2).

`shopify_customers.csv`  key `Customer ID`; leading apostrophe on Customer ID, Default Address Zip and Phone; consent
                         `yes`/`no` in `Accepts Email Marketing`; Note empty; Tags comma-separated in one cell
`shopify_orders.csv`     one row per line item, key `Name` (`#1001`), order-level cells on the order's first row only
                         (`Name` and `Email` on every row); dates `2025-10-07 09:50:26 +0200`; Zip with apostrophe;
                         Total = sum(quantity x Lineitem price) - Discount Amount + Shipping; Taxes are contained (22 %);
                         `Lineitem fulfillment status` is fulfilled, unfulfilled or restocked (= returned, part of
                         Refunded Amount); `Fulfilled at` = dispatched; Note Attributes `delivered_at: <instant>`
                         (the courier's app); `Payment Reference` = Stripe PaymentIntent; `Billing Province` = sigla
Orders of registered customers repeat their account's contact; guests type theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cem_cli.synth.dates import AS_OF, DAY, START, blank_unless, with_offset
from cem_cli.synth.errors import Entries, Habits, fill_in
from cem_cli.synth.history import Lines, Purchases, product_column
from cem_cli.synth.truth import evidence_of
from cem_cli.synth.words import Ints, Text, text
from cem_cli.synth.world import World, money, numbered, rows_of, sum_by

CUSTOMERS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags"
)
ORDERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,"
    "Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,"
    "Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,"
    "Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,"
    "Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,"
    "Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
_FIRST_CUSTOMER, _FIRST_ORDER = 7_210_448_301_122, 1001
_FREE_SHIPPING, _SHIPPING = 49_00, 4_90


@dataclass(frozen=True)
class Accounts:
    """The web shop's accounts: what was typed, their ids, and each person's first account's row (or -1)."""

    entries: Entries
    ids: Text
    row: Ints


@dataclass(frozen=True)
class Orders:
    """Web orders in order of time: purchases, their lines (index into `made`), contacts, account rows (-1: a guest)."""

    made: Purchases
    lines: Lines
    contact: Entries
    account: Ints
    name: Text
    intent: Text
    subtotal: Ints
    discount: Ints
    shipping: Ints
    refunded: Ints

    @property
    def total(self) -> Ints:
        """Return what was to pay, in cents."""
        total: Ints = self.subtotal + self.shipping
        return total


def make_accounts(world: World) -> Accounts:
    """Return accounts: one per member, a second one with the other address for some."""
    rng = world.rng("shop accounts")
    who = np.flatnonzero(world.members.account)
    who = np.concatenate([who, who[rng.random(len(who)) < 0.03]])
    entries = fill_in(rng, world.people, who, Habits(email=0.97, phone=0.62, address=0.85))
    return Accounts(entries, numbered("%d", _FIRST_CUSTOMER, len(who)), rows_of(entries, len(world.people)))


def make_orders(world: World, accounts: Accounts) -> Orders:
    """Return the web orders with their contacts and money."""
    rng, history = world.rng("shop orders"), world.history
    web = np.flatnonzero(history.purchases.web)
    made, count = history.purchases.take(web), len(web)
    position = np.full(len(history.purchases), -1, dtype=np.int64)
    position[web] = np.arange(count)
    whole = history.lines.take(np.flatnonzero(history.purchases.web[history.lines.purchase]))
    lines = Lines(position[whole.purchase], whole.product, whole.quantity, whole.price, whole.returned)
    gross = sum_by(lines.purchase, lines.quantity * lines.price, count)
    discount = np.where(rng.random(count) < 0.15, gross // 10, 0)
    subtotal = gross - discount
    back = sum_by(lines.purchase, lines.quantity * lines.price * lines.returned, count)
    account = np.where(rng.random(count) < 0.92, accounts.row[made.who], -1)
    return Orders(
        made, lines, _make_contacts(world, accounts, made, account), account, numbered("#%d", _FIRST_ORDER, count),
        text([f"pi_3S{number:020x}" for number in rng.integers(2**62, 2**63 - 1, count).tolist()]),
        subtotal, discount, np.where(subtotal < _FREE_SHIPPING, _SHIPPING, 0), back * subtotal // np.maximum(gross, 1),
    )


def _make_contacts(world: World, accounts: Accounts, made: Purchases, account: Ints) -> Entries:
    """Return each order's contact: the account's, else what the guest typed (the browser remembers, seven times of ten)."""
    rng = world.rng("shop guests")
    typed = fill_in(rng, world.people, made.who, Habits(email=1.0, phone=0.75, address=1.0))
    first = rows_of(typed, len(world.people))[made.who]
    row = np.where(rng.random(len(made)) < 0.7, first, np.arange(len(made)))
    guest, known = typed.take(row), accounts.entries.take(np.maximum(account, 0))
    has = account >= 0
    columns = {name: np.where(has, getattr(known, name), getattr(guest, name)) for name in guest.__dataclass_fields__}
    columns["email"] = np.where(columns["email"] == "", guest.email, columns["email"]).astype(object)
    for name in ("street", "city", "cap", "province"):
        columns[name] = np.where(has & (known.street == ""), getattr(guest, name), columns[name]).astype(object)
    return Entries(**columns)


def international(phone: Text) -> Text:
    """Return phones as a web shop stores them: `+39` and digits."""
    digits = ["".join(c for c in value if c.isdigit()) for value in phone]
    return text([f"+39{d.removeprefix('0039').removeprefix('39') if len(d) > 10 else d}" if d else "" for d in digits])


def quoted(column: Text) -> Text:
    """Return values behind the apostrophe that keeps a spreadsheet from eating zeros and plus signs."""
    return text([f"'{value}" if value else "" for value in column])


def write_customers(world: World, accounts: Accounts, orders: Orders) -> None:
    """Write `shopify_customers.csv`, test accounts at its end."""
    rng, entries, count = world.rng("shop customers"), accounts.entries, len(accounts.ids)
    registered = np.flatnonzero(orders.account >= 0)
    of = orders.account[registered]
    spent = sum_by(of, (orders.total - orders.refunded)[registered], count)
    number = np.bincount(of, minlength=count)
    tags = np.where(spent > 500_00, "VIP, fedele", np.where(number > 1, "cliente abituale", "")).astype(object)
    yes = text(["no", "yes"])
    phone = international(entries.phone)
    columns: dict[str, Text] = {
        "Customer ID": quoted(accounts.ids), "First Name": entries.given, "Last Name": entries.surname, "Email": entries.email,
        "Accepts Email Marketing": yes[(rng.random(count) < 0.62).astype(int)],
        "Default Address Address1": entries.street, "Default Address City": entries.city,
        "Default Address Province Code": entries.province, "Default Address Country Code": blank_unless(entries.city != "", "IT"),
        "Default Address Zip": quoted(entries.cap), "Default Address Phone": quoted(phone),
        "Phone": quoted(blank_unless(rng.random(count) < 0.6, phone)),
        "Accepts SMS Marketing": yes[(rng.random(count) < 0.3).astype(int)],
        "Total Spent": money(spent), "Total Orders": number.astype(str).astype(object), "Tags": tags,
    }
    world.truth.add("shopify_customers", accounts.ids, entries.who, evidence_of(entries))
    tests = _test_accounts()
    whole = {name: np.concatenate([column, tests.get(name, text([""] * 4))]) for name, column in columns.items()}
    world.truth.add_others("shopify_customers", [v[1:] for v in tests["Customer ID"]], [f"T{i}" for i in range(4)])
    world.write_rows("shopify_customers.csv", CUSTOMERS, {**whole, "Tax Exempt": "no"}, rows=count + 4)


def _test_accounts() -> dict[str, Text]:
    no, zero = text(["no"] * 4), text(["0"] * 4)
    return {
        "Customer ID": quoted(numbered("%d", _FIRST_CUSTOMER - 4, 4)), "First Name": text(["Test", "Prova", "test", "asdf"]),
        "Last Name": text(["Test", "Prova", "test", "asdf"]), "Accepts Email Marketing": no, "Accepts SMS Marketing": no,
        "Email": text(["test@test.com", "prova@prova.it", "test@test.com", "test@example.com"]),
        "Default Address Phone": quoted(text(["+390000000000", "", "+391234567890", ""])),
        "Total Spent": text(["0.00"] * 4), "Total Orders": zero, "Tags": text(["test"] * 4),
    }


def write_orders(world: World, orders: Orders) -> None:
    """Write `shopify_orders.csv`."""
    lines, made = orders.lines, orders.made
    order = np.lexsort((lines.product, lines.purchase))
    lines = lines.take(order)
    owner = lines.purchase
    first = np.concatenate([[True], owner[1:] != owner[:-1]])
    sent = (made.dispatched < AS_OF)
    level = _order_cells(world, orders, sent)
    cells = {name: blank_unless(first, column[owner]) for name, column in level.items()}
    state = np.where(lines.returned, "restocked", np.where(sent[owner], "fulfilled", "unfulfilled")).astype(object)
    fixed = {name: blank_unless(first, text([value])[np.zeros(len(owner), dtype=int)]) for name, value in (
        ("Currency", "EUR"), ("Shipping Method", "Corriere espresso"), ("Billing Country", "IT"), ("Shipping Country", "IT"),
        ("Payment Method", "Stripe"), ("Outstanding Balance", "0.00"), ("Risk Level", "Low"), ("Source", "web"),
        ("Tax 1 Name", "IT IVA 22%"),
    )}
    world.write_rows("shopify_orders.csv", ORDERS, {
        **cells, **fixed, "Name": orders.name[owner], "Email": orders.contact.email[owner],
        "Lineitem quantity": lines.quantity, "Lineitem name": product_column("name")[lines.product],
        "Lineitem price": money(lines.price), "Lineitem sku": product_column("sku")[lines.product],
        "Lineitem requires shipping": "true", "Lineitem taxable": "true", "Lineitem fulfillment status": state,
        "Vendor": product_column("brand")[lines.product], "Lineitem discount": "0.00",
    }, rows=len(owner))
    world.truth.add("shopify_orders", orders.name, made.who, evidence_of(orders.contact))


def _order_cells(world: World, orders: Orders, sent: np.ndarray) -> dict[str, Text]:
    rng, made, contact = world.rng("shop order cells"), orders.made, orders.contact
    refunded = orders.refunded
    status = np.where(refunded == 0, "paid", np.where(refunded == orders.subtotal, "refunded", "partially_refunded"))
    delivered = made.delivered < AS_OF
    number = numbered("%d", 5_912_300_000_000, len(made))
    taxes = money(orders.total - (orders.total * 100 + 61) // 122)
    phone, zip_code = international(contact.phone), quoted(contact.cap)
    return {
        "Financial Status": status.astype(object), "Paid at": with_offset(made.at + 60),
        "Fulfillment Status": text(["unfulfilled", "fulfilled"])[sent.astype(int)],
        "Fulfilled at": blank_unless(sent, with_offset(made.dispatched)),
        "Accepts Marketing": text(["no", "yes"])[(rng.random(len(made)) < 0.5).astype(int)],
        "Subtotal": money(orders.subtotal), "Shipping": money(orders.shipping), "Taxes": taxes, "Total": money(orders.total),
        "Discount Code": blank_unless(orders.discount > 0, "BENVENUTO10"), "Discount Amount": money(orders.discount),
        "Created at": with_offset(made.at), "Id": number,
        "Billing Name": contact.name, "Billing Street": contact.street, "Billing Address1": contact.street,
        "Billing City": contact.city, "Billing Zip": zip_code, "Billing Province": contact.province, "Billing Phone": quoted(phone),
        "Shipping Name": contact.name, "Shipping Street": contact.street, "Shipping Address1": contact.street,
        "Shipping City": contact.city, "Shipping Zip": zip_code, "Shipping Province": contact.province,
        "Note Attributes": blank_unless(delivered, "delivered_at: " + with_offset(made.delivered)),
        "Payment Reference": orders.intent, "Refunded Amount": money(refunded), "Tax 1 Value": taxes,
    }


def signup_times(rng: np.random.Generator, world: World, who: Ints) -> Ints:
    """Return an instant of first acquaintance per record: shortly before the first purchase, else any time."""
    made = world.history.purchases
    first = np.full(len(world.people), AS_OF, dtype=np.int64)
    np.minimum.at(first, made.who, made.at)
    any_time = START + (rng.random(len(who)) * (AS_OF - START - DAY)).astype(np.int64)
    before = first[who] - (rng.exponential(6.0, len(who)) * DAY).astype(np.int64)
    found: Ints = np.where(first[who] < AS_OF, np.maximum(before, START - 300 * DAY), any_time)
    return found
