"""The loyalty programme: cards and point movements (reference 3.16, with the sign-up form's fields).

`loyalty_cards.csv`      key `card_code` (13 digits, EAN-like); `data_nascita` gg/mm/aaaa; `enrolled_at` and
                         `last_movement_at` `YYYY-MM-DD`; balance = earned - spent = sum of the card's movements; 2 % of the
                         sign-ups carry the shop's own telephone; `tier` base, argento, oro
`loyalty_movements.csv`  key `movement_id`; `date` `YYYY-MM-DD HH:MM:SS` Italian time; type earn, redeem or reverse (a
                         return); points signed; `reference` = negozio-aaaammgg-HHMM of the receipt
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cem_cli.synth.dates import blank_unless, dates_text, day_text, local, plain, time_text
from cem_cli.synth.errors import Entries, Habits, fill_in
from cem_cli.synth.silos.shop import signup_times
from cem_cli.synth.silos.till import Receipts
from cem_cli.synth.truth import evidence_of
from cem_cli.synth.words import Ints, Text, places, read_table, text
from cem_cli.synth.world import World, numbered, sum_by

CARDS = (
    "card_code,customer_key,nome,cognome,data_nascita,codice_fiscale,email,cellulare,indirizzo,cap,comune,provincia,tier,"
    "points_balance,points_earned,points_spent,enrolled_at,last_movement_at,store_id"
)
MOVEMENTS = "movement_id,card_code,date,type,points,store_id,reference"


@dataclass(frozen=True)
class Cards:
    """Loyalty cards: entries, codes, and the card of each holder."""

    entries: Entries
    codes: Text

    @property
    def by_person(self) -> dict[int, str]:
        """Return each holder's card."""
        return dict(zip(self.entries.who.tolist(), self.codes.tolist(), strict=True))


def shop_phones() -> Text:
    """Return the stores' own telephones."""
    dial = dict(zip(places().city, places().dial, strict=True))
    stores = read_table("stores.csv")
    return text([f"{dial[city]}{4_410_200 + i * 137}" for i, city in enumerate(stores["comune"])])


def make_cards(world: World) -> Cards:
    """Return one card per member, some with the shop's telephone instead of the member's."""
    rng = world.rng("loyalty cards")
    who = np.flatnonzero(world.members.card)
    entries = fill_in(rng, world.people, who, Habits(birth=0.7, email=0.6, phone=0.78, address=0.8, tax_code=0.35))
    shop = rng.random(len(who)) < 0.022
    entries.phone[shop] = shop_phones()[rng.integers(0, len(shop_phones()), len(who))][shop]
    return Cards(entries, numbered("80251%08d", 10_000_019, len(who)))


@dataclass(frozen=True)
class Movements:
    """Point movements in order of time: row of the card and of the receipt, signed points, kind of movement."""

    card: Ints
    receipt: Ints
    points: Ints
    kind: Text


def make_movements(world: World, cards: Cards, receipts: Receipts) -> Movements:
    """Return movements: every euro paid with the card earns a point, and a few points are sometimes spent at once."""
    rng = world.rng("loyalty movements")
    row = np.full(len(world.people), -1, dtype=np.int64)
    row[cards.entries.who] = np.arange(len(cards.codes))
    used = np.flatnonzero(receipts.card != "")
    total = receipts.total[used]
    points = np.where(total >= 0, total // 100, -(-total // 100))
    redeems = np.flatnonzero((points > 60) & (rng.random(len(used)) < 0.12))
    receipt = np.concatenate([used, used[redeems]])
    signed = np.concatenate([points, -(points[redeems] // 2)])
    kind = np.concatenate([np.where(points < 0, "reverse", "earn").astype(object), text(["redeem"] * len(redeems))])
    order = np.lexsort((np.arange(len(receipt)), receipts.at[receipt]))
    return Movements(row[receipts.who[receipt]][order], receipt[order], signed[order], kind[order])


def write_movements(world: World, cards: Cards, receipts: Receipts, moved: Movements) -> None:
    """Write `loyalty_movements.csv`."""
    wall, shop = local(receipts.at[moved.receipt]), read_table("stores.csv")["store_id"][receipts.store[moved.receipt]]
    clock = text([value.replace(":", "") for value in time_text(wall, seconds=False)])
    world.write_rows("loyalty_movements.csv", MOVEMENTS, {
        "movement_id": numbered("M%08d", 1, len(moved.card)), "card_code": cards.codes[moved.card], "date": plain(wall),
        "type": moved.kind, "points": moved.points, "store_id": shop, "reference": shop + "-" + day_text(wall, "%Y%m%d") + "-" + clock,
    }, rows=len(moved.card))


def write_cards(world: World, cards: Cards, receipts: Receipts, moved: Movements) -> None:
    """Write `loyalty_cards.csv`; a card's store is that of its first use."""
    rng, entries, count = world.rng("loyalty cells"), cards.entries, len(cards.codes)
    spends = moved.kind == "redeem"
    spent = sum_by(moved.card[spends], -moved.points[spends], count)
    earned = sum_by(moved.card[~spends], moved.points[~spends], count)
    first, last = np.full(count, -1), np.full(count, -1)
    last[moved.card], first[moved.card[::-1]] = moved.receipt, moved.receipt[::-1]
    tier = np.where(earned > 800, "oro", np.where(earned > 300, "argento", "base")).astype(object)
    world.write_rows("loyalty_cards.csv", CARDS, {
        "card_code": cards.codes, "customer_key": numbered("K%07d", 500_001, count), "nome": entries.given, "cognome": entries.surname,
        "data_nascita": dates_text(entries.birth, "%d/%m/%Y"), "codice_fiscale": entries.tax_code, "email": entries.email,
        "cellulare": entries.phone, "indirizzo": entries.street, "cap": entries.cap, "comune": entries.city,
        "provincia": entries.province, "tier": tier, "points_balance": earned - spent, "points_earned": earned, "points_spent": spent,
        "enrolled_at": day_text(signup_times(rng, world, entries.who)),
        "last_movement_at": blank_unless(last >= 0, day_text(local(receipts.at[last]))),
        "store_id": blank_unless(first >= 0, read_table("stores.csv")["store_id"][receipts.store[first]]),
    }, rows=count)
    world.truth.add("loyalty_cards", cards.codes, entries.who, evidence_of(entries))
