"""Net Promoter Score: would they recommend us, and how sure are we of the figure.

Definition: of the answers to "how likely would you recommend us" on 0 to 10, promoters gave 9 or 10, passives 7 or 8,
detractors 0 to 6; over all answers and by channel, store, question, touchpoint, and the stage and segments of the customer now.

Formula: score = 100 (promoters - detractors) / n; interval = score -+ z 100 sqrt((p + d - (p - d)^2) / n), z = 1.645 (90 %),
cut at -100 and 100; `thin` where n < `thin_below`.

Source: events of `types`, the answer in the property `score`, its scale in `scale_min` and `scale_max` where stated, its
wording in `question`, what it was about in `touchpoint`; answers of nobody known count.

Units: score in -100..100, answers.

Refuses: no answers; an answer that is no whole number from 0 to 10; a scale that is stated and is not 0 to 10: a scale that
starts at 1 is another instrument, and its figures must not be compared with NPS.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.answers import by_cut_sql
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, count, texts_sql
from cem_cli.insights.touchpoints import about_sql


class NpsParameters(Parameters):
    """Settings of NPS."""

    types: tuple[str, ...] = ("nps_answer",)
    thin_below: int = Field(30, ge=1)
    """Answers below which the score is flagged."""


def answers_sql(params: NpsParameters) -> str:
    """Return the SELECT of all answers: who, when, where, what, and on which scale."""
    return f"""
        SELECT t.event_id, t.customer_id, t."at", t.channel, t.store_id, json_extract_string(e.properties, '$.score') AS said,
               try_cast(json_extract_string(e.properties, '$.score') AS DOUBLE) AS score,
               try_cast(json_extract_string(e.properties, '$.scale_min') AS DOUBLE) AS scale_min,
               try_cast(json_extract_string(e.properties, '$.scale_max') AS DOUBLE) AS scale_max,
               json_extract_string(e.properties, '$.question') AS question,
               {about_sql("e.properties", "t.type")} AS touchpoint
        FROM cem.base_touch t JOIN cem.event e USING (event_id)
        WHERE t.type IN {texts_sql(params.types)} AND e.type IN {texts_sql(params.types)}"""


def gates(con: Connection, params: NpsParameters, _as_of: datetime) -> Refusal | None:
    """Refuse other instruments than the 0 to 10 question."""
    answers = f"({answers_sql(params)})"
    if not count(con, f"SELECT count(said) FROM {answers}"):
        return Refusal(f"no answers of type {', '.join(params.types)}", "map the survey's score to the property `score`")
    other = count(con, f"SELECT count(*) FROM {answers} WHERE scale_min <> 0 OR scale_max <> 10")
    if other:
        return Refusal(f"{other} answers are on another scale than 0 to 10: that is not NPS", "leave that survey to CSAT or CES")
    odd = count(con, f"SELECT count(*) FROM {answers} WHERE said IS NOT NULL AND (score NOT BETWEEN 0 AND 10 OR score <> "
                     "floor(score) OR score IS NULL)")
    return Refusal(f"{odd} answers are no whole numbers from 0 to 10", "correct the survey's mapping") if odd else None


def select_sql(params: NpsParameters, _as_of: datetime) -> str:
    """Return one row for all answers and one per value of each dimension."""
    answers = f"SELECT * FROM ({answers_sql(params)}) WHERE score IS NOT NULL"
    return f"""
        WITH told AS (
            SELECT score, "at", dimension, value FROM ({by_cut_sql(answers)})
            UNION ALL SELECT score, "at", 'question', question FROM ({answers}) WHERE question IS NOT NULL),
        counted AS (
            SELECT dimension, value, count(*) AS n, count(*) FILTER (WHERE score >= 9) AS promoters,
                   count(*) FILTER (WHERE score BETWEEN 7 AND 8) AS passives, count(*) FILTER (WHERE score <= 6) AS detractors,
                   min("at") AS first_at, max("at") AS last_at
            FROM told GROUP BY dimension, value),
        scored AS (SELECT *, (promoters - detractors) / n AS d,
                          1.645 * sqrt(greatest((promoters + detractors) / n - ((promoters - detractors) / n) ** 2, 0) / n) AS half
                   FROM counted)
        SELECT * EXCLUDE (d, half), round(100 * d, 1) AS score, round(greatest(100 * (d - half), -100), 1) AS low,
               round(least(100 * (d + half), 100), 1) AS high, n < {params.thin_below} AS thin
        FROM scored"""


MEASURE = Measure(
    name="nps",
    title="Net Promoter Score",
    doc=__doc__,
    parameters=NpsParameters,
    key=("dimension", "value"),
    columns=(
        Column("dimension", "VARCHAR", "all, channel, store, question, touchpoint, stage or segment"),
        Column("value", "VARCHAR", "the channel, store, wording, touchpoint, stage or segment"),
        Column("n", "BIGINT", "answers"),
        Column("promoters", "BIGINT", "answers of 9 or 10"),
        Column("passives", "BIGINT", "answers of 7 or 8"),
        Column("detractors", "BIGINT", "answers of 0 to 6"),
        Column("score", "DOUBLE", "per cent promoters less per cent detractors"),
        Column("low", "DOUBLE", "lower end of the 90 % interval"),
        Column("high", "DOUBLE", "upper end of the 90 % interval"),
        Column("thin", "BOOLEAN", "too few answers to rely on"),
        Column("first_at", "TIMESTAMP", "first answer (UTC)"),
        Column("last_at", "TIMESTAMP", "last answer (UTC)"),
    ),
    select_sql=select_sql,
    reads=("segment_member",),
    gates=gates,
    needs=("lifecycle",),
)
