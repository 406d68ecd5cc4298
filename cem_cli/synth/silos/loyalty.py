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

from cem_cli.synth.dates import dates_text, day_text, local, plain, time_text
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


def write_cards(world: World, cards: Cards, receipts: Receipts) -> None:
    """Write both files: every euro paid with the card earns a point, a hundred and more are sometimes spent."""
    rng, entries, count = world.rng("loyalty cells"), cards.entries, len(cards.codes)
    card_row = np.full(len(world.people), -1, dtype=np.int64)
    card_row[entries.who] = np.arange(count)
    used = np.flatnonzero(receipts.card != "")
    owner, total = card_row[receipts.who[used]], receipts.total[used]
    points = np.where(total >= 0, total // 100, -(-total // 100))
    redeems = np.flatnonzero((points > 60) & (rng.random(len(used)) < 0.12))
    movement = np.concatenate([np.arange(len(used)), redeems])
    signed = np.concatenate([points, -(points[redeems] // 2)])
    spent = sum_by(owner[redeems], points[redeems] // 2, count)
    earned = sum_by(owner, points, count)
    at = receipts.at[used]
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, owner, at)
    stores = read_table("stores.csv")["store_id"]
    home = receipts.store[used][np.maximum(_first_use(owner, count), 0)] if len(used) else np.zeros(count, dtype=np.int64)
    tier = np.where(earned > 800, "oro", np.where(earned > 300, "argento", "base")).astype(object)
    enrolled = signup_times(rng, world, entries.who)
    world.write_rows("loyalty_cards.csv", CARDS, {
        "card_code": cards.codes, "customer_key": numbered("K%07d", 500_001, count), "nome": entries.given, "cognome": entries.surname,
        "data_nascita": dates_text(entries.birth, "%d/%m/%Y"), "codice_fiscale": entries.tax_code, "email": entries.email,
        "cellulare": entries.phone, "indirizzo": entries.street, "cap": entries.cap, "comune": entries.city,
        "provincia": entries.province, "tier": tier, "points_balance": earned - spent, "points_earned": earned, "points_spent": spent,
        "enrolled_at": day_text(enrolled), "last_movement_at": np.where(last > 0, day_text(local(last)), "").astype(object),
        "store_id": stores[home],
    }, rows=count)
    world.truth.add("loyalty_cards", cards.codes, entries.who, evidence_of(entries))
    kind = np.where(np.arange(len(movement)) >= len(used), "redeem", np.where(signed < 0, "reverse", "earn")).astype(object)
    order = np.lexsort((np.arange(len(movement)), at[movement]))
    movement, signed, kind = movement[order], signed[order], kind[order]
    wall, shop = local(at[movement]), stores[receipts.store[used][movement]]
    world.write_rows("loyalty_movements.csv", MOVEMENTS, {
        "movement_id": numbered("M%08d", 1, len(movement)), "card_code": cards.codes[owner[movement]], "date": plain(wall),
        "type": kind, "points": signed, "store_id": shop,
        "reference": shop + "-" + day_text(wall, "%Y%m%d") + "-" + text([t.replace(":", "") for t in time_text(wall, seconds=False)]),
    }, rows=len(movement))


def _first_use(owner: Ints, count: int) -> Ints:
    first = np.full(count, -1, dtype=np.int64)
    first[owner[::-1]] = np.arange(len(owner))[::-1]
    return first
