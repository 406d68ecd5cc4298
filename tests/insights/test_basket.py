from decimal import Decimal


def test_by_hand(world):
    world.product("s1", "shoes", 50)
    world.product("s2", "shoes", 60)
    world.product("b1", "bags", 80)
    one = world.buy("A", 9, 160)
    world.line(one, "s1", 2, 100)
    world.line(one, "s2", 1, 60)
    two = world.buy(None, 8, 130)
    world.line(two, "s1", 1, 50)
    world.line(two, "b1", 1, 80)
    three = world.buy("B", 7, 9)
    world.line(three, "zz", 1, 9)
    back = world.refund("A", 6, 60, of=one)
    world.line(back, "s2", 1, 60)
    rows = {row["category"]: row for row in world.rows("basket")}
    assert {c: (r["baskets"], r["pieces"], r["net"]) for c, r in rows.items()} == {
        "(all)": (3, 6, Decimal(239)), "shoes": (2, 4, Decimal(150)), "bags": (1, 1, Decimal(80)), "(unknown)": (1, 1, Decimal(9)),
    }
    assert rows["shoes"]["returned"] == Decimal("-60.00")
    assert (rows["shoes"]["bundle_rate"], rows["bags"]["bundle_rate"], rows["(all)"]["bundle_rate"]) == (0.5, 1.0, 0.666667)
    assert rows["shoes"]["pieces_per_basket"] == 2.0
    assert rows["shoes"]["share"] == round(150 / 239, 6)
    parts = [row for category, row in rows.items() if category != "(all)"]
    lines = world.con.execute("SELECT sum(amount) FROM cem.base_line").fetchone()[0]
    assert sum(row["net"] for row in parts) == rows["(all)"]["net"] == lines


def test_negative_quantities_are_no_purchase(world):
    world.product("s1", "shoes", 50)
    swap = world.buy("A", 9, 10)
    world.line(swap, "s1", -1, -50)
    world.line(swap, "b1", 1, 60)
    rows = {row["category"]: row for row in world.rows("basket")}
    assert (rows["shoes"]["baskets"], rows["shoes"]["pieces"], rows["shoes"]["net"]) == (0, 0, -50)
    assert rows["(all)"]["net"] == 10


def test_no_lines(world):
    world.buy("A", 1, 10)
    assert "0 order lines" in world.refusal("basket")
