"""Phone numbers in E.164. Clean numbers are settled in SQL; the distinct rest goes through `phonenumbers` once.

`settle_phones` reads a table of distinct raw values and writes a table of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cem_cli.base.sql import quote
from cem_cli.kinds.kind import JUNK, Context, Kind, in_sql, let_sql, phrases

if TYPE_CHECKING:
    from cem_cli.engines.duck import Connection


@dataclass(frozen=True)
class Plan:
    """A country's numbering, as far as the fast path needs it."""

    code: str
    """Calling code without plus."""
    trunk: str
    """Digits before a national number that are not dialled from abroad."""
    national: str
    """Regular expression of a national number without its trunk prefix."""


PLANS: dict[str, Plan] = {
    "IT": Plan("39", "", r"3[1-9]\d{7,8}|0[1-9]\d{4,9}|8\d{5,9}"),
    "SM": Plan("378", "", r"0549\d{6}|6\d{7}"),
    "FR": Plan("33", "0", r"[1-9]\d{8}"),
    "DE": Plan("49", "0", r"[1-9]\d{5,10}"),
    "AT": Plan("43", "0", r"[1-9]\d{5,11}"),
    "CH": Plan("41", "0", r"[1-9]\d{8}"),
    "ES": Plan("34", "", r"[6-9]\d{8}"),
    "PT": Plan("351", "", r"[29]\d{8}"),
    "GB": Plan("44", "0", r"[1-37-9]\d{8,9}"),
    "NL": Plan("31", "0", r"[1-9]\d{8}"),
    "BE": Plan("32", "0", r"[1-9]\d{7,8}"),
    "US": Plan("1", "1", r"[2-9]\d{2}[2-9]\d{6}"),
    "CA": Plan("1", "1", r"[2-9]\d{2}[2-9]\d{6}"),
}
"""Countries the fast path settles; Italian landlines keep their leading zero, mobiles have none."""

_TRUNKED = "|".join(sorted({plan.code for plan in PLANS.values() if plan.trunk == "0"}))
_COUNTED = frozenset({"123456789", "1234567890", "0123456789", "12345678", "987654321", "9876543210", "0987654321"})
_SCIENTIFIC = r"[0-9][.,]?[0-9]*[eE][+]?[0-9]{1,2}"


def phone_digits_sql(expr: str) -> str:
    """Return SQL for the digits of a squeezed phone, with a leading `+` kept and `00` read as `+`; NULL where letters remain.

    `p:`, `tel:`, a leading apostrophe, `(0)` and extensions go; of several numbers in a cell the first stays.
    """
    around = r"^(p|tel|phone|cell|mob)[a-z]*[.: ]+|^''+|\(0\)|\s*(ext|int|interno|x)\.? *\d{1,5}$|\s*(:::|[;,]).*$"
    cut = f"regexp_replace({expr}, '(?i){around}', '', 'g')"
    first = r"CASE WHEN regexp_matches(c, '\d{3}.*/.*\d{6}') AND length(c) > 18 THEN split_part(c, '/', 1) ELSE c END"
    bare = let_sql(cut, "c", rf"regexp_replace(regexp_replace({first}, '[\s()./\-\x{{2010}}-\x{{2015}}]+', '', 'g'), '^00', '+')")
    odd = let_sql(bare, "b", r"CASE WHEN regexp_full_match(b, '\+?\d+') THEN b END")
    return rf"CASE WHEN regexp_full_match({expr}, '\+?[1-9]\d+|0[1-9]\d+') THEN {expr} ELSE {odd} END"


def _national_sql(digits: str, plan: Plan) -> str:
    """Return SQL for E.164 from national digits, or NULL."""
    trunk = f"(?:{plan.trunk})?" if plan.trunk else ""
    return (
        f"CASE WHEN regexp_full_match({digits}, '{trunk}({plan.national})') "
        f"THEN '+{plan.code}' || regexp_extract({digits}, '^{trunk}({plan.national})$', 1) END"
    )


def _settled_sql(digits: str, context: Context) -> str:
    """Return SQL for E.164 from what `phone_digits_sql` gives, or NULL where the number needs a closer look."""
    foreign = (
        rf"CASE WHEN starts_with({digits}, '+39') AND NOT regexp_full_match({digits}, '\+39({PLANS['IT'].national})') THEN NULL "
        rf"WHEN regexp_full_match({digits}, '\+[1-9]\d{{7,14}}') AND NOT regexp_matches({digits}, '^\+({_TRUNKED})0') THEN {digits} END"
    )
    plan = PLANS.get(context.country)
    if plan is None:
        return f"CASE WHEN starts_with({digits}, '+') THEN {foreign} END"
    national = _national_sql(digits, plan)
    with_code = f"CASE WHEN regexp_full_match({digits}, '{plan.code}({plan.national})') THEN '+' || {digits} END"
    return f"CASE WHEN starts_with({digits}, '+') THEN {foreign} ELSE coalesce({national}, {with_code}) END"


