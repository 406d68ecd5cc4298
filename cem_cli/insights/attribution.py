"""Attribution: which contacts led to the money, by four models.

Definition: the money of every kept purchase, shared among the contacts the customer had before it: all to the first, all to the
last, equal parts (linear), or position-based (`ends` each to first and last, the rest equally to those between; two contacts
share equally).

Formula: contacts are acts of `types` by the same customer within `lookback_days` before the purchase and after the one before;
contacts of one touch on one day count once. A contact is named by its traffic source where a web visit states one (`source /
medium`), else by its type. Money is net of refunds and split to the cent (what rounding leaves over goes to later contacts).
Purchases without a contact are `(none)`; direct visits are named like any other, not skipped. Every model adds up to all money
of kept purchases.

Source: `base_purchase` (nobody known: `(none)`), `base_touch`, `event` (properties source, medium).

Units: purchases (parts of), money in the project's currency.

Refuses: no kept purchases; several currencies without rates.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from cem_cli.engines.duck import Connection
from cem_cli.insights.measure import Column, Measure, Parameters, Refusal, at_least, count, texts_sql
from cem_cli.insights.touchpoints import property_sql


class AttributionParameters(Parameters):
    """Settings of attribution."""

    lookback_days: int = Field(30, ge=1)
    ends: float = Field(0.4, ge=0, le=0.5)
    types: tuple[str, ...] = (
        "session_start", "email_clicked", "sms_clicked", "mail_redeemed", "lead_created", "referral", "kiosk_visit", "comment",
    )
    """Acts that count as contacts."""


def gates(con: Connection, _params: AttributionParameters, _as_of: datetime) -> Refusal | None:
    """Refuse without purchases."""
    return at_least(count(con, "SELECT count(*) FROM cem.base_purchase WHERE kept"), 1, "kept purchases")


def _contacts_sql(params: AttributionParameters) -> str:
    """One row per kept purchase and contact before it, numbered; a purchase without contact has one row, `(none)`."""
    source, medium = property_sql("e.properties", "source"), property_sql("e.properties", "medium")
    return f"""
        SELECT b.event_id, b.net, coalesce(c.touch, '(none)') AS touch,
               row_number() OVER (PARTITION BY b.event_id ORDER BY c."at", c.touch) AS place,
               count(*) OVER (PARTITION BY b.event_id) AS contacts
        FROM (SELECT event_id, customer_id, "at", net,
                     greatest("at" - INTERVAL {params.lookback_days} DAY,
                              coalesce(lag("at") OVER (PARTITION BY customer_id ORDER BY "at", event_id), TIMESTAMP '-infinity')) AS since
              FROM cem.base_purchase WHERE kept) b
        LEFT JOIN (SELECT t.customer_id, coalesce({source} || ' / ' || {medium}, t.type) AS touch, min(t."at") AS "at"
                   FROM cem.base_touch t JOIN cem.event e USING (event_id)
                   WHERE t.type IN {texts_sql(params.types)} AND e.type IN {texts_sql(params.types)} AND t.customer_id IS NOT NULL
                   GROUP BY 1, 2, t."at"::DATE) c
             ON c.customer_id = b.customer_id AND c."at" > b.since AND c."at" < b."at" """


def _models(params: AttributionParameters) -> dict[str, tuple[str, str]]:
    """Return, per model, the part of a contact, and that of all contacts up to the place `{0}`, where that is not the last one."""
    middle = f"(1 - 2 * {params.ends}) / (contacts - 2)"
    return {
        "first": ("(place = 1)::INT::DOUBLE", "1::DOUBLE"),
        "last": ("(place = contacts)::INT::DOUBLE", "0::DOUBLE"),
        "linear": ("1 / contacts", "({0}) / contacts"),
        "position": (
            f"CASE WHEN contacts <= 2 THEN 1 / contacts WHEN place IN (1, contacts) THEN {params.ends} ELSE {middle} END",
            f"CASE WHEN contacts <= 2 THEN ({{0}}) / contacts ELSE {params.ends} + ({{0}} - 1) * {middle} END",
        ),
    }


def _upto_sql(part: str, place: str) -> str:
    """Money of the contacts up to a place, to the cent."""
    return f"CASE {place} WHEN 0 THEN 0 WHEN contacts THEN net ELSE round(net * {part.format(place)}, 2) END::DECIMAL(18,2)"


def select_sql(params: AttributionParameters, _as_of: datetime) -> str:
    """Return one row per model and contact; cumulative shares are rounded to cents, so that the parts add up."""
    parts = ", ".join(
        f"('{model}', sum({weight}), sum({_upto_sql(part, 'place')} - {_upto_sql(part, 'place - 1')}))"
        for model, (weight, part) in _models(params).items()
    )
    return f"""
        WITH contact AS ({_contacts_sql(params)}),
        given AS (SELECT touch, unnest([{parts}]) AS part FROM contact GROUP BY touch)
        SELECT part[1] AS model, touch, round(part[2], 2)::DOUBLE AS purchases, part[3] AS money,
               round(part[3] / nullif(sum(part[3]) OVER (PARTITION BY part[1]), 0), 4)::DOUBLE AS share
        FROM given"""


MEASURE = Measure(
    name="attribution",
    title="Attribution of purchases to contacts",
    doc=__doc__,
    parameters=AttributionParameters,
    key=("model", "touch"),
    columns=(
        Column("model", "VARCHAR", "first, last, linear or position"),
        Column("touch", "VARCHAR", "source / medium of a visit, else type of the contact; (none)"),
        Column("purchases", "DOUBLE", "purchases led to (parts added up)"),
        Column("money", "DECIMAL(18,2)", "their money, net of refunds"),
        Column("share", "DOUBLE", "share of the model's money"),
    ),
    select_sql=select_sql,
    gates=gates,
    money=True,
)
