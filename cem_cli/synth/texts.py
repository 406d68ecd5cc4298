"""Texts with a planted feeling: cores chosen by topic, language and latent score, with openings, closings and slots."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from cem_cli.synth.people import Rng
from cem_cli.synth.words import Floats, Ints, Mask, Text, read_table, text


@dataclass
class PlantedTexts:
    """What is planted behind texts (`rows`: their latent score) and behind answers (`answers`: the feeling): source, id, value."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    answers: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, source: str, ids: Text, latent: Floats) -> None:
        """Add the latent scores (-2 to 2) of texts."""
        self.rows.extend((source, key, f"{score:.2f}") for key, score in zip(ids.tolist(), latent.tolist(), strict=True))

    def add_answers(self, source: str, ids: Text, feeling: Floats) -> None:
        """Add the feelings (in standard deviations) behind the answers of a survey."""
        self.answers.extend((source, key, f"{felt:.3f}") for key, felt in zip(ids.tolist(), feeling.tolist(), strict=True))


@dataclass(frozen=True)
class Wanted:
    """What to write, one element per text: topic, language, latent feeling, and what fills the slots."""

    topic: Text
    english: Mask
    feeling: Floats
    product: Text
    store: Text


@cache
def _cores(topic: str, lang: str) -> tuple[Floats, Text]:
    table = read_table("texts.csv")
    rows = np.flatnonzero((table["topic"] == topic) & (table["lang"] == lang))
    score = table["score"][rows].astype(np.float64)
    order = np.argsort(score, kind="stable")
    return score[order], table["text"][rows][order]


def _draw(rng: Rng, topic: str, lang: str, feeling: Floats) -> tuple[Text, Floats]:
    """Return cores whose score is near the feeling (with some chance), and those scores."""
    score, lines = _cores(topic, lang)
    aim = np.clip(feeling + rng.normal(0, 0.35, len(feeling)), -2, 2)
    at: Ints = np.abs(aim[:, None] - score[None, :]).argmin(axis=1)
    same = np.searchsorted(score, score[at], side="left")
    width = np.searchsorted(score, score[at], side="right") - same
    at = same + rng.integers(0, 1000, len(feeling)) % width
    return lines[at], score[at]


def _dress(rng: Rng, lang: str, lines: Text) -> Text:
    opening, closing = _cores("opening", lang)[1], _cores("closing", lang)[1]
    before = opening[rng.integers(0, len(opening), len(lines))]
    after = closing[rng.integers(0, len(closing), len(lines))]
    return text([" ".join(part for part in parts if part) for parts in zip(before, lines, after, strict=True)])


def compose(rng: Rng, wanted: Wanted, letter: bool = False) -> tuple[Text, Floats]:
    """Return texts and their planted scores; a fifth holds a second sentence on the product, so feelings mix.

    A `letter` has an opening and a closing. The score is the mean of the sentences' scores.
    """
    count = len(wanted.topic)
    lines, scores = text([""] * count), np.zeros(count)
    for topic in dict.fromkeys(wanted.topic.tolist()):
        for lang, spoken in (("it", ~wanted.english), ("en", wanted.english)):
            rows = np.flatnonzero((wanted.topic == topic) & spoken)
            core, score = _draw(rng, topic, lang, wanted.feeling[rows])
            mixed = (rng.random(len(rows)) < 0.2) & (topic not in ("question", "note", "product"))
            second, other = _draw(rng, "product", lang, wanted.feeling[rows] * 0.6 + rng.normal(0.2, 0.6, len(rows)))
            lines[rows] = np.where(mixed, core + " " + second, core)
            scores[rows] = np.where(mixed, (score + other) / 2, score)
            if letter:
                lines[rows] = _dress(rng, lang, lines[rows])
    filled = [
        line.replace("{product}", product).replace("{store}", store)
        for line, product, store in zip(lines, wanted.product, wanted.store, strict=True)
    ]
    return text(filled), scores
