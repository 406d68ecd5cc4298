"""Surveys, sent to the address book's e-mail.

`nps_survey.csv`           key `response_id`: response_id,sent_at,answered_at,email,first_name,last_name,touchpoint,reference,
                           question,score,comment,language; score 0 to 10; touchpoint consegna, negozio, assistenza;
                           reference = order name or store id; instants ISO with Z
`satisfaction_survey.csv`  SurveyMonkey (reference 3.17): TWO header rows (questions; answer options), key `Respondent ID`;
                           columns 9 to 15 the drivers 1 to 5 (competenza, cortesia, assortimento, tempi di consegna,
                           attenzione personale, integrazione online-negozio, prezzo), 16 overall 1 to 5 (CSAT), 17 ease
                           1 to 7 (CES), 18 comment; dates `MM/DD/YYYY hh:mm:ss AM`; `Custom Data 1` = touchpoint
Truth: `nps` (response_id) and `satisfaction` (Respondent ID).
"""

from __future__ import annotations

import csv
import io

import numpy as np

from cem_cli.synth.book import Book
from cem_cli.synth.dates import AS_OF, DAY, blank_unless, iso, plain
from cem_cli.synth.effects import EFFECTS
from cem_cli.synth.history import product_column
from cem_cli.synth.moments import Moments
from cem_cli.synth.silos.shop import Orders
from cem_cli.synth.texts import PlantedTexts, Wanted, compose
from cem_cli.synth.truth import Evidence
from cem_cli.synth.words import Floats, Ints, Mask, Text, read_table, text
from cem_cli.synth.world import World, numbered

NPS = "response_id,sent_at,answered_at,email,first_name,last_name,touchpoint,reference,question,score,comment,language"
_TOUCHPOINTS = {"delivery": "consegna", "store": "negozio", "support": "assistenza"}
_QUESTION = "Da 0 a 10, con quanta probabilità ci consiglieresti a un amico?"
_DRIVER_QUESTION = "Quanto è soddisfatto dei seguenti aspetti? (1 = per nulla, 5 = molto)"
QUESTIONS = [
    "Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name", "Last Name",
    "Custom Data 1", _DRIVER_QUESTION, "", "", "", "", "", "", "Nel complesso, quanto è soddisfatto? (1-5)",
    "Quanto è stato facile risolvere la sua richiesta? (1 = molto difficile, 7 = molto facile)", "Vuole aggiungere qualcosa?",
]
OPTIONS = [
    "", "", "", "", "", "", "", "", "", "Competenza", "Cortesia", "Assortimento", "Tempi di consegna", "Attenzione personale",
    "Integrazione online-negozio", "Prezzo", "Response", "Response", "Open-Ended Response",
]


def _comments(world: World, rng: np.random.Generator, asked: Moments, share: float) -> tuple[Text, Floats, Mask, Mask]:
    """Return comments ('' for the silent), their latent scores, who wrote, and who wrote English."""
    count = len(asked.who)
    made, english = world.history.purchases, world.people.english[asked.who]
    store = read_table("stores.csv")["name"][np.maximum(made.store[asked.purchase], 0)]
    product = product_column("name")[rng.integers(0, len(product_column("name")), count)]
    body, latent = compose(rng, Wanted(asked.touchpoint, english, asked.feeling, product, store))
    wrote = rng.random(count) < share
    return np.where(wrote, body, "").astype(object), latent, wrote, english


def _reference(world: World, orders: Orders, asked: Moments) -> Text:
    made = world.history.purchases
    name = text([""] * len(made))
    name[np.flatnonzero(made.web)] = orders.name
    name[np.flatnonzero(~made.web)] = read_table("stores.csv")["store_id"][made.store[~made.web]]
    found: Text = np.where(asked.purchase >= 0, name[asked.purchase], "").astype(object)
    return found


def _asked(rng: np.random.Generator, book: Book, moments: Moments, share: float) -> Moments:
    """Return the moments somebody answered about: those with an e-mail; after a ticket three times as many."""
    chance = np.where(moments.touchpoint == "support", 3 * share, share)
    return moments.take(np.flatnonzero((book.email[moments.who] != "") & (rng.random(len(moments.who)) < chance)))


