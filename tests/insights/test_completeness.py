import pytest

from cem_cli.base.errors import CemError


def test_by_hand(world):
    world.person("A", given_name="Anna", surname="Rossi", email="a@x.it")
    world.person("B", kind="prospect")
    world.person("V", kind="anonymous")
    rows = world.by_customer("completeness", fields=["given_name", "surname", "phone"])
    assert set(rows) == {"A", "B"}
    assert (rows["A"]["score"], rows["A"]["missing"]) == (67, ["phone"])
    assert (rows["B"]["score"], rows["B"]["missing"]) == (0, ["given_name", "surname", "phone"])
    assert world.by_customer("completeness", fields=["given_name"])["A"]["score"] == 100


@pytest.mark.parametrize("fields", [["shoe_size"], []])
def test_unusable_fields(world, fields):
    with pytest.raises(CemError):
        world.run("completeness", fields=fields)
