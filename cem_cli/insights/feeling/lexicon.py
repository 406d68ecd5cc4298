"""The dictionaries: what a word says about feeling (opinion, negation, emphasis, contrast) and about which theme.

Sources: `data/lexicon_it.csv`, `symbols.csv`, `modifiers.csv` and `themes.csv` are our own; English opinions are those
of vaderSentiment (MIT; Hutto and Gilbert 2014), rescaled from -4..4, under our retail words in `lexicon_en.csv`. An
entry of several words is a phrase and replaces what its words say alone. `families.csv` holds phrases that are built
alike: alternatives between bars, parts joined by +, every combination a phrase. Weights run from -3 to 3. Reads and
writes no table.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import cache
from importlib import resources
from itertools import product
from typing import Any, NamedTuple

from cem_cli.insights.feeling.inflection import lemmas
from cem_cli.insights.feeling.phrases import Trie, plant
from cem_cli.insights.feeling.tokens import LONGEST_WORD, MOST_REMEMBERED, normal, tokens

LANGUAGES = ("it", "en")
_VADER_SCALE = 0.75
_EMPHATIC = 1.25
_PREFIXED = re.compile(r"(?:super|stra|arci|iper|ultra|mega)([^\W\d_]{5,})")
_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")


class Role(IntEnum):
    """What a word does to the reading of a sentence."""

    THEME = 0
    """Only names a theme."""
    OPINION = 1
    EXCLAMATION = 2
    """An opinion outside the reach of a negation (purtroppo, uffa, an emoji)."""
    COURTESY = 3
    """An opinion that turns ironic before a complaint (complimenti, grazie)."""
    REMEDY = 4
    """An opinion that takes the sting out of the blame it acts upon (risolto il problema)."""
    SERVICE = 5
    """What buyers take for granted: only its denial says something, and that is its weight (non consegnato)."""
    NEGATOR = 6
    FEW = 7
    """A negator of the next words only (poco)."""
    BOOSTER = 8
    DAMPER = 9
    CONTRAST = 10
    """What follows counts more than what came before (ma)."""
    CONCESSION = 11
    """The clause it opens counts less (nonostante)."""
    PAUSE = 12
    END = 13


class Word(NamedTuple):
    """One dictionary answer: role, weight -3..3, factor on other weights, theme or None."""

    role: Role
    weight: float = 0.0
    factor: float = 1.0
    theme: str | None = None


_ROLES = {"intj": Role.EXCLAMATION, "courtesy": Role.COURTESY, "remedy": Role.REMEDY, "service": Role.SERVICE}
"""Parts of speech with a role of their own; every other opinion is plain."""

_INFLECTS_AS = {"remedy": "verb", "service": "verb"}

_DIGITS = tuple(map(str, range(2, 61)))


class Lexicon(dict[str, Word | None]):
    """Token -> Word of one language, or None; every distinct spelling is looked up once and remembered."""

    def __init__(self, language: str | None) -> None:
        self.language = language
        self.phrases: Trie = {}
        self._opinions: dict[str, tuple[Word, str]] = {}
        self._themes: dict[str, tuple[str, str]] = {}
        super().__init__(_symbols())
        if language:
            self._load(language)

    def _load(self, language: str) -> None:
        numbers = _numbers(language)
        for text, word, part in [*_modifiers(language), *_opinions(language), *_families(language)]:
            words = [spelled for piece in text.split() for spelled in ("#" if piece == "#" else tokens(piece))]
            if len(words) > 1:
                self._plant(words, word, numbers)
            elif words:
                self._opinions.setdefault(words[0], (word, _INFLECTS_AS.get(part, part)))
        for row in _rows("themes.csv"):
            if row["language"] == language:
                self._themes.setdefault(normal(row["word"]), (row["theme"], row["pos"]))

    def _plant(self, words: list[str], word: Word, numbers: Sequence[str]) -> None:
        """Add a phrase, once per number where it holds `#`.

        One that begins with a negator says it all: no other negator may turn it again.
        """
        first = self._opinions.get(words[0])
        if word.role is Role.OPINION and first and first[0].role is Role.NEGATOR:
            word = word._replace(role=Role.EXCLAMATION)
        for number in numbers if "#" in words else ("",):
            plant(self.phrases, [number if spelled == "#" else spelled for spelled in words], word)

    def __missing__(self, token: str) -> Word | None:
        if token[0].isdecimal():
            return None  # order numbers are never the same: remembering them would fill the memory
        word = self._look_up(token)
        if len(self) < MOST_REMEMBERED:
            self[token] = word
        return word

    def _look_up(self, token: str) -> Word | None:
        if len(token) > LONGEST_WORD:
            return None
        if token[0] in ".!?…":
            return Word(Role.END, factor=_end_factor(token))
        if token in _PAUSES:
            return Word(Role.PAUSE)
        for spelling, emphasis in _spellings(token):
            if word := self._find(spelling):
                return word._replace(weight=word.weight * emphasis)
        return None

    def _find(self, spelling: str) -> Word | None:
        word: Word | None = self._fold(spelling, self._opinions)
        theme: str | None = self._fold(spelling, self._themes)
        if word is None or (word.role is Role.OPINION and not word.weight):
            return Word(Role.THEME, theme=theme) if theme else None
        return word._replace(theme=theme)

    def _fold(self, spelling: str, entries: Mapping[str, tuple[Any, str]]) -> Any:
        if spelling in entries:
            return entries[spelling][0]
        for lemma, part in lemmas(spelling) if self.language == "it" else ():
            if lemma in entries and entries[lemma][1] == part:
                return entries[lemma][0]
        return None


_PAUSES = frozenset(',;:()"«»“”')


def _end_factor(mark: str) -> float:
    """Return what a sentence's end does to its weights: a plain question halves them, exclamations add 10 % each."""
    if "?" in mark:
        return 0.4 if mark.count("?") == 1 and "!" not in mark else 1.0
    return 1.0 + 0.1 * min(mark.count("!"), 3)


