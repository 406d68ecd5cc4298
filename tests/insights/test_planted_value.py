"""What the sample company plants about value is found, and its decoys are not: purchases straight from its history."""

from datetime import UTC, datetime

import numpy as np
import pytest

from cem_cli.insights.statistics import store_arrays
from cem_cli.synth.dates import AS_OF
from cem_cli.synth.effects import EFFECTS
from cem_cli.synth.history import make_history, make_members, product_column
from cem_cli.synth.people import make_people
from cem_cli.synth.world import stream

PEOPLE = 2000


def live(world, seed):
    """Load a company's purchases, everybody known; return who left for good."""
    population = make_people(stream(seed, "people"), PEOPLE)
    history = make_history(stream(seed, "history"), population, make_members(stream(seed, "members"), population))
    made, lines = history.purchases, history.lines
    store_arrays(world.con, "made", {"id": np.arange(len(made)), "who": made.who, "at": made.at, "web": made.web})
    store_arrays(world.con, "held", {"id": np.arange(len(lines.purchase)), "made": lines.purchase, "product": lines.product,
                                     "quantity": lines.quantity, "cents": lines.quantity * lines.price})
    store_arrays(world.con, "sold", {"product": np.arange(len(product_column("sku"))),
                                     "sku": np.array(product_column("sku").tolist(), dtype=object)})
    world.con.execute("""
        INSERT INTO cem.order_line (line_id, event_id, sku, quantity, amount)
        SELECT h.id, made, sku, quantity, cents / 100 FROM held h JOIN sold USING (product)""")
    world.con.execute("""
        INSERT INTO cem.event (event_id, source, type, channel, "at", amount, currency, revenue, active)
        SELECT m.id, 'history', 'order', CASE WHEN web THEN 'web' ELSE 'store' END, make_timestamp("at" * 1000000),
               coalesce(paid, 0), 'EUR', true, true
        FROM made m LEFT JOIN (SELECT event_id AS id, sum(amount) AS paid FROM cem.order_line GROUP BY event_id) USING (id)""")
    world.con.execute("INSERT INTO cem.event_customer SELECT id, printf('P%06d', who), 'identity' FROM made")
    return history.left


def test_the_clock_is_the_companys(world):
    assert datetime.fromtimestamp(AS_OF, UTC) == world.as_of


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_planted_pairs_come_before_the_decoy_and_risks_are_true(world, seed):
    left = live(world, seed)
    rows = world.rows("crosssell")
    rank = {(row["sku"], row["other_sku"]): row["rank"] for row in rows}
    decoy = rank.get(EFFECTS.products.decoy_pair, len(rows))
    assert {rank[pair] for pair in EFFECTS.products.pairs} == {1, 2}
    assert decoy > 2
    significant = {frozenset((row["sku"], row["other_sku"])) for row in rows if row["significant"]}
    assert frozenset(EFFECTS.products.decoy_pair) not in significant
    churn = world.rows("churn")
    risk = np.array([row["risk"] for row in churn])
    gone = np.array([left[int(row["customer_id"][1:])] for row in churn], dtype=float)
    for low, high in ((0, 0.15), (0.15, 0.4), (0.4, 0.7), (0.7, 1.01)):
        there = (low <= risk) & (risk < high)
        error = 2.6 * np.sqrt(0.25 / there.sum()) + 0.08
        assert abs(gone[there].mean() - risk[there].mean()) < error, f"risks from {low} to {high} are not what happened"
