"""Mailchimp (reference 3.7): the audience by status, and campaign activity.

`mailchimp/subscribed_members_export_a1b2c3d4e5.csv`, `mailchimp/unsubscribed_members_export_a1b2c3d4e5.csv`  key `LEID`;
    the status stands only in the file name; times `YYYY-MM-DD HH:MM:SS` UTC; TAGS is a doubly quoted list
    (`VIP` and `Blog` between doubled quotes, comma-separated, in one quoted cell);
    the second file adds UNSUB_* columns; merge field `Birthday` `MM/DD`
`mailchimp_activity.ndjson`  one act per line: email_address, campaign_id, action (open, click, bounce), timestamp
    (`2025-03-01T08:12:00+00:00`), url (of clicks)
Truth's source is `mailchimp`, id the LEID.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cem_cli.synth.dates import AS_OF, DAY, blank_unless, dates_text, instant, iso, plain
from cem_cli.synth.errors import Entries, Habits, fill_in
from cem_cli.synth.silos.shop import international, signup_times
from cem_cli.synth.truth import Evidence
from cem_cli.synth.words import Floats, Ints, Mask, Text, read_table, text
from cem_cli.synth.world import Column, World, numbered

_MEMBER = (
    "MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,"
    "LEID,EUID,NOTES,TAGS"
)
SUBSCRIBED = f"Email Address,First Name,Last Name,Address,Phone Number,Birthday,{_MEMBER}"
_UNSUB = "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER"
UNSUBSCRIBED = SUBSCRIBED.replace("LEID,", f"{_UNSUB},LEID,")
EXPORT = "a1b2c3d4e5"


@dataclass(frozen=True)
class Subscribers:
    """Newsletter members: entries, LEIDs, when they joined, and when they left (0: still there)."""

    entries: Entries
    ids: Text
    joined: Ints
    left: Ints


def make_subscribers(world: World) -> Subscribers:
    """Return members; 3 % are there with two addresses; 12 % have unsubscribed."""
    rng = world.rng("newsletter")
    who = np.flatnonzero(world.members.newsletter)
    who = np.concatenate([who, who[rng.random(len(who)) < 0.03]])
    entries = fill_in(rng, world.people, who, Habits(birth=0.3, email=1.0, phone=0.25, address=0.2))
    bare = rng.random(len(who)) < 0.15
    entries.given[bare], entries.surname[bare] = "", ""
    joined = signup_times(rng, world, who)
    gone = joined + (rng.random(len(who)) * (AS_OF - DAY - joined)).astype(np.int64)
    return Subscribers(entries, numbered("%d", 310_000_001, len(who)), joined, np.where(rng.random(len(who)) < 0.12, gone, 0))


def write_subscribers(world: World, members: Subscribers) -> None:
    """Write both audience files."""
    rng, entries, count = world.rng("newsletter cells"), members.entries, len(members.ids)
    one_line = entries.street + "  " + entries.city + "  " + entries.cap
    tags = text(["", "", '"VIP"', '"Negozio"', '"VIP","Blog"', '"Saldi","Casa"'])
    host = rng.integers(1, 250, (3, count)).astype(str).astype(object)
    address = "93." + host[0] + "." + host[1] + "." + host[2]
    columns: dict[str, Text] = {
        "Email Address": entries.email, "First Name": entries.given, "Last Name": entries.surname,
        "Address": blank_unless(entries.street != "", one_line), "Phone Number": international(entries.phone),
        "Birthday": dates_text(entries.birth, "%m/%d"), "MEMBER_RATING": rng.integers(1, 6, count).astype(str).astype(object),
        "OPTIN_TIME": plain(members.joined), "OPTIN_IP": address, "CONFIRM_TIME": plain(members.joined + 95), "CONFIRM_IP": address,
        "LAST_CHANGED": plain(np.maximum(members.joined, members.left)), "LEID": members.ids,
        "EUID": text([f"{n:010x}" for n in rng.integers(0, 2**40, count).tolist()]),
        "TAGS": tags[rng.integers(0, len(tags), count)],
    }
    reasons = text(["NORMAL", "Non mi interessa più", "Troppi messaggi", "SPAM"])
    campaigns = read_table("campaigns.csv")
    chosen = rng.integers(0, len(campaigns["name"]), count)
    leaving = {
        "UNSUB_TIME": plain(members.left), "UNSUB_CAMPAIGN_TITLE": campaigns["name"][chosen],
        "UNSUB_CAMPAIGN_ID": campaigns["campaign_id"][chosen], "UNSUB_REASON": reasons[rng.integers(0, 4, count)],
    }
    fixed: dict[str, Column] = {"TIMEZONE": "Europe/Rome", "CC": "it", "GMTOFF": "1", "DSTOFF": "2"}
    for name, header, rows, extra in (
        ("subscribed", SUBSCRIBED, np.flatnonzero(members.left == 0), {}),
        ("unsubscribed", UNSUBSCRIBED, np.flatnonzero(members.left > 0), leaving),
    ):
        chosen_columns: dict[str, Column] = {key: column[rows] for key, column in {**columns, **extra}.items()}
        path = f"mailchimp/{name}_members_export_{EXPORT}.csv"
        world.write_rows(path, header, {**chosen_columns, **fixed}, rows=len(rows))
    full = np.array([bool(name) for name in entries.name])
    world.truth.add("mailchimp", members.ids, entries.who, Evidence(
        entries.email, entries.phone, np.where(full, entries.birth, np.datetime64("NaT")), entries.street, named=full,
    ))


def write_activity(world: World, members: Subscribers) -> None:
    """Write who opened and clicked which campaign: the well-disposed open more."""
    rng, campaigns = world.rng("newsletter activity"), read_table("campaigns.csv")
    keen = np.clip(0.13 + 0.06 * world.members.mood[members.entries.who], 0.02, 0.6)
    parts = []
    for number in np.flatnonzero(campaigns["channel"] == "email").tolist():
        sent = instant(campaigns["start"][number]) + 8 * 3600
        reached: Mask = (members.joined < sent) & ((members.left == 0) | (members.left > sent))
        parts.append(_acts(rng, np.flatnonzero(reached & (rng.random(len(keen)) < keen)), number, sent))
    member, campaign, action, at = (np.concatenate([part[i] for part in parts]) for i in range(4))
    order = np.lexsort((action, member, at))
    member, campaign, action, at = member[order], campaign[order], action[order], at[order]
    words = text(["open", "click", "bounce"])[action]
    stamp = text([value[:-1] + "+00:00" for value in iso(at)])
    ids, email = campaigns["campaign_id"][campaign], members.entries.email[member]
    world.write_json_lines("mailchimp_activity.ndjson", (
        {"email_address": e.lower(), "campaign_id": c, "action": a, "timestamp": t}
        | ({"url": f"https://www.lunaria.example/{c}"} if a == "click" else {})
        for e, c, a, t in zip(email, ids, words, stamp, strict=True)
    ))


def _acts(rng: np.random.Generator, openers: Ints, number: int, sent: int) -> tuple[Ints, Ints, Ints, Ints]:
    delay: Floats = rng.exponential(6 * 3600, len(openers))
    at = np.minimum(sent + delay.astype(np.int64), AS_OF - 60)
    clicks = np.flatnonzero(rng.random(len(openers)) < 0.2)
    bounces = rng.random(len(openers)) < 0.02
    action = np.concatenate([np.where(bounces, 2, 0), np.ones(len(clicks), dtype=np.int64)])
    member = np.concatenate([openers, openers[clicks]])
    keep = ~((action == 1) & np.isin(member, openers[bounces]))
    when = np.concatenate([at, np.minimum(at[clicks] + 40, AS_OF - 1)])
    return member[keep], np.full(int(keep.sum()), number), action[keep], when[keep]
