"""Customer effort score: how easy it was to get something done.

Definition: the mean of the answers from 1 (very difficult) to 7 (very easy), and the share of those of 5 or more. Over all answers
and by touchpoint, channel, store, stage and segment.

Formula: interval of the mean = mean -+ 1.645 s / sqrt(n) (90 %), cut at 1 and 7; `thin` where n < `thin_below`.

Source: the property `ces` of events of `types`, the wording in `ces_question` or `question` (else the parameter `wording`). Answers of
nobody known count.

Units: 1 to 7, shares 0 to 1, answers.

Refuses: no answers; an answer that is no whole number from 1 to 7; the interval of a single answer is empty.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.answers import CUT_COLUMNS, answers_sql, by_cut_sql, wording_sql
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, count
from cem_cli.insights.statistics import Z90, cut_sql


class CesParameters(Parameters):
    """Settings of CES."""

    types: tuple[str, ...] = ("survey_answer",)
    wording: str = ""
    """The question, where the events do not state it."""
    thin_below: int = Field(30, ge=1)


def gates(con: Connection, params: CesParameters, _as_of: datetime) -> Refusal | None:
    """Refuse without answers, and other scales than 1 to 7."""
    answers = f"({answers_sql('ces', params.types)})"
    if not count(con, f"SELECT count(*) FROM {answers}"):
        return Refusal("no answers on effort", "map the survey's answer to the property `ces`")
    odd = count(con, f"SELECT count(*) FROM {answers} WHERE score IS NULL OR score NOT BETWEEN 1 AND 7 OR score <> floor(score)")
    return Refusal(f"{odd} answers are no whole numbers from 1 to 7", "correct the survey's mapping") if odd else None


def select_sql(params: CesParameters, _as_of: datetime) -> str:
    """Return one row per dimension and value."""
    return f"""
        WITH counted AS (
            SELECT dimension, value, count(*) AS n, avg(score) AS mean, {Z90} * stddev_samp(score) / sqrt(count(*)) AS half,
                   round(avg((score >= 5)::INT), 4)::DOUBLE AS easy_share, {wording_sql(params.wording)} AS wording,
                   min("at") AS first_at, max("at") AS last_at
            FROM ({by_cut_sql(answers_sql("ces", params.types))}) GROUP BY dimension, value)
        SELECT * EXCLUDE (mean, half), round(mean, 3)::DOUBLE AS score, {cut_sql('mean - half', 1, 7, 3)} AS low,
               {cut_sql('mean + half', 1, 7, 3)} AS high, n < {params.thin_below} AS thin
        FROM counted"""


MEASURE = Measure(
    name="ces",
    title="Customer effort score (CES)",
    doc=__doc__,
    parameters=CesParameters,
    key=("dimension", "value"),
    columns=(
        *CUT_COLUMNS,
        Column("n", "BIGINT", "answers"),
        Column("score", "DOUBLE", "mean answer, 7 = very easy"),
        Column("low", "DOUBLE", "lower end of the 90 % interval"),
        Column("high", "DOUBLE", "upper end of the 90 % interval"),
        Column("easy_share", "DOUBLE", "share of answers of 5 or more"),
        Column("thin", "BOOLEAN", "too few answers to rely on"),
        Column("wording", "VARCHAR", "the question asked"),
        Column("first_at", "TIMESTAMP", "first answer (UTC)"),
        Column("last_at", "TIMESTAMP", "last answer (UTC)"),
    ),
    select_sql=select_sql,
    reads=("segment_member",),
    gates=gates,
    needs=("lifecycle",),
)
