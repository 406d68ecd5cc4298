"""Which tickets have one cause: the same customer asks again about the same thing (the order named, else the topic) soon after.

Reads `base_touch`, `event`.
"""

from __future__ import annotations

from cem_cli.insights.touchpoints import property_sql


def causes_sql(repeat_days: int) -> str:
    """Return one row per ticket: ticket_id, cause (text, the same for all tickets of one cause) and again (1: a repeat)."""
    return f"""
        SELECT ticket_id, again,
               who || ':' || about || ':' || sum(1 - again) OVER (PARTITION BY who, about ORDER BY "at", ticket_id) AS cause
        FROM (SELECT *, coalesce("at" <= lag("at") OVER (PARTITION BY who, about ORDER BY "at", ticket_id)
                                         + INTERVAL {repeat_days} DAY, false)::INT AS again
              FROM (SELECT t.event_id AS ticket_id, t."at", coalesce(t.customer_id, t.event_id::VARCHAR) AS who,
                           coalesce(t.parent_id::VARCHAR, {property_sql("e.properties", "topic")}, '') AS about
                    FROM cem.base_touch t JOIN cem.event e USING (event_id)
                    WHERE t.type = 'ticket_opened' AND e.type = 'ticket_opened'))"""
