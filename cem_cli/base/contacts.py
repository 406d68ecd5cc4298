"""Cells that hold several e-mail addresses or phones: SQL that tells and parts them."""

from __future__ import annotations

from cem_cli.base.sql import literal

SHORTEST = 17
"""Characters that two phones in one cell take at least (`5551234 / 5554321`); a single one hardly ever has as many."""
_DIGIT, _PLAIN = "[0-9][ ().-]*", "[0-9][ ().]*"
_BETWEEN = f"((?:{_DIGIT}){{6,}})(?: /|/ |[^0-9 ()./-])|((?:{_DIGIT}){{9,}}) - |((?:{_PLAIN}){{9,}})/"
"""What ends a phone inside a cell. A hyphen between spaces or a bare slash may also follow an area code: it needs nine digits before."""
_TWO = f"(?:{_BETWEEN})[^0-9]*(?:[0-9]{{2,4}}/)?(?:{_DIGIT}){{6,}}"
_ADDRESS = '[^[:space:];,|/<>()"]+@[^[:space:];,|/<>()"]+'


def holds_emails_sql(cell: str) -> str:
    """Return SQL for whether a cell holds several addresses."""
    return f"{cell} LIKE '%@%@%'"


def holds_phones_sql(cell: str) -> str:
    """Return SQL for whether a cell holds several phones."""
    return f"CASE WHEN strlen({cell}) >= {SHORTEST} THEN regexp_matches({cell}, {literal(_TWO)}) ELSE false END"


def emails_sql(cell: str) -> str:
    """Return SQL for the list of the addresses in a cell; a cell with one is left as it is."""
    return f"CASE WHEN {holds_emails_sql(cell)} THEN regexp_extract_all({cell}, {literal(_ADDRESS)}) ELSE [{cell}] END"


def phones_sql(cell: str) -> str:
    """Return SQL for the list of the phones in a cell; a cell with one is left as it is."""
    ended = f"regexp_replace({cell}, {literal(_BETWEEN)}, '\\1\\2\\3' || chr(31), 'g')"
    return f"CASE WHEN {holds_phones_sql(cell)} THEN string_split({ended}, chr(31)) ELSE [{cell}] END"
