from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.insights import bases
from cem_cli.insights.bases import build_bases, conservation


def purchases(world, columns="amount"):
    return world.con.execute(f"SELECT {columns} FROM cem.base_purchase ORDER BY event_id").fetchall()


def test_refunds_are_negative_whatever_their_sign(world):
    order = world.buy("A", 9, 100)
    world.refund("A", 8, 30, of=order)
    world.refund("A", 7, -20, of=order)
    world.buy("A", 6, -10)
    build_bases(world.con, world.as_of)
    assert purchases(world, "kind, amount, net, kept") == [
        ("purchase", Decimal(100), Decimal(50), True),
        ("refund", Decimal(-30), None, False),
        ("refund", Decimal(-20), None, False),
        ("refund", Decimal(-10), None, False),
    ]
    assert conservation(world.con, world.as_of)[0].adds_up


def test_cost_and_margin_only_where_all_costs_are_known(world):
    world.product("s", "shoes", 50, cost=20)
    world.product("b", "bags", 80)
    known, unknown = world.buy("A", 9, 100), world.buy("A", 8, 130)
    world.line(known, "s", 2, 100)
    world.line(unknown, "s", 1, 50)
    world.line(unknown, "b", 1, 80)
    back = world.refund("A", 7, 50, of=known)
    world.line(back, "s", 1, 50)
    build_bases(world.con, world.as_of)
    assert purchases(world, "cost, margin") == [(40, 60), (None, None), (-20, -30)]


def test_currencies_need_rates(world):
    world.buy("A", 9, 100)
    world.buy("B", 5, 50, currency="CHF")
    assert "several currencies (CHF, EUR)" in build_bases(world.con, world.as_of).refusal.reason
    named = build_bases(world.con, world.as_of, {"currency": "EUR"})
    assert "1 in CHF" in named.refusal.reason
    world.insert("rate", currency="CHF", day=date(2026, 6, 27), rate=Decimal(9))
    assert build_bases(world.con, world.as_of, {"currency": "EUR"}).refusal, "a later rate is no rate"
    world.insert("rate", currency="CHF", day=date(2026, 6, 20), rate=Decimal("1.05"))
    assert build_bases(world.con, world.as_of, {"currency": "EUR"}).refusal is None
    assert purchases(world, "currency, original, amount") == [("EUR", 100, 100), ("CHF", 50, Decimal("52.50"))]


def test_money_without_a_currency_beside_money_with_one_is_refused(world):
    world.buy("A", 9, 100)
    world.buy("B", 5, 50, currency=None)
    assert "none stated" in build_bases(world.con, world.as_of).refusal.reason


def test_lines_of_a_positive_refund_are_turned_and_mixed_ones_kept(world):
    back = world.refund("A", 7, 50)
    world.line(back, "s", 1, 50)
    exchange = world.buy("A", 6, -60)
    world.line(exchange, "s", -1, -80)
    world.line(exchange, "b", 1, 20)
    build_bases(world.con, world.as_of)
    rows = world.con.execute("SELECT quantity, amount FROM cem.base_line ORDER BY line_id").fetchall()
    assert rows == [(-1, -50), (-1, -80), (1, 20)]


def test_purchases_that_do_not_add_up_are_refused(world, monkeypatch):
    world.buy("A", 9, 100)
    sound = bases._purchase_sql
    monkeypatch.setattr(bases, "_purchase_sql", lambda: sound() + " WHERE p.kind <> 'purchase'")
    with pytest.raises(CemError) as caught:
        build_bases(world.con, world.as_of)
    assert (caught.value.id, caught.value.code) == ("E-INSIGHT-SUM", ExitCode.INTERNAL)


@pytest.mark.parametrize("rows", [[]])
def test_no_events_at_all(world, rows):
    built = build_bases(world.con, world.as_of)
    assert (built.currency, built.refusal) == (None, None)
    assert conservation(world.con, world.as_of) == rows


amounts = st.decimals(-500, 500, places=2, allow_nan=False)
event = st.tuples(
    st.sampled_from(["A", "B", None]), st.integers(-30, 300), amounts, st.sampled_from(["order", "refund", "receipt"]),
    st.sampled_from([None, "paid", "cancelled"]),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(event, max_size=12))
def test_every_cent_is_somewhere(world, events):
    for table in ("event", "event_customer"):
        world.con.execute(f"DELETE FROM cem.{table}")
    for customer, days, amount, kind, status in events:
        world.buy(customer, days, amount, type=kind, status=status)
    build_bases(world.con, world.as_of)
    parts = conservation(world.con, world.as_of)
    assert all(part.adds_up for part in parts)
    assert sum(part.total for part in parts) == sum(amount for _, _, amount, _, _ in events)
    nobodys = sum(
        -abs(amount) if kind == "refund" else amount
        for customer, days, amount, kind, status in events
        if customer is None and days >= 0 and status != "cancelled"
    )
    assert sum(part.unattributed for part in parts) == nobodys