def _is_made_up_sql(digits: str) -> str:
    counted = in_sql(f"replace({digits}, '+', '')", _COUNTED)
    return f"(replace(replace(right({digits}, 7), right({digits}, 1), ''), '+', '') = '' OR {counted})"


def _clean_phone_sql(expr: str, context: Context) -> str:
    return let_sql(
        phone_digits_sql(expr), "d",
        f"CASE WHEN d IS NULL OR {_is_made_up_sql('d')} THEN NULL ELSE {_settled_sql('d', context)} END",
    )


def settle_phones(con: Connection, values: str, settled: str, context: Context) -> int:
    """Create table `settled` (value, phone) for the values of table `values` (column `value`) the fast path leaves open.

    Only distinct values are looked at, and only those that hold a plausible run of digits; each is parsed once by
    `phonenumbers` with the context's country. Returns how many got a number.
    """
    import phonenumbers

    open_values = f"SELECT DISTINCT value FROM {quote(values)} WHERE {PHONE.clean_sql('value', context)} IS NULL"
    digits = let_sql("trim(value)", "v", phone_digits_sql("v"))
    plausible = f"length(d) BETWEEN 6 AND 17 AND NOT {_is_made_up_sql('d')}"
    open_sql = f"SELECT value, d FROM (SELECT value, {digits} AS d FROM ({open_values})) WHERE {plausible} ORDER BY value"
    found: list[tuple[str, str]] = []
    for value, digits in con.execute(open_sql).fetchall():
        try:
            number = phonenumbers.parse(digits, context.country)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.append((value, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)))
    con.execute(f"CREATE OR REPLACE TABLE {quote(settled)} (value VARCHAR, phone VARCHAR)").fetchall()
    columns = {"values": [value for value, _ in found], "phones": [phone for _, phone in found]}
    con.execute(f"INSERT INTO {quote(settled)} SELECT unnest($values::VARCHAR[]), unnest($phones::VARCHAR[])", columns).fetchall()
    return len(found)


def _is_phone_sql(expr: str) -> str:
    return (  # counting digits is dear: only of what looks like a number
        rf"(CASE WHEN NOT regexp_full_match({expr}, '(p:)?''?(\+|00)?[0-9(][0-9 ()./-]{{5,20}}') THEN false "
        rf"ELSE length(regexp_replace({expr}, '\D', '', 'g')) BETWEEN 7 AND 15 "
        rf"AND NOT regexp_full_match({expr}, '\d{{4}}-\d{{2}}-\d{{2}}.*|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}|-?\d+[.,]\d{{1,2}}|"
        rf"-?[1-9]?\d[.,]\d{{3,}}|-?1\d\d[.,]\d{{5,}}|"
        rf"\d{{8}}|[1-9]\d{{0,2}}(\.\d{{1,3}}){{3}}') END)"  # amounts, dates, latitudes and longitudes, internet addresses
    )


PHONE = Kind(
    "phone", "phone number", "E.164 (`+39` and the national number; Italian landlines keep their zero).", _clean_phone_sql,
    fits=_is_phone_sql, junk=JUNK,
    faults=(
        ("scientific_notation", lambda e: f"regexp_full_match({e}, '{_SCIENTIFIC}')"),
        ("no_digits", lambda e: rf"NOT regexp_matches({e}, '\d')"),
        ("junk", lambda e: let_sql(phone_digits_sql(e), "g", f"coalesce({_is_made_up_sql('g')}, false)")),
    ),
    headers=phrases("""
        phone, phone number, phonenumber, phone no, phone num, telephone, telephone number, tel, tel no, mobile, mobile phone,
        mobilephone, mobile number, cell, cell phone, cellphone, cellulare, telefono, telefono cellulare, telefono fisso, telefono
        casa, numero di telefono, numero telefono, num telefono, recapito, recapito telefonico, cell number, landline, landline
        number, home phone, homephone, work phone, other phone, sms, whatsapp, portable, telephone mobile, numero de telephone,
        telefon, telefonnummer, handy, handynummer, mobilnummer, rufnummer, movil, telefono movil, celular, telemovel, telefone,
        msisdn, contact number, phone 1 value, sms phone number, mobile phone number
    """),
)
