"""Journey of a customer: since when with us, ended when and how, where they stand, and their likeliest next step.

Definition: per profile, the first act and its touchpoint, how long they have been following, whether it ended, the stage and last
touchpoint now, and what people like them did next. Acts are the person's own: deliveries, bounces and notes are not.

Formula: people like them were in the same stage with the same last touchpoint, at any moment at least `horizon_days` ago; the
next step is the touchpoint of their next act on that day or within `horizon_days`, and its share is of all such moments (silence
counted). A moment is one touchpoint on one day. Status: ended by closure (all records deleted at their sources), by opt_out
(never bought, and an opt-out was the last act), by silence (stage ended), else silent (at_risk, lapsed) or active.

Source: `profile`, `record`, `base_touch`, `stage_history`, `contact`.

Units: UTC instants, days, shares 0 to 1.

Refuses: a next step where fewer than `min_moments` such moments are known: the columns stay empty.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql, texts_sql
from cem_cli.insights.touchpoints import staged_sql, touchpoint_sql


class JourneyParameters(Parameters):
    """Settings of the journey."""

    horizon_days: int = Field(90, ge=1)
    """How soon a next step must come to count as one."""
    min_moments: int = Field(30, ge=1)
    """Moments of people like them from which a next step is told."""
    opt_out_types: tuple[str, ...] = ("unsubscribed", "sms_stop")


def _next_steps_sql(params: JourneyParameters, as_of: datetime) -> str:
    """One row per stage and touchpoint: the likeliest next touchpoint, its share, that of silence, and moments counted."""
    acts = f"""SELECT customer_id, {touchpoint_sql("type")} AS touchpoint, min("at") AS "at" FROM cem.base_touch
               WHERE active AND customer_id IS NOT NULL GROUP BY customer_id, touchpoint, date_trunc('day', "at")"""
    horizon = f"INTERVAL {params.horizon_days} DAY"
    return f"""
        WITH step AS (
            SELECT *, lead(touchpoint) OVER one AS next, lead("at") OVER one AS next_at FROM ({acts})
            WINDOW one AS (PARTITION BY customer_id ORDER BY "at", touchpoint)),
        moment AS (
            SELECT stage, touchpoint, CASE WHEN next_at <= "at" + {horizon} THEN next END AS next
            FROM ({staged_sql("SELECT * FROM step")}) WHERE "at" <= {instant_sql(as_of)} - {horizon}),
        taken AS (
            SELECT stage, touchpoint, next, count(*) AS n, sum(count(*)) OVER (PARTITION BY stage, touchpoint) AS moments
            FROM moment GROUP BY stage, touchpoint, next)
        SELECT stage, touchpoint, any_value(moments)::BIGINT AS moments,
               max({{'n': n, 'next': next}}) FILTER (WHERE next IS NOT NULL) AS likeliest,
               coalesce(sum(n) FILTER (WHERE next IS NULL), 0) AS silent
        FROM taken GROUP BY stage, touchpoint HAVING any_value(moments) >= {params.min_moments}"""


def select_sql(params: JourneyParameters, as_of: datetime) -> str:
    """Return one row per profile."""
    return f"""
        WITH next_step AS ({_next_steps_sql(params, as_of)}),
        closed AS (
            SELECT i.customer_id, max(r.effective_at) AS closed_at FROM cem.identity i JOIN cem.record r USING (record_id)
            GROUP BY i.customer_id HAVING bool_and(coalesce(r.deleted, false)) AND max(r.effective_at) <= {instant_sql(as_of)}),
        stood AS (
            SELECT p.customer_id, c.first_at, c.first_type, c.first_channel, c.days, h.stage, h.began_at, c.last_at, c.last_type,
                   {touchpoint_sql("c.first_type")} AS first_touchpoint, {touchpoint_sql("c.last_type")} AS last_touchpoint,
                   CASE WHEN d.customer_id IS NOT NULL THEN 'closure'
                        WHEN h.orders = 0 AND c.last_type IN {texts_sql(params.opt_out_types)} THEN 'opt_out'
                        WHEN h.stage = 'ended' THEN 'silence' END AS ended_how, d.closed_at
            FROM cem.profile p LEFT JOIN cem.measure_contact c USING (customer_id)
            LEFT JOIN cem.measure_stage_history h ON h.customer_id = p.customer_id AND h.ended_at IS NULL
            LEFT JOIN closed d ON d.customer_id = p.customer_id),
        judged AS (
            SELECT *, CASE ended_how WHEN 'closure' THEN closed_at WHEN 'opt_out' THEN last_at WHEN 'silence' THEN began_at
                      END AS ended_at FROM stood)
        SELECT s.customer_id, s.first_at, CASE WHEN s.first_at IS NOT NULL THEN s.first_touchpoint END AS first_touchpoint, s.first_type,
               s.first_channel, date_diff('day', s.first_at, coalesce(s.ended_at, {instant_sql(as_of)})) AS following_days,
               CASE WHEN s.ended_how IS NOT NULL THEN 'ended' WHEN s.stage IN ('at_risk', 'lapsed') THEN 'silent' ELSE 'active'
               END AS status,
               s.ended_at, s.ended_how, s.stage, s.began_at AS stage_since, s.last_at,
               CASE WHEN s.last_at IS NOT NULL THEN s.last_touchpoint END AS last_touchpoint,
               n.likeliest.next AS next_step, round(n.likeliest.n / n.moments, 4)::DOUBLE AS next_share,
               round(n.silent / n.moments, 4)::DOUBLE AS silence_share, n.moments AS like_moments
        FROM judged s LEFT JOIN next_step n ON n.stage = s.stage AND n.touchpoint = s.last_touchpoint AND s.last_at IS NOT NULL"""


MEASURE = Measure(
    name="journey",
    title="Journey: first contact, where now, what next",
    doc=__doc__,
    parameters=JourneyParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("first_at", "TIMESTAMP", "first act of the person (UTC): following since"),
        Column("first_touchpoint", "VARCHAR", "touchpoint of the first act"),
        Column("first_type", "VARCHAR", "what the first act was"),
        Column("first_channel", "VARCHAR", "channel of the first act"),
        Column("following_days", "BIGINT", "days from the first act to the end, or to the clock"),
        Column("status", "VARCHAR", "active, silent or ended"),
        Column("ended_at", "TIMESTAMP", "when it ended (UTC)"),
        Column("ended_how", "VARCHAR", "closure, opt_out or silence"),
        Column("stage", "VARCHAR", "stage now"),
        Column("stage_since", "TIMESTAMP", "when this stage began (UTC)"),
        Column("last_at", "TIMESTAMP", "last act of the person (UTC)"),
        Column("last_touchpoint", "VARCHAR", "touchpoint of the last act"),
        Column("next_step", "VARCHAR", "likeliest next touchpoint of people like them"),
        Column("next_share", "DOUBLE", "share of their moments that this step followed"),
        Column("silence_share", "DOUBLE", "share of their moments that nothing followed"),
        Column("like_moments", "BIGINT", "moments of people like them that were counted"),
    ),
    select_sql=select_sql,
    reads=("identity", "record"),
    needs=("stage_history", "contact"),
)
