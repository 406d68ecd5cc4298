"""Derivation of columns that any table may have: organisations without their legal form, web addresses, VAT numbers, numbers.

Everything here is SQL text over folded cells, as in `cleaning`; reads and writes no tables.
"""

from __future__ import annotations

from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive.cleaning import TEXT_WIDTH, plain_text_sql
from cem_cli.linkage.derive.dates import SAMPLE, lowest_ids_sql

LEGAL_FORMS = (
    "s ?r ?l ?s?|s ?p ?a|s ?n ?c|s ?a ?s|s ?a ?r ?l|s ?a|soc coop|scarl|scrl|ltd|limited|llp|inc|incorporated|llc|corp|corporation|co|plc|"
    "gmbh|gmbh (and |e )?co kg|co kg|kg|ag|e ?k|ohg|e ?v|eurl|sasu|s ?l ?u?|lda|b ?v|n ?v|a ?b|oy|a ?s|aps|sp z o ?o|s ?r ?o"
)
"""Legal forms after an organisation's name, signs as spaces."""

ABBREVIATED = {"limited": "ltd", "incorporated": "inc", "corporation": "corp"}

EPOCH = 1900
"""Year from which the days of dates are counted: two percent of them are a year or two."""


def organisation_sql(words: str) -> str:
    """Return SQL for an organisation's name out of its words, without its legal form; a name that is nothing else stays."""
    bare = f"regexp_replace({words}, '( ({LEGAL_FORMS}))+$', '')"
    return plain_text_sql(bare, TEXT_WIDTH)


def legal_form_sql(words: str) -> str:
    """Return SQL for the legal form behind an organisation's name out of its words: `s p a` is `spa`, limited is ltd."""
    form = f"replace(regexp_extract({words}, ' ({LEGAL_FORMS})$', 1), ' ', '')"
    spelt = " ".join(f"WHEN {literal(long)} THEN {literal(short)}" for long, short in ABBREVIATED.items())
    return f"nullif(CASE {form} {spelt} ELSE {form} END, '')"


def web_sql(folded: str) -> str:
    """Return SQL for a web address without its scheme, `www` and closing slash."""
    return f"regexp_replace(regexp_replace({folded}, '^(https?://)?(www[.])?', ''), '/+$', '')"


def vat_sql(folded: str) -> str:
    """Return SQL for a VAT number without the country in front, which many leave out; its own letters stay (`ESB12345678`)."""
    return f"regexp_replace({folded}, '^(?:[a-z]{{2}} ?([0-9])|(?:es|at|fr|ie) ?([a-z][0-9]))', '\\1\\2')"


def number_sql(folded: str, *, fine: bool = False) -> str:
    """Return SQL for a number in hundredths (BIGINT), whatever its signs; the last point or comma divides unless three digits follow it.

    A `fine` one, a latitude, in hundredths of a thousandth.
    """
    signs = f"regexp_replace({folded}, '[^0-9.,]+', '', 'g')"
    grouped = f"regexp_replace({signs}, '[.,]([0-9]{{3}})\\b', '\\1', 'g')"
    places, parts = (5, 100_000) if fine else (2, 100)
    plain = f"try_cast(try_cast(replace({grouped}, ',', '.') AS DECIMAL(30, {places})) * {parts} AS BIGINT)"
    return f"CASE WHEN regexp_matches({folded}, '{_LASTING}') THEN {_seconds_sql(folded)} ELSE {plain} END"


_LASTING = "^([0-9]{1,2}:)?[0-9]{1,3}:[0-9]{2}$|^[0-9]{1,3} ?m(in)? [0-9]{1,2} ?s(ec)?$"


def _seconds_sql(folded: str) -> str:
    """Return SQL for a length of time (`4:17`, `1:02:30`, `3m 17sec`) in hundredths of a second (BIGINT)."""
    parts = f"list_reverse(regexp_extract_all({folded}, '[0-9]+')::BIGINT[])"
    return f"100 * ({parts}[1] + 60 * {parts}[2] + 3600 * coalesce({parts}[3], 0))"


def day_sql(date: str) -> str:
    """Return SQL for a date number (`dates`) in hundredths of days (BIGINT), so that dates are near or far: months count alike."""
    return f"(({date}) // 65536 - {EPOCH}) * 36525 + (({date}) // 256 % 256) * 3044 + ({date}) % 256 * 100"


def is_fine(con: Connection, table: str, column: str) -> bool:
    """Return whether most numbers of a column have four decimals or more, as latitudes and longitudes have."""
    fine = f"avg(regexp_matches({quote(column)}::VARCHAR, '[.,][0-9]{{4,}}$')::INTEGER)"
    row = con.execute(f"SELECT {fine} FROM {table} WHERE {lowest_ids_sql(con, table, SAMPLE)}").fetchall()[0]
    return float(row[0] or 0) > 0.5
