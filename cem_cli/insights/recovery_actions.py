"""What turns a bad moment: recovery by the company's action.

Definition: the bad moments of `recovery` that another voice followed, by the action that came first, and for all: how many turned, and
how fast; and how those felt who spoke again after the action.

Formula: share = turned / followed, with Wilson's 90 % interval; `thin` where fewer than `thin_below` were followed. Moments that
nothing followed are counted (`moments`), not judged: silence is no feeling. feeling = mean of `after` (which tells a step from
bad to indifferent too, and so needs fewer voices than a share) with its normal 90 % interval, from two voices on.

Source: `recovery`.

Units: moments, shares 0 to 1, days, feelings -1 to 1.

Refuses: as `voices`. The shares compare what happened; who is called may differ from who is written to.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import Column, Measure, Parameters
from cem_cli.insights.statistics import Z90, cut_sql, wilson_sql


class RecoveryActionsParameters(Parameters):
    """Settings of recovery by action."""

    thin_below: int = Field(30, ge=1)


def select_sql(params: RecoveryActionsParameters, _as_of: datetime) -> str:
    """Return one row per action and one for all."""
    return f"""
        WITH counted AS (
            SELECT told AS action, count(*) AS moments, count(*) FILTER (WHERE followed) AS followed,
                   count(*) FILTER (WHERE turned) AS turned, round(median(days), 2) AS median_days, count(after) AS spoke,
                   avg(after) AS mean, CASE WHEN count(after) > 1 THEN {Z90} * stddev_samp(after) / sqrt(count(after)) END AS half
            FROM (SELECT *, unnest([action, 'all']) AS told FROM cem.measure_recovery) GROUP BY told)
        SELECT *, round(mean, 4)::DOUBLE AS feeling, {cut_sql("mean - half", -1, 1, 4)} AS feeling_low,
               {cut_sql("mean + half", -1, 1, 4)} AS feeling_high, round(turned / nullif(followed, 0), 4)::DOUBLE AS share,
               {wilson_sql("turned", "followed", -1)} AS low,
               {wilson_sql("turned", "followed", 1)} AS high, followed < {params.thin_below} AS thin
        FROM counted"""


MEASURE = Measure(
    name="recovery_actions",
    title="Recovery by the company's action",
    doc=__doc__,
    parameters=RecoveryActionsParameters,
    key=("action",),
    columns=(
        Column("action", "VARCHAR", "the company's first act after the bad moment; nothing; all"),
        Column("moments", "BIGINT", "bad moments"),
        Column("followed", "BIGINT", "of them followed by another voice"),
        Column("turned", "BIGINT", "of them followed by a good voice"),
        Column("share", "DOUBLE", "turned of followed"),
        Column("low", "DOUBLE", "lower end of its 90 % interval"),
        Column("high", "DOUBLE", "upper end of its 90 % interval"),
        Column("spoke", "BIGINT", "of the moments, those after whose action the customer spoke again"),
        Column("feeling", "DOUBLE", "how they felt then, -1 to 1"),
        Column("feeling_low", "DOUBLE", "lower end of its 90 % interval"),
        Column("feeling_high", "DOUBLE", "upper end of its 90 % interval"),
        Column("median_days", "DOUBLE", "median days until feeling turned"),
        Column("thin", "BOOLEAN", "too few moments to rely on"),
    ),
    select_sql=select_sql,
    needs=("recovery",),
)
