"""The sentiment of one text: a score from -1 to 1, its label and the words that made it.

One pass over the words the dictionary knows. An opinion word brings its weight (-3..3); emphasis just before it
multiplies; a negation before it in the same clause turns and weakens it (a denied praise is a blame; a denied
blame a faint praise); capitals and stretched letters add a quarter. "But" weakens what stands before it in the
sentence and strengthens what follows; a concession ("despite ...") weakens its own clause; a question weakens its
sentence; courtesy beside a complaint counts as irony; a remedy takes most of the weight off the problem it names; what
buyers take for granted weighs only where it is denied, and a denial that meets no opinion is a mild blame.

The weights sum to S, and score = S / sqrt(S^2 + HALFWAY^2).
After the rules of VADER (Hutto and Gilbert 2014), with clauses in place of word windows. Reads and writes no table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from cem_cli.insights.feeling.language import language_of
from cem_cli.insights.feeling.lexicon import Role, Word, lexicon
from cem_cli.insights.feeling.phrases import Trie, longest
from cem_cli.insights.feeling.themes import mentions, themes_of
from cem_cli.insights.feeling.tokens import MOST_CHARACTERS, tokens

HALFWAY = 2.5
"""The sum of weights that scores 0.71: one strong word."""
POSITIVE_FROM, NEGATIVE_FROM = 0.25, -0.25
"""Scores at which a text stops being neutral."""
NEGATED_PRAISE, NEGATED_BLAME = -0.9, -0.7
REACH, REACH_OF_FEW, REACH_OF_EMPHASIS, REACH_OF_REMEDY = 5, 2, 2, 4
"""How many tokens on a negation, a "poco" and an emphasis still work."""
BEFORE_CONTRAST, AFTER_CONTRAST, CONCEDED, IRONY, REMEDIED = 0.5, 1.3, 0.4, -0.5, 0.2
SHOUTED = 1.25


class Score(NamedTuple):
    """What is known of one text's feeling. The words are normalised spellings; a negated one shows its negator."""

    language: str
    score: float
    label: str
    positive_words: tuple[str, ...]
    negative_words: tuple[str, ...]
    themes: tuple[str, ...]
    mentions: tuple[str, ...]


class _Reading:
    """The state of reading one text; the methods are what each role of word does to it.

    `values` and `texts` run in parallel, one entry per opinion; the rest is state of the clause and the sentence.
    """

    previous = 0
    """The first opinion of the sentence before this one."""
    sentence = 0
    """The first opinion of this sentence."""
    clause = 1.0
    negator = ""
    idle = 0.0
    """What the negator says if no opinion follows."""
    negated_until = -1
    spent = False
    """The clause's negation has said what was not done."""
    emphasis = 1.0
    emphatic_until = -1
    remedied_until = -1

    def __init__(self) -> None:
        self.values: list[float] = []
        self.texts: list[str] = []
        self.courtesies: list[int] = []

    def opinion(self, place: int, word: Word, text: str) -> None:
        """Weigh an opinion by what stands before it."""
        value = word.weight * self.clause
        if place <= self.emphatic_until:
            value *= self.emphasis
        if place <= self.negated_until and word.role is not Role.EXCLAMATION:
            value *= NEGATED_PRAISE if value > 0 else NEGATED_BLAME
            text = f"{self.negator} {text}"
            self.negated_until = min(self.negated_until, place + 2)  # its neighbour too: "non bello né comodo"
            self.idle = 0.0
        elif value < 0 and place <= self.remedied_until:
            value *= REMEDIED
        if word.role is Role.COURTESY:
            self.courtesies.append(len(self.values))
        elif word.role is Role.REMEDY and value > 0:
            self.remedied_until = place + REACH_OF_REMEDY
            self.values[self.sentence :] = [v * REMEDIED if v < 0 else v for v in self.values[self.sentence :]]
        self.values.append(value)
        self.texts.append(text)

    def service(self, place: int, word: Word, text: str) -> None:
        """Blame what was not done."""
        if place <= self.negated_until:
            self._add(word.weight, f"{self.negator} {text}")
            self.idle = 0.0
            self.negated_until, self.spent = min(self.negated_until, place + 2), True

    def negation(self, place: int, word: Word, text: str) -> None:
        """Turn the opinions that follow closely; "mai" in "non rispondono mai" denies nothing more."""
        if self.spent:
            return
        self.negator = text
        self.idle = word.weight
        self.negated_until = place + (REACH_OF_FEW if word.role is Role.FEW else REACH)

    def stress(self, place: int, word: Word, text: str) -> None:
        """Strengthen or weaken the opinion that follows at once; "troppo" is a reproach by itself."""
        if word.weight:
            self._add(word.weight, text)
        self.emphasis, self.emphatic_until = word.factor, place + REACH_OF_EMPHASIS

    def contrast(self, _place: int, word: Word, text: str) -> None:
        """Weaken what was said in this sentence (or, at its beginning, in the one before), strengthen what comes."""
        if self.idle:
            self._deny()
        first = self.sentence if len(self.values) > self.sentence else self.previous
        self._scale(first, BEFORE_CONTRAST)
        self.clause, self.negated_until, self.spent = AFTER_CONTRAST, -1, False
        if word.weight:
            self._add(word.weight, text)

    def concession(self, _place: int, _word: Word, _text: str) -> None:
        """Weaken the clause that begins."""
        if self.idle:
            self._deny()
        self.clause, self.negated_until, self.spent = CONCEDED, -1, False

    def pause(self, _place: int, _word: Word, _text: str) -> None:
        """End negation and concession."""
        if self.idle:
            self._deny()
        self.negated_until, self.spent = -1, False
        self.clause = max(self.clause, 1.0)

    def end(self, _place: int, word: Word, _text: str) -> None:
        """Close the sentence: courtesy beside a complaint turns to irony, the final mark has its say."""
        if self.idle:
            self._deny()
        self.clause, self.negated_until, self.emphatic_until, self.spent = 1.0, -1, -1, False
        if len(self.values) == self.sentence:
            return
        if self.courtesies and min(self.values[self.sentence :]) < 0:
            for hit in self.courtesies:
                self.values[hit] *= IRONY
        self.courtesies.clear()
        self._scale(self.sentence, word.factor)
        self.previous, self.sentence = self.sentence, len(self.values)

    def _deny(self) -> None:
        """Count a denial that met no opinion: customers write of what did not happen in order to complain."""
        self._add(self.idle, self.negator)
        self.idle = 0.0

    def _add(self, weight: float, text: str) -> None:
        self.values.append(weight * self.clause)
        self.texts.append(text)

    def _scale(self, first: int, factor: float) -> None:
        if factor != 1.0:
            self.values[first:] = [value * factor for value in self.values[first:]]


