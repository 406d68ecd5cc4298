from datetime import datetime

import pytest


def by_cell(rows):
    return {(row["kind"], row["dimension"], row["value"]): row for row in rows}


def stores(world, bad_at):
    """Two stores with 40 visits each; `bad_at` complaints at each, named."""
    for store, bad in bad_at.items():
        for n in range(40):
            world.buy(f"{store}{n}", 100, 10, channel="store", store_id=store)
            if n < bad:
                world.event(f"{store}{n}", 99, "nps_answer", properties={"score": 0}, store_id=store)


def test_excess_and_score_by_hand(world):
    stores(world, {"bad": 20, "good": 4})
    rows = by_cell(world.rows("friction", sure=2))
    bad = rows["complaint", "store", "bad"]
    assert (bad["hits"], bad["chances"], bad["rate"], bad["elsewhere"], bad["excess"], bad["customers"]) == (20, 40, 0.5, 0.1, 16.0, 20)
    assert bad["score"] == pytest.approx(16 / (40 * 24 / 80 * 2) ** 0.5, abs=0.01)
    assert rows["complaint", "store", "good"]["score"] < 0
    assert bad["rank"] < rows["complaint", "store", "good"]["rank"]
    assert rows["complaint", "all", "all"]["elsewhere"] is None
    assert len(bad["examples"]) == 3
    assert set(bad["examples"]) <= {f"bad{n}" for n in range(20)}


def test_what_is_lost_counts_as_far_as_it_is_surely_excess(world):
    for store, back in {"S1": 30, "S2": 5, "S3": 5}.items():
        for n in range(100):
            world.line(world.buy(f"{store}-{n}", 200, 20, channel="store", store_id=store), f"sku{store}", 1, 20)
            if n < back:
                world.line(world.buy(f"{store}-{n}", 190, -20, type="return", channel="store", store_id=store), f"sku{store}", -1, -20)
    rows = by_cell(world.rows("friction"))
    cell = rows["returned", "product", "skuS1"]
    assert (cell["excess"], cell["lost"], cell["elsewhere"]) == (25.0, 600, 0.05)
    se = (100 * 40 / 300 * 1.5) ** 0.5
    due = (25 - 3 * se) / 30
    assert float(cell["money"]) == pytest.approx(due * (600 + float(cell["at_risk"])), abs=0.02)
    assert rows["returned", "product", "skuS2"]["money"] == 0
    assert rows["returned", "all", "all"]["money"] == rows["returned", "all", "all"]["lost"] + rows["returned", "all", "all"]["at_risk"]
    ranks = sorted(rows.values(), key=lambda row: row["rank"])
    assert [row["money"] for row in ranks] == sorted((row["money"] for row in ranks), reverse=True)


def test_who_leaves_against_people_alike(world):
    """Of 20 hit in one quarter 12 leave; of 60 alike 15. Others, with two purchases by then, are no comparison for them."""
    for n in range(80):
        world.buy(f"K{n:02}", 0, 10, at=datetime(2025, 2, 1))
        if n < 20:
            world.event(f"K{n:02}", 0, "nps_answer", at=datetime(2025, 2, 2), properties={"score": 0})
        stays = n >= 12 if n < 20 else n >= 35
        if stays:
            world.buy(f"K{n:02}", 0, 10, at=datetime(2025, 5, 1))
    for n in range(50):
        world.buy(f"L{n:02}", 0, 10, at=datetime(2024, 2, 1))
        world.buy(f"L{n:02}", 0, 10, at=datetime(2025, 2, 1))
    row = by_cell(world.rows("friction"))["complaint", "all", "all"]
    assert (row["judged"], row["left_share"], row["left_like"], row["left_more"]) == (20, 0.6, 0.25, 0.35)
    added = (12 + 2) / (20 + 4)
    se = (added * (1 - added) / 24 + 0.25 * 0.75 / 60) ** 0.5
    assert row["left_low"] == pytest.approx(0.35 - 1.645 * se, abs=1e-4)
    assert row["left_high"] == pytest.approx(0.35 + 1.645 * se, abs=1e-4)
    yearly = float(world.con.execute("""SELECT sum(per_year) FROM cem.measure_clv_historic
                                        WHERE customer_id BETWEEN 'K00' AND 'K19'""").fetchone()[0])
    assert float(row["value_without"]) == pytest.approx(yearly * 0.75, abs=0.01)
    assert 0.8 * 0.35 < row["leaves"] < 0.35  # measured on 20 people: a little less than what was seen
    assert float(row["at_risk"]) == pytest.approx(yearly * row["leaves"], abs=0.01)
    assert float(row["value_with"]) == pytest.approx(yearly * (0.75 - row["leaves"]), abs=0.01)
    assert (float(row["at_risk_low"]), float(row["at_risk_high"])) == pytest.approx((yearly * row["leaves_low"], yearly * row["leaves_high"]), abs=0.01)
    assert row["leaves_low"] < row["leaves"] < row["leaves_high"]
    assert row["money"] == row["at_risk"]


def test_what_cannot_be_measured_is_still_ranked_in_money(world):
    """Nobody leaves after a slow delivery: the effect is not measurable, so what is usual is at risk, with an interval from near 0."""
    for n in range(200):
        world.buy(f"K{n:03}", 0, 10, at=datetime(2025, 2, 1), properties={"delivered_at": f"2025-02-{13 if n < 40 else 4:02}T10:00:00Z"})
        world.buy(f"K{n:03}", 0, 10, at=datetime(2025, 5, 1))
    row = by_cell(world.rows("friction"))["slow_delivery", "all", "all"]
    assert row["left_more"] == 0
    assert row["left_low"] < 0
    assert row["money"] == row["at_risk"] > 0
    assert row["leaves_low"] < 0.01 < row["leaves"] < row["leaves_high"] < 0.1


def test_the_trend_compares_lately_with_before(world):
    for n in range(10):
        for days, results in ((120, 0 if n < 2 else 5), (20, 0 if n < 6 else 5)):
            world.event(f"K{n}", days, "search", properties={"results": results})
    rows = by_cell(world.rows("friction"))
    assert rows["empty_search", "all", "all"]["trend"] == 0.4
    assert all(row["trend"] is None for row in rows.values() if row["dimension"] == "week")


def test_a_busy_smooth_week_stays_below_a_broken_one(world):
    for week, checkouts, errors in ((datetime(2026, 3, 9), 40, 18), (datetime(2025, 11, 24), 120, 6)):
        for n in range(checkouts):
            world.event(f"{week:%m}-{n}", 0, "begin_checkout", at=week)
            if n < errors:
                world.event(f"{week:%m}-{n}", 0, "checkout_error", at=week)
    for n in range(300):
        at = datetime(2025, 1, 6 + n % 20)
        world.event(f"K{n}", 0, "begin_checkout", at=at)
        if n % 20 == 0:
            world.event(f"K{n}", 0, "checkout_error", at=at)
    world.buy("X", 100, 50)
    rows = by_cell(world.rows("friction"))
    broken, busy = rows["checkout_error", "week", "2026-03-09"], rows["checkout_error", "week", "2025-11-24"]
    assert broken["rank"] < busy["rank"]
    assert broken["money"] > busy["money"] == 0


def test_no_events_is_a_refusal(world):
    world.event("A", 5, "page_view")
    assert "friction moments" in world.refusal("friction")
