"""Who leaves after something happened, compared with people like them to whom it did not happen: matched by strata.

Reads `base_touch`, `base_purchase` and the caller's query of hits; writes nothing.
"""

from __future__ import annotations

from datetime import datetime

from cem_cli.insights.measure import instant_sql
from cem_cli.insights.statistics import Z90, cut_sql


def panel_sql(horizon_days: int, as_of: datetime) -> str:
    """Return customers x quarters with an act of theirs, once they bought: stratum, and whether they left, if that is known.

    Left = no kept purchase within `horizon_days` after the quarter. People are alike who were active in the same quarter, had
    made as many purchases by then (1, 2, 3, 4 or more), as many in the quarter (0, 1, 2 or more), the last by the same channel.
    """
    end = "a.quarter + INTERVAL 3 MONTH"
    return f"""
        SELECT a.customer_id, a.quarter, {end} + INTERVAL {horizon_days} DAY <= {instant_sql(as_of)} AS known,
               coalesce(b.next_at > {end} + INTERVAL {horizon_days} DAY, true) AS left_us,
               (a.quarter, least(b.orders, 4), CASE WHEN b.quarter = a.quarter THEN least(b.made, 2) ELSE 0 END, b.channel) AS stratum
        FROM (SELECT DISTINCT customer_id, date_trunc('quarter', "at") AS quarter FROM cem.base_touch
              WHERE active AND customer_id IS NOT NULL) a
        ASOF JOIN (SELECT customer_id, quarter, made, channel, sum(made) OVER one AS orders, lead(first_at) OVER one AS next_at
                   FROM (SELECT customer_id, date_trunc('quarter', "at") AS quarter, count(*) AS made, min("at") AS first_at,
                                coalesce(arg_max(channel, (("at", event_id))), '') AS channel
                         FROM cem.base_purchase WHERE kept AND customer_id IS NOT NULL GROUP BY 1, 2)
                   WINDOW one AS (PARTITION BY customer_id ORDER BY quarter)) b
             ON b.customer_id = a.customer_id AND a.quarter >= b.quarter"""


def leaving_sql(hits: str, panel: str) -> str:
    """Return, per kind, dimension and value of `hits`, the share that left, that of people alike not hit, and the difference.

    `hits` names a query (kind, dimension, value, customer_id, quarter; distinct) whose dimension `all` tells who was hit at all.
    The share of people alike is that of each stratum weighted by the hit (direct standardisation); interval of the difference
    (90 %) by the normal approximation, the share of the hit with two successes and two failures added for its variance, so
    that a few people who all left are not taken for certainty (Agresti, Coull 1998).
    """
    added = "((left_share * people + 2) / (people + 4))"
    se = f"sqrt({added} * (1 - {added}) / (people + 4) + spread)"
    difference = "left_share - left_like"
    return f"""
        WITH everybody AS (
            SELECT stratum, count(*) AS n, count(*) FILTER (WHERE left_us) AS gone FROM {panel} WHERE known GROUP BY stratum),
        struck AS (
            SELECT h.kind, h.dimension, h.value, p.stratum, count(*) AS n, count(*) FILTER (WHERE p.left_us) AS gone
            FROM {hits} h JOIN {panel} p USING (customer_id, quarter) WHERE p.known GROUP BY ALL),
        spared AS (
            SELECT s.kind, s.stratum, e.n - s.n AS n, (e.gone - s.gone) / (e.n - s.n) AS share
            FROM struck s JOIN everybody e USING (stratum) WHERE s.dimension = 'all' AND e.n > s.n),
        compared AS (
            SELECT s.kind, s.dimension, s.value, sum(s.n) AS people, sum(s.gone) / sum(s.n) AS left_share,
                   sum(s.n * u.share) / sum(s.n) AS left_like,
                   sum(s.n * s.n * u.share * (1 - u.share) / u.n) / (sum(s.n) * sum(s.n)) AS spread
            FROM struck s JOIN spared u USING (kind, stratum) GROUP BY s.kind, s.dimension, s.value)
        SELECT kind, dimension, value, people::BIGINT AS judged, round(left_share, 4)::DOUBLE AS left_share,
               round(left_like, 4)::DOUBLE AS left_like, round({difference}, 4)::DOUBLE AS left_more,
               {se} AS left_error, {cut_sql(f"{difference} - {Z90} * {se}", -1, 1, 4)} AS left_low,
               {cut_sql(f"{difference} + {Z90} * {se}", -1, 1, 4)} AS left_high
        FROM compared"""
