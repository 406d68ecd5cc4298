"""What people do: who is a buyer and where, their purchases with the moments that went wrong, baskets and returns.

Purchases are simulated in rounds over everybody still buying: a gap, a channel, a store or a delivery, whether it went
wrong, whether they complained and by which channel, whether the company recovered it, and whether they leave. All
chances come from `effects`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from cem_cli.synth.dates import AS_OF, DAY, START, instant
from cem_cli.synth.effects import EFFECTS
from cem_cli.synth.people import People, Rng
from cem_cli.synth.words import Floats, Ints, Mask, Text, pick, places, read_table, shares

STORE, WEB, HYBRID = 0, 1, 2
NO_TICKET, EMAIL, VOICE, CHAT = 0, 1, 2, 3
"""By which channel a moment was complained about (the codes of `Purchases.ticket`)."""
_WEEK = 7 * DAY
_MOST_PURCHASES = 40


@dataclass(frozen=True)
class Members:
    """Who is what, one element per person: the population's relation with the company."""

    buyer: Mask
    habit: Ints
    visitor: Mask
    card: Mask
    account: Mask
    crm: Mask
    lead: Mask
    newsletter: Mask
    social_lead: Mask
    mood: Floats
    slow: Mask


def make_members(rng: Rng, people: People) -> Members:
    """Return memberships: 72 % buyers, 20 % prospects known to some silo, 8 % visitors who may stay anonymous."""
    count = len(people)
    draw, silo = rng.random(count), rng.random((6, count))
    buyer, visitor = draw < 0.72, draw >= 0.92
    prospect = ~buyer & ~visitor
    habit = pick(rng, shares(np.array([0.40, 0.26, 0.34])), count)
    shops = buyer & (habit != WEB)
    surfs = buyer & (habit != STORE)
    return Members(
        buyer=buyer, habit=habit, visitor=visitor,
        card=shops & (silo[0] < 0.72),
        account=(surfs & (silo[1] < 0.78)) | (prospect & (silo[1] < 0.15)),
        crm=(buyer & (silo[2] < 0.45)) | (prospect & (silo[2] < 0.10)),
        lead=(prospect & (silo[3] < 0.45)) | (buyer & (silo[3] < 0.08)),
        newsletter=(buyer & (silo[4] < 0.48)) | (prospect & (silo[4] < 0.45)),
        social_lead=(prospect & (silo[5] < 0.25)) | (buyer & (silo[5] < 0.04)),
        mood=rng.normal(0, EFFECTS.feeling.mood, count),
        slow=rng.random(count) < EFFECTS.leaving.slow_buyers,
    )


