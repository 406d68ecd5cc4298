"""Text messages and paper mail.

`sms_responses.csv`      key `message_id`: message_id,phone,campaign,sent_at,status,responded_at; campaign is a
                         `campaigns.csv` id; instants `YYYY-MM-DD HH:MM:SS` UTC; status delivered, clicked or stop
`mailing_responses.csv`  key `mailing_id`: name and address in one cell each (`Via Roma 1, 20121 Milano MI`),
                         `redeemed_at` gg/mm/aaaa or empty; the coupon is personal
Sent to what the company's address book holds. Truth: `sms` (message_id) and `mailing` (mailing_id).
"""

from __future__ import annotations

import numpy as np

from cem_cli.synth.book import Book
from cem_cli.synth.dates import AS_OF, DAY, blank_unless, day_text, instant, plain
from cem_cli.synth.silos.shop import international
from cem_cli.synth.truth import Evidence
from cem_cli.synth.words import Ints, pick, read_table, text
from cem_cli.synth.world import World, numbered

SMS = "message_id,phone,campaign,sent_at,status,responded_at"
MAILING = "mailing_id,campaign,name,address,coupon_code,sent_at,redeemed_at"


def _sendings(world: World, channel: str, reachable: Ints, share: float) -> tuple[Ints, Ints, Ints]:
    """Return person, campaign row and instant of what was sent, in order of time."""
    rng, campaigns = world.rng(f"outreach {channel}"), read_table("campaigns.csv")
    numbers = np.flatnonzero(campaigns["channel"] == channel)
    chosen = [reachable[rng.random(len(reachable)) < share] for _ in numbers]
    sent = [np.full(len(who), instant(campaigns["start"][n]) + 9 * 3600) for n, who in zip(numbers, chosen, strict=True)]
    campaign = [np.full(len(who), n) for n, who in zip(numbers, chosen, strict=True)]
    return np.concatenate(chosen), np.concatenate(campaign), np.concatenate(sent)


def write_sms(world: World, book: Book) -> None:
    """Write `sms_responses.csv`: nobody who answered stop gets another message."""
    phone = international(book.phone)
    mobile = np.array([value.startswith("+393") for value in phone], dtype=bool)
    who, campaign, sent = _sendings(world, "sms", np.flatnonzero(mobile & world.members.buyer), 0.12)
    rng = world.rng("sms")
    status = pick(rng, np.array([0.83, 0.14, 0.03]), len(who))
    stopped = np.full(len(book.phone), AS_OF, dtype=np.int64)
    stops = np.flatnonzero(status == 2)
    np.minimum.at(stopped, who[stops], sent[stops])
    keep = np.flatnonzero(sent <= stopped[who])
    who, campaign, sent, status = who[keep], campaign[keep], sent[keep], status[keep]
    ids = numbered("SMS%07d", 1, len(who))
    answered = np.minimum(sent + rng.integers(60, 2 * DAY, len(who)), AS_OF - 1)
    world.write_rows("sms_responses.csv", SMS, {
        "message_id": ids, "phone": phone[who], "campaign": read_table("campaigns.csv")["campaign_id"][campaign],
        "sent_at": plain(sent), "status": text(["delivered", "clicked", "stop"])[status],
        "responded_at": blank_unless(status > 0, plain(answered)),
    }, rows=len(who))
    world.truth.add("sms", ids, who, Evidence(phone=phone[who], named=np.zeros(len(who), dtype=bool)))


def write_mailings(world: World, book: Book) -> None:
    """Write `mailing_responses.csv`."""
    who, campaign, sent = _sendings(world, "mail", np.flatnonzero((book.street != "") & world.members.buyer), 0.07)
    rng = world.rng("mailing")
    ids = numbered("ML%07d", 1, len(who))
    redeemed = rng.random(len(who)) < 0.18
    at = sent + rng.integers(3, 40, len(who)) * DAY
    line = book.street + ", " + book.cap + " " + book.city + " " + book.province
    world.write_rows("mailing_responses.csv", MAILING, {
        "mailing_id": ids, "campaign": read_table("campaigns.csv")["campaign_id"][campaign],
        "name": text([name.strip() for name in book.given[who] + " " + book.surname[who]]), "address": line[who],
        "coupon_code": text([f"CP{number:08X}" for number in rng.integers(0, 2**32, len(who)).tolist()]),
        "sent_at": day_text(sent, "%d/%m/%Y"), "redeemed_at": blank_unless(redeemed & (at < AS_OF), day_text(at, "%d/%m/%Y")),
    }, rows=len(who))
    world.truth.add("mailing", ids, who, Evidence(street=book.street[who]))
