"""Emotional recovery: did feeling turn after a bad moment, how fast, and after which action of the company.

Definition: one row per bad voice of a known customer that was long enough ago, or was followed by another voice: whether a good
voice of the same customer followed within `window_days`, after how many days, and what the company did first in between.

Formula: turned = a good voice within the window; turned_at the first of them; followed = any voice within the window. The action is
the company's first act of `actions` after the bad voice and before the turn (or the window's end); it is told as type and
channel (`ticket_solved by phone`), `nothing` where there was none. after = the feeling of the first voice about the help, or
about the touchpoint that was bad, that followed the action (or the bad voice itself, where nothing was done) within the
window. Bad voices of the same day count once (the first).

Source: `voices`, `base_touch`.

Units: days, UTC instants.

Refuses: as `voices`.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters, instant_sql, texts_sql


class RecoveryParameters(Parameters):
    """Settings of recovery."""

    window_days: int = Field(60, ge=1)
    actions: tuple[str, ...] = ("ticket_solved", "refund")
    """Acts of the company that can turn a feeling."""


def select_sql(params: RecoveryParameters, as_of: datetime) -> str:
    """Return one row per bad moment; what follows is found by looking forward from it once."""
    window = f"INTERVAL {params.window_days} DAY"
    return f"""
        WITH moment AS (
            SELECT event_id, customer_id, "at", touchpoint, channel, feeling FROM cem.measure_voices
            WHERE bad AND customer_id IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY customer_id, "at"::DATE ORDER BY "at", event_id) = 1),
        voice AS (SELECT event_id, customer_id, "at", good, feeling, touchpoint FROM cem.measure_voices WHERE customer_id IS NOT NULL),
        spoke AS (SELECT customer_id, touchpoint, "at", arg_min(feeling, event_id) AS feeling FROM voice GROUP BY ALL),
        after AS (
            SELECT m.*, n."at" AS next_at, g."at" AS good_at
            FROM moment m ASOF LEFT JOIN (SELECT DISTINCT customer_id, "at" FROM voice) n
                 ON n.customer_id = m.customer_id AND m."at" < n."at"
            ASOF LEFT JOIN (SELECT DISTINCT customer_id, "at" FROM voice WHERE good) g
                 ON g.customer_id = m.customer_id AND m."at" < g."at"),
        acted AS (
            SELECT customer_id, "at", min(type || coalesce(' by ' || channel, '')) AS action FROM cem.base_touch
            WHERE type IN {texts_sql(params.actions)} AND customer_id IS NOT NULL GROUP BY customer_id, "at"),
        told AS (
            SELECT a.*, coalesce(a.good_at <= a."at" + {window}, false) AS turned,
                   coalesce(a.next_at <= a."at" + {window}, false) AS followed,
                   c."at" AS action_at, c.action
            FROM after a ASOF LEFT JOIN acted c ON c.customer_id = a.customer_id AND a."at" < c."at")
        SELECT t.event_id, t.customer_id, t."at", t.touchpoint, t.channel, t.feeling, followed, turned,
               CASE WHEN turned THEN good_at END AS turned_at,
               CASE WHEN turned THEN round(date_diff('second', t."at", good_at) / 86400.0, 2) END::DOUBLE AS days,
               CASE WHEN acted THEN action ELSE 'nothing' END AS action,
               CASE WHEN least(h."at", s."at") <= t."at" + {window}
                    THEN CASE WHEN h."at" <= s."at" OR s."at" IS NULL THEN h.feeling ELSE s.feeling END END AS after
        FROM (SELECT *, coalesce(action_at <= CASE WHEN turned THEN good_at ELSE "at" + {window} END, false) AS acted,
                     CASE WHEN acted THEN action_at ELSE "at" END AS since FROM told) t
        ASOF LEFT JOIN (SELECT * FROM spoke WHERE touchpoint = 'help') h ON h.customer_id = t.customer_id AND t.since < h."at"
        ASOF LEFT JOIN spoke s ON s.customer_id = t.customer_id AND s.touchpoint = t.touchpoint AND t.since < s."at"
        WHERE followed OR t."at" + {window} <= {instant_sql(as_of)}"""


MEASURE = Measure(
    name="recovery",
    title="Emotional recovery after bad moments",
    doc=__doc__,
    parameters=RecoveryParameters,
    key=("event_id",),
    columns=(
        Column("event_id", "BIGINT", "the bad voice"),
        CUSTOMER,
        Column("at", "TIMESTAMP", "when (UTC)"),
        Column("touchpoint", "VARCHAR", "touchpoint it was about"),
        Column("channel", "VARCHAR", "by which channel it came"),
        Column("feeling", "DOUBLE", "how bad, -1 to 0"),
        Column("followed", "BOOLEAN", "another voice followed within the window"),
        Column("turned", "BOOLEAN", "a good voice followed within the window"),
        Column("turned_at", "TIMESTAMP", "when it did (UTC)"),
        Column("days", "DOUBLE", "days until it did"),
        Column("action", "VARCHAR", "the company's first act in between, or nothing"),
        Column("after", "DOUBLE", "feeling of the first voice after the action, about it or about what was bad, -1 to 1"),
    ),
    select_sql=select_sql,
    needs=("voices",),
)
