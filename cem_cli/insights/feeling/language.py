"""Which language a short text is in: Italian, English or other, by the function words it holds.

`data/cues.csv` lists them (the third group: German, French, Spanish, Portuguese, Dutch). Where they do not decide, the
words of opinion do. Reads and writes no table.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import repeat

from cem_cli.insights.feeling.lexicon import LANGUAGES, lexicon
from cem_cli.insights.feeling.tokens import normal

OTHER = "other"


_FIELD = 16
"""Bits per language in the packed counts: a text holds at most some thousand tokens."""
_MASK = (1 << _FIELD) - 1


@cache
def _cues() -> dict[str, int]:
    """Return function word -> one count for each language it is a cue of, packed (Italian lowest, other highest)."""
    text = (resources.files("cem_cli.insights.feeling") / "data" / "cues.csv").read_text(encoding="utf-8")
    cues: dict[str, int] = {}
    for row in csv.DictReader(text.splitlines()):
        word = normal(row["word"])
        cues[word] = cues.get(word, 0) | 1 << _FIELD * (*LANGUAGES, OTHER).index(row["language"])
    return cues


def language_of(words: Sequence[str], hint: str | None = None) -> str:
    """Return `it`, `en` or `other` for the tokens of a text. A hint (`it`, `en-GB`, `IT_it`) decides if it names one."""
    if hint and (named := hint[:2].lower()) in LANGUAGES:
        return named
    counts = sum(map(_cues().get, words, repeat(0)))
    italian, english, other = counts & _MASK, counts >> _FIELD & _MASK, counts >> 2 * _FIELD
    if other > max(italian, english):
        return OTHER
    if italian != english:
        return "it" if italian > english else "en"
    return _by_opinion(words)


def _by_opinion(words: Sequence[str]) -> str:
    """Return the language whose lexicon knows more of `words`; Italian on a draw, other where neither knows any."""
    neutral = lexicon(None)
    known = {name: sum(lexicon(name)[word] is not None and neutral[word] is None for word in words) for name in LANGUAGES}
    best = max(LANGUAGES, key=known.__getitem__)
    return best if known[best] else OTHER
