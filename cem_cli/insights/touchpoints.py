"""Where the company and a person meet: every event type belongs to one touchpoint, every touch happens in one stage.

Reads nothing by itself; its SQL reads `base_touch` and `measure_stage_history`.
"""

from __future__ import annotations

from cem_cli.base.sql import literal

TOUCHPOINTS: dict[str, tuple[str, ...]] = {
    "email": ("email_sent", "email_opened", "email_clicked", "email_bounced", "unsubscribed"),
    "sms": ("sms_sent", "sms_clicked", "sms_stop"),
    "mail": ("mail_sent", "mail_redeemed"),
    "sign_up": ("account_created", "lead_created", "referral", "card_enrolled"),
    "web_visit": ("session_start", "page_view", "view_item", "search", "login"),
    "checkout": ("add_to_cart", "begin_checkout", "checkout_error", "payment_failed"),
    "web_order": ("order", "web_purchase", "payment"),
    "delivery": ("shipped",),
    "store": ("receipt", "kiosk_visit", "beacon_seen", "staff_note"),
    "return": ("return", "refund"),
    "help": ("ticket_opened", "ticket_solved", "ticket_rating"),
    "loyalty": ("points_earned", "points_spent"),
    "feedback": ("review", "comment", "nps_answer", "survey_answer"),
}
"""Touchpoint -> event types, in the order in which a customer usually comes to them."""

OTHER = "other"
"""Touchpoint of event types that belong to none."""

STAGES = ("anonymous", "prospect", "first_time", "repeat", "loyal", "at_risk", "lapsed", "ended")
"""Stages of the relation, in order."""

UNKNOWN = "unknown"
"""Stage of events of nobody known, and of events before a person's first stage."""

ALIASES: dict[str, str] = {
    "consegna": "delivery", "delivery": "delivery", "spedizione": "delivery", "shipping": "delivery",
    "negozio": "store", "store": "store", "shop": "store", "assistenza": "help", "support": "help", "help": "help",
    "sito": "web_visit", "website": "web_visit", "checkout": "checkout", "pagamento": "checkout", "reso": "return",
    "returns": "return", "return": "return",
}
"""What surveys and helpdesks call touchpoints and topics (any case)."""


def touchpoint_sql(type_sql: str) -> str:
    """Return the touchpoint of the event type that `type_sql` yields."""
    cases = " ".join(
        f"WHEN {type_sql} IN ({', '.join(literal(t) for t in types)}) THEN {literal(name)}" for name, types in TOUCHPOINTS.items()
    )
    return f"CASE {cases} ELSE {literal(OTHER)} END"


def about_sql(properties_sql: str, type_sql: str) -> str:
    """Return the touchpoint a text or an answer is about: the one its survey or its topic names, else that of its own type."""
    named = f"lower(coalesce({property_sql(properties_sql, 'touchpoint')}, {property_sql(properties_sql, 'topic')}))"
    cases = " ".join(f"WHEN {literal(word)} THEN {literal(touchpoint)}" for word, touchpoint in ALIASES.items())
    return f"coalesce(CASE {named} {cases} END, {touchpoint_sql(type_sql)})"


def staged_sql(touches_sql: str) -> str:
    """Return the rows of `touches_sql` (customer_id, "at", ...) with the `stage` the customer was in at that instant.

    Stages are few per customer, never overlap and leave no gap: looking at all of them is cheaper than sorting the touches.
    """
    return f"""
        SELECT t.*, coalesce(h.stage, {literal(UNKNOWN)}) AS stage
        FROM ({touches_sql}) t LEFT JOIN cem.measure_stage_history h
             ON h.customer_id = t.customer_id AND t."at" >= h.began_at AND t."at" < coalesce(h.ended_at, TIMESTAMP 'infinity')"""


def property_sql(properties_sql: str, name: str) -> str:
    """Return a property of an event as text."""
    return f"json_extract_string({properties_sql}, {literal('$.' + name)})"


def instant_of_text_sql(text_sql: str) -> str:
    """Return an instant in UTC from a property's text: ISO 8601, or as shops write it (`2026-03-31 14:05:09 +0200`)."""
    return f"""coalesce(try_strptime({text_sql}, '%Y-%m-%d %H:%M:%S %z')::TIMESTAMPTZ, try_cast({text_sql} AS TIMESTAMPTZ))::TIMESTAMP"""
