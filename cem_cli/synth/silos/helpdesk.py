"""Zendesk (reference 3.10): one JSON document per line.

`zendesk_users.ndjson`    key `id`: name, email (null for callers), phone, locale, created_at, role end-user
`zendesk_tickets.ndjson`  key `id`: requester_id, subject, description (it/en), via.channel (email, voice, chat), status
                          (solved, closed, open), created_at, updated_at, satisfaction_rating.score (good, bad, offered,
                          unoffered), tags [topic], custom_fields [{id 360001, value: order name or null}, {id 360002,
                          value: store id or null}], metric_set {solved_at, reopens, replies, reply_time_in_minutes.calendar} (side-loaded)
A second ticket on the same order within days is the same cause repeated. Truth: `zendesk_users`, id = user id. A person who
writes and calls is two users.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from cem_cli.synth.dates import AS_OF, DAY, blank_unless, iso
from cem_cli.synth.effects import EFFECTS
from cem_cli.synth.errors import Habits, fill_in
from cem_cli.synth.history import CHAT, EMAIL, VOICE, product_column
from cem_cli.synth.silos.shop import Orders, international
from cem_cli.synth.texts import PlantedTexts, Wanted, compose
from cem_cli.synth.truth import Evidence
from cem_cli.synth.words import Floats, Ints, Mask, Text, read_table, text
from cem_cli.synth.world import World, numbered

_CHANNELS = {EMAIL: "email", VOICE: "voice", CHAT: "chat"}
_SUBJECTS = {
    "delivery": ("Consegna dell'ordine", "Delivery of my order"), "store": ("Visita in negozio", "Store visit"),
    "checkout": ("Problema di pagamento", "Payment problem"), "returns": ("Reso e rimborso", "Return and refund"),
    "question": ("Informazioni", "Question"),
}


@dataclass(frozen=True)
class Tickets:
    """Tickets in order of time: who asks, about which purchase (-1: none), feeling before and after; solved 0: open."""

    who: Ints
    at: Ints
    channel: Ints
    topic: Text
    purchase: Ints
    feeling: Floats
    after: Floats
    recovered: Mask
    solved: Ints

    def take(self, rows: Ints) -> Tickets:
        """Return the tickets at the given positions."""
        return Tickets(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def make_tickets(world: World) -> Tickets:
    """Return tickets: complaints and questions after purchases, returns, failed checkouts, and repeats of the unsolved."""
    rng, made, failed = world.rng("tickets"), world.history.purchases, world.history.failed
    lines = world.history.lines
    asked = np.flatnonzero(made.ticket > 0)
    sent_back = np.unique(lines.purchase[lines.returned & made.web[lines.purchase]])
    sent_back = sent_back[rng.random(len(sent_back)) < 0.25]
    blocked = np.flatnonzero(rng.random(len(failed)) < 0.30)
    topic = np.where(made.bad[asked], np.where(made.web[asked], "delivery", "store"), "question").astype(object)
    base = np.where(made.web, made.delivered, made.at)
    other = len(sent_back) + len(blocked)
    tickets = Tickets(
        who=np.concatenate([made.who[asked], made.who[sent_back], failed.who[blocked]]),
        at=np.concatenate([base[asked] + 7200, base[sent_back] + 4 * DAY, failed.at[blocked] + 1800]),
        channel=np.concatenate([made.ticket[asked], rng.integers(EMAIL, CHAT + 1, other)]),
        topic=np.concatenate([topic, text(["returns"] * len(sent_back) + ["checkout"] * len(blocked))]),
        purchase=np.concatenate([asked, sent_back, np.full(len(blocked), -1)]),
        feeling=np.concatenate([made.feeling[asked], made.feeling[sent_back] - 0.6, failed.feeling[blocked] - 1.0]),
        after=np.zeros(len(asked) + other), recovered=np.concatenate([made.recovered[asked], rng.random(other) < 0.3]),
        solved=np.zeros(len(asked) + other, dtype=np.int64),
    )
    at = tickets.at + (rng.exponential(14 * 3600, len(tickets.at))).astype(np.int64)
    return _close(rng, tickets, at)


def _close(rng: np.random.Generator, tickets: Tickets, at: Ints) -> Tickets:
    """Give tickets an end (or none, 5 %), the feeling after it, and one in eight of the badly ended a repeat."""
    hours = rng.lognormal(np.where(tickets.channel == EMAIL, 3.0, 1.6), 0.9, len(at))
    open_ended = rng.random(len(at)) < 0.05
    solved = at + (hours * 3600).astype(np.int64)
    solved = np.where(open_ended | (solved >= AS_OF), 0, solved)
    after = tickets.feeling + np.where(tickets.recovered, EFFECTS.feeling.recovery, 0.1)
    done = Tickets(**{**{f.name: getattr(tickets, f.name) for f in fields(tickets)}, "at": at, "after": after, "solved": solved})
    again = np.flatnonzero(~tickets.recovered & (tickets.topic != "question") & (rng.random(len(at)) < 0.16))
    repeat = done.take(again)
    wait = (rng.uniform(1, 6, len(again)) * DAY).astype(np.int64)
    later = Tickets(**{**{f.name: getattr(repeat, f.name) for f in fields(repeat)},
                       "at": repeat.at + wait, "feeling": repeat.feeling - 0.3,
                       "solved": np.where(repeat.solved > 0, repeat.solved + wait, 0)})
    whole = Tickets(**{f.name: np.concatenate([getattr(done, f.name), getattr(later, f.name)]) for f in fields(done)})
    whole = whole.take(np.lexsort((whole.who, whole.at)))
    whole = whole.take(np.flatnonzero(whole.at < AS_OF - 3600))
    solved = np.where(whole.solved < AS_OF, whole.solved, 0)
    return Tickets(**{**{f.name: getattr(whole, f.name) for f in fields(whole)}, "solved": solved})


def write_tickets(world: World, orders: Orders, tickets: Tickets, planted: PlantedTexts) -> None:
    """Write both files."""
    users = _write_users(world, tickets)
    rng, count, made = world.rng("ticket texts"), len(tickets.who), world.history.purchases
    english = world.people.english[tickets.who] & (rng.random(count) < 0.9)
    stores, store = read_table("stores.csv"), np.maximum(made.store[tickets.purchase], 0)
    product = product_column("name")[_product_of(world, tickets, rng)]
    body, latent = compose(rng, Wanted(tickets.topic, english, tickets.feeling - 0.2, product, stores["name"][store]), letter=True)
    number = numbered("%d", 40_001, count)
    planted.add("zendesk_tickets", number, latent)
    order_name = text([""] * len(made))
    order_name[np.flatnonzero(made.web)] = orders.name
    about = tickets.purchase >= 0
    place = blank_unless(about & ~made.web[tickets.purchase], stores["store_id"][store])
    metrics = _metrics(rng, tickets)
    score, created = _ratings(rng, tickets), iso(tickets.at)
    updated = iso(np.where(tickets.solved > 0, tickets.solved, tickets.at))
    reference = blank_unless(about, order_name[tickets.purchase])
    world.write_json_lines("zendesk_tickets.ndjson", (
        {
            "id": int(number[i]), "external_id": None, "type": "question" if tickets.topic[i] == "question" else "problem",
            "subject": _SUBJECTS[tickets.topic[i]][int(english[i])], "description": body[i],
            "priority": "normal", "status": "closed" if tickets.solved[i] else "open", "requester_id": int(users[i]),
            "tags": [tickets.topic[i]],
            "custom_fields": [{"id": 360001, "value": reference[i] or None}, {"id": 360002, "value": place[i] or None}],
            "satisfaction_rating": {"score": score[i]}, "via": {"channel": _CHANNELS[int(tickets.channel[i])]},
            "created_at": created[i], "updated_at": updated[i], "metric_set": metrics[i],
        }
        for i in range(count)
    ))


def _metrics(rng: np.random.Generator, tickets: Tickets) -> list[dict[str, object]]:
    """Return the side-loaded metrics: when it was solved, how many answers, minutes to the first."""
    count, done = len(tickets.who), tickets.solved > 0
    seconds = np.where(done, tickets.solved - tickets.at, 36 * 3600) * rng.uniform(0.1, 0.7, count)
    minutes = np.maximum(seconds // 60, 1).astype(np.int64).tolist()
    replies, solved = rng.integers(1, 5, count).tolist(), blank_unless(done, iso(tickets.solved))
    return [
        {"solved_at": at or None, "reopens": 0, "replies": answers, "reply_time_in_minutes": {"calendar": wait}}
        for at, answers, wait in zip(solved, replies, minutes, strict=True)
    ]


def _product_of(world: World, tickets: Tickets, rng: np.random.Generator) -> Ints:
    """Return a product of the purchase the ticket is about (any product where there is none)."""
    first = np.searchsorted(world.history.lines.purchase, np.maximum(tickets.purchase, 0))
    bought: Ints = world.history.lines.product[np.minimum(first, len(world.history.lines.product) - 1)]
    return np.where(tickets.purchase >= 0, bought, rng.integers(0, len(product_column("name")), len(tickets.who)))


def _ratings(rng: np.random.Generator, tickets: Tickets) -> list[str]:
    answered = rng.random(len(tickets.who)) < 0.35
    good = tickets.after + rng.normal(0, 0.5, len(tickets.who)) > -0.2
    states = np.where(tickets.solved == 0, "unoffered", np.where(~answered, "offered", np.where(good, "good", "bad")))
    return [str(state) for state in states]


def _write_users(world: World, tickets: Tickets) -> Ints:
    """Write `zendesk_users.ndjson` (one user per person and way of contact, and a test user); return each ticket's user."""
    rng = world.rng("helpdesk users")
    voice = (tickets.channel == VOICE).astype(np.int64)
    keys, first, of = np.unique(tickets.who * 2 + voice, return_index=True, return_inverse=True)
    who, calls = keys // 2, keys % 2 == 1
    written = fill_in(rng, world.people, who, Habits(email=1.0, phone=0.25))
    called = fill_in(rng, world.people, who, Habits(email=0.3, phone=1.0))
    email = np.where(calls, called.email, written.email).astype(object)
    phone = international(np.where(calls, called.phone, written.phone).astype(object))
    name = np.where(calls, called.name, written.name).astype(object)
    ids = 900_100_000 + np.arange(len(keys))
    born = iso(tickets.at[first])
    locale = text(["it", "en-US"])[world.people.english[who].astype(int)]
    documents = [
        {
            "id": int(ids[i]), "external_id": None, "name": name[i], "email": email[i].lower() or None, "phone": phone[i] or None,
            "role": "end-user", "active": True, "verified": bool(email[i]), "locale": locale[i], "time_zone": "Rome",
            "organization_id": None, "tags": [], "created_at": born[i], "updated_at": born[i],
        }
        for i in range(len(ids))
    ]
    test = {**(documents[0] if documents else {}), "id": 900_099_999, "name": "Test", "email": "test@test.com", "phone": None}
    world.write_json_lines("zendesk_users.ndjson", [test, *documents])
    text_ids = text([str(i) for i in ids.tolist()])
    world.truth.add("zendesk_users", text_ids, who, Evidence(email=email, phone=phone))
    world.truth.add_others("zendesk_users", ["900099999"], ["T0"])
    found: Ints = ids[of]
    return found
