"""CSAT, CES, the drivers of satisfaction and the expectation gap."""

import numpy as np
import pytest

from cem_cli.insights.importance import relative_importance


def answer(world, customer="A", days=5, **properties):
    return world.event(customer, days, "survey_answer", properties=properties)


def by_cut(rows):
    return {(row["dimension"], row["value"]): row for row in rows}


def test_csat_by_hand(world):
    for score in (5, 4, 4, 3, 1):
        answer(world, csat=score, touchpoint="negozio", question="Soddisfatto?")
    answer(world, None, csat=5, touchpoint="consegna", question="Soddisfatto?")
    world.buy("A", 3, 10)
    world.insert("segment_member", segment="vip", customer_id="A", entered_run=1)
    world.insert("segment_member", segment="gone", customer_id="A", entered_run=1, left_run=2)
    world.event("A", 2, "ticket_rating", status="good", channel="email")
    world.event("A", 2, "ticket_rating", status="offered", channel="email")
    rows = world.rows("csat")
    asked = by_cut(row for row in rows if row["instrument"] == "1 to 5")
    everyone = asked["all", "all"]
    assert (everyone["n"], everyone["satisfied"], everyone["share"], everyone["mean"], everyone["thin"]) == (6, 4, 0.6667, 3.667, True)
    assert everyone["low"] < 0.6667 < everyone["high"]
    assert everyone["wording"] == "Soddisfatto?"
    assert asked["touchpoint", "store"]["share"] == 0.6
    assert asked["touchpoint", "delivery"]["n"] == 1
    assert asked["segment", "vip"]["n"] == asked["stage", "first_time"]["n"] == 5
    assert ("segment", "gone") not in asked
    rated = by_cut(row for row in rows if row["instrument"] == "good or bad")
    assert (rated["all", "all"]["n"], rated["all", "all"]["share"], rated["all", "all"]["mean"]) == (1, 1.0, None)


def test_ces_by_hand(world):
    for score in (7, 5, 3):
        answer(world, ces=score, touchpoint="assistenza")
    rows = by_cut(world.rows("ces", wording="Facile?"))
    row = rows["touchpoint", "help"]
    assert (row["n"], row["score"], row["easy_share"], row["wording"], row["thin"]) == (3, 5.0, 0.6667, "Facile?", True)
    assert row["low"] == pytest.approx(5 - 1.645 * 2 / 3**0.5, abs=1e-3)
    assert row["high"] == pytest.approx(5 + 1.645 * 2 / 3**0.5, abs=1e-3)


def test_thirty_answers_are_not_thin(world):
    for _ in range(30):
        answer(world, csat=5, ces=7)
    assert not world.rows("csat")[0]["thin"]
    assert not world.rows("ces")[0]["thin"]


@pytest.mark.parametrize(("measure", "said"), [("csat", 0), ("csat", 6), ("csat", "bene"), ("ces", 8), ("ces", 2.5)])
def test_other_scales_are_refused(world, measure, said):
    answer(world, **{measure: 3})
    answer(world, **{measure: said})
    assert "no whole numbers" in world.refusal(measure)


def test_nobody_answered(world):
    answer(world, csat="")
    assert "no answers" in world.refusal("csat")
    assert "no answers" in world.refusal("ces")


def test_shares_of_independent_predictors():
    x = np.array([(a, b) for a in (1.0, 2, 3) for b in (1.0, 2, 3)] * 3)
    found = relative_importance(x, 2 * x[:, 0] + x[:, 1], draws=50)
    assert found.share == pytest.approx([0.8, 0.2], abs=1e-6)
    assert found.explained == pytest.approx(1)
    assert found.inflation == pytest.approx([1, 1])


def test_two_predictors_that_always_agree_share_the_credit():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 300))
    found = relative_importance(np.column_stack([a, a, b]), a + b + rng.normal(size=300), draws=50)
    assert found.share[0] == pytest.approx(found.share[1], abs=1e-6)
    assert sum(found.share) == pytest.approx(1)


def survey(world, people=400, seed=3):
    """Courtesy weighs 0.4, price 0.2; personal treatment goes with courtesy and weighs nothing."""
    rng = np.random.default_rng(seed)
    halo = rng.normal(size=people)
    courtesy, personal = (np.clip(np.round(3 + 0.8 * halo + rng.normal(0, 0.8, people)), 1, 5) for _ in range(2))
    price = np.clip(np.round(3 + rng.normal(size=people)), 1, 5)
    overall = np.clip(np.round(3 + 0.4 * (courtesy - 3) + 0.2 * (price - 3) + rng.normal(0, 0.5, people)), 1, 5)
    for c, p, e, o in zip(courtesy, personal, price, overall, strict=True):
        answer(world, csat=o, driver_courtesy=c, driver_personal=p, driver_price=e)


def test_the_decoy_that_goes_with_a_driver_does_not_matter(world):
    survey(world)
    answer(world, csat=5, driver_courtesy=5)
    rows = {row["driver"]: row for row in world.rows("drivers")}
    assert rows["courtesy"]["n"] == 400
    assert rows["courtesy"]["weight_low"] < 0.4 < rows["courtesy"]["weight_high"]
    assert rows["price"]["weight_low"] < 0.2 < rows["price"]["weight_high"]
    assert [rows[name]["matters"] for name in ("courtesy", "price", "personal")] == [True, True, False]
    assert sum(row["importance"] for row in rows.values()) == pytest.approx(1, abs=2e-4)
    assert rows["courtesy"]["importance"] > rows["price"]["importance"]
    assert rows["courtesy"]["importance_low"] < rows["courtesy"]["importance"] < rows["courtesy"]["importance_high"]
    assert world.rows("drivers") == list(rows.values())


def test_drivers_refuse_what_they_cannot_tell(world):
    answer(world, csat=5, driver_price=3)
    assert "1 aspects" in world.refusal("drivers")
    for _ in range(30):
        answer(world, csat=5, driver_price=3, driver_choice=3)
    assert "complete answers" in world.refusal("drivers")
    assert "all the same" in world.refusal("drivers", min_answers=20) or "the same on" in world.refusal("drivers", min_answers=20)


def test_quadrants(world):
    survey(world)
    world.con.execute("""UPDATE cem.event SET properties = json_merge_patch(properties, '{"driver_price": 5}')
                         WHERE event_id % 3 > 0""")
    rows = {row["driver"]: row for row in world.rows("expectation_gap")}
    assert {row["basis"] for row in rows.values()} == {"derived"}
    assert rows["courtesy"]["quadrant"] == "fix_first"
    assert rows["courtesy"]["gap"] >= 1
    assert rows["price"]["quadrant"] == "beyond_need"
    answer(world, importance_price=5, importance_courtesy=1, importance_personal=2)
    stated = {row["driver"]: row for row in world.rows("expectation_gap")}
    assert {row["basis"] for row in stated.values()} == {"stated"}
    assert (stated["price"]["importance"], stated["price"]["quadrant"], stated["price"]["gap"]) == (5.0, "keep_up", 0)