def _spellings(token: str) -> Iterator[tuple[str, float]]:
    """Yield (spelling, emphasis): as written, the elided word or what follows it, with a prefix of emphasis, a stretched letter
    shortened."""
    yield token, 1.0
    if "'" in token:
        if token.index("'") > 3:
            yield token.partition("'")[0] + "o", 1.0  # bell'atmosfera: bello
        yield token.rpartition("'")[2], 1.0
    if prefixed := _PREFIXED.fullmatch(token):
        yield prefixed[1], _EMPHATIC
    if _ELONGATED.search(token):
        yield _ELONGATED.sub(r"\1\1", token), _EMPHATIC
        yield _ELONGATED.sub(r"\1", token), _EMPHATIC


def _rows(name: str) -> Iterable[dict[str, str]]:
    path = resources.files("cem_cli.insights.feeling") / "data" / name
    return csv.DictReader(path.read_text(encoding="utf-8").splitlines())


@cache
def _symbols() -> dict[str, Word]:
    return {
        normal(row["symbol"]): Word(Role.EXCLAMATION, float(row["weight"])) for row in reversed(list(_rows("symbols.csv")))
    }


def _numbers(language: str) -> tuple[str, ...]:
    """Return what `#` stands for in a phrase ("# settimane di ritardo")."""
    named = (row["word"] for row in _rows("modifiers.csv") if row["language"] == language and row["role"] == "number")
    return (*_DIGITS, *named)


def _modifiers(language: str) -> Iterator[tuple[str, Word, str]]:
    """Yield (text, word, part) of the words that change others; some also say something themselves (troppo, peccato)."""
    for row in _rows("modifiers.csv"):
        if row["language"] == language and row["role"] != "number":
            yield row["word"], Word(Role[row["role"].upper()], float(row["weight"]), float(row["factor"])), "adv"


def _opinions(language: str) -> Iterator[tuple[str, Word, str]]:
    for row in _rows(f"lexicon_{language}.csv"):
        word = Word(_ROLES.get(row["pos"], Role.OPINION), float(row["weight"]))
        yield re.sub(r"rsi$", "re", row["lemma"]) if row["pos"] == "verb" else row["lemma"], word, row["pos"]
    if language == "en":
        lines = (resources.files("vaderSentiment") / "vader_lexicon.txt").read_text(encoding="utf-8").splitlines()
        for text, weight, *_ in (line.split("\t") for line in lines):
            if text.replace("'", "").isalpha():
                yield text, Word(Role.OPINION, float(weight) * _VADER_SCALE), "word"


def _families(language: str) -> Iterator[tuple[str, Word, str]]:
    """Yield every combination of each family's parts; an empty alternative leaves its part out."""
    for row in _rows("families.csv"):
        if row["language"] == language:
            word = Word(Role.OPINION, float(row["weight"]))
            for chosen in product(*(part.strip().split("|") for part in row["phrases"].split(" + "))):
                yield " ".join(filter(None, chosen)), word, "phrase"


@cache
def lexicon(language: str | None) -> Lexicon:
    """Return the dictionary of `it` or `en`; of any other language only punctuation and emoji are known."""
    return Lexicon(language if language in LANGUAGES else None)
