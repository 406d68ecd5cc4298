"""Stage history: through which stages of the relation a customer has gone, and when.

Definition: per customer, intervals that never overlap and leave no gap: anonymous (a device), prospect (known, never bought),
first_time, repeat, loyal, at_risk, lapsed, ended. The last interval has no end: it is where they stand at the clock, which
`lifecycle` tells in one row. All rules of the stages are here.

Formula: a kept purchase begins first_time (the 1st), repeat (from the 2nd) or loyal (from `loyal_orders`); without another one,
at_risk, lapsed and ended begin on the midnight (UTC) after `at_risk_days`, `lapsed_days` and `ended_days` whole days. Before the
first purchase the stage is prospect, or anonymous for a device nobody logged in on, from the first record or event. Someone
who buys again returns to the stage of that purchase. Intervals are [began_at, ended_at).

Source: `profile`, `base_touch`, `base_purchase`.

Units: UTC instants, days, purchases.

Refuses: nothing; a profile without any date has no row.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql


class StageHistoryParameters(Parameters):
    """Settings of the stages of the relation."""

    loyal_orders: int = Field(4, ge=3)
    """Kept purchases from which a customer is loyal."""
    at_risk_days: int = Field(180, ge=1)
    lapsed_days: int = Field(365, ge=1)
    ended_days: int = Field(730, ge=1)


def _marks_sql(params: StageHistoryParameters) -> str:
    """Every instant that can begin a stage: the relation's begin, each purchase, each limit of silence passed."""
    silences = " UNION ALL ".join(
        f"""SELECT customer_id, orders, date_trunc('day', "at") + INTERVAL {days + 1} DAY AS began_at, '{stage}' AS stage
            FROM bought WHERE date_trunc('day', "at") + INTERVAL {days + 1} DAY < coalesce(next_at, TIMESTAMP 'infinity')"""
        for stage, days in (("at_risk", params.at_risk_days), ("lapsed", params.lapsed_days), ("ended", params.ended_days))
    )
    return f"""
        SELECT k.customer_id, 0 AS orders, k.began_at, CASE k.kind WHEN 'anonymous' THEN 'anonymous' ELSE 'prospect' END AS stage
        FROM known k LEFT JOIN bought b ON b.customer_id = k.customer_id AND b.orders = 1
        WHERE k.began_at < b."at" OR b."at" IS NULL
        UNION ALL
        SELECT customer_id, orders, "at", CASE WHEN orders >= {params.loyal_orders} THEN 'loyal' WHEN orders > 1 THEN 'repeat'
                                               ELSE 'first_time' END FROM bought
        UNION ALL {silences}"""


def select_sql(params: StageHistoryParameters, as_of: datetime) -> str:
    """Return one row per customer and interval; marks of one instant count as one, neighbours in the same stage are joined."""
    return f"""
        WITH known AS (
            SELECT p.customer_id, p.kind, least(p.first_seen_at, t.first_at) AS began_at
            FROM cem.profile p LEFT JOIN (
                SELECT customer_id, min("at") AS first_at FROM cem.base_touch WHERE customer_id IS NOT NULL GROUP BY customer_id) t
                USING (customer_id)),
        bought AS (
            SELECT customer_id, "at", row_number() OVER one AS orders, lead("at") OVER one AS next_at
            FROM cem.base_purchase WHERE kept AND customer_id IS NOT NULL
            WINDOW one AS (PARTITION BY customer_id ORDER BY "at", event_id)),
        mark AS (
            SELECT * FROM ({_marks_sql(params)}) WHERE began_at <= {instant_sql(as_of)}
            QUALIFY row_number() OVER (PARTITION BY customer_id, began_at ORDER BY orders DESC) = 1),
        turn AS (
            SELECT * FROM mark QUALIFY stage IS DISTINCT FROM lag(stage) OVER (PARTITION BY customer_id ORDER BY began_at))
        SELECT customer_id, began_at, lead(began_at) OVER one AS ended_at, stage, orders,
               date_diff('day', began_at, coalesce(ended_at, {instant_sql(as_of)})) AS days
        FROM turn WINDOW one AS (PARTITION BY customer_id ORDER BY began_at)"""


MEASURE = Measure(
    name="stage_history",
    title="Stage history",
    doc=__doc__,
    parameters=StageHistoryParameters,
    key=("customer_id", "began_at"),
    columns=(
        CUSTOMER,
        Column("began_at", "TIMESTAMP", "when the stage began (UTC)"),
        Column("ended_at", "TIMESTAMP", "when the next one began (UTC); empty where it lasts"),
        Column("stage", "VARCHAR", "anonymous, prospect, first_time, repeat, loyal, at_risk, lapsed or ended"),
        Column("orders", "BIGINT", "kept purchases when it began"),
        Column("days", "BIGINT", "days it lasted, or has lasted so far"),
    ),
    select_sql=select_sql,
    local=True,
)