@dataclass(frozen=True)
class Purchases:
    """Purchases in order of time. `store` indexes `words/stores.csv` (web: -1); instants are seconds UTC;
    `delivered` and `dispatched` are 0 in a store; `feeling` is the latent feeling afterwards.
    """

    who: Ints
    at: Ints
    web: Mask
    store: Ints
    dispatched: Ints
    delivered: Ints
    bad: Mask
    ticket: Ints
    recovered: Mask
    feeling: Floats

    def __len__(self) -> int:
        return len(self.who)

    def take(self, rows: Ints) -> Purchases:
        """Return the purchases at the given positions."""
        return Purchases(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class Lines:
    """Basket lines in order of purchase: index of the purchase and of the product, pieces, cents each, returned."""

    purchase: Ints
    product: Ints
    quantity: Ints
    price: Ints
    returned: Mask

    def take(self, rows: Ints) -> Lines:
        """Return the lines at the given positions."""
        return Lines(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class History:
    """Purchases, their lines, and the web purchases that a failing checkout prevented; per person the purchases per
    year while a customer, and whether they had left for good when the data end.
    """

    purchases: Purchases
    lines: Lines
    failed: Purchases
    rate: Floats
    left: Mask


def _home_stores(rng: Rng, people: People) -> Ints:
    """Return each person's usual store: one of their region where there is one, else any; the decoy store gets more."""
    table, regions = read_table("stores.csv"), places().region
    weight = table["weight"].astype(np.float64)
    weight[table["store_id"] == EFFECTS.stores.decoy_store] *= EFFECTS.stores.decoy_volume
    city_region = dict(zip(places().city, regions, strict=True))
    store_region = np.array([city_region[city] for city in table["comune"]], dtype=object)
    home = pick(rng, shares(weight), len(people))
    for region in np.unique(store_region.astype(str)):
        where = np.flatnonzero(regions[people.place] == region)
        local = np.flatnonzero(store_region == region)
        home[where] = local[pick(rng, shares(weight[local]), len(where))]
    return home


def _hours(rng: Rng, day: Ints, web: Mask) -> Ints:
    """Return instants within the days: stores from 9 to 20, the web mostly in the evening (Italian time, roughly)."""
    shop = rng.triangular(9, 17.5, 20, len(day)) - 1.5
    home = rng.triangular(7, 21, 23.9, len(day)) - 1.5
    hour = np.where(web, home, np.maximum(shop, 7.2))
    found: Ints = day * DAY + (hour * 3600).astype(np.int64)
    return found


def _delivery_days(rng: Rng, people: People, who: Ints) -> Floats:
    delivery = EFFECTS.delivery
    region = places().region[people.place[who]]
    extra = delivery.extra_days * (region == delivery.slow_region) + delivery.decoy_extra_days * (region == delivery.decoy_region)
    days: Floats = rng.gamma(6.0, delivery.usual_days / 6.0, len(who)) + extra * rng.gamma(2.0, 0.5, len(who))
    return days


def _round(rng: Rng, people: People, members: Members, home: Ints, who: Ints, at: Ints) -> Purchases:
    """Return the next purchase of everybody in `who`, at the given instants (of which the day counts)."""
    count, chance = len(who), EFFECTS.feeling
    habit = members.habit[who]
    web = (habit == WEB) | ((habit == HYBRID) & (rng.random(count) < 0.5))
    at = _hours(rng, at // DAY, web)
    visited = np.where(rng.random(count) < 0.88, home[who], rng.integers(0, len(read_table("stores.csv")["name"]), count))
    days = _delivery_days(rng, people, who)
    unhappy = read_table("stores.csv")["store_id"][visited] == EFFECTS.stores.unhappy_store
    bad_visit = rng.random(count) < np.where(unhappy, EFFECTS.stores.unhappy_bad, EFFECTS.stores.usual_bad)
    bad = np.where(web, days > EFFECTS.delivery.promised_days, bad_visit)
    complains = rng.random(count) < np.where(bad, 0.42, 0.035)
    ticket = np.where(complains, rng.choice(np.array([EMAIL, VOICE, CHAT]), count, p=[0.34, 0.33, 0.33]), NO_TICKET)
    turn = np.where(ticket == VOICE, chance.recovered_after_call, chance.recovered_after_other)
    recovered = bad & complains & (rng.random(count) < turn)
    feeling = members.mood[who] + rng.normal(0, chance.noise, count) + np.where(bad, chance.bad, chance.usual)
    dispatched = at + (rng.uniform(4, 30, count) * 3600).astype(np.int64)
    delivered = np.maximum(at + (days * DAY).astype(np.int64), dispatched + DAY // 2)
    return Purchases(
        who, at, web, np.where(web, -1, visited), np.where(web, dispatched, 0), np.where(web, delivered, 0), bad, ticket,
        recovered, feeling,
    )


def _simulate(rng: Rng, people: People, members: Members) -> tuple[Purchases, Floats, Mask]:
    """Return all purchases, everybody's mean gap in days, and who left for good."""
    leaving, home = EFFECTS.leaving, _home_stores(rng, people)
    count = len(people)
    gap = 116.0 / np.maximum(rng.gamma(1.6, 1 / 1.6, count), 0.15) * np.where(members.slow, leaving.slow_factor, 1.0)
    at = (START + (0.3 + rng.beta(1, 1.5, count) * 700) * DAY).astype(np.int64)
    who = np.flatnonzero(members.buyer)
    at = at[who]
    rounds, left = [], np.zeros(count, dtype=bool)
    for _ in range(_MOST_PURCHASES):
        made = _round(rng, people, members, home, who, at)
        rounds.append(made)
        leave = rng.random(len(who)) < np.where(made.bad & ~made.recovered, leaving.after_bad, leaving.usual)
        at = made.at + DAY + (rng.exponential(gap[who]) * DAY).astype(np.int64)
        left[who[leave]] = True
        stay = ~leave & (at < AS_OF - DAY)
        who, at = who[stay], at[stay]
        if not len(who):
            break
    whole = Purchases(**{f.name: np.concatenate([getattr(r, f.name) for r in rounds]) for f in fields(Purchases)})
    return whole.take(np.flatnonzero(whole.at < AS_OF - DAY)), gap, left


def _pull_into_busy_week(rng: Rng, made: Purchases) -> Purchases:
    """Move a share of the purchases around the busy week into it (with their deliveries)."""
    start = instant(EFFECTS.checkout.busy_week)
    near = (made.at >= start - 3 * _WEEK) & (made.at < start + 4 * _WEEK)
    moved = near & (rng.random(len(made)) < EFFECTS.checkout.busy_pull)
    at = np.where(moved, start + (made.at - start) % _WEEK, made.at)
    shift = at - made.at
    return Purchases(**{
        field.name: getattr(made, field.name) + shift * (getattr(made, field.name) > 0)
        if field.name in ("at", "dispatched", "delivered") else getattr(made, field.name) for field in fields(made)
    })


def _failing(rng: Rng, made: Purchases) -> Mask:
    """Return the web purchases whose checkout fails for good."""
    start = instant(EFFECTS.checkout.broken_week)
    broken = (made.at >= start) & (made.at < start + _WEEK)
    chance = np.where(broken, EFFECTS.checkout.broken_failure, EFFECTS.checkout.usual_failure)
    found: Mask = made.web & (rng.random(len(made)) < chance)
    return found


def _make_lines(rng: Rng, made: Purchases) -> Lines:
    table, plan = read_table("products.csv"), EFFECTS.products
    index = {sku: i for i, sku in enumerate(table["sku"])}
    weight = rng.gamma(3.0, 1 / 3.0, len(table["sku"]))
    for sku in {plan.decoy_sku, *plan.decoy_pair}:
        weight[index[sku]] = plan.popularity
    weight[index[plan.returned_sku]] = 1.5
    for first, second in plan.pairs:
        weight[index[first]], weight[index[second]] = 1.6, 0.9
    count = len(made)
    pieces = np.minimum(rng.geometric(0.6, count), 5)
    purchase = np.repeat(np.arange(count), pieces)
    product = pick(rng, shares(weight), len(purchase))
    for first, second in plan.pairs:
        with_first = np.flatnonzero((product == index[first]) & (rng.random(len(product)) < plan.companion))
        purchase, product = np.append(purchase, purchase[with_first]), np.append(product, np.full(len(with_first), index[second]))
    packed = np.unique(purchase * len(index) + product)
    purchase, product = packed // len(index), packed % len(index)
    quantity = np.where(rng.random(len(packed)) < 0.12, 2, 1)
    cents = np.round(table["price"].astype(np.float64) * 100).astype(np.int64)
    chance = np.where(product == index[plan.returned_sku], plan.high_return, plan.usual_return)
    late = made.at[purchase] > AS_OF - 25 * DAY
    return Lines(purchase, product, quantity, cents[product], (rng.random(len(packed)) < chance) & ~late)


def make_history(rng: Rng, people: People, members: Members) -> History:
    """Return the purchases of 24 months in order of time, with their lines, and the failed ones."""
    simulated, gap, left = _simulate(rng, people, members)
    made = _pull_into_busy_week(rng, simulated)
    made = made.take(np.lexsort((made.who, made.at)))
    failing = _failing(rng, made)
    kept = made.take(np.flatnonzero(~failing))
    return History(kept, _make_lines(rng, kept), made.take(np.flatnonzero(failing)), 365.25 / (gap + 1), left)


def product_column(name: str) -> Text:
    """Return a column of the product table."""
    return read_table("products.csv")[name]
