"""What turns a bad moment: recovery by the company's action.

Definition: the bad moments of `recovery` that another voice followed, by the action that came first, and for all: how many turned, and
how fast.

Formula: share = turned / followed, with Wilson's 90 % interval; `thin` where fewer than `thin_below` were followed. Moments that
nothing followed are counted (`moments`), not judged: silence is no feeling.

Source: `recovery`.

Units: moments, shares 0 to 1, days.

Refuses: as `voices`. The shares compare what happened; who is called may differ from who is written to.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import Column, Measure, Parameters
from cem_cli.insights.statistics import wilson_sql


class RecoveryActionsParameters(Parameters):
    """Settings of recovery by action."""

    thin_below: int = Field(30, ge=1)


def select_sql(params: RecoveryActionsParameters, _as_of: datetime) -> str:
    """Return one row per action and one for all."""
    return f"""
        WITH counted AS (
            SELECT told AS action, count(*) AS moments, count(*) FILTER (WHERE followed) AS followed,
                   count(*) FILTER (WHERE turned) AS turned, round(median(days), 2) AS median_days
            FROM (SELECT *, unnest([action, 'all']) AS told FROM cem.measure_recovery) GROUP BY told)
        SELECT *, round(turned / nullif(followed, 0), 4)::DOUBLE AS share, {wilson_sql("turned", "followed", -1)} AS low,
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
        Column("median_days", "DOUBLE", "median days until feeling turned"),
        Column("thin", "BOOLEAN", "too few moments to rely on"),
    ),
    select_sql=select_sql,
    needs=("recovery",),
)
