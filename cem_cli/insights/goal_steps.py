"""Steps to a goal: how many steps people need for an order, an answer, a return; where they turn back and where they give up.

Definition: an attempt at an order is a web visit with a step towards it, without a pause longer than `pause_minutes`; it
succeeds with the order. An attempt at an answer is a ticket with the repeats of the same cause until it is solved; its steps
are opening, each repeat and the solution. An attempt at a return is the line or order sent back; its steps are the return and
the money. One row per goal and step, and one per goal for all steps.

Formula: a step counts each time it is taken; a backtrack is a step that lies before the furthest one reached so far (of an
answer: a repeat, or a reopening). An attempt is abandoned where its goal was not reached, at the furthest step it came to.
Answers and returns younger than `patience_days` are not judged.

Source: `base_touch` (steps of the web in the order of `WEB_STEPS`, per customer or device), `ticket_history`.

Units: attempts, steps, shares 0 to 1.

Refuses: nothing; a goal nobody tried has no row. Whoever walks through a store leaves no steps, and an order whose way was not
seen on the web is no attempt.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.base.sql import literal
from cem_cli.insights.causes import causes_sql
from cem_cli.insights.measure import Column, Measure, Parameters, instant_sql

WEB_STEPS = ("session_start", "page_view", "search", "view_item", "add_to_cart", "login", "begin_checkout", "checkout_error", "order")
"""Steps towards an order, in order; an order is told by the shop or by the web's own trace of it."""


class GoalStepsParameters(Parameters):
    """Settings of steps to a goal."""

    pause_minutes: int = Field(30, ge=1)
    patience_days: int = Field(14, ge=1)
    repeat_days: int = Field(14, ge=1)
    """Days within which a second request about the same is a repeat."""


def _order_sql(params: GoalStepsParameters) -> str:
    """Steps of web visits: the order of the shop and its trace within an attempt are one step.

    An attempt goes by its first event, and ends with its order: what begins with an order is none.
    """
    ranks = " ".join(f"WHEN {literal(step)} THEN {rank}" for rank, step in enumerate(WEB_STEPS))
    return f"""
        WITH touch AS (
            SELECT customer_id AS visitor, "at", event_id, CASE WHEN type IN ('order', 'web_purchase') THEN 'order' ELSE type END AS step
            FROM cem.base_touch
            WHERE customer_id IS NOT NULL AND type IN ('order', 'web_purchase', {', '.join(map(literal, WEB_STEPS))})),
        begun AS (
            SELECT *, coalesce("at" > lag("at") OVER one + INTERVAL {params.pause_minutes} MINUTE
                               OR lag(step) OVER one = 'order' AND step <> 'order', true) AS new,
                   coalesce(lag(step) OVER one = 'order', false) AS ordered
            FROM touch WINDOW one AS (PARTITION BY visitor ORDER BY "at", event_id)),
        grouped AS (
            SELECT *, last_value(CASE WHEN new THEN {{'id': event_id, 'step': step}} END IGNORE NULLS) OVER (
                       PARTITION BY visitor ORDER BY "at", event_id) AS first FROM begun),
        once AS (
            SELECT first.id AS attempt, step, "at", event_id, CASE step {ranks} END AS rank
            FROM grouped WHERE first.step <> 'order' AND (new OR step <> 'order' OR NOT ordered))
        SELECT 'order' AS goal, attempt, step, rank, step = 'order' AS done,
               coalesce(rank < max(rank) OVER (PARTITION BY attempt ORDER BY "at", event_id
                                               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), false) AS back
        FROM once"""


def _answer_sql(params: GoalStepsParameters, as_of: datetime) -> str:
    """Steps of tickets: a repeat belongs to the cause of the customer's ticket before it."""
    return f"""
        WITH old AS (
            SELECT h.*, min(h.ticket_id) OVER (PARTITION BY c.cause) AS attempt, c.again
            FROM cem.measure_ticket_history h JOIN ({causes_sql(params.repeat_days)}) c USING (ticket_id)
            QUALIFY min(h.opened_at) OVER (PARTITION BY c.cause) + INTERVAL {params.patience_days} DAY <= {instant_sql(as_of)})
        SELECT 'answer' AS goal, attempt, CASE WHEN again = 1 THEN 'asked_again' ELSE 'asked' END AS step, again AS rank,
               false AS done, again = 1 AS back
        FROM old
        UNION ALL
        SELECT 'answer', attempt, 'reopened', 1, false, true FROM (SELECT attempt, unnest(range(reopened)) FROM old)
        UNION ALL
        SELECT 'answer', attempt, 'solved', 2, true, false FROM old GROUP BY attempt HAVING bool_and(solved_at IS NOT NULL)"""


