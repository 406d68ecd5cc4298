"""The sentiment of many texts: each distinct text is read once, in batches, and the answers joined back in SQL.

Reads what the caller's SELECT reads; writes the caller's table, and temporary tables of its own that it drops.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from cem_cli.base.sql import Step, literal
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.insights.feeling.polarity import Score, score
from cem_cli.insights.feeling.themes import names_trie
from cem_cli.insights.feeling.tokens import MOST_CHARACTERS

BATCH = 50_000
"""Texts in Python's memory at a time."""

COLUMNS = ("language", "score", "label", "positive_words", "negative_words", "themes", "mentions")
"""The columns of the answer after `text_id`."""

_SEPARATOR = "\x1f"
_SCORED = "feeling_batch"


def analyse(con: Connection, source_sql: str, target: str, names: Iterable[str] = ()) -> int:
    """Create table `target` (a table name as SQL text) with the feeling of every text of `source_sql`; return how many.

    `source_sql` yields text_id (any type, unique), text and language (a hint or NULL). The columns of `target` are
    text_id, language VARCHAR, score DOUBLE, label VARCHAR, and VARCHAR[] positive_words, negative_words, themes and
    mentions (of `names`). A missing or empty text is neutral, of language `other`.
    """
    run_steps(con, _source_steps(source_sql))
    trie = names_trie(names)
    (distinct,) = con.execute("SELECT count(*) FROM feeling_text").fetchall()[0]
    for first in range(0, distinct, BATCH):
        rows = con.execute(
            "SELECT n, text, hint FROM feeling_text WHERE n BETWEEN ? AND ? ORDER BY n", [first, first + BATCH - 1]
        ).fetchall()
        con.register(_SCORED, _arrays([n for n, _, _ in rows], [score(text, hint, trie) for _, text, hint in rows]))
        con.execute(f"INSERT INTO feeling_score SELECT * FROM {_SCORED}").fetchall()
        con.unregister(_SCORED)
    run_steps(con, _target_steps(target))
    return int(con.execute(f"SELECT count(*) FROM {target}").fetchall()[0][0])


def _source_steps(source_sql: str) -> list[Step]:
    """Cut texts, so that neither Python nor the joins ever hold a long one; number the distinct ones."""
    return [
        Step(
            "feeling_source",
            "CREATE OR REPLACE TEMP TABLE feeling_source AS SELECT text_id, "
            f"coalesce(left(text, {MOST_CHARACTERS}), '') AS text, coalesce(language, '') AS hint FROM ({source_sql})",
        ),
        Step(
            "feeling_text",
            "CREATE OR REPLACE TEMP TABLE feeling_text AS SELECT row_number() OVER () - 1 AS n, text, hint "
            "FROM (SELECT DISTINCT text, hint FROM feeling_source)",
        ),
        Step(
            "feeling_score",
            "CREATE OR REPLACE TEMP TABLE feeling_score (n BIGINT, language VARCHAR, score DOUBLE, label VARCHAR, "
            "positive_words VARCHAR, negative_words VARCHAR, themes VARCHAR, mentions VARCHAR)",
        ),
    ]


def _target_steps(target: str) -> list[Step]:
    words = ", ".join(
        f"CASE WHEN {name} = '' THEN [] ELSE string_split({name}, {literal(_SEPARATOR)}) END AS {name}" for name in COLUMNS[3:]
    )
    return [
        Step(
            "feeling",
            f"CREATE OR REPLACE TABLE {target} AS SELECT text_id, language, score, label, {words} FROM feeling_source "
            "JOIN feeling_text USING (text, hint) JOIN feeling_score USING (n) ORDER BY text_id",
        ),
        *(Step(f"drop {name}", f"DROP TABLE {name}") for name in ("feeling_source", "feeling_text", "feeling_score")),
    ]


def _arrays(numbers: Sequence[int], scores: Sequence[Score]) -> dict[str, np.ndarray]:
    """Return columns that DuckDB scans: lists travel as joined text, because a list per cell costs ten times more."""
    columns = {
        "n": np.array(numbers, dtype=np.int64),
        "language": np.array([s.language for s in scores], dtype=object),
        "score": np.array([s.score for s in scores], dtype=np.float64),
        "label": np.array([s.label for s in scores], dtype=object),
    }
    lists = {
        "positive_words": [s.positive_words for s in scores],
        "negative_words": [s.negative_words for s in scores],
        "themes": [s.themes for s in scores],
        "mentions": [s.mentions for s in scores],
    }
    return columns | {name: np.array([_SEPARATOR.join(x) for x in cells], dtype=object) for name, cells in lists.items()}
