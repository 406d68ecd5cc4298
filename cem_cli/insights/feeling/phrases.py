"""Phrases of several tokens, found in a walk from their first. Reads and writes no table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Trie = dict[str, Any]
"""Phrases by token; the value of a complete phrase stands under the empty token."""


def plant(trie: Trie, words: Sequence[str], value: object) -> None:
    """Add a phrase to `trie`; the first value of a phrase stays."""
    for word in words:
        trie = trie.setdefault(word, {})
    trie.setdefault("", value)


def longest(trie: Trie, words: Sequence[str], start: int) -> tuple[int, Any]:
    """Return (number of tokens, value) of the longest phrase at `start`; (0, None) where there is none."""
    best: tuple[int, Any] = (0, None)
    for place in range(start, len(words)):
        branch = trie.get(words[place])
        if branch is None:
            break
        trie = branch
        if "" in trie:
            best = (place - start + 1, trie[""])
    return best
