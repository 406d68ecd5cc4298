"""Who would recommend us: each customer's own answers to the Net Promoter question.

Definition: per customer, the last answer and what it makes them, the first one, and how many there were.

Formula: promoter from 9, passive from 7, else detractor; change = last answer - first.

Source: the answers of `nps` that have a customer; at one instant the higher event id is the later answer.

Units: score 0 to 10, answers, UTC instants.

Refuses: as `nps` (other scales, other instruments). Customers who never answered have no row.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import CUSTOMER, Column, Measure
from cem_cli.insights.nps import NpsParameters, answers_sql, gates


def select_sql(params: NpsParameters, _as_of: datetime) -> str:
    """Return one row per customer with an answer."""
    return f"""
        WITH told AS (
            SELECT customer_id, count(*) AS answers, min({{'at': "at", 'event_id': event_id, 'score': score}}) AS first,
                   max({{'at': "at", 'event_id': event_id, 'score': score}}) AS last
            FROM ({answers_sql(params)}) WHERE score IS NOT NULL AND customer_id IS NOT NULL GROUP BY customer_id)
        SELECT customer_id, last.score AS score, last.score - first.score AS change, answers, last."at" AS at_last,
               CASE WHEN last.score >= 9 THEN 'promoter' WHEN last.score >= 7 THEN 'passive' ELSE 'detractor' END AS attitude
        FROM told"""


MEASURE = Measure(
    name="nps_customer",
    title="Who would recommend us",
    doc=__doc__,
    parameters=NpsParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("attitude", "VARCHAR", "promoter, passive or detractor by the last answer"),
        Column("score", "TINYINT", "last answer, 0 to 10"),
        Column("change", "TINYINT", "last answer less the first"),
        Column("answers", "BIGINT", "answers given"),
        Column("at_last", "TIMESTAMP", "when the last answer was given (UTC)"),
    ),
    select_sql=select_sql,
    gates=gates,
    local=True,
)
