"""Expectation gap: what matters to customers against how well it is done.

Definition: each driver of satisfaction in one of four quadrants: fix_first (matters, done badly), keep_up (matters, done
well), low_priority (matters little, done badly), beyond_need (matters little, done well).

Formula: importance is what customers say it is (mean of the properties `<stated_prefix><aspect>`), where they
were asked about every aspect, else the share of `drivers`; performance is the mean answer. An aspect
matters, or is done well, where it is above the mean of all aspects.
gap = rank by performance - rank by importance: positive where it matters more than it is served.

Source: `drivers`, events of `types`.

Units: importance in points (stated) or shares (derived), performance in points, ranks.

Refuses: as `drivers`.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.base.sql import literal
from cem_cli.insights.measure import Column, Measure, Parameters, texts_sql


class ExpectationGapParameters(Parameters):
    """Settings of the expectation gap."""

    types: tuple[str, ...] = ("survey_answer",)
    stated_prefix: str = "importance_"


def select_sql(params: ExpectationGapParameters, _as_of: datetime) -> str:
    """Return one row per driver."""
    prefix = literal(params.stated_prefix)
    return f"""
        WITH cell AS (
            SELECT e.properties, unnest(json_keys(e.properties)) AS key FROM cem.base_touch t JOIN cem.event e USING (event_id)
            WHERE t.type IN {texts_sql(params.types)} AND e.type IN {texts_sql(params.types)}),
        stated AS (
            SELECT replace(key, {prefix}, '') AS driver,
                   avg(try_cast(json_extract_string(properties, '$."' || key || '"') AS DOUBLE)) AS importance
            FROM cell WHERE starts_with(key, {prefix}) GROUP BY key),
        weighed AS (
            SELECT d.driver, d.mean AS performance, d.importance AS derived, s.importance AS stated,
                   count(s.importance) OVER () = count(*) OVER () AS asked
            FROM cem.measure_drivers d LEFT JOIN stated s USING (driver)),
        ranked AS (
            SELECT driver, CASE WHEN asked THEN 'stated' ELSE 'derived' END AS basis,
                   round(CASE WHEN asked THEN stated ELSE derived END, 4)::DOUBLE AS importance, performance
            FROM weighed)
        SELECT *, rank() OVER (ORDER BY performance DESC) - rank() OVER (ORDER BY importance DESC) AS gap,
               CASE WHEN importance > avg(importance) OVER ()
                    THEN CASE WHEN performance > avg(performance) OVER () THEN 'keep_up' ELSE 'fix_first' END
                    ELSE CASE WHEN performance > avg(performance) OVER () THEN 'beyond_need' ELSE 'low_priority' END END AS quadrant
        FROM ranked"""


MEASURE = Measure(
    name="expectation_gap",
    title="Expectation gap: importance against performance",
    doc=__doc__,
    parameters=ExpectationGapParameters,
    key=("driver",),
    columns=(
        Column("driver", "VARCHAR", "aspect asked about"),
        Column("basis", "VARCHAR", "stated (asked) or derived (from `drivers`)"),
        Column("importance", "DOUBLE", "how much it matters"),
        Column("performance", "DOUBLE", "mean answer: how well it is done"),
        Column("gap", "BIGINT", "rank by performance less rank by importance"),
        Column("quadrant", "VARCHAR", "fix_first, keep_up, low_priority or beyond_need"),
    ),
    select_sql=select_sql,
    needs=("drivers",),
)
