"""The planted effects are in the history, of the planted size, and the decoys are harmless."""

from __future__ import annotations

import numpy as np
import pytest

from cem_cli.synth.dates import AS_OF, DAY, START, instant
from cem_cli.synth.effects import EFFECTS
from cem_cli.synth.history import VOICE, History, Members, make_history, make_members, product_column
from cem_cli.synth.people import People, make_people
from cem_cli.synth.words import places, read_table
from cem_cli.synth.world import stream

Company = tuple[People, Members, History]


@pytest.fixture(scope="module")
def company() -> Company:
    people = make_people(stream(9, "people"), 8000)
    members = make_members(stream(9, "members"), people)
    return people, members, make_history(stream(9, "history"), people, members)


def test_the_slow_region_is_slow_and_its_decoy_is_not(company: Company) -> None:
    people, _, history = company
    made = history.purchases
    region = places().region[people.place[made.who]]
    days = (made.delivered - made.at) / DAY
    plan = EFFECTS.delivery

    def mean(where: np.ndarray) -> float:
        return float(days[made.web & where].mean())

    usual = mean((region != plan.slow_region) & (region != plan.decoy_region))
    assert abs(mean(region == plan.slow_region) - usual - plan.extra_days) < 0.35
    assert abs(mean(region == plan.decoy_region) - usual) < 0.35


def test_the_unhappy_store_fails_more_often_than_the_busy_one(company: Company) -> None:
    made = company[2].purchases
    ids = read_table("stores.csv")["store_id"]
    plan = EFFECTS.stores

    def failing(store: str) -> tuple[float, int]:
        visits = ~made.web & (ids[made.store] == store)
        return float(made.bad[visits].mean()), int(visits.sum())

    unhappy, some = failing(plan.unhappy_store)
    busy, most = failing(plan.decoy_store)
    assert abs(unhappy - plan.unhappy_bad) < 0.06
    assert abs(busy - plan.usual_bad) < 0.03
    assert most > 1.5 * some


def test_the_broken_week_breaks_checkouts_and_the_busy_week_only_fills_them(company: Company) -> None:
    history, plan, week = company[2], EFFECTS.checkout, 7 * DAY

    def counts(day: str) -> tuple[int, int]:
        inside = [(p.at >= instant(day)) & (p.at < instant(day) + week) & p.web for p in (history.purchases, history.failed)]
        return int(inside[0].sum()), int(inside[1].sum())

    (good, bad), (busy_good, busy_bad) = counts(plan.broken_week), counts(plan.busy_week)
    typical = history.purchases.web.sum() / ((AS_OF - START) / week)
    assert bad / (good + bad) > 0.3
    assert busy_bad / (busy_good + busy_bad) < 0.12
    assert busy_good > 1.8 * typical


def test_the_returned_product_comes_back_and_the_bestseller_does_not(company: Company) -> None:
    lines, sku, plan = company[2].lines, product_column("sku"), EFFECTS.products
    returned, decoy = sku[lines.product] == plan.returned_sku, sku[lines.product] == plan.decoy_sku
    assert abs(float(lines.returned[returned].mean()) - plan.high_return) < 0.05
    assert float(lines.returned[decoy].mean()) < 0.07
    assert decoy.sum() > 1.5 * returned.sum()


def test_planted_pairs_meet_far_more_often_than_chance_and_popular_products_do_not(company: Company) -> None:
    history, sku, plan = company[2], product_column("sku").tolist(), EFFECTS.products
    lines, baskets = history.lines, len(history.purchases)

    def lift(first: str, second: str) -> float:
        a, b = (np.unique(lines.purchase[lines.product == sku.index(s)]) for s in (first, second))
        return len(np.intersect1d(a, b)) * baskets / (len(a) * len(b))

    assert all(lift(*pair) > 4 for pair in plan.pairs)
    assert lift(*plan.decoy_pair) < 1.4


def test_a_call_turns_feelings_and_a_chat_does_not(company: Company) -> None:
    made, plan = company[2].purchases, EFFECTS.feeling
    complained = made.bad & (made.ticket > 0)
    called = complained & (made.ticket == VOICE)
    assert abs(float(made.recovered[called].mean()) - plan.recovered_after_call) < 0.08
    assert abs(float(made.recovered[complained & ~called].mean()) - plan.recovered_after_other) < 0.07


def test_people_leave_at_the_planted_hazard_and_slow_buyers_do_not_leave_more(company: Company) -> None:
    _, members, history = company
    made = history.purchases
    last = np.full(len(members.buyer), -1)
    last[made.who] = np.arange(len(made))
    bad_last = made.bad[last] & ~made.recovered[last] & (last >= 0)
    hit = np.bincount(made.who[made.bad & ~made.recovered], minlength=len(last))
    usual = np.bincount(made.who, minlength=len(last)) - hit
    left = history.left
    assert abs(left[bad_last].sum() / hit.sum() - EFFECTS.leaving.after_bad) < 0.04
    assert abs(left[~bad_last & (last >= 0)].sum() / usual.sum() - EFFECTS.leaving.usual) < 0.02
    slow = members.slow & members.buyer
    per_purchase = [left[group].sum() / np.bincount(made.who, minlength=len(last))[group].sum() for group in (slow, members.buyer & ~slow)]
    assert abs(per_purchase[0] - per_purchase[1]) < 0.02


def test_purchases_are_in_order_of_time_and_lines_belong_to_them(company: Company) -> None:
    history = company[2]
    assert np.all(np.diff(history.purchases.at) >= 0)
    assert history.purchases.at.min() >= START
    assert history.purchases.at.max() < AS_OF
    assert set(history.lines.purchase.tolist()) == set(range(len(history.purchases)))
