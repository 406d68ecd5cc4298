"""The text engine: offline sentiment of short Italian and English texts, with the words that made it.

`score` reads one text, `analyse` a table of them; both give the same answer. Reads the texts a caller's SELECT names,
writes the table the caller names; no network, no model: dictionaries and rules that can be read (`data/`).
"""

from __future__ import annotations

from cem_cli.insights.feeling.batch import analyse
from cem_cli.insights.feeling.polarity import Score, score
from cem_cli.insights.feeling.themes import names_trie

__all__ = ["Score", "analyse", "names_trie", "score"]
