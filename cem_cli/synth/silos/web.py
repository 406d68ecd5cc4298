"""GA4's day export: `ga4_events.ndjson`, one event per line (reference 3.14), whole numbers as strings.

Events: session_start, page_view, view_item, search (params search_term, search_results, often "0"), add_to_cart, login,
begin_checkout, checkout_error (param error_code), purchase (ecommerce.transaction_id = order name, params value and
currency). `user_id` = the shop's Customer ID, only after the session's login; `user_pseudo_id` is the device; session =
user_pseudo_id + param ga_session_id. `event_timestamp` in microseconds UTC; `event_date` is the Italian day. Many visitors
never log in, some log in on a later visit; some households share one tablet. Two orders of three are not tracked (refused).
Who really held the device: `truth_sessions.csv` (user_pseudo_id, ga_session_id, entity), for evaluation and tests only.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from cem_cli.synth.dates import AS_OF, DAY, START, day_text, local
from cem_cli.synth.history import product_column
from cem_cli.synth.people import Rng
from cem_cli.synth.silos.shop import Accounts, Orders
from cem_cli.synth.words import Ints, Mask, Text, pick, places, text
from cem_cli.synth.world import World, money

BROWSED, LEFT, FAILED, BOUGHT = 0, 1, 2, 3
"""How a session ends: only looked, left at the checkout, the checkout failed, bought."""
_STEPS = (
    ("session_start", 0), ("page_view", 4), ("search", 40), ("view_item", 75), ("add_to_cart", 160), ("login", 200),
    ("begin_checkout", 240), ("checkout_error", 330), ("purchase", 400),
)
"""Names and seconds into the session, in order."""
_SEARCHES = ["cappotto lana", "scarpe trekking", "moka", "regalo bambino", "lenzuola", "trolley", "macchina espresso"]
_FRUITLESS = ["scarpe rosse 36", "tavolo da giardino", "costume piscina bimbo", "kimono", "divano letto"]
_SOURCES = [("google", "organic"), ("(direct)", "(none)"), ("google", "cpc"), ("newsletter", "email"), ("facebook", "social")]


@dataclass(frozen=True)
class Sessions:
    """Web sessions: person, begin, end kind, order (-1: none), whether they log in, device number."""

    who: Ints
    at: Ints
    kind: Ints
    order: Ints
    login: Mask
    device: Ints

    def take(self, rows: Ints) -> Sessions:
        """Return the sessions at the given positions."""
        return Sessions(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def make_sessions(world: World, accounts: Accounts, orders: Orders) -> Sessions:
    """Return sessions in order of time: tracked purchases, failed and abandoned checkouts, visits that only look."""
    rng, failed, people = world.rng("web sessions"), world.history.failed, len(world.people)
    bought = np.flatnonzero(rng.random(len(orders.name)) < 0.30)
    seen = np.flatnonzero(rng.random(len(failed)) < 0.95)
    left = np.flatnonzero(rng.random(len(orders.name)) < 0.10)
    surfs = (accounts.row >= 0) | world.members.visitor
    visits = np.repeat(np.arange(people), np.where(surfs, rng.poisson(0.27, people), rng.poisson(0.06, people)))
    at = np.concatenate([
        orders.made.at[bought] - 400, failed.at[seen] - 330, np.maximum(orders.made.at[left] - rng.integers(1, 9, len(left)) * DAY, START),
        START + (rng.random(len(visits)) * (AS_OF - START - DAY)).astype(np.int64),
    ])
    who = np.concatenate([orders.made.who[bought], failed.who[seen], orders.made.who[left], visits])
    sizes = [len(bought), len(seen), len(left), len(visits)]
    kind = np.repeat(np.array([BOUGHT, FAILED, LEFT, BROWSED]), sizes)
    order = np.concatenate([bought, np.full(sum(sizes[1:]), -1)])
    guest = orders.account[np.maximum(order, 0)] < 0
    chance = np.where(kind == BOUGHT, np.where(guest, 0.0, 0.85), np.where(kind == BROWSED, 0.25, 0.5))
    login = (accounts.row[who] >= 0) & (rng.random(len(who)) < chance)
    sessions = Sessions(who, at, kind, order, login, _devices(rng, world, who))
    return sessions.take(np.lexsort((who, at)))


def _devices(rng: Rng, world: World, who: Ints) -> Ints:
    """Return a device per session: one or two each; in some households everybody uses the first person's tablet."""
    _, head, home = np.unique(world.people.household, return_index=True, return_inverse=True)
    tablet = rng.random(len(head)) < 0.6
    second = rng.random(len(who)) < 0.25 * (rng.random(len(world.people)) < 0.5)[who]
    common = tablet[home[who]] & (rng.random(len(who)) < 0.6)
    own: Ints = np.where(common, head[home[who]], who) * 2 + (second & ~common)
    return own


def device_names(world: World, device: Ints) -> Text:
    """Return devices as GA4 names them: two numbers with a point."""
    draws = world.rng("web devices").integers(100_000_000, 2_000_000_000, len(world.people) * 2)
    since = START - 40 * DAY + draws % (40 * DAY)
    return text([f"{draws[d]}.{since[d]}" for d in device.tolist()])


