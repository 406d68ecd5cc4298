import numpy as np
import pytest

from cem_cli.insights.run import run_measures
from cem_cli.insights.statistics import shortest_interval, store_arrays

CUSTOMERS, AGE, HORIZON = 1500, 400, 180


@pytest.fixture(scope="module")
def story():
    """Customers who live by the model: days of purchases (before and after the clock) and what each cost."""
    rng = np.random.default_rng(11)
    purchases = []
    for customer in range(CUSTOMERS):
        rate, leave, nu = rng.gamma(0.9, 1 / 40), rng.beta(0.8, 3.0), rng.gamma(4.0, 1 / 30)
        at = -float(rng.uniform(AGE / 3, AGE))
        while at < HORIZON:
            purchases.append((customer, at, round(rng.gamma(5.0) / nu, 2)))
            if len(purchases) > 1 and purchases[-2][0] == customer and rng.random() < leave:
                break
            at += rng.exponential(1 / rate)
    return purchases


@pytest.fixture
def predicted(world, story):
    customer, at, money = (np.array(column) for column in zip(*(row for row in story if row[1] < 0), strict=True))
    store_arrays(world.con, "played", {"event_id": np.arange(len(at)), "customer": customer, "day": at, "money": money})
    world.con.execute(
        """INSERT INTO cem.event (event_id, source, type, "at", amount, currency, revenue, active)
           SELECT event_id, 'shop', 'order', $as_of + to_microseconds((day * 86400e6)::BIGINT), money, 'EUR', true, true FROM played""",
        {"as_of": world.as_of.replace(tzinfo=None)},
    )
    world.con.execute("INSERT INTO cem.event_customer SELECT event_id, printf('K%05d', customer), 'identity' FROM played")
    return world


def holdout(story, value):
    later = np.zeros(CUSTOMERS)
    for customer, at, money in story:
        if 0 <= at < HORIZON:
            later[customer] += money if value else 1
    return later


def test_intervals_cover_and_totals_agree(predicted, story):
    rows = predicted.by_customer("clv", horizon_days=HORIZON, discount=0)
    ours = [rows[f"K{customer:05d}"] for customer in range(CUSTOMERS)]
    count, money = holdout(story, value=False), holdout(story, value=True)
    low, high = (np.array([float(row[name]) for row in ours]) for name in ("low", "high"))
    inside = (low - 0.01 <= money) & (money <= high + 0.01)
    assert 0.80 <= inside.mean() <= 0.98
    bought_before = np.array([row["p_alive"] < 1 for row in ours])
    assert 0.80 <= inside[bought_before].mean() <= 0.98
    assert sum(row["purchases"] for row in ours) == pytest.approx(count.sum(), rel=0.10)
    assert float(sum(row["predicted"] for row in ours)) == pytest.approx(money.sum(), rel=0.15)
    assert all(row["low"] <= row["high"] for row in ours)


def test_the_same_twice_and_discounted(predicted):
    once = predicted.rows("clv")
    assert predicted.rows("clv") == once
    plain = predicted.rows("clv", discount=0)
    assert all(a["predicted"] <= b["predicted"] for a, b in zip(once, plain, strict=True))
    assert sum(a["predicted"] for a in once) < sum(b["predicted"] for b in plain)


def test_the_model_is_told(predicted):
    rows = {row["parameter"]: row for row in predicted.rows("clv_model")}
    assert rows["customers"]["estimate"] == CUSTOMERS
    assert rows["r"]["low"] < rows["r"]["estimate"] < rows["r"]["high"]
    assert rows["q"]["low"] is None
    assert abs(rows["correlation"]["estimate"]) < 0.2


def test_gates(world):
    world.buy("A", 5, 10)
    assert world.refusal("clv_model") == "1 customers with a kept purchase, at least 500 needed"
    assert world.refusal("clv").startswith("clv_model: 1 customers")
    for n in range(12):
        world.buy(f"K{n}", 50 + n, 10)
    assert "days of history" in world.refusal("clv_model", min_customers=10)
    world.con.execute("DELETE FROM cem.event WHERE event_id = 1")
    assert "last 30 days" in world.refusal("clv_model", min_customers=10, min_days=30)
    world.buy("K1", 5, 10)
    assert "0 customers with three purchases" in world.refusal("clv_model", min_customers=10, min_days=30)


def test_equal_spend_has_no_spread_to_fit(world):
    """Everybody pays the same, always: Gamma-Gamma runs away, and says so instead of guessing."""
    for n in range(40):
        for day in (200 - n, 100 - n, 41 - n):
            world.buy(f"K{n}", day, 10)
    run_measures(world.con, ["clv"], world.as_of, {"clv_model": {"min_customers": 10, "min_frequent": 1}})
    refusal = world.con.execute("SELECT refusal FROM cem.measure_state WHERE name = 'clv_model'").fetchone()[0]
    assert "model" in refusal


def test_historic_by_hand(world):
    world.buy("A", 730.5, 100)
    world.buy("A", 10, 50)
    world.refund("A", 5, 30)
    world.buy("B", 10, 40)
    world.refund("C", 10, 40)
    rows = world.by_customer("clv_historic")
    assert set(rows) == {"A", "B"}
    assert (rows["A"]["value"], rows["A"]["days"]) == (120, 731)
    assert float(rows["A"]["per_year"]) == pytest.approx(120 / (731 / 365.25), abs=0.01)
    assert rows["B"]["per_year"] == 40


def test_shortest_interval_by_hand():
    low, high = shortest_interval(np.array([[0, 0, 0, 5, 9, 1, 2, 3, 0, 4.0]]), 0.8)
    assert (low[0], high[0]) == (0, 4)


def test_churn_risk_rests_on_the_model(predicted):
    churn = predicted.by_customer("churn")
    clv = predicted.by_customer("clv")
    model = {row["parameter"]: row["estimate"] for row in predicted.rows("clv_model")}
    assert {row["basis"] for row in churn.values()} == {"p_alive", "first"}
    for customer, row in churn.items():
        if row["basis"] == "p_alive":
            assert row["risk"] == pytest.approx(1 - clv[customer]["p_alive"], abs=1e-4)
        else:
            stayed = (1 + row["silent_days"] / 7 / model["alpha"]) ** -model["r"]
            leaves = model["a"] / (model["a"] + model["b"])
            assert row["risk"] == pytest.approx(leaves / (leaves + (1 - leaves) * stayed), abs=1e-4)
