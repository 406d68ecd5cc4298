from __future__ import annotations

import numpy as np
import pytest

from cem_cli.synth.texts import Wanted, compose
from cem_cli.synth.words import read_table, text
from cem_cli.synth.world import stream

TOPICS = ["delivery", "store", "product", "checkout", "returns", "support", "question", "note"]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_speaks_both_languages(topic: str) -> None:
    table = read_table("texts.csv")
    for lang in ("it", "en"):
        assert ((table["topic"] == topic) & (table["lang"] == lang)).sum() >= 3


def test_texts_follow_the_feeling_and_fill_their_slots() -> None:
    feeling = np.linspace(-2, 2, 400)
    wanted = Wanted(
        text([TOPICS[i % 3] for i in range(400)]), np.arange(400) % 2 == 0, feeling, text(["Moka 6 tazze"] * 400), text(["Torino"] * 400),
    )
    body, latent = compose(stream(1, "texts"), wanted, letter=True)
    assert np.corrcoef(feeling, latent)[0, 1] > 0.9
    assert not any("{" in line for line in body)
    assert len(set(body)) > 100
