"""People who come by recommendation and advertisement.

`meta_leads.csv`  lead ads (reference 3.18): UTF-16 LE with byte order mark, tab, key `id` (`l:...`), phone `p:+39...`, created_time
                  `2025-03-01T10:12:44+01:00`; test rows hold `<test lead: dummy data for ...>` and must be dropped
`referrals.csv`   key `referral_id`: referral_id,created_at,referrer_email,referrer_code,friend_first_name,friend_last_name,
                  friend_email,friend_phone,status (invited, joined, bought), reward; instants ISO with Z
Truth: `meta_leads` (id), `referrals` (referral_id; the friend).
"""

from __future__ import annotations

import numpy as np

from cem_cli.synth.book import Book
from cem_cli.synth.dates import iso, local, summer
from cem_cli.synth.errors import Habits, fill_in
from cem_cli.synth.silos.shop import international, signup_times
from cem_cli.synth.truth import evidence_of
from cem_cli.synth.words import text
from cem_cli.synth.world import Layout, World, numbered

META = (
    "id,created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,form_id,form_name,is_organic,platform,"
    "cosa_ti_interessa?,full_name,phone_number,email,city,inbox_url,lead_status"
)
REFERRALS = (
    "referral_id,created_at,referrer_email,referrer_code,friend_first_name,friend_last_name,friend_email,friend_phone,status,reward"
)


def write_meta_leads(world: World) -> None:
    """Write `meta_leads.csv`, two test rows at its end."""
    rng = world.rng("meta leads")
    who = np.flatnonzero(world.members.social_lead)
    entries, count = fill_in(rng, world.people, who, Habits(email=0.95, phone=0.85, address=0.7)), len(who)
    ids, at = numbered("l:%d", 1_204_556_000_100, count), signup_times(rng, world, who)
    zone = np.where(summer(at), "+02:00", "+01:00").astype(object)
    answers = text(["saldi_e_offerte", "casa_e_cucina", "abbigliamento", "nuovi_arrivi"])
    phone = international(entries.phone)
    columns = {
        "id": ids, "created_time": text([value[:-1] for value in iso(local(at))]) + zone,
        "cosa_ti_interessa?": answers[rng.integers(0, len(answers), count)], "full_name": entries.name,
        "phone_number": text([f"p:{value}" if value else "" for value in phone]), "email": entries.email, "city": entries.city,
    }
    tests = {
        "id": numbered("l:%d", 1_204_556_000_098, 2), "created_time": text(["2025-02-03T10:00:00+01:00"] * 2),
        "full_name": text(["<test lead: dummy data for full_name>"] * 2), "email": text(["test@fb.com"] * 2),
        "phone_number": text(["p:<test lead: dummy data for phone_number>"] * 2),
    }
    blank = text(["", ""])
    world.write_rows("meta_leads.csv", META, {
        **{name: np.concatenate([column, tests.get(name, blank)]) for name, column in columns.items()},
        "ad_id": "ag:23850001", "ad_name": "Autunno in casa", "adset_id": "as:23850002", "adset_name": "Italia 25-65",
        "campaign_id": "c:23850003", "campaign_name": "Concorso", "form_id": "f:771200", "form_name": "Modulo concorso",
        "is_organic": "false", "platform": "fb", "lead_status": "CREATED",
    }, rows=count + 2, layout=Layout("\t", "utf-16-le", "\r\n", b"\xff\xfe"))
    world.truth.add("meta_leads", ids, who, evidence_of(entries))


def write_referrals(world: World, book: Book) -> None:
    """Write `referrals.csv`: a person the company knows recommends another one."""
    rng = world.rng("referrals")
    count = len(world.people) // 25
    known = np.flatnonzero((book.email != "") & world.members.buyer)
    friend = rng.permutation(len(world.people))[:count]
    referrer = known[rng.integers(0, max(len(known), 1), count)] if len(known) else friend
    entries = fill_in(rng, world.people, friend, Habits(email=0.95, phone=0.5))
    at = signup_times(rng, world, friend)
    status = np.where(world.members.buyer[friend], "bought", np.where(world.members.account[friend], "joined", "invited")).astype(object)
    ids = numbered("RF%05d", 1, count)
    world.write_rows("referrals.csv", REFERRALS, {
        "referral_id": ids, "created_at": iso(at), "referrer_email": book.email[referrer],
        "referrer_code": text([f"AMICO{number:06d}" for number in referrer.tolist()]), "friend_first_name": entries.given,
        "friend_last_name": entries.surname, "friend_email": entries.email, "friend_phone": entries.phone, "status": status,
        "reward": np.where(status == "bought", "10.00", "").astype(object),
    }, rows=count)
    world.truth.add("referrals", ids, friend, evidence_of(entries))
