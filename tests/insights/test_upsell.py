def sell(world, customer, sku, days):
    order = world.buy(customer, days, 10)
    world.line(order, sku, 1, 10)


def test_by_hand(world):
    for step, sku in enumerate(("low", "low2", "mid", "mid2", "top", "top2")):
        world.product(sku, "shoes", 10 * (step // 2) + 10)
    sell(world, "A", "low", 30)
    sell(world, "A", "low2", 20)
    sell(world, "B", "low", 30)
    sell(world, "B", "low", 25)
    sell(world, "B", "mid2", 20)
    sell(world, "C", "low", 30)
    sell(world, "D", "top", 30)
    sell(world, "D", "top", 20)
    sell(world, "E", "mid2", 9)
    rows = {row["customer_id"]: row for row in world.rows("upsell", min_people=2)}
    assert set(rows) == {"A", "B"}, "C bought once, D is at the top, E bought once"
    a = rows["A"]
    assert (a["step"], a["purchases"], a["next_step"], a["next_sku"]) == (1, 2, 2, "mid2")
    assert (a["climbed"], a["people"]) == (0.5, 2)
    b = rows["B"]
    assert (b["step"], b["next_sku"], b["climbed"], b["people"]) == (2, "top", None, None)


def test_without_prices(world):
    world.product("a", "shoes", None)
    assert "0 products with category and price" in world.refusal("upsell")
