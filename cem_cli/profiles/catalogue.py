"""The columns of profiles and households in the field catalogue: what they mean and what they may be used for.

Writes the rows of `field` whose table is `profile` or `household`.
"""

from __future__ import annotations

from cem_cli.engines.duck import Connection

_EVERYTHING = ("service", "analytics", "profiling", "marketing")
_CONTACT = ("service", "marketing")
_SERVICE = ("service",)

COLUMNS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("customer_id", "VARCHAR", "customer: the same from run to run", _EVERYTHING),
    ("kind", "VARCHAR", "customer (took part in a purchase), prospect (known, never bought) or anonymous (a device)", _EVERYTHING),
    ("record_kind", "VARCHAR", "person or organisation", _EVERYTHING),
    ("records", "BIGINT", "records of the exports that are this customer", _EVERYTHING),
    ("sources", "VARCHAR[]", "sources these records come from", _EVERYTHING),
    ("under_review", "BOOLEAN", "the identity waits for a person's judgement", _EVERYTHING),
    ("title", "VARCHAR", "form of address", _CONTACT),
    ("given_name", "VARCHAR", "given name", _CONTACT),
    ("middle_name", "VARCHAR", "second given name", _CONTACT),
    ("surname", "VARCHAR", "surname", _CONTACT),
    ("full_name", "VARCHAR", "given, second and surname, or the name as delivered", _CONTACT),
    ("sex", "VARCHAR", "sex as stated", _EVERYTHING),
    ("birth_date", "DATE", "date of birth", _EVERYTHING),
    ("email", "VARCHAR", "main e-mail address", _CONTACT),
    ("phone", "VARCHAR", "main telephone number, E.164", _CONTACT),
    ("street", "VARCHAR", "street of the address", _CONTACT),
    ("house_number", "VARCHAR", "house number of the address", _CONTACT),
    ("city", "VARCHAR", "city of the address", _EVERYTHING),
    ("postcode", "VARCHAR", "postcode of the address", _EVERYTHING),
    ("province", "VARCHAR", "province of the address", _EVERYTHING),
    ("country", "VARCHAR", "country of the address, ISO 3166-1 alpha-2", _EVERYTHING),
    ("tax_code", "VARCHAR", "tax code (codice fiscale)", _SERVICE),
    ("company", "VARCHAR", "company", _EVERYTHING),
    ("language", "VARCHAR", "language, ISO 639-1", _EVERYTHING),
    ("emails", "VARCHAR[]", "all e-mail addresses, newest first", _CONTACT),
    ("phones", "VARCHAR[]", "all telephone numbers, newest first", _CONTACT),
    ("loyalty_cards", "VARCHAR[]", "all loyalty cards, newest first", _CONTACT),
    ("first_seen_at", "TIMESTAMP", "first act of the person (UTC)", _EVERYTHING),
    ("last_seen_at", "TIMESTAMP", "last act of the person (UTC)", _EVERYTHING),
)
"""Column, type, meaning, purposes."""

HOUSEHOLD_COLUMNS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("household_id", "household_id", "VARCHAR", "people who live together, named after their oldest customer", _EVERYTHING),
    ("household_by", "reason", "VARCHAR", "what shows the household: address, contact, or alone", _EVERYTHING),
)
"""Field, column, type, meaning, purposes."""


def register_fields(con: Connection) -> None:
    """List the columns of profiles and households in `field`."""
    con.execute("DELETE FROM cem.field WHERE table_name IN ('profile', 'household')")
    rows = [(name, "profile", name, *rest) for name, *rest in COLUMNS] + [(name, "household", *rest) for name, *rest in HOUSEHOLD_COLUMNS]
    con.executemany("INSERT INTO cem.field VALUES (?, ?, ?, ?, ?, ?)", [[*row[:-1], list(row[-1])] for row in rows])