def write_nps(world: World, book: Book, orders: Orders, moments: Moments, planted: PlantedTexts) -> None:
    """Write `nps_survey.csv`."""
    rng = world.rng("nps")
    asked = _asked(rng, book, moments, 0.11)
    count, who = len(asked.who), asked.who
    score = np.clip(np.round(7.6 + 1.7 * asked.feeling + rng.normal(0, 0.9, count)), 0, 10).astype(np.int64)
    comment, latent, wrote, english = _comments(world, rng, asked, 0.45)
    ids = numbered("NPS%06d", 1, count)
    planted.add("nps", ids[wrote], latent[wrote])
    planted.add_answers("nps", ids, asked.feeling)
    answered = np.minimum(asked.at + (rng.exponential(0.7, count) * DAY).astype(np.int64), AS_OF - 60)
    named = rng.random(count) < 0.8
    world.write_rows("nps_survey.csv", NPS, {
        "response_id": ids, "sent_at": iso(asked.at), "answered_at": iso(answered), "email": book.email[who],
        "first_name": blank_unless(named, book.given[who]), "last_name": blank_unless(named, book.surname[who]),
        "touchpoint": text([_TOUCHPOINTS[t] for t in asked.touchpoint]), "reference": _reference(world, orders, asked),
        "question": _QUESTION, "score": score, "comment": comment, "language": text(["it", "en"])[english.astype(int)],
    }, rows=count)
    world.truth.add("nps", ids, who, Evidence(email=book.email[who], named=named & (book.surname[who] != "")))


def _drivers(rng: np.random.Generator, asked: Moments) -> tuple[Ints, Ints]:
    """Return driver answers (count x 7) and overall satisfaction, both 1 to 5: overall is the weighted sum plus noise."""
    plan, count = EFFECTS.drivers, len(asked.who)
    names = [name for name, _ in plan.weights]
    latent = 0.55 * asked.feeling[:, None] + rng.normal(0, 0.85, (count, len(names)))
    halo = rng.normal(0, 1, count)
    for name in ("courtesy", "personal_treatment"):
        column = names.index(name)
        latent[:, column] = np.sqrt(1 - plan.halo) * latent[:, column] + np.sqrt(plan.halo) * halo
    latent[:, names.index("delivery_time")] -= 1.1 * asked.late
    answers = np.clip(np.round(3.5 + latent), 1, 5).astype(np.int64)
    weights = np.array([weight for _, weight in plan.weights])
    overall = 3.6 + (answers - 3.5) @ weights + rng.normal(0, plan.noise, count)
    return answers, np.clip(np.round(overall), 1, 5).astype(np.int64)


def write_satisfaction(world: World, book: Book, moments: Moments, planted: PlantedTexts) -> None:
    """Write `satisfaction_survey.csv` with its two header rows."""
    rng = world.rng("satisfaction")
    asked = _asked(rng, book, moments, 0.09)
    count, who = len(asked.who), asked.who
    answers, overall = _drivers(rng, asked)
    ease = np.clip(np.round(4.8 + 0.9 * asked.feeling + rng.normal(0, 0.9, count)), 1, 7).astype(np.int64)
    comment, latent, wrote, _ = _comments(world, rng, asked, 0.35)
    ids = numbered("11847%06d", 200_001, count)
    planted.add("satisfaction", ids[wrote], latent[wrote])
    planted.add_answers("satisfaction", ids, asked.feeling)
    begun = _american(asked.at + 3600)
    ended = _american(asked.at + 3600 + rng.integers(60, 900, count))
    host = rng.integers(1, 250, (2, count)).astype(str).astype(object)
    columns = [
        ids, text(["418220011"] * count), begun, ended, "151.38." + host[0] + "." + host[1], book.email[who],
        book.given[who], book.surname[who], text([_TOUCHPOINTS[t] for t in asked.touchpoint]),
        *(answers[:, i] for i in range(answers.shape[1])), overall, ease, comment,
    ]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([QUESTIONS, OPTIONS, *zip(*(c.tolist() for c in columns), strict=True)])
    world.write_bytes("satisfaction_survey.csv", buffer.getvalue().encode())
    world.truth.add("satisfaction", ids, who, Evidence(email=book.email[who]))


def _american(at: Ints) -> Text:
    """Return instants as `03/31/2026 02:05:09 PM`."""
    stamps = [value.split(" ") for value in plain(at)]
    return text([
        f"{day[5:7]}/{day[8:]}/{day[:4]} {(int(clock[:2]) + 11) % 12 + 1:02d}{clock[2:]} {'PM' if int(clock[:2]) > 11 else 'AM'}"
        for day, clock in stamps
    ])