_ACTIONS: dict[Role, Callable[[_Reading, int, Word, str], None]] = {
    Role.OPINION: _Reading.opinion,
    Role.EXCLAMATION: _Reading.opinion,
    Role.COURTESY: _Reading.opinion,
    Role.REMEDY: _Reading.opinion,
    Role.SERVICE: _Reading.service,
    Role.NEGATOR: _Reading.negation,
    Role.FEW: _Reading.negation,
    Role.BOOSTER: _Reading.stress,
    Role.DAMPER: _Reading.stress,
    Role.CONTRAST: _Reading.contrast,
    Role.CONCESSION: _Reading.concession,
    Role.PAUSE: _Reading.pause,
    Role.END: _Reading.end,
}
_LAST = Word(Role.END)


def _read(words: Sequence[str], known: Sequence[Word | None], phrases: Trie) -> _Reading:
    """Return the opinions of a text in order; a phrase replaces the words it is made of."""
    reading, resume, last = _Reading(), 0, len(words) - 1
    for place, word in enumerate(known):
        if place < resume:
            continue
        text = words[place]
        if text in phrases and place < last and words[place + 1] in phrases[text]:
            length, phrase = longest(phrases, words, place)
            if length:
                resume = place + length
                _ACTIONS[phrase.role](reading, place, phrase, " ".join(words[place:resume]).rstrip(" .,"))
                continue
        if word is not None and word.role:
            _ACTIONS[word.role](reading, place, word, text)
    reading.end(last, _LAST, "")
    return reading


def score(text: str, language: str | None = None, names: Trie | None = None) -> Score:
    """Return the feeling of one text; `language` is a hint (`it`, `en`), found from the text if None or another.

    `names` (of `themes.names_trie`) are the brands and products to look for.
    """
    text = text[:MOST_CHARACTERS]
    words = tokens(text)
    found = language_of(words, language)
    dictionary = lexicon(found)
    known = list(map(dictionary.__getitem__, words))
    reading = _read(words, known, dictionary.phrases)
    about, named = themes_of(known), mentions(words, names) if names else ()
    if not reading.values:
        return Score(found, 0.0, "neutral", (), (), about, named)
    total, liked, disliked = _sum(text, reading)
    value = round(total / math.hypot(total, HALFWAY), 4)
    return Score(found, value, label_of(value), liked, disliked, about, named)


def _sum(text: str, reading: _Reading) -> tuple[float, tuple[str, ...], tuple[str, ...]]:
    """Return the sum of weights, the words for and the words against; what is written in capitals weighs more."""
    quiet = text.isupper() or text.islower()
    total = 0.0
    liked: dict[str, None] = {}
    disliked: dict[str, None] = {}
    for value, word in zip(reading.values, reading.texts, strict=True):
        total += value if quiet or word.upper() not in text else value * SHOUTED
        if value > 0:
            liked[word] = None
        elif value < 0:
            disliked[word] = None
    return total, tuple(liked), tuple(disliked)


def label_of(value: float) -> str:
    """Return the label of a score."""
    return "positive" if value >= POSITIVE_FROM else "negative" if value <= NEGATIVE_FROM else "neutral"
