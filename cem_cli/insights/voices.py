"""Voices: everything a customer let us know about how they feel, on one scale.

Definition: one row per text, rating or survey answer, with the touchpoint it is about and a feeling. An answer that has both a rating
and words is one voice: the rating speaks, because that is what was asked. The company's own notes count by their text.

Formula: feeling = (answer - middle) / (highest - middle) for NPS 0 to 10 (middle 7.5), CSAT and review ratings 1 to 5 (middle 3)
and ease 1 to 7 (middle 4; where nothing else was answered), cut at -1; good = 1 and bad = -1 for helpdesk ratings; else the
score of the text. Bad is below `bad_below`, good above `good_above` (so NPS detractors are bad, promoters good).

Source: `event` (properties score, csat, ces, rating), `sentiment`.

Units: -1 (worst) to 1 (best).

Refuses: no voices at all.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, Refusal, at_least, count
from cem_cli.insights.touchpoints import about_sql


class VoicesParameters(Parameters):
    """Settings of voices."""

    bad_below: float = Field(-0.2, ge=-1, le=0)
    good_above: float = Field(0.3, ge=0, le=1)


def _answer_sql(name: str) -> str:
    return f"try_cast(json_extract_string(e.properties, '$.{name}') AS DOUBLE)"


_TYPES = "('nps_answer', 'survey_answer', 'review', 'ticket_rating', 'ticket_opened', 'comment', 'staff_note')"
_RATED = f"""
    SELECT t.*, {about_sql("e.properties", "t.type")} AS touchpoint, json_extract_string(e.properties, '$.topic') AS topic,
           CASE t.type WHEN 'nps_answer' THEN ({_answer_sql("score")} - 7.5) / 2.5
                       WHEN 'survey_answer' THEN coalesce(({_answer_sql("csat")} - 3) / 2, ({_answer_sql("ces")} - 4) / 3)
                       WHEN 'review' THEN ({_answer_sql("rating")} - 3) / 2
                       WHEN 'ticket_rating' THEN CASE lower(t.status) WHEN 'good' THEN 1 WHEN 'bad' THEN -1 END END AS rated
    FROM cem.base_touch t JOIN cem.event e USING (event_id)
    WHERE t.type IN {_TYPES} AND e.type IN {_TYPES}"""


def gates(con: Connection, _params: VoicesParameters, _as_of: datetime) -> Refusal | None:
    """Refuse where nobody said anything."""
    said = count(con, f"SELECT count(*) FROM ({_RATED}) r LEFT JOIN cem.measure_sentiment s USING (event_id) "
                      "WHERE coalesce(r.rated, s.score) IS NOT NULL")
    return at_least(said, 1, "texts, ratings or answers", "map surveys, reviews or tickets")


def select_sql(params: VoicesParameters, _as_of: datetime) -> str:
    """Return one row per voice."""
    return f"""
        WITH felt AS (
            SELECT r.*, round(greatest(-1, least(1, coalesce(r.rated, s.score))), 4)::DOUBLE AS feeling,
                   CASE WHEN r.rated IS NULL THEN 'text' ELSE 'rating' END AS basis
            FROM ({_RATED}) r LEFT JOIN cem.measure_sentiment s ON s.event_id = r.event_id
            WHERE coalesce(r.rated, s.score) IS NOT NULL)
        SELECT event_id, customer_id, "at", type, channel, store_id, parent_id, touchpoint, topic, basis, feeling,
               feeling < {params.bad_below} AS bad, feeling > {params.good_above} AS good
        FROM felt"""


MEASURE = Measure(
    name="voices",
    title="Voices: texts, ratings and answers on one scale",
    doc=__doc__,
    parameters=VoicesParameters,
    key=("event_id",),
    columns=(
        Column("event_id", "BIGINT", "event of the voice"),
        CUSTOMER,
        Column("at", "TIMESTAMP", "when (UTC)"),
        Column("type", "VARCHAR", "what it was"),
        Column("channel", "VARCHAR", "by which channel"),
        Column("store_id", "VARCHAR", "store it is about"),
        Column("parent_id", "BIGINT", "event it is about"),
        Column("touchpoint", "VARCHAR", "touchpoint it is about"),
        Column("topic", "VARCHAR", "topic of a ticket"),
        Column("basis", "VARCHAR", "rating or text"),
        Column("feeling", "DOUBLE", "-1 (worst) to 1 (best)"),
        Column("bad", "BOOLEAN", "clearly bad"),
        Column("good", "BOOLEAN", "clearly good"),
    ),
    select_sql=select_sql,
    gates=gates,
    after=("sentiment",),
)