def _steps(rng: Rng, sessions: Sessions) -> tuple[Ints, Ints]:
    """Return session and step of every event, in order."""
    count, kind = len(sessions.who), sessions.kind
    checkout = kind != BROWSED
    happens = np.stack([
        np.ones(count, dtype=bool), ~checkout & (rng.random(count) < 0.4), rng.random(count) < 0.12,
        rng.random(count) < np.where(checkout, 0.3, 0.7), checkout & (rng.random(count) < 0.35), sessions.login, checkout,
        kind == FAILED, kind == BOUGHT,
    ], axis=1)
    session, step = np.nonzero(happens)
    return session, step


def write_events(world: World, accounts: Accounts, orders: Orders, sessions: Sessions) -> None:
    """Write `ga4_events.ndjson`, each event rendered from columns."""
    rng = world.rng("web events")
    session, step = _steps(rng, sessions)
    offset = np.array([seconds for _, seconds in _STEPS])[step]
    stamp = (sessions.at[session] + offset) * 1_000_000 + rng.integers(0, 1_000_000, len(step))
    order = np.lexsort((step, session, stamp))
    session, step, stamp = session[order], step[order], stamp[order]
    logged = sessions.login[session] & (step >= 5)
    user = np.where(logged, accounts.ids[np.maximum(accounts.row[sessions.who[session]], 0)], "").astype(object)
    user_json = text([f'"{value}"' if value else "null" for value in user])
    names = text([name for name, _ in _STEPS])[step]
    heads = text([
        f'{{"event_date":"{day}","event_timestamp":"{at}","event_name":"{name}","event_params":'
        for day, at, name in zip(day_text(local(stamp // 1_000_000), "%Y%m%d"), stamp.tolist(), names, strict=True)
    ])
    lines = heads + _params(rng, orders, sessions, session, step) + ',"user_id":' + user_json + _context(world, rng, sessions)[session]
    lines = lines + _items(rng, orders, sessions, session, step)
    world.write_rows("truth_sessions.csv", "user_pseudo_id,ga_session_id,entity", {
        "user_pseudo_id": device_names(world, sessions.device), "ga_session_id": sessions.at,
        "entity": text([f"P{who:06d}" for who in sessions.who.tolist()]),
    }, rows=len(sessions.who))
    world.write_bytes("ga4_events.ndjson", ("\n".join(lines.tolist()) + "\n").encode() if len(lines) else b"")


def _context(world: World, rng: Rng, sessions: Sessions) -> Text:
    """Return the part of a line that all of a session's events share: device, place, traffic source."""
    count = len(sessions.who)
    names, city = device_names(world, sessions.device), places().city[world.people.place[sessions.who]]
    category = text(["mobile", "desktop", "tablet"])[pick(rng, np.array([0.62, 0.3, 0.08]), count)]
    traffic = [_SOURCES[i] for i in pick(rng, np.array([0.35, 0.25, 0.15, 0.15, 0.1]), count).tolist()]
    return text([
        f',"user_pseudo_id":"{name}","device":{{"category":"{kind}"}},"geo":{{"city":"{where}"}},'
        f'"traffic_source":{{"medium":"{medium}","source":"{source}"}}'
        for name, kind, where, (source, medium) in zip(names, category, city, traffic, strict=True)
    ])


def _params(rng: Rng, orders: Orders, sessions: Sessions, session: Ints, step: Ints) -> Text:
    """Return `event_params` as JSON: the session's number, and what the event is about."""
    base = text([f'[{{"key":"ga_session_id","value":{{"int_value":"{at}"}}}}' for at in sessions.at.tolist()])[session]
    fruitless = rng.random(len(step)) < 0.35
    hit, miss = text(_SEARCHES)[rng.integers(0, len(_SEARCHES), len(step))], text(_FRUITLESS)[rng.integers(0, len(_FRUITLESS), len(step))]
    found = np.where(fruitless, 0, rng.integers(3, 40, len(step)))
    more = text([""] * len(step))
    for row in np.flatnonzero(step == 2).tolist():
        term = miss[row] if fruitless[row] else hit[row]
        more[row] = _param("search_term", "string_value", term) + _param("search_results", "int_value", str(found[row]))
    more[step == 7] = _param("error_code", "string_value", "payment_gateway_timeout")
    value = money(orders.total)
    bought = np.flatnonzero(step == 8)
    more[bought] = text([
        f',{{"key":"value","value":{{"double_value":{value[o]}}}}}' + _param("currency", "string_value", "EUR")
        for o in sessions.order[session[bought]].tolist()
    ])
    done: Text = base + more + "]"
    return done


def _param(key: str, kind: str, value: str) -> str:
    return f',{{"key":"{key}","value":{{"{kind}":"{value}"}}}}'


def _items(rng: Rng, orders: Orders, sessions: Sessions, session: Ints, step: Ints) -> Text:
    """Return the end of each line: the order of a purchase, the item of a view or a cart."""
    sku = product_column("sku")
    ends = text(["}"] * len(step))
    about = np.flatnonzero((step == 3) | (step == 4))
    ends[about] = text([f',"items":[{{"item_id":"{sku[i]}"}}]}}' for i in rng.integers(0, len(sku), len(about)).tolist()])
    bought = np.flatnonzero(step == 8)
    ends[bought] = text([
        f',"ecommerce":{{"transaction_id":"{orders.name[o]}"}}}}' for o in sessions.order[session[bought]].tolist()
    ])
    return ends
