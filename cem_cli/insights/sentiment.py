"""Sentiment of every text: what people wrote, and what staff wrote about them, read offline in Italian and English.

Definition: one row per event with a text (ticket, review, comment, survey answer, staff note): its language, a score, a label,
the touchpoint it is about, the themes and names it mentions, and on demand the words that decided.

Formula: score -1 to 1 by the rules of the text engine (`feeling`: dictionaries of inflected words, negation, intensifiers, emoji, words of
retail); positive or negative beyond its threshold, else neutral. The touchpoint is the one the survey names, else that of
the event's type. Names are the brands, products and stores of the dimension tables.

Source: `event` of `types` with a text, `product`, `store`.

Units: score -1 (worst) to 1 (best), UTC instants.

Refuses: no texts. Texts in other languages are neutral, of language other; the words that decided stay hidden unless `evidence` is
true, because they are what people wrote.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.insights.feeling import analyse
from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, Refusal, at_least, texts_sql
from cem_cli.insights.touchpoints import about_sql

_SCORED = "feeling_answer"
"""What the text engine said: temporary, because it holds the words that the measure hides."""

_NAMES = """
    SELECT brand FROM cem.product UNION SELECT name FROM cem.product UNION SELECT name FROM cem.store"""


class SentimentParameters(Parameters):
    """Settings of sentiment."""

    types: tuple[str, ...] = ("ticket_opened", "ticket_rating", "review", "comment", "nps_answer", "survey_answer", "staff_note")
    """Event types whose texts are read."""
    evidence: bool = False
    """Whether the words that decided are shown."""


def _texts_sql(params: SentimentParameters) -> str:
    return f"""
        SELECT t.event_id AS text_id, e.text, json_extract_string(e.properties, '$.language') AS language
        FROM cem.base_touch t JOIN cem.event e USING (event_id)
        WHERE t.type IN {texts_sql(params.types)} AND e.type IN {texts_sql(params.types)} AND trim(e.text) <> ''"""


def prepare(con: Connection, params: SentimentParameters, _as_of: datetime) -> Refusal | None:
    """Read all texts into the temporary table `feeling_answer`; refuse where there are none."""
    names = [name for (name,) in con.execute(f"SELECT * FROM ({_NAMES}) ORDER BY 1").fetchall() if name]
    read = analyse(con, _texts_sql(params), "cem.base_feeling", names)
    run_steps(con, [
        Step(_SCORED, f"CREATE OR REPLACE TEMP TABLE {_SCORED} AS FROM cem.base_feeling"),
        Step("drop base_feeling", "DROP TABLE cem.base_feeling"),
    ])
    return at_least(read, 1, "texts", "map the text of tickets, reviews, comments or surveys")


def select_sql(params: SentimentParameters, _as_of: datetime) -> str:
    """Return one row per text."""
    shown = "{0}" if params.evidence else "NULL"
    return f"""
        SELECT t.event_id, t.customer_id, t."at", t.type, t.channel, t.store_id, {about_sql("e.properties", "t.type")} AS touchpoint,
               f.language, f.score, f.label, f.themes, f.mentions, {shown.format("f.positive_words")} AS positive_words,
               {shown.format("f.negative_words")} AS negative_words
        FROM {_SCORED} f JOIN cem.base_touch t ON t.event_id = f.text_id JOIN cem.event e ON e.event_id = f.text_id"""


MEASURE = Measure(
    name="sentiment",
    title="Sentiment of every text",
    doc=__doc__,
    parameters=SentimentParameters,
    key=("event_id",),
    columns=(
        Column("event_id", "BIGINT", "event with the text"),
        CUSTOMER,
        Column("at", "TIMESTAMP", "when it was written (UTC)"),
        Column("type", "VARCHAR", "what it was"),
        Column("channel", "VARCHAR", "by which channel"),
        Column("store_id", "VARCHAR", "store it is about"),
        Column("touchpoint", "VARCHAR", "touchpoint it is about"),
        Column("language", "VARCHAR", "it, en or other"),
        Column("score", "DOUBLE", "-1 (worst) to 1 (best)"),
        Column("label", "VARCHAR", "positive, neutral or negative"),
        Column("themes", "VARCHAR[]", "themes it touches"),
        Column("mentions", "VARCHAR[]", "brands, products and stores it names"),
        Column("positive_words", "VARCHAR[]", "words that raised the score (hidden unless `evidence`)", ("analytics",)),
        Column("negative_words", "VARCHAR[]", "words that lowered it (hidden unless `evidence`)", ("analytics",)),
    ),
    select_sql=select_sql,
    prepare=prepare,
)
