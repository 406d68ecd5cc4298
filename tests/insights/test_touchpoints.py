import csv
from importlib.resources import files

import pytest

from cem_cli.config.values import EVENT_TYPES
from cem_cli.insights.regions import REGION_OF, regions_sql
from cem_cli.insights.touchpoints import OTHER, TOUCHPOINTS, about_sql, instant_of_text_sql, touchpoint_sql


def test_every_event_type_belongs_to_one_touchpoint():
    listed = [kind for types in TOUCHPOINTS.values() for kind in types]
    assert sorted(listed) == sorted(EVENT_TYPES)


def value(world, sql, *params):
    return world.con.execute(f"SELECT {sql}", list(params)).fetchone()[0]


@pytest.mark.parametrize(
    ("properties", "kind", "about"),
    [
        ('{"touchpoint": "Consegna"}', "nps_answer", "delivery"),
        ('{"topic": "returns"}', "ticket_opened", "return"),
        ('{"topic": "question"}', "ticket_opened", "help"),
        ("{}", "review", "feedback"),
        (None, "strange", OTHER),
    ],
)
def test_what_a_text_is_about(world, properties, kind, about):
    assert value(world, about_sql("?::JSON", "?"), *[properties] * 2, *[kind] * about_sql("", "?").count("?")) == about


def test_touchpoint_of_nothing(world):
    assert value(world, touchpoint_sql("NULL")) == OTHER


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-03-31 14:05:09 +0200", 12), ("2026-03-31T14:05:09Z", 14), ("2026-03-31T14:05:09+02:00", 12), ("soon", None), (None, None)],
)
def test_instants_in_properties(world, text, hour):
    found = value(world, instant_of_text_sql("?::VARCHAR"), *[text] * 2)
    assert (found and found.hour) == hour


def test_regions_are_those_of_the_sample_company(world):
    text = files("cem_cli.synth").joinpath("words", "comuni.csv").read_text("utf-8")
    known = {row["province"]: row["region"] for row in csv.DictReader(text.splitlines())}
    assert known == REGION_OF
    assert dict(world.con.execute(regions_sql()).fetchall()) == known
