import pytest


def answer(world, score, customer="A", **values):
    scale = values.pop("scale", {"scale_min": 0, "scale_max": 10})
    world.event(customer, 5, "nps_answer", properties={"score": score, "question": "Q"} | scale, **values)


def test_by_hand(world):
    for score in (10, 9, 9, 8, 7, 6, 0, 10, 10, 5):
        answer(world, score)
    answer(world, 3, customer=None, channel="store")
    rows = {(r["dimension"], r["value"]): r for r in world.rows("nps")}
    everyone = rows["all", "all"]
    assert (everyone["n"], everyone["promoters"], everyone["passives"], everyone["detractors"]) == (11, 5, 2, 4)
    assert everyone["score"] == 9.1
    half = 164.5 * (((9 / 11) - (1 / 11) ** 2) / 11) ** 0.5
    assert everyone["low"] == pytest.approx(100 / 11 - half, abs=0.06)
    assert everyone["high"] == pytest.approx(100 / 11 + half, abs=0.06)
    assert everyone["thin"]
    assert rows["channel", "web"]["score"] == 20.0
    assert rows["channel", "store"]["score"] == -100.0
    assert rows["question", "Q"]["n"] == 11
    assert rows["stage", "prospect"]["n"] == 10


def test_by_segment_and_by_touchpoint_whatever_the_survey_calls_it(world):
    for score, customer in ((10, "A"), (0, "B")):
        world.event(customer, 5, "nps_answer", properties={"score": score, "touchpoint": "Consegna"})
    world.insert("segment_member", segment="vip", customer_id="A", entered_run=1)
    rows = {(r["dimension"], r["value"]): r for r in world.rows("nps")}
    assert (rows["segment", "vip"]["score"], rows["touchpoint", "delivery"]["n"]) == (100.0, 2)


def test_thirty_answers_are_not_thin(world):
    for _ in range(30):
        answer(world, 10)
    row = world.rows("nps")[0]
    assert (row["n"], row["score"], row["low"], row["high"], row["thin"]) == (30, 100.0, 100.0, 100.0, False)


@pytest.mark.parametrize(
    ("score", "scale", "reason"),
    [
        (7, {"scale_min": 1, "scale_max": 10}, "another scale"),
        (4, {"scale_min": 0, "scale_max": 5}, "another scale"),
        (11, {}, "whole numbers"),
        (7.5, {}, "whole numbers"),
        ("good", {}, "whole numbers"),
    ],
)
def test_other_instruments_are_refused(world, score, scale, reason):
    answer(world, 9)
    answer(world, score, scale=scale)
    assert reason in world.refusal("nps")


def test_no_answers(world):
    assert "no answers" in world.refusal("nps")


def test_per_customer(world):
    for customer, days, score in (("A", 9, 3), ("A", 2, 9), ("B", 5, 7), ("C", 5, 0), ("C", -2, 10)):
        world.event(customer, days, "nps_answer", properties={"score": score})
    answer(world, 10, customer=None)
    rows = world.by_customer("nps_customer")
    assert {c: (r["attitude"], r["score"], r["change"], r["answers"]) for c, r in rows.items()} == {
        "A": ("promoter", 9, 6, 2), "B": ("passive", 7, 0, 1), "C": ("detractor", 0, 0, 1),
    }
