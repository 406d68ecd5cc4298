"""The tills: `pos_receipts.csv`, one row per receipt line.

`;` between cells, Windows-1252, CRLF, decimal comma, `data` gg/mm/aaaa and `ora` HH:MM in Italian time. A receipt is
(negozio, cassa, data, scontrino): numbers restart every day, so its key is those four; `tessera` is the loyalty card's
`card_code` or empty. `totale_riga` = quantita x prezzo - sconto; `totale_scontrino` = the sum of its lines, to the cent. A
return is a receipt of its own with negative quantities. `pagamento` is contanti, carta, satispay or buono.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cem_cli.synth.dates import DAY, day_text, local, time_text
from cem_cli.synth.history import Lines, product_column
from cem_cli.synth.words import Ints, Text, pick, read_table, text
from cem_cli.synth.world import Layout, World, money, numbered, sum_by

HEADER = (
    "scontrino,negozio,cassa,cassiere,data,ora,tessera,sku,descrizione,quantita,prezzo,sconto,totale_riga,totale_scontrino,pagamento"
)
_CASHIERS = 6


@dataclass(frozen=True)
class Receipts:
    """Receipts in order of time, with their lines (`lines.purchase` indexes receipts); `card` is '' without a card."""

    who: Ints
    at: Ints
    store: Ints
    card: Text
    lines: Lines
    discount: Ints
    total: Ints


def make_receipts(world: World, cards: dict[int, str]) -> Receipts:
    """Return receipts of store purchases, and of the returns some days later; one card in five stays in the pocket."""
    rng, history = world.rng("till"), world.history
    kept = np.flatnonzero(~history.purchases.web)
    made = history.purchases.take(kept)
    position = np.full(len(history.purchases), -1, dtype=np.int64)
    position[kept] = np.arange(len(kept))
    sold = history.lines.take(np.flatnonzero(~history.purchases.web[history.lines.purchase]))
    sold = Lines(position[sold.purchase], sold.product, sold.quantity, sold.price, sold.returned)
    back = sold.take(np.flatnonzero(sold.returned))
    origin, group = np.unique(back.purchase, return_inverse=True)
    back_at = made.at[origin] + (rng.integers(3, 20, len(origin)) * DAY)
    shown = rng.random(len(made)) < 0.8
    card = text([cards.get(who, "") if show else "" for who, show in zip(made.who.tolist(), shown.tolist(), strict=True)])
    at = np.concatenate([made.at, back_at])
    order = np.argsort(at, kind="stable")
    rank = np.argsort(order, kind="stable")
    lines = Lines(
        rank[np.concatenate([sold.purchase, len(made) + group])], np.concatenate([sold.product, back.product]),
        np.concatenate([sold.quantity, -back.quantity]), np.concatenate([sold.price, back.price]),
        np.concatenate([np.zeros(len(sold.purchase), dtype=bool), np.ones(len(back.purchase), dtype=bool)]),
    )
    off = np.where(rng.random(len(sold.purchase)) < 0.1, sold.price * sold.quantity // 5, 0)
    discount = np.concatenate([off, -off[np.flatnonzero(sold.returned)]])
    sequence = np.lexsort((lines.product, lines.purchase))
    lines, discount = lines.take(sequence), discount[sequence]
    total = sum_by(lines.purchase, lines.quantity * lines.price - discount, len(at))
    return Receipts(
        np.concatenate([made.who, made.who[origin]])[order], at[order], np.concatenate([made.store, made.store[origin]])[order],
        np.concatenate([card, card[origin]])[order], lines, discount, total,
    )


def _numbers(receipts: Receipts, till: Ints) -> Ints:
    """Return each receipt's number of the day at its till, counting from 1 (in order of time)."""
    key = (local(receipts.at) // DAY * 1000 + receipts.store) * 10 + till
    order = np.argsort(key, kind="stable")
    starts = np.concatenate([[True], key[order][1:] != key[order][:-1]])
    within = np.arange(len(key)) - np.maximum.accumulate(np.where(starts, np.arange(len(key)), 0))
    number = np.empty(len(key), dtype=np.int64)
    number[order] = within + 1
    return number


def write_receipts(world: World, receipts: Receipts) -> None:
    """Write `pos_receipts.csv`."""
    rng, lines = world.rng("till cells"), receipts.lines
    count, owner = len(receipts.at), receipts.lines.purchase
    till = rng.integers(1, 4, count)
    stores = read_table("stores.csv")["store_id"]
    cashier = stores[receipts.store] + "-" + numbered("%d", 1, _CASHIERS)[rng.integers(0, _CASHIERS, count)]
    tender = text(["carta", "contanti", "satispay", "buono"])[pick(rng, np.array([0.58, 0.3, 0.09, 0.03]), count)]
    wall = local(receipts.at)
    level = {
        "scontrino": numbered("%04d", 0, 10_000)[_numbers(receipts, till)], "negozio": stores[receipts.store],
        "cassa": till.astype(str).astype(object), "cassiere": cashier, "data": day_text(wall, "%d/%m/%Y"),
        "ora": time_text(wall, seconds=False), "tessera": receipts.card, "totale_scontrino": money(receipts.total, comma=True),
        "pagamento": tender,
    }
    world.write_rows("pos_receipts.csv", HEADER, {
        **{name: column[owner] for name, column in level.items()},
        "sku": product_column("sku")[lines.product], "descrizione": product_column("name")[lines.product],
        "quantita": lines.quantity, "prezzo": money(lines.price, comma=True), "sconto": money(receipts.discount, comma=True),
        "totale_riga": money(lines.quantity * lines.price - receipts.discount, comma=True),
    }, rows=len(owner), layout=Layout(";", "cp1252", "\r\n"))
