"""Themes and mentions: what a text is about.

Themes are those of `data/themes.csv` (delivery, price, staff, queue, quality, returns, website, app, store, stock,
loyalty, privacy), found by word. Mentions are names of brands and products out of a dictionary the caller passes.
Reads and writes no table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cem_cli.insights.feeling.lexicon import Word
from cem_cli.insights.feeling.phrases import Trie, longest, plant
from cem_cli.insights.feeling.tokens import tokens


def themes_of(known: Iterable[Word | None]) -> tuple[str, ...]:
    """Return the themes the words of a text name, in order of the alphabet."""
    found = {word.theme for word in known if word is not None and word.theme}
    return tuple(sorted(found)) if found else ()


def names_trie(names: Iterable[str]) -> Trie:
    """Return the dictionary that `mentions` reads; a name spelled in two ways is listed under the first in order."""
    trie: Trie = {}
    for name in sorted(names):
        if words := tokens(name):
            plant(trie, words, name)
    return trie


def mentions(words: Sequence[str], names: Trie) -> tuple[str, ...]:
    """Return the names in a text as the dictionary writes them, each once, in order of the alphabet; longest name wins."""
    found, resume = set(), 0
    for place, word in enumerate(words):
        if place >= resume and word in names:
            length, name = longest(names, words, place)
            if length:
                found.add(name)
                resume = place + length
    return tuple(sorted(found))
