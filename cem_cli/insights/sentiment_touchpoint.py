"""Sentiment per touchpoint, stage and month: where feeling is good, where it hurts, and since when.

Definition: the voices about each touchpoint, by the stage the customer was in when they spoke, per month and over all time.

Formula: mean feeling with interval mean -+ 1.645 s / sqrt(n) (90 %, s the standard deviation of the voices), and the shares of bad and good
voices; `thin` where n < `thin_below`. The month NULL is all time; the stage `all` is everybody, nobody known included.

Source: `voices`, `stage_history`.

Units: -1 (worst) to 1 (best), voices, shares 0 to 1.

Refuses: as `voices`; the interval of a single voice is empty.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import Column, Measure, Parameters
from cem_cli.insights.statistics import cut_sql
from cem_cli.insights.touchpoints import staged_sql


class SentimentTouchpointParameters(Parameters):
    """Settings of sentiment per touchpoint."""

    thin_below: int = Field(30, ge=1)


def select_sql(params: SentimentTouchpointParameters, _as_of: datetime) -> str:
    """Return one row per touchpoint, stage and month that has a voice, and the totals of each.

    Feelings have four decimals: they are added exactly, so that no order of rows moves the last one.
    """
    voices = 'SELECT customer_id, "at", touchpoint, feeling, bad, good FROM cem.measure_voices'
    return f"""
        WITH told AS (
            SELECT touchpoint, unnest([stage, 'all']) AS stage, date_trunc('month', "at")::DATE AS month,
                   feeling::DECIMAL(6,4) AS feeling, bad, good
            FROM ({staged_sql(voices)})),
        counted AS (
            SELECT touchpoint, stage, month, count(*) AS n, avg(feeling) AS mean,
                   1.645 * sqrt(greatest(sum(feeling * feeling)::DOUBLE - sum(feeling)::DOUBLE ** 2 / count(*), 0)
                                / nullif(count(*) - 1, 0) / count(*)) AS half, avg(bad::INT) AS bad_share, avg(good::INT) AS good_share
            FROM told GROUP BY GROUPING SETS ((touchpoint, stage, month), (touchpoint, stage)))
        SELECT touchpoint, stage, month, n, round(mean, 4)::DOUBLE AS mean, {cut_sql('mean - half', -1, 1, 4)} AS low,
               {cut_sql('mean + half', -1, 1, 4)} AS high, round(bad_share, 4)::DOUBLE AS bad_share,
               round(good_share, 4)::DOUBLE AS good_share, n < {params.thin_below} AS thin
        FROM counted"""


MEASURE = Measure(
    name="sentiment_touchpoint",
    title="Sentiment per touchpoint, stage and month",
    doc=__doc__,
    parameters=SentimentTouchpointParameters,
    key=("touchpoint", "stage", "month"),
    columns=(
        Column("touchpoint", "VARCHAR", "touchpoint the voices are about"),
        Column("stage", "VARCHAR", "stage of the customers then; `all`, or unknown"),
        Column("month", "DATE", "first day of the month; empty = all time"),
        Column("n", "BIGINT", "voices"),
        Column("mean", "DOUBLE", "mean feeling, -1 to 1"),
        Column("low", "DOUBLE", "lower end of the 90 % interval"),
        Column("high", "DOUBLE", "upper end of the 90 % interval"),
        Column("bad_share", "DOUBLE", "share of bad voices"),
        Column("good_share", "DOUBLE", "share of good voices"),
        Column("thin", "BOOLEAN", "too few voices to rely on"),
    ),
    select_sql=select_sql,
    needs=("voices", "stage_history"),
)
