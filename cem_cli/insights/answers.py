"""Answers of surveys, cut by what one wants to compare: for the measures that score them.

Reads `base_touch`, `event`, `lifecycle`, `segment_member`.
"""

from __future__ import annotations

from cem_cli.base.sql import literal
from cem_cli.insights.measure import Column, texts_sql
from cem_cli.insights.touchpoints import about_sql, property_sql

CUT_COLUMNS = (
    Column("dimension", "VARCHAR", "all, touchpoint, channel, store, stage (of the customer now) or segment"),
    Column("value", "VARCHAR", "the touchpoint, channel, store, stage or segment"),
)
"""The key columns of a measure over cuts."""


def answers_sql(name: str, types: tuple[str, ...]) -> str:
    """Return one row per answered property `name`: event_id, customer_id, "at", said, score, wording and where it belongs."""
    said = property_sql("e.properties", name)
    return f"""
        SELECT t.event_id, t.customer_id, t."at", t.channel, t.store_id, {said} AS said, try_cast({said} AS DOUBLE) AS score,
               {about_sql("e.properties", "t.type")} AS touchpoint,
               coalesce({property_sql("e.properties", name + "_question")}, {property_sql("e.properties", "question")}) AS wording
        FROM cem.base_touch t JOIN cem.event e USING (event_id)
        WHERE t.type IN {texts_sql(types)} AND e.type IN {texts_sql(types)} AND nullif(trim({said}), '') IS NOT NULL"""


def wording_sql(stated: str) -> str:
    """Return the one wording of a group of answers, `(several)`, or what the parameter states."""
    fallback = literal(stated or "(not stated)")
    return f"CASE WHEN count(DISTINCT wording) > 1 THEN '(several)' ELSE coalesce(min(wording), {fallback}) END"


def by_cut_sql(rows_sql: str) -> str:
    """Return `rows_sql` once per dimension and value that each row belongs to."""
    return f"""
        WITH told AS (SELECT a.*, l.stage FROM ({rows_sql}) a LEFT JOIN cem.measure_lifecycle l USING (customer_id))
        SELECT * EXCLUDE (cut), cut[1] AS dimension, cut[2] AS value FROM (
            SELECT *, unnest([('all', 'all'), ('touchpoint', touchpoint), ('channel', channel), ('store', store_id),
                              ('stage', stage)]) AS cut FROM told
            UNION ALL
            SELECT told.*, ('segment', m.segment) FROM told JOIN cem.segment_member m USING (customer_id) WHERE m.left_run IS NULL)
        WHERE cut[2] IS NOT NULL"""
