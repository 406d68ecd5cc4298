"""Completeness: how much of a person's profile is known, and what is missing.

Definition: per profile of a person or organisation (not of a bare device), the share of the fields asked for that hold a
value, and the list of those that do not.

Formula: score = 100 x filled / asked for, rounded to a whole number.

Source: `profile`; the fields are the parameter `fields`.

Units: 0 to 100.

Refuses: anonymous visitors have no row; completeness says nothing about truth or age of a value (see its lineage).
"""

from __future__ import annotations

from datetime import datetime

from pydantic import field_validator

from cem_cli.base.errors import did_you_mean
from cem_cli.base.sql import literal, quote
from cem_cli.insights.measure import CUSTOMER, Column, Measure, Parameters
from cem_cli.store.tables import BY_NAME

KNOWN = tuple(part.split()[0] for part in BY_NAME["profile"].columns.split(", "))


class CompletenessParameters(Parameters):
    """Settings of completeness."""

    fields: tuple[str, ...] = (
        "given_name", "surname", "sex", "birth_date", "email", "phone", "street", "city", "postcode", "language",
    )
    """Columns of the profile that are asked for."""

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in KNOWN:
                raise ValueError(f"no profile field is called '{name}'; {did_you_mean(name, KNOWN)}")
        if not value:
            raise ValueError("name at least one field")
        return value


def select_sql(params: CompletenessParameters, _as_of: datetime) -> str:
    """Return one row per profile that is not anonymous."""
    missing = ", ".join(f"CASE WHEN {quote(f)} IS NULL THEN {literal(f)} END" for f in params.fields)
    return f"""
        SELECT customer_id, (200 * ({len(params.fields)} - len(missing)) // {len(params.fields)} + 1) // 2 AS score, missing
        FROM (SELECT customer_id, list_filter([{missing}], lambda f: f IS NOT NULL) AS missing
              FROM cem.profile WHERE kind <> 'anonymous')"""


MEASURE = Measure(
    name="completeness",
    title="Profile completeness",
    doc=__doc__,
    parameters=CompletenessParameters,
    key=("customer_id",),
    columns=(
        CUSTOMER,
        Column("score", "BIGINT", "per cent of the fields asked for that are known"),
        Column("missing", "VARCHAR[]", "fields that are not known"),
    ),
    select_sql=select_sql,
    local=True,
)
