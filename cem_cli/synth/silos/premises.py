"""What happens inside the stores.

`kiosk_events.csv`   key `event_id`: event_id,store_id,kiosk_id,at,event,card_code,sku; event start, scan_card, product_info, stock_check,
                     call_staff; at `YYYY-MM-DD HH:MM:SS` Italian time; the card stands on scan_card only
`beacon_events.csv`  uuid,major,minor,rssi,ts,device: major = the store's number (1 for S01), minor = the zone, ts = milliseconds
                     UTC, device = the app's instance, the same as GA4's `user_pseudo_id`
`staff_notes.csv`    key `note_id`: note_id,store_id,staff,noted_at,card_code,customer_name,phone,text; noted_at gg/mm/aaaa HH:MM; a card
                     number, or a name with a phone
Truth: `staff_notes` (note_id).
"""

from __future__ import annotations

import numpy as np

from cem_cli.synth.dates import AS_OF, DAY, day_text, local, plain, time_text
from cem_cli.synth.errors import Habits, fill_in
from cem_cli.synth.history import product_column
from cem_cli.synth.silos.loyalty import Cards
from cem_cli.synth.silos.till import Receipts
from cem_cli.synth.silos.web import device_names
from cem_cli.synth.texts import PlantedTexts, Wanted, compose
from cem_cli.synth.truth import Evidence
from cem_cli.synth.words import read_table, text
from cem_cli.synth.world import World, numbered

KIOSK = "event_id,store_id,kiosk_id,at,event,card_code,sku"
BEACON = "uuid,major,minor,rssi,ts,device"
NOTES = "note_id,store_id,staff,noted_at,card_code,customer_name,phone,text"
_UUID = "f7826da6-4fa2-4e98-8024-bc5b71e0893e"


def write_kiosks(world: World, receipts: Receipts) -> None:
    """Write `kiosk_events.csv`: one visit in twelve begins at a kiosk, half of them with the card."""
    rng = world.rng("kiosks")
    visit = np.flatnonzero((rng.random(len(receipts.at)) < 0.08) & (receipts.total > 0))
    begun = receipts.at[visit] - rng.integers(300, 2400, len(visit))
    shows = (receipts.card[visit] != "") & (rng.random(len(visit)) < 0.6)
    happens = np.stack([
        np.ones(len(visit), dtype=bool), shows, rng.random(len(visit)) < 0.7, rng.random(len(visit)) < 0.3, rng.random(len(visit)) < 0.08,
    ], axis=1)
    row, step = np.nonzero(happens)
    at = begun[row] + step * 35
    order = np.lexsort((step, row, at))
    row, step, at = row[order], step[order], at[order]
    stores, sku = read_table("stores.csv")["store_id"], product_column("sku")
    store = stores[receipts.store[visit[row]]]
    looked = (step == 2) | (step == 3)
    world.write_rows("kiosk_events.csv", KIOSK, {
        "event_id": numbered("K%07d", 1, len(row)), "store_id": store, "kiosk_id": store + "-K1", "at": plain(local(at)),
        "event": text(["start", "scan_card", "product_info", "stock_check", "call_staff"])[step],
        "card_code": np.where(step == 1, receipts.card[visit[row]], "").astype(object),
        "sku": np.where(looked, sku[rng.integers(0, len(sku), len(row))], "").astype(object),
    }, rows=len(row))


def write_beacons(world: World, receipts: Receipts) -> None:
    """Write `beacon_events.csv`: the app's holders leave a few sightings per visit."""
    rng = world.rng("beacons")
    has_app = rng.random(len(world.people)) < 0.12
    visit = np.flatnonzero(has_app[receipts.who])
    times = rng.integers(1, 5, len(visit))
    row = np.repeat(visit, times)
    at = (receipts.at[row] - rng.integers(0, 2700, len(row))) * 1000 + rng.integers(0, 1000, len(row))
    order = np.lexsort((row, at))
    row, at = row[order], at[order]
    world.write_rows("beacon_events.csv", BEACON, {
        "uuid": _UUID, "major": receipts.store[row] + 1, "minor": rng.integers(1, 9, len(row)),
        "rssi": -rng.integers(48, 95, len(row)), "ts": at, "device": device_names(world, receipts.who[row] * 2),
    }, rows=len(row))


def write_notes(world: World, cards: Cards, planted: PlantedTexts) -> None:
    """Write `staff_notes.csv` on one store visit in twenty-five."""
    rng, made = world.rng("staff notes"), world.history.purchases
    rows = np.flatnonzero(~made.web & (rng.random(len(made)) < 0.04) & (made.at < AS_OF - DAY))
    who, count = made.who[rows], len(rows)
    stores = read_table("stores.csv")
    topic = np.where(rng.random(count) < 0.7, "note", "store").astype(object)
    wanted = Wanted(
        topic, world.people.english[who] & (rng.random(count) < 0.5), made.feeling[rows],
        product_column("name")[rng.integers(0, len(product_column("name")), count)], stores["name"][made.store[rows]],
    )
    body, latent = compose(rng, wanted)
    entries = fill_in(rng, world.people, who, Habits(phone=0.85))
    by_person = cards.by_person
    card = text([by_person.get(person, "") for person in who.tolist()])
    card[rng.random(count) < 0.3] = ""
    named = card == ""
    ids = numbered("N%05d", 1, count)
    planted.add("staff_notes", ids, latent)
    wall = local(made.at[rows] + 900)
    store = stores["store_id"][made.store[rows]]
    phone = np.where(named, entries.phone, "").astype(object)
    world.write_rows("staff_notes.csv", NOTES, {
        "note_id": ids, "store_id": store, "staff": store + "-" + numbered("%d", 1, 6)[rng.integers(0, 6, count)],
        "noted_at": day_text(wall, "%d/%m/%Y") + " " + time_text(wall, seconds=False), "card_code": card,
        "customer_name": np.where(named, entries.name, "").astype(object), "phone": phone, "text": body,
    }, rows=count)
    world.truth.add("staff_notes", ids, who, Evidence(phone=phone, strong=card, named=named))
