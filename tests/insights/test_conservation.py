"""Money and counts reconcile between events and every measure that tells them, whatever the events."""

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cem_cli.insights.run import run_measures

event = st.tuples(
    st.sampled_from(["A", "B", "C", None]), st.integers(-30, 500), st.decimals(-200, 500, places=2),
    st.sampled_from(["order", "refund", "receipt"]), st.sampled_from(["web", "store", None]),
    st.sampled_from([None, "paid", "cancelled"]),
)


TOLD = ("spend", "spend_by", "channel_models", "kpi", "cohorts", "basket", "contact", "timeline", "attribution")
"""The measures that add up to something."""


def total(world, query):
    return world.con.execute(f"SELECT coalesce(sum({query}").fetchone()[0]


@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(event, min_size=1, max_size=14), mixed=st.booleans())
def test_every_measure_tells_the_same_money(world, events, mixed):
    for table in ("event", "event_customer", "order_line", "rate"):
        world.con.execute(f"DELETE FROM cem.{table}")
    world.con.execute("INSERT INTO cem.rate VALUES ('CHF', DATE '2020-01-01', 1.07)")
    for number, (customer, days, amount, kind, channel, status) in enumerate(events):
        currency = "CHF" if mixed and number % 2 else "EUR"
        made = world.buy(customer, days, amount, type=kind, channel=channel, status=status, currency=currency)
        world.line(made, f"sku{number % 3}", 1, amount)
    results = {r.name: r for r in run_measures(world.con, TOLD, world.as_of, {"base": {"currency": "EUR"}})}
    revenue = total(world, "amount), 0) FROM cem.base_purchase WHERE kind <> 'cancelled'")
    known = total(world, "amount), 0) FROM cem.base_purchase WHERE kind <> 'cancelled' AND customer_id IS NOT NULL")
    assert total(world, "total), 0) FROM cem.measure_spend") == known
    assert total(world, "net), 0) FROM cem.measure_channel_models") == revenue
    for dimension in ("channel", "store", "tender", "currency"):
        assert total(world, f"net), 0) FROM cem.measure_spend_by WHERE dimension = '{dimension}'") == revenue
    if not results["kpi"].refusal:
        assert total(world, "net), 0) FROM cem.measure_kpi") == revenue
        assert total(world, "bought + refunded), 0) FROM cem.measure_kpi") == revenue
    if not results["cohorts"].refusal:
        assert total(world, "revenue), 0) FROM cem.measure_cohorts") == revenue
    if not results["basket"].refusal:
        lines = total(world, "amount), 0) FROM cem.base_line")
        assert total(world, "net), 0) FROM cem.measure_basket WHERE category <> '(all)'") == lines
        assert total(world, "net), 0) FROM cem.measure_basket WHERE category = '(all)'") == lines
    orders = total(world, "kept::INT), 0) FROM cem.base_purchase")
    assert total(world, "orders), 0) FROM cem.measure_spend_by WHERE dimension = 'channel'") == orders
    assert total(world, "money), 0) FROM cem.measure_timeline") == revenue
    assert total(world, "1), 0) FROM cem.measure_timeline") == total(world, "1), 0) FROM cem.base_touch")
    if not results["attribution"].refusal:
        kept = total(world, "net), 0) FROM cem.base_purchase WHERE kept")
        for model in ("first", "last", "linear", "position"):
            assert total(world, f"money), 0) FROM cem.measure_attribution WHERE model = '{model}'") == kept
    acts = total(world, "acts), 0) FROM cem.measure_contact")
    assert acts == world.con.execute("SELECT count(*) FROM cem.base_touch WHERE active AND customer_id IS NOT NULL").fetchone()[0]
