import pytest


@pytest.fixture
def shops(world):
    world.buy("W", 5, 10, channel="web")
    world.buy("S", 5, 20, channel="store")
    world.buy("H", 9, 5, channel="store")
    world.buy("H", 5, 15, channel="web")
    world.buy("H", 4, 15, channel="app")
    world.buy("O", 5, 1, channel=None)
    gone = world.buy("R", 5, 40, channel="web")
    world.refund("R", 4, 40, of=gone, channel="web")
    world.buy(None, 5, 7, channel="store")
    return world


def test_per_customer(shops):
    rows = shops.by_customer("channel_mix")
    assert {c: r["model"] for c, r in rows.items()} == {"W": "online", "S": "store", "H": "hybrid", "O": "other"}
    hybrid = rows["H"]
    assert (hybrid["online_share"], hybrid["first_channel"], hybrid["last_channel"]) == (0.666667, "store", "app")
    assert rows["O"]["online_share"] is None


def test_models_add_up(shops):
    rows = {r["model"]: r for r in shops.rows("channel_models")}
    assert {m: (r["customers"], r["net"]) for m, r in rows.items()} == {
        "online": (1, 10), "store": (1, 20), "hybrid": (1, 35), "other": (1, 1), None: (0, 7),
    }
    assert rows["hybrid"]["customer_share"] == 0.25
    assert rows["hybrid"]["net_share"] == round(35 / 66, 6)
