"""Find people by what somebody remembers of them: a name with errors, part of an e-mail, a phone, a card, a city.

Reads `profile`, `event`, `event_customer`; writes `search_term`, `search_hit` (folded words and who has them, so that a
question scans distinct words, not people).
"""

from __future__ import annotations

from dataclasses import dataclass

from cem_cli.base.fold import fold, fold_sql
from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps

SIMILAR = 0.88
"""Jaro-Winkler similarity from which a misspelt word counts as meant (Winkler 1990: 0.88 keeps one typo in a short name)."""

WEIGHT = {"name": 1.0, "email": 1.2, "phone": 1.2, "card": 1.5, "tax_code": 1.5, "customer": 2.0, "city": 0.4, "company": 0.8}


@dataclass(frozen=True)
class Found:
    """A customer who fits a question."""

    customer_id: str
    name: str
    kind: str
    city: str | None
    records: int
    score: float
    """Sum over the question's words of the best match (0..1) times the kind's weight."""


@dataclass(frozen=True)
class Note:
    """A text in which the words of a question occur."""

    customer_id: str | None
    type: str
    at: str
    source: str
    excerpt: str


def _words_sql(source: str) -> str:
    """Return SQL for (customer_id, kind, value): one row per word that a profile can be found by."""
    names = fold_sql("concat_ws(' ', given_name, surname, full_name)")
    return f"""
        WITH p AS (FROM {source}),
        words AS (
            SELECT customer_id, 'name' kind, unnest(string_split_regex({names}, '[ ''-]+')) v FROM p
            UNION ALL SELECT customer_id, 'company', unnest(string_split({fold_sql("company")}, ' ')) FROM p WHERE company IS NOT NULL
            UNION ALL SELECT customer_id, 'email', unnest(emails) FROM p
            UNION ALL SELECT customer_id, 'phone', unnest(phones) FROM p
            UNION ALL SELECT customer_id, 'card', lower(unnest(loyalty_cards)) FROM p
            UNION ALL SELECT customer_id, 'tax_code', lower(tax_code) FROM p WHERE tax_code IS NOT NULL
            UNION ALL SELECT customer_id, 'city', {fold_sql("city")} FROM p WHERE city IS NOT NULL)
        SELECT DISTINCT customer_id, kind, v AS value, (md5_number_lower(kind || ' ' || v) >> 1)::bigint AS term_id
        FROM words WHERE length(v) > 1"""


def index_profiles(con: Connection, touched: str | None = None) -> None:
    """Rebuild the search words of all profiles, or only of the customers listed in table `touched`."""
    source, stale = "cem.profile", "true"
    if touched is not None:
        source = f"cem.profile SEMI JOIN {touched} USING (customer_id)"
        stale = f"customer_id IN (SELECT customer_id FROM {touched})"
    run_steps(con, [
        Step("search_word", f"CREATE OR REPLACE TEMP TABLE search_word AS {_words_sql(source)}"),
        Step("forget stale words", f"DELETE FROM cem.search_hit WHERE {stale}"),
        Step("search_hit", "INSERT INTO cem.search_hit SELECT term_id, customer_id FROM search_word ORDER BY ALL"),
        Step("search_term", """
            INSERT INTO cem.search_term SELECT DISTINCT term_id, kind, value FROM search_word
            ANTI JOIN cem.search_term USING (term_id) ORDER BY kind, value"""),
        Step("forget unused words", "DELETE FROM cem.search_term WHERE term_id NOT IN (SELECT term_id FROM cem.search_hit)"),
        Step("drop words", "DROP TABLE search_word"),
    ])


def find(con: Connection, text: str, limit: int = 20) -> list[Found]:
    """Return the customers who fit `text` best: every word of it may be misspelt, or part of an e-mail or phone."""
    words = [word for word in fold(text).replace("'", " ").split() if len(word) > 1]
    weights = ", ".join(f"('{kind}', {weight})" for kind, weight in WEIGHT.items())
    rows = con.execute(
        f"""
        WITH asked AS (SELECT unnest($words::VARCHAR[]) word), weight(kind, w) AS (VALUES {weights}),
        term AS (
            SELECT word, term_id, w * CASE
                WHEN value = word THEN 1.0
                WHEN kind IN ('email', 'phone', 'card') AND length(word) >= 4 AND contains(value, ltrim(word, '+0')) THEN 0.9
                WHEN kind IN ('name', 'company', 'city') THEN jaro_winkler_similarity(value, word, {SIMILAR}) * 0.95
                ELSE 0 END AS score
            FROM cem.search_term JOIN weight USING (kind) CROSS JOIN asked),
        best AS (
            SELECT customer_id, word, max(score) score FROM (FROM term WHERE score > 0) JOIN cem.search_hit USING (term_id) GROUP BY ALL),
        by_id AS (
            SELECT customer_id, word, 2.0 FROM cem.profile JOIN asked ON length(word) >= 5 AND starts_with(lower(customer_id), word)),
        total AS (SELECT customer_id, sum(score) score FROM (FROM best UNION ALL FROM by_id) GROUP BY customer_id)
        SELECT customer_id, coalesce(full_name, concat_ws(' ', given_name, surname), company, ''), p.kind, city, records, round(score, 4)
        FROM (FROM total ORDER BY score DESC, customer_id LIMIT $most) JOIN cem.profile p USING (customer_id)
        ORDER BY score DESC, customer_id""",
        {"words": words, "most": limit},
    ).fetchall()
    return [Found(*row) for row in rows]


def find_notes(con: Connection, text: str, limit: int = 20) -> list[Note]:
    """Return tickets, reviews, comments and notes that hold every word of `text`, newest first, with an excerpt."""
    words = fold(text).split()
    folded = fold_sql("e.text")
    rows = con.execute(
        f"""
        SELECT c.customer_id, e.type, strftime(e."at", '%Y-%m-%d'), e.source,
               substr(e.text, greatest(1, strpos({folded}, $first) - 40), 140)
        FROM cem.event e LEFT JOIN cem.event_customer c USING (event_id)
        WHERE e.text IS NOT NULL AND list_bool_and(list_transform($words::VARCHAR[], lambda w: contains({folded}, w)))
        ORDER BY e."at" DESC, e.event_id LIMIT $most""",
        {"words": words, "first": words[0] if words else "", "most": limit},
    ).fetchall()
    return [Note(*row) for row in rows] if words else []
