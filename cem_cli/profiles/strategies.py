"""Survivorship strategies: each turns a rule into one whole number per record; the largest wins.

Reads the temporary table `member` (see `survivorship`): `recent`, `oldest`, `trusted` are ranks that no two records
share, so that ties are broken the same way whatever the order of rows: by effective date, then trust, then record id.
Writes nothing. Upper bits of the number hold what the strategy looks at first, the lower forty the rank.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cem_cli.base.sql import literal, quote

RANK_BITS = 40


def most_recent(_field: str, _sources: Sequence[str]) -> str:
    """Return the key of the newest effective date (unknown dates last)."""
    return "recent"


def oldest(_field: str, _sources: Sequence[str]) -> str:
    """Return the key of the oldest effective date (unknown dates last)."""
    return "oldest"


def source_priority(_field: str, sources: Sequence[str]) -> str:
    """Return the key of the source named first; sources not named follow by trust, then recency."""
    if not sources:
        return "trusted"
    cases = " ".join(f"WHEN {literal(s)} THEN {len(sources) - place}" for place, s in enumerate(sources))
    return f"((CASE source {cases} ELSE 0 END)::BIGINT << {RANK_BITS}) + trusted"


def most_frequent(field: str, _sources: Sequence[str]) -> str:
    """Return the key of the value most records share; a bare initial yields to anything longer; ties to the newest."""
    written_out = f"(length(rtrim({quote(field)}::VARCHAR, '.')) > 1)::BIGINT"
    if field == "sex":
        written_out = "1::BIGINT"
    shared = f"least(count(*) OVER (PARTITION BY customer_id, {quote(field)}), 1048575)"
    return f"({written_out} << 61) + ({shared}::BIGINT << {RANK_BITS}) + recent"


def most_complete(field: str, _sources: Sequence[str]) -> str:
    """Return the key of the longest value; ties to the newest."""
    return f"(least(length({quote(field)}::VARCHAR), 1048575)::BIGINT << {RANK_BITS}) + recent"


STRATEGIES: dict[str, Callable[[str, Sequence[str]], str]] = {
    "most_recent": most_recent,
    "oldest": oldest,
    "source_priority": source_priority,
    "most_frequent": most_frequent,
    "most_complete": most_complete,
    "composed": most_frequent,
}
"""Strategy name -> function of (field, sources) that returns a BIGINT expression over `member`. `composed` (of
full_name) joins the profile's given, middle and surname; only where one is missing, a record's full name is chosen."""
