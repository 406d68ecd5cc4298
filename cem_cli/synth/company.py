"""The whole sample company: every silo's export files and the truth about them, from (people, seed).

Besides the silos (see the docstrings in `silos/`) it writes, for evaluation and tests only:

- `truth.csv`, `truth_unlinkable.csv` (source,id,entity), `truth_households.csv` (entity,household),
  `truth_sessions.csv` (user_pseudo_id,ga_session_id,entity: who held the device)
- `planted.json` (the planted truths and their decoys), `planted_texts.csv` (source,id,latent), `planted_answers.csv`
  (source,id,feeling: behind the answers of surveys), `planted_people.csv` (buyers: entity, purchases per year while a customer,
  left for good (0/1), mood)
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cem_cli.base.errors import CemError
from cem_cli.synth.book import make_book
from cem_cli.synth.dates import AS_OF_DATE, START_DATE
from cem_cli.synth.effects import effects_document
from cem_cli.synth.history import make_history, make_members
from cem_cli.synth.moments import make_moments
from cem_cli.synth.people import make_people
from cem_cli.synth.silos import (
    crm,
    dimensions,
    feedback,
    helpdesk,
    loyalty,
    newsletter,
    outreach,
    payments,
    premises,
    prospects,
    shop,
    surveys,
    till,
    web,
)
from cem_cli.synth.texts import PlantedTexts
from cem_cli.synth.words import text
from cem_cli.synth.world import World, stream

FEWEST = 100


@dataclass(frozen=True)
class Summary:
    """What was written: files, bytes, people, and their records with an entity (linkable and not)."""

    folder: Path
    files: int
    bytes: int
    people: int
    records: int
    unlinkable: int


def write_company(folder: Path, people: int, seed: int) -> Summary:
    """Write the exports of a company with `people` people into `folder`, the same bytes for the same (people, seed).

    Raises CemError for fewer than `FEWEST` people: such a company has no orders, or no cards.
    """
    if people < FEWEST:
        raise CemError("E-SYNTH-PEOPLE", f"a sample company needs at least {FEWEST} people", fix=f"--people {FEWEST}")
    population = make_people(stream(seed, "people"), people)
    members = make_members(stream(seed, "members"), population)
    history = make_history(stream(seed, "history"), population, members)
    world = World(folder, seed, population, members, history)
    _write_silos(world)
    linkable, unlinkable = world.truth.write(folder, population.household, population.shared)
    document = {"people": people, "seed": seed, "from": str(START_DATE), "as_of": str(AS_OF_DATE), "effects": effects_document()}
    world.write_bytes("planted.json", (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode())
    files = [path for path in folder.rglob("*") if path.is_file()]
    return Summary(folder, len(files), sum(path.stat().st_size for path in files), people, linkable, unlinkable)


def _write_silos(world: World) -> None:
    """Write all silos; later ones repeat what earlier ones hold (a survey goes to the address the shop has)."""
    planted = PlantedTexts()
    accounts, contacts = shop.make_accounts(world), crm.make_contacts(world)
    cards, subscribers = loyalty.make_cards(world), newsletter.make_subscribers(world)
    orders, receipts = shop.make_orders(world, accounts), till.make_receipts(world, cards.by_person)
    tickets = helpdesk.make_tickets(world)
    moments = make_moments(world, tickets)
    book = make_book(len(world.people), [accounts.entries, contacts.entries, cards.entries, subscribers.entries])
    crm.write_contacts(world, contacts, cards.by_person)
    crm.write_leads(world, contacts)
    shop.write_customers(world, accounts, orders)
    shop.write_orders(world, orders)
    payments.write_payments(world, orders, accounts)
    till.write_receipts(world, receipts)
    moved = loyalty.make_movements(world, cards, receipts)
    loyalty.write_movements(world, cards, receipts, moved)
    loyalty.write_cards(world, cards, receipts, moved)
    newsletter.write_subscribers(world, subscribers)
    newsletter.write_activity(world, subscribers)
    outreach.write_sms(world, book)
    outreach.write_mailings(world, book)
    helpdesk.write_tickets(world, orders, tickets, planted)
    web.write_events(world, accounts, orders, web.make_sessions(world, accounts, orders))
    feedback.write_reviews(world, orders, planted)
    feedback.write_social(world, moments, planted)
    surveys.write_nps(world, book, orders, moments, planted)
    surveys.write_satisfaction(world, book, moments, planted)
    prospects.write_meta_leads(world)
    prospects.write_referrals(world, book)
    premises.write_kiosks(world, receipts)
    premises.write_beacons(world, receipts)
    premises.write_notes(world, cards, planted)
    dimensions.write_dimensions(world)
    _write_planted(world, planted)


def _write_planted(world: World, planted: PlantedTexts) -> None:
    for name, value, rows in (("planted_texts.csv", "latent", planted.rows), ("planted_answers.csv", "feeling", planted.answers)):
        sources, ids, values = zip(*rows, strict=True) if rows else ((), (), ())
        world.write_rows(name, f"source,id,{value}", {"source": sources, "id": ids, value: values}, rows=len(ids))
    buyers = np.flatnonzero(world.members.buyer)
    world.write_rows("planted_people.csv", "entity,purchases_per_year,left,mood", {
        "entity": text([f"P{who:06d}" for who in buyers.tolist()]), "left": world.history.left[buyers].astype(np.int64),
        "purchases_per_year": np.round(world.history.rate[buyers], 3), "mood": np.round(world.members.mood[buyers], 3),
    }, rows=len(buyers))
