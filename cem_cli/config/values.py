"""What a mapping is made of: the words it may use, values, conditions.

Every value is a column's name, or an entry of `Value`. YAML stays a description: the steps a value can go through are a
closed registry (`STEPS`), the kinds it can be cleaned as are `kinds.KINDS`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from cem_cli.base.errors import did_you_mean
from cem_cli.config.document import Strict

RECORD_FIELDS = (
    "kind", "title", "given_name", "middle_name", "surname", "full_name", "sex", "birth_date", "email", "phone", "street",
    "house_number", "city", "postcode", "province", "country", "tax_code", "company", "language", "deleted",
)
"""What a record can be told by a mapping (columns of table `record`)."""

DIMENSIONS = {
    "product": ("sku", "name", "category", "brand", "price", "cost"),
    "store": ("store_id", "name", "city", "province", "region", "opened_on"),
    "campaign": ("campaign_id", "name", "channel", "sent_at", "cost"),
    "rate": ("currency", "day", "rate"),
    "weather": ("place", "day", "condition", "temperature", "rain_mm"),
}
"""Dimension tables with their columns, key columns first."""

IDENTIFIER_KINDS = ("email", "phone", "tax_code", "loyalty_card", "handle", "external")

EVENT_TYPES = (
    "order", "receipt", "return", "refund", "payment", "payment_failed", "shipped", "ticket_opened", "ticket_solved",
    "ticket_rating", "email_sent", "email_opened", "email_clicked", "email_bounced", "unsubscribed", "sms_sent", "sms_clicked",
    "sms_stop", "mail_sent", "mail_redeemed", "points_earned", "points_spent", "card_enrolled", "session_start", "page_view",
    "view_item", "search", "add_to_cart", "begin_checkout", "checkout_error", "web_purchase", "login", "review", "comment",
    "nps_answer", "survey_answer", "lead_created", "referral", "kiosk_visit", "beacon_seen", "staff_note", "account_created",
)
"""Types of events that measures know; a mapping may not invent others."""

CHANNELS = ("web", "store", "email", "sms", "mail", "phone", "chat", "social", "app", "kiosk")

STEPS = (
    "strip_apostrophe", "strip_prefix", "strip_mailto", "first_of_list", "split_tags", "slug", "lower", "upper", "digits",
    "before", "after", "prefix", "pad", "negate", "plus_sign",
    "address_street", "address_city", "address_postcode", "address_province",
)
"""Steps a value can go through before it is cleaned; `sources.transforms` has one function for each."""


def one_of(word: str, known: tuple[str, ...], what: str) -> str:
    """Return `word` if it is known; raise ValueError with the nearest known words otherwise."""
    if word not in known:
        raise ValueError(f"unknown {what} '{word}'; {did_you_mean(word, known)}")
    return word


def pattern(text: str | None) -> str | None:
    """Return a regular expression as it is; raise ValueError where it is none."""
    try:
        re.compile(text or "")
    except re.error as err:
        raise ValueError(f"not a regular expression: {err}") from err
    return text


RecordField = Annotated[str, AfterValidator(lambda name: one_of(name, RECORD_FIELDS, "record field"))]


class Value(Strict):
    """Where a value comes from and what is done to it: text -> steps -> map -> cleaning by kind."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    """The first of these columns that is not empty."""
    constant: str | None = None
    template: str | None = None
    """Text with `{column}` in it; empty where all its columns are empty."""
    steps: tuple[str, ...] = ()
    """Entries of STEPS, with an argument after a colon: `strip_prefix:p:`."""
    map: dict[str, str] = Field(default_factory=dict)
    """Delivered text (any case) -> value."""
    otherwise: str | None = None
    """What a text becomes that `map` does not hold (default: nothing; `=` keeps the text)."""
    kind: str | None = None
    format: str | None = None
    """strptime format of dates and instants."""
    time_zone: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return {"column": data} if isinstance(data, str) else data

    @model_validator(mode="after")
    def _one_origin(self) -> Value:
        if sum(map(bool, (self.column, self.columns, self.constant is not None, self.template))) != 1:
            raise ValueError("give exactly one of column, columns, constant, template")
        return self

    @field_validator("steps")
    @classmethod
    def _known_steps(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for step in value:
            name = step.partition(":")[0]
            if name not in STEPS:
                raise ValueError(f"unknown step '{name}'; {did_you_mean(name, STEPS)}")
        return value

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, value: str | None) -> str | None:
        from cem_cli.kinds import KINDS

        return value if value is None else one_of(value, tuple(KINDS), "kind of value")

    def used_columns(self) -> list[str]:
        """Return the columns this value reads."""
        inside = re.findall(r"\{([^{}]+)\}", self.template or "")
        return [*([self.column] if self.column else []), *self.columns, *inside]


class Condition(Strict):
    """A test on one column of a row, as delivered; the tests given must all hold."""

    column: str
    equals: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    """None of these texts."""
    matches: str | None = None
    """Regular expression (RE2) found in the text."""
    empty: bool | None = None
    """true: the cell is empty; false: it is not."""

    @field_validator("matches")
    @classmethod
    def _valid_pattern(cls, value: str | None) -> str | None:
        return pattern(value)

    @field_validator("equals", "differs", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value
