"""Kinds of values: one registry of how to recognise, clean and check them. Reads and writes no tables.

`KINDS` is explicit: a new kind is one `Kind` in a file of this folder and one name in this list.
"""

from __future__ import annotations

from cem_cli.kinds.address import ADDRESS, HOUSE_NUMBER, STREET
from cem_cli.kinds.amount import AMOUNT, CURRENCY, INTEGER, QUANTITY
from cem_cli.kinds.dates import BIRTH_DATE, BIRTH_DAY, BIRTH_MONTH, BIRTH_YEAR, DATE
from cem_cli.kinds.email import EMAIL
from cem_cli.kinds.identifier import DEVICE, EXTERNAL_ID, HANDLE, LOYALTY_CARD, ROW_ID
from cem_cli.kinds.kind import JUNK, Context, Kind
from cem_cli.kinds.names import FULL_NAME, GIVEN_NAME, MIDDLE_NAME, SURNAME, TITLE
from cem_cli.kinds.phone import PHONE, settle_phones
from cem_cli.kinds.place import CITY, COUNTRY, POSTCODE, PROVINCE
from cem_cli.kinds.sex import SEX
from cem_cli.kinds.tax_code import TAX_CODE
from cem_cli.kinds.text import BOOLEAN, CATEGORY, COMPANY, IGNORE, LANGUAGE, TEXT, URL
from cem_cli.kinds.timestamp import TIMESTAMP
from cem_cli.kinds.vat_number import VAT_NUMBER

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        GIVEN_NAME, MIDDLE_NAME, SURNAME, FULL_NAME, TITLE, BIRTH_DATE, BIRTH_YEAR, BIRTH_MONTH, BIRTH_DAY, SEX,
        EMAIL, PHONE, STREET, HOUSE_NUMBER, ADDRESS, CITY, POSTCODE, PROVINCE, COUNTRY, LANGUAGE,
        TAX_CODE, VAT_NUMBER, LOYALTY_CARD, HANDLE, DEVICE, EXTERNAL_ID, ROW_ID, COMPANY,
        AMOUNT, QUANTITY, INTEGER, CURRENCY, TIMESTAMP, DATE, BOOLEAN, CATEGORY, TEXT, URL, IGNORE,
    )
}
"""Every kind by its name, in the order `cem inspect` lists them."""

__all__ = ["JUNK", "KINDS", "Context", "Kind", "settle_phones"]
