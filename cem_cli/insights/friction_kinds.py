"""The kinds of friction: for each, every chance for it to happen and whether it did, as one SELECT.

All yield kind, event_id, item, customer_id, "at", channel, store_id, category, sku, chances, hits, lost (money known to be gone); `item`
tells lines of one event apart. They read the base tables, `event`, `order_line`, `product`, `voices`, `ticket_history`, and the
queries `purchase` and `usual` of `shared_sql`.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.insights.causes import causes_sql
from cem_cli.insights.measure import Parameters, instant_sql, texts_sql
from cem_cli.insights.touchpoints import instant_of_text_sql, property_sql


class FrictionParameters(Parameters):
    """Settings of friction moments."""

    promised_days: float = Field(5, gt=0)
    """Days from the order to the delivery above which it is slow."""
    recover_days: int = Field(3, ge=0)
    """Days within which a purchase makes good for a failed checkout or payment, or a cart left."""
    cart_intent: float = Field(0.3, ge=0, le=1)
    """Share of carts left that is taken for orders lost."""
    complaint_days: int = Field(21, ge=1)
    """Days after a purchase within which a complaint that names nothing is taken to be about it."""
    question_topics: tuple[str, ...] = ("question", "info", "informazioni")
    """Topics of tickets that are no complaints."""
    answer_days: int = Field(7, ge=1)
    """Days after which a request without solution is unsolved."""
    repeat_days: int = Field(14, ge=1)
    """Days within which a second request about the same is a repeat."""


def shared_sql() -> str:
    """Return the queries all kinds use: purchases with their main category, and what a purchase is usually worth."""
    return """
        main AS (
            SELECT event_id, arg_max(category, ((amount, line_id))) AS category FROM cem.base_line
            WHERE category IS NOT NULL GROUP BY event_id),
        purchase AS (
            SELECT p.event_id, p.customer_id, p."at", p.channel, p.store_id, m.category, p.amount, p.original
            FROM cem.base_purchase p LEFT JOIN main m USING (event_id) WHERE p.kind = 'purchase'),
        usual AS (SELECT avg(amount)::DECIMAL(18,2) AS worth FROM purchase),
        bought AS (
            SELECT customer_id, "at" FROM purchase WHERE customer_id IS NOT NULL
            UNION ALL SELECT customer_id, "at" FROM cem.base_touch WHERE type = 'web_purchase' AND customer_id IS NOT NULL)"""


def slow_delivery_sql(params: FrictionParameters, as_of: datetime) -> str:
    """Orders whose delivery is known; slow above the days promised."""
    delivered = instant_of_text_sql(property_sql("e.properties", "delivered_at"))
    return f"""
        SELECT 'slow_delivery' AS kind, event_id, 0 AS item, customer_id, "at", channel, store_id, category, NULL AS sku, 1 AS chances,
               (delivered_at > "at" + to_seconds({params.promised_days * 86400}))::INT AS hits, 0 AS lost
        FROM (SELECT p.*, {delivered} AS delivered_at FROM purchase p JOIN cem.event e USING (event_id) WHERE e.revenue)
        WHERE delivered_at <= {instant_sql(as_of)}"""


def _attempt_sql(kind: str, chances: str, failures: str, params: FrictionParameters) -> str:
    """Attempts and failures of single events; a failure loses a purchase unless one follows soon."""
    return f"""
        SELECT '{kind}' AS kind, event_id, 0 AS item, customer_id, "at", channel, store_id, NULL AS category, NULL AS sku,
               1 AS chances, 0 AS hits, 0 AS lost
        FROM cem.base_touch WHERE type IN {chances} AND type NOT IN {failures}
        UNION ALL
        SELECT '{kind}', t.event_id, 0, t.customer_id, t."at", t.channel, t.store_id, NULL, NULL, (t.type IN {chances})::INT, 1,
               CASE WHEN t.customer_id IS NOT NULL
                         AND NOT coalesce(b."at" <= t."at" + INTERVAL {params.recover_days} DAY, false) THEN u.worth ELSE 0 END
        FROM (SELECT event_id, customer_id, "at", channel, store_id, type FROM cem.base_touch WHERE type IN {failures}
              QUALIFY customer_id IS NULL OR row_number() OVER (PARTITION BY customer_id, "at"::DATE ORDER BY "at", event_id) = 1) t
        CROSS JOIN usual u ASOF LEFT JOIN (
            SELECT * FROM bought WHERE customer_id IN (SELECT customer_id FROM cem.base_touch WHERE type IN {failures})) b
            ON b.customer_id = t.customer_id AND b."at" >= t."at" """


def checkout_error_sql(params: FrictionParameters, _as_of: datetime) -> str:
    """Checkouts begun, and those of them that failed (one per visitor and day)."""
    return _attempt_sql("checkout_error", "('begin_checkout')", "('checkout_error')", params)


def failed_payment_sql(params: FrictionParameters, _as_of: datetime) -> str:
    """Payments tried, and those that failed (one per payer and day)."""
    return _attempt_sql("failed_payment", "('payment', 'payment_failed')", "('payment_failed')", params)


def returned_sql(_params: FrictionParameters, _as_of: datetime) -> str:
    """Lines bought, and lines brought or sent back; a refund without lines counts once."""
    return """
        SELECT 'returned' AS kind, event_id, line_id AS item, customer_id, "at", channel, store_id, category, sku, 1 AS chances,
               0 AS hits, 0 AS lost
        FROM cem.base_line WHERE kind = 'purchase' AND quantity > 0
        UNION ALL
        SELECT 'returned', event_id, line_id, customer_id, "at", channel, store_id, category, sku, 0, 1, greatest(-amount, 0)
        FROM cem.base_line WHERE kind = 'refund'
        UNION ALL
        SELECT 'returned', t.event_id, l.line_id, t.customer_id, t."at", t.channel, t.store_id, d.category, l.sku, 0, 1,
               (abs(l.amount) * coalesce(p.amount / nullif(p.original, 0), 1))::DECIMAL(18,2)
        FROM cem.base_touch t JOIN cem.order_line l USING (event_id) LEFT JOIN cem.product d ON d.sku = l.sku
        LEFT JOIN cem.base_purchase p ON p.event_id = t.parent_id WHERE t.type = 'return' AND NOT t.revenue
        UNION ALL
        SELECT 'returned', r.event_id, 0, r.customer_id, r."at", r.channel, r.store_id, NULL, NULL, 0, 1, -r.amount
        FROM cem.base_purchase r
        WHERE r.kind = 'refund' AND r.event_id NOT IN (SELECT event_id FROM cem.base_line) AND coalesce(
            r.parent_id NOT IN (SELECT parent_id FROM cem.base_touch WHERE type = 'return' AND parent_id IS NOT NULL), true)"""


def empty_search_sql(_params: FrictionParameters, _as_of: datetime) -> str:
    """Searches that tell their number of results."""
    return f"""
        SELECT 'empty_search' AS kind, t.event_id, 0 AS item, t.customer_id, t."at", t.channel, t.store_id, NULL AS category, NULL AS sku,
               1 AS chances, (results = 0)::INT AS hits, 0 AS lost
        FROM (SELECT event_id, try_cast({property_sql("properties", "results")} AS BIGINT) AS results FROM cem.event WHERE type = 'search')
        JOIN cem.base_touch t USING (event_id) WHERE results IS NOT NULL"""


def cart_left_sql(params: FrictionParameters, as_of: datetime) -> str:
    """Days on which a visitor filled a cart; left where no purchase followed soon and no failure of ours explains it."""
    return f"""
        SELECT 'cart_left' AS kind, c.event_id, 0 AS item, c.customer_id, c."at", c.channel, c.store_id, NULL AS category, NULL AS sku,
               1 AS chances, gone::INT AS hits, CASE WHEN gone THEN {params.cart_intent} * u.worth ELSE 0 END AS lost
        FROM (SELECT c.*, NOT failed AND NOT coalesce(b."at" <= c."at" + INTERVAL {params.recover_days} DAY, false) AS gone
              FROM (SELECT customer_id, min("at") FILTER (WHERE type <> 'checkout_error') AS "at",
                           arg_min(event_id, (("at", event_id))) FILTER (WHERE type <> 'checkout_error') AS event_id,
                           arg_min(channel, (("at", event_id))) AS channel, arg_min(store_id, (("at", event_id))) AS store_id,
                           bool_or(type = 'checkout_error') AS failed
                    FROM cem.base_touch WHERE type IN ('add_to_cart', 'begin_checkout', 'checkout_error') AND customer_id IS NOT NULL
                    GROUP BY customer_id, "at"::DATE HAVING bool_or(type <> 'checkout_error')) c
              ASOF LEFT JOIN bought b ON b.customer_id = c.customer_id AND b."at" >= c."at") c CROSS JOIN usual u
        WHERE c."at" + INTERVAL {params.recover_days} DAY <= {instant_sql(as_of)}"""


def complaint_sql(params: FrictionParameters, _as_of: datetime) -> str:
    """Purchases, and complaints about them or about a store: tickets that are no questions, and bad voices not about the helpdesk.

    A complaint belongs to the order it names, else to the store it names, else to the customer's last purchase if that is recent;
    several about the same thing within a week count once.
    """
    topic = property_sql("e.properties", "topic")
    recent = f"""p."at" >= v."at" - INTERVAL {params.complaint_days} DAY AND coalesce(v.store_id = p.store_id, v.store_id IS NULL)"""
    return f"""
        WITH voiced AS (
            SELECT event_id, customer_id, "at", store_id, parent_id FROM cem.measure_voices
            WHERE bad AND type <> 'ticket_opened' AND touchpoint <> 'help'
            UNION ALL
            SELECT t.event_id, t.customer_id, t."at", t.store_id, t.parent_id
            FROM cem.base_touch t JOIN cem.event e USING (event_id)
            WHERE t.type = 'ticket_opened' AND e.type = 'ticket_opened'
                  AND coalesce(lower({topic}) NOT IN {texts_sql(params.question_topics)}, true)),
        last AS (
            SELECT DISTINCT ON (customer_id, "at") customer_id, "at", event_id, store_id FROM purchase
            WHERE customer_id IN (SELECT customer_id FROM voiced) ORDER BY customer_id, "at", event_id),
        placed AS (
            SELECT v.*, coalesce(n.event_id, CASE WHEN {recent} THEN p.event_id END) AS about
            FROM voiced v LEFT JOIN purchase n ON n.event_id = v.parent_id
            ASOF LEFT JOIN last p ON p.customer_id = v.customer_id AND p."at" <= v."at"),
        once AS (
            SELECT * FROM placed
            QUALIFY row_number() OVER (PARTITION BY coalesce(customer_id, event_id::VARCHAR), about, store_id, date_trunc('week', "at")
                                       ORDER BY "at", event_id) = 1)
        SELECT 'complaint' AS kind, event_id, 0 AS item, customer_id, "at", channel, store_id, category, NULL AS sku, 1 AS chances,
               0 AS hits, 0 AS lost
        FROM purchase
        UNION ALL
        SELECT 'complaint', o.event_id, 0, o.customer_id, o."at", coalesce(a.channel, CASE WHEN o.store_id IS NOT NULL THEN 'store' END),
               coalesce(o.store_id, a.store_id), a.category, NULL, 0, 1, 0
        FROM once o LEFT JOIN purchase a ON a.event_id = o.about"""


def unsolved_sql(params: FrictionParameters, as_of: datetime) -> str:
    """Tickets old enough to be judged; unsolved where no solution came in time."""
    limit = f"h.opened_at + INTERVAL {params.answer_days} DAY"
    return f"""
        SELECT 'unsolved' AS kind, h.ticket_id AS event_id, 0 AS item, h.customer_id, h.opened_at AS "at", h.channel, t.store_id,
               NULL AS category, NULL AS sku, 1 AS chances,
               (h.open OR coalesce(h.solved_at > {limit}, false))::INT AS hits, 0 AS lost
        FROM cem.measure_ticket_history h JOIN cem.base_touch t ON t.event_id = h.ticket_id WHERE {limit} <= {instant_sql(as_of)}"""


def repeated_contact_sql(params: FrictionParameters, _as_of: datetime) -> str:
    """Tickets; repeated where the same customer asked about the same (order, else topic) shortly before."""
    return f"""
        SELECT 'repeated_contact' AS kind, t.event_id, 0 AS item, t.customer_id, t."at", t.channel, t.store_id, NULL AS category,
               NULL AS sku, 1 AS chances, c.again AS hits, 0 AS lost
        FROM ({causes_sql(params.repeat_days)}) c JOIN cem.base_touch t ON t.event_id = c.ticket_id"""


KINDS = (
    slow_delivery_sql, checkout_error_sql, failed_payment_sql, returned_sql, empty_search_sql, cart_left_sql, complaint_sql,
    unsolved_sql, repeated_contact_sql,
)
"""Every kind's SELECT."""
