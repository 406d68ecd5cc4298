"""Customer satisfaction: which share is satisfied, and how sure are we of the figure.

Definition: of the answers from 1 to 5 those of 4 or 5; of helpdesk ratings (good or bad) those that are good. The two are different
instruments and never added. Over all answers and by touchpoint, channel, store, stage and segment.

Formula: share = satisfied / n, with Wilson's 90 % interval; mean of the answers; `thin` where n < `thin_below`.

Source: the property `csat` of events of `types`, the wording in `csat_question` or `question` (else the parameter `wording`); the status
of `ticket_rating`. Answers of nobody known count.

Units: shares 0 to 1, answers.

Refuses: no answers; an answer that is no whole number from 1 to 5.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.answers import CUT_COLUMNS, answers_sql, by_cut_sql, wording_sql
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, count, texts_sql
from cem_cli.insights.statistics import wilson_sql


class CsatParameters(Parameters):
    """Settings of CSAT."""

    types: tuple[str, ...] = ("survey_answer",)
    rating_types: tuple[str, ...] = ("ticket_rating",)
    wording: str = ""
    """The question, where the events do not state it."""
    thin_below: int = Field(30, ge=1)


def _all_answers_sql(params: CsatParameters) -> str:
    return f"""
        SELECT '1 to 5' AS instrument, score >= 4 AS satisfied, * FROM ({answers_sql("csat", params.types)})
        UNION ALL BY NAME
        SELECT 'good or bad' AS instrument, lower(status) = 'good' AS satisfied, event_id, customer_id, "at", channel, store_id,
               'help' AS touchpoint, status AS said
        FROM cem.base_touch WHERE type IN {texts_sql(params.rating_types)} AND lower(status) IN ('good', 'bad')"""


def gates(con: Connection, params: CsatParameters, _as_of: datetime) -> Refusal | None:
    """Refuse without answers, and other scales than 1 to 5."""
    if not count(con, f"SELECT count(*) FROM ({_all_answers_sql(params)})"):
        return Refusal("no answers on satisfaction", "map the survey's answer to the property `csat`")
    odd = count(con, f"SELECT count(*) FROM ({answers_sql('csat', params.types)}) "
                     "WHERE score IS NULL OR score NOT BETWEEN 1 AND 5 OR score <> floor(score)")
    return Refusal(f"{odd} answers are no whole numbers from 1 to 5", "correct the survey's mapping") if odd else None


def select_sql(params: CsatParameters, _as_of: datetime) -> str:
    """Return one row per instrument, dimension and value."""
    return f"""
        WITH counted AS (
            SELECT instrument, dimension, value, count(*) AS n, count(*) FILTER (WHERE satisfied) AS satisfied,
                   round(avg(score), 3)::DOUBLE AS mean, {wording_sql(params.wording)} AS wording,
                   min("at") AS first_at, max("at") AS last_at
            FROM ({by_cut_sql(_all_answers_sql(params))}) GROUP BY instrument, dimension, value)
        SELECT *, round(satisfied / n, 4)::DOUBLE AS share, {wilson_sql("satisfied", "n", -1)} AS low,
               {wilson_sql("satisfied", "n", 1)} AS high, n < {params.thin_below} AS thin
        FROM counted"""


MEASURE = Measure(
    name="csat",
    title="Customer satisfaction (CSAT)",
    doc=__doc__,
    parameters=CsatParameters,
    key=("instrument", "dimension", "value"),
    columns=(
        Column("instrument", "VARCHAR", "1 to 5, or good or bad"),
        *CUT_COLUMNS,
        Column("n", "BIGINT", "answers"),
        Column("satisfied", "BIGINT", "of them satisfied"),
        Column("share", "DOUBLE", "share satisfied"),
        Column("low", "DOUBLE", "lower end of the 90 % interval"),
        Column("high", "DOUBLE", "upper end of the 90 % interval"),
        Column("mean", "DOUBLE", "mean answer (1 to 5)"),
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