def _return_sql(params: GoalStepsParameters, as_of: datetime) -> str:
    """Steps of returns: where goods and money are one event (a till), both are taken at once."""
    return f"""
        WITH sent AS (
            SELECT event_id, coalesce(parent_id, event_id) AS cause, type, revenue FROM cem.base_touch
            WHERE type IN ('return', 'refund') AND "at" + INTERVAL {params.patience_days} DAY <= {instant_sql(as_of)}),
        asked AS (SELECT DISTINCT cause FROM sent WHERE type = 'return')
        SELECT 'return' AS goal, cause AS attempt, 'sent_back' AS step, 0 AS rank, false AS done, false AS back FROM asked
        UNION ALL
        SELECT DISTINCT 'return', cause, 'refunded', 1, true, false FROM sent JOIN asked USING (cause)
        WHERE type = 'refund' OR revenue"""


def select_sql(params: GoalStepsParameters, as_of: datetime) -> str:
    """Return one row per goal and step, and one per goal."""
    return f"""
        WITH step AS (({_order_sql(params)}) UNION ALL ({_answer_sql(params, as_of)}) UNION ALL ({_return_sql(params, as_of)})),
        attempt AS (
            SELECT goal, attempt, bool_or(done) AS reached, count(*) AS steps, count(*) FILTER (WHERE back) AS back,
                   arg_max(step, ((rank, step))) AS furthest
            FROM step GROUP BY goal, attempt)
        SELECT goal, 'all' AS step, NULL AS rank, count(*) AS attempts, sum(steps) AS taken, sum(back) AS backtracks,
               count(*) FILTER (WHERE NOT reached) AS abandoned, count(*) FILTER (WHERE reached) AS reached,
               round(count(*) FILTER (WHERE reached) / count(*), 4)::DOUBLE AS reached_share,
               quantile_disc(steps, 0.5) FILTER (WHERE reached) AS steps_p50, quantile_disc(steps, 0.9) FILTER (WHERE reached) AS steps_p90
        FROM attempt GROUP BY goal
        UNION ALL
        SELECT s.goal, s.step, min(s.rank), count(DISTINCT s.attempt), count(*), count(*) FILTER (WHERE s.back),
               count(DISTINCT s.attempt) FILTER (WHERE NOT a.reached AND a.furthest = s.step),
               count(DISTINCT s.attempt) FILTER (WHERE a.reached),
               round(count(DISTINCT s.attempt) FILTER (WHERE a.reached) / count(DISTINCT s.attempt), 4)::DOUBLE, NULL, NULL
        FROM step s JOIN attempt a USING (goal, attempt) GROUP BY s.goal, s.step"""


MEASURE = Measure(
    name="goal_steps",
    title="Steps to a goal",
    doc=__doc__,
    parameters=GoalStepsParameters,
    key=("goal", "step"),
    columns=(
        Column("goal", "VARCHAR", "order, answer or return"),
        Column("step", "VARCHAR", "step, or all"),
        Column("rank", "BIGINT", "place of the step on the way"),
        Column("attempts", "BIGINT", "attempts that took the step"),
        Column("taken", "BIGINT", "times it was taken"),
        Column("backtracks", "BIGINT", "of them back from a later step"),
        Column("abandoned", "BIGINT", "attempts given up there"),
        Column("reached", "BIGINT", "attempts that reached the goal"),
        Column("reached_share", "DOUBLE", "their share"),
        Column("steps_p50", "BIGINT", "median steps of those that reached it"),
        Column("steps_p90", "BIGINT", "steps nine of ten did not exceed"),
    ),
    select_sql=select_sql,
    needs=("ticket_history",),
)
