import numpy as np
import pytest
from scipy.stats import fisher_exact

from cem_cli.insights.run import read_measure, run_measures
from cem_cli.insights.statistics import benjamini_hochberg


def sell(world, customer, *skus, days=5):
    order = world.buy(customer, days, 10 * len(skus))
    for sku in skus:
        world.line(order, sku, 1, 10)


@pytest.fixture
def shop(world):
    """40 baskets: a with b in 8 of 10; c is everywhere, so meets a by popularity alone."""
    for n in range(40):
        skus = ["c"] if n % 2 == 0 else ["d"]
        skus += ["a"] if n < 10 else []
        skus += ["b"] if n < 8 or n == 30 else []
        sell(world, f"K{n:02d}", *skus)
    return world


def test_counts_and_significance_by_hand(shop):
    rows = {(r["sku"], r["other_sku"]): r for r in shop.rows("crosssell", min_baskets=10, min_together=2)}
    ab = rows["a", "b"]
    assert (ab["together"], ab["baskets"], ab["other_baskets"]) == (8, 10, 9)
    assert (ab["support"], ab["confidence"], ab["lift"]) == (0.2, 0.8, round(8 * 40 / 90, 4))
    assert ab["p"] == pytest.approx(fisher_exact([[8, 2], [1, 29]], alternative="greater").pvalue)
    assert ab["rank"] == rows["b", "a"]["rank"] == 1
    assert ab["significant"]
    assert rows["a", "c"]["lift"] == 1.0
    assert not rows["a", "c"]["significant"]


def test_what_a_measure_needs_refuses_for_it(shop):
    assert shop.refusal("crosssell_next") == "crosssell: 40 baskets with order lines, at least 100 needed"


def test_next_product_is_not_owned_and_significant(shop):
    sell(shop, "new", "a")
    run_measures(shop.con, ["crosssell_next"], shop.as_of, {"crosssell": {"min_baskets": 10, "min_together": 2}})
    rows = {row[0]: row for row in read_measure(shop.con, "crosssell_next").rows}
    assert rows["new"][1:4] == ("b", None, "a")
    assert rows["K08"][1] == "b"
    assert "K00" not in rows, "owns both"
    assert "K39" not in rows, "owns neither"


def test_few_baskets(world):
    sell(world, "A", "a", "b")
    assert "1 baskets" in world.refusal("crosssell")


def test_a_resellers_basket_counts_for_nothing(shop):
    sell(shop, "R", *"abcdefgh")
    rows = {(r["sku"], r["other_sku"]): r for r in shop.rows("crosssell", min_baskets=10, min_together=1, max_products=4)}
    assert rows["a", "b"]["together"] == 8


def test_benjamini_hochberg_by_hand():
    q = benjamini_hochberg(np.array([0.04, 0.01, 0.03, 0.5]))
    assert q == pytest.approx([0.16 / 3, 0.04, 0.16 / 3, 0.5])
