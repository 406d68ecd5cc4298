"""Dates: birth date and its parts, other dates. ISO and dates that can be read in one way only, or the declared format."""

from __future__ import annotations

from cem_cli.base.sql import literal
from cem_cli.kinds.kind import JUNK, LETTERS, Context, Kind, in_sql, let_sql, lookup_sql, phrases

PLACEHOLDERS: frozenset[str] = frozenset({
    "0001-01-01", "1111-11-11", "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01",
    "2099-12-31", "2999-12-31", "9999-12-31",
})
"""Dates that systems write where none is known."""

FIRST_YEAR, LAST_YEAR, PIVOT = 1000, 2100, 30
"""Years outside are misread; two-digit years below the pivot are 20xx where no `as_of` decides."""

MONTHS: dict[str, str] = {
    "jan": "1", "gen": "1", "ene": "1", "feb": "2", "fev": "2", "mar": "3", "mae": "3", "mrz": "3", "apr": "4", "avr": "4", "abr": "4",
    "mag": "5", "may": "5", "mai": "5", "giu": "6", "jun": "6", "juin": "6", "lug": "7", "jul": "7", "juil": "7", "ago": "8", "aug": "8",
    "aou": "8", "set": "9", "sep": "9", "ott": "10", "oct": "10", "okt": "10", "out": "10", "nov": "11", "dic": "12",
    "dec": "12", "dez": "12",
}
"""First letters of the months in it, en, fr, de, es, pt, without accents."""

_ISO = r"\d{4}-\d{2}-\d{2}"
_DAY_TIME = r"^(.*?)(?:[T ,]+\d{1,2}[:.]\d{2}.*|T.*)$"


def century(context: Context) -> int:
    """Return the two-digit year up to which a year is read as 20xx."""
    return context.as_of.year % 100 if context.as_of else PIVOT - 1


def _full_year_sql(year: str, context: Context) -> str:
    return (
        f"CASE WHEN length({year}) > 2 THEN {year} "
        f"WHEN TRY_CAST({year} AS INTEGER) <= {century(context)} THEN '20' || {year} ELSE '19' || {year} END"
    )


def date_from_parts_sql(year: str, month: str, day: str, context: Context) -> str:
    """Return SQL for a DATE from three text expressions (two-digit years allowed), NULL where there is no such day."""
    full = _full_year_sql(year, context)
    joined = f"({full}) || '-' || lpad({month}, 2, '0') || '-' || lpad({day}, 2, '0')"
    sizes = f"length({year}) IN (2, 4) AND length({month}) <= 2 AND length({day}) <= 2"
    return f"CASE WHEN {sizes} THEN TRY_CAST({joined} AS DATE) END"


def _order_sql(context: Context) -> str:
    """Return SQL for the order of a day and a month `p[1]`, `p[2]` before a year: 'dm', 'md', or NULL where unknown."""
    declared = (context.date_format or "").replace("-", "").lower()
    unsure = "NULL"
    if "d" in declared and ("m" in declared or "b" in declared):
        unsure = "'dm'" if declared.index("d") < declared.replace("b", "m").index("m") else "'md'"
    return (
        "CASE WHEN TRY_CAST(p[1] AS INTEGER) > 12 OR p[1] = p[2] THEN 'dm' WHEN TRY_CAST(p[2] AS INTEGER) > 12 THEN 'md' "
        f"ELSE {unsure} END"
    )


def _loose_date_sql(expr: str, context: Context) -> str:
    """Return SQL for a DATE from digits and separators, month names, or eight digits in a row."""
    month = let_sql(
        f"left(strip_accents(lower(regexp_extract({expr}, '[{LETTERS}]{{3,}}'))), 4)", "m",
        lookup_sql("m", MONTHS, lookup_sql("left(m, 3)", MONTHS)),
    )
    year_first = date_from_parts_sql("p[1]", "p[2]", "p[3]", context)
    day_first = date_from_parts_sql("p[3]", "p[2]", "p[1]", context)
    month_first = date_from_parts_sql("p[3]", "p[1]", "p[2]", context)
    named = date_from_parts_sql("p[2]", month, "p[1]", context)
    apart = f"CASE {_order_sql(context)} WHEN 'dm' THEN {day_first} WHEN 'md' THEN {month_first} END"
    compact = (
        f"coalesce(CASE WHEN left({expr}, 2) IN ('16', '17', '18', '19', '20') THEN TRY_STRPTIME({expr}, '%Y%m%d')::DATE END, "
        f"CASE WHEN substr({expr}, 5, 2) IN ('18', '19', '20') THEN TRY_STRPTIME({expr}, '%d%m%Y')::DATE END)"
    )
    separated = (
        rf"CASE WHEN regexp_full_match({expr}, '\d{{4}}[-/. ]+\d{{1,2}}[-/. ]+\d{{1,2}}[.]?') THEN {year_first} "
        rf"WHEN regexp_full_match({expr}, '\d{{1,2}}[-/. ]+\d{{1,2}}[-/. ]+(\d{{4}}|\d{{2}})') THEN {apart} "
        rf"WHEN regexp_matches({expr}, '[{LETTERS}]{{3}}') AND len(p) = 2 THEN {named} END"
    )
    parts = let_sql(rf"regexp_extract_all({expr}, '\d+')", "p", separated)
    return rf"CASE WHEN regexp_full_match({expr}, '\d{{8}}') THEN {compact} ELSE {parts} END"


def parsed_date_sql(expr: str, context: Context) -> str:
    """Return SQL for a DATE from a squeezed text: ISO first, then the declared format, then whatever is unambiguous."""
    day = rf"CASE WHEN contains({expr}, ':') OR contains({expr}, 'T') THEN regexp_replace({expr}, '{_DAY_TIME}', '\1') ELSE {expr} END"
    tries = [rf"CASE WHEN regexp_full_match(d, '{_ISO}') THEN TRY_CAST(d AS DATE) END"]
    if context.date_format and "%Y" in context.date_format:
        tries.append(_plausible_sql(f"TRY_STRPTIME(d, {literal(context.date_format)})::DATE"))
    tries.append(_loose_date_sql("d", context))
    return let_sql(day, "d", f"coalesce({', '.join(tries)})")


def _plausible_sql(expr: str) -> str:
    return let_sql(expr, "t", f"CASE WHEN year(t) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN t END")


def _clean_date_sql(expr: str, context: Context) -> str:
    kept = f"year(r) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} AND NOT {in_sql('r::VARCHAR', PLACEHOLDERS)}"
    return let_sql(parsed_date_sql(expr, context), "r", f"CASE WHEN {kept} THEN r::VARCHAR END")


def _clean_birth_date_sql(expr: str, context: Context) -> str:
    cleaned = _clean_date_sql(expr, context)
    if context.as_of is None:
        return cleaned
    return let_sql(cleaned, "b", f"CASE WHEN b <= {literal(context.as_of.isoformat())} THEN b END")


def _is_date_sql(expr: str) -> str:
    number = r"\d{4}-\d{2}-\d{2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( .*)?|\d{4}[/.] ?\d{1,2}[/.] ?\d{1,2}[.]?( .*)?"
    word = f"[{LETTERS}]{{3,10}}"
    written = rf"\d{{1,2}}[ -]{word}\.?[ -]\d{{4}}|{word} \d{{1,2}}, \d{{4}}|(1[6-9]|20)\d{{2}}(0[1-9]|1[0-2])([0-2][0-9]|3[01])"
    return f"regexp_full_match({expr}, {literal(number + '|' + written)})"


def _is_placeholder_sql(expr: str) -> str:
    return f"coalesce({in_sql(f'({parsed_date_sql(expr, Context())})::VARCHAR', PLACEHOLDERS)}, false)"


def _is_ambiguous_sql(expr: str) -> str:
    return rf"regexp_full_match({expr}, '(0?[1-9]|1[0-2])[-/. ](0?[1-9]|1[0-2])[-/. ]\d{{2,4}}( .*)?')"


def _is_future_sql(expr: str) -> str:
    return f"{parsed_date_sql(expr, Context())} IS NOT NULL"


_FAULTS = (
    ("placeholder_date", _is_placeholder_sql),
    ("ambiguous_date", _is_ambiguous_sql),
    ("future_or_implausible_date", _is_future_sql),
    ("impossible_date", _is_date_sql),
)
_JUNK = JUNK | {"00/00/0000", "0000-00-00", "00000000", "--", "0/0/0000", "00-00-0000"}

BIRTH_DATE = Kind(
    "birth_date", "date of birth", "YYYY-MM-DD; placeholders such as 1900-01-01, future and impossible days dropped.",
    _clean_birth_date_sql, fits=_is_date_sql, junk=_JUNK, sql_type="DATE", faults=_FAULTS,
    headers=phrases("""
        birth date, birthdate, date of birth, birth, dob, birthday, born, born on, bday, data di nascita, data nascita, nascita, nato il,
        nata il, dt nascita, compleanno, geburtsdatum, geburtstag, geb datum, geb, date de naissance, naissance, date naissance, fecha de
        nacimiento, fecha nacimiento, fec nac, fecha nac, fec nacimiento, f nacimiento, f nac, fnac, ne le, ne e le, nee le, date naiss,
        data de nascimento, data nascimento, data nasc, dt nasc, dtnasc, d nasc,
        nascimento
    """),
)
DATE = Kind(
    "date", "date", "YYYY-MM-DD; placeholders and impossible days dropped.", _clean_date_sql, fits=_is_date_sql, junk=_JUNK,
    sql_type="DATE", faults=_FAULTS,
    headers=phrases("""
        date, data, datum, fecha, giorno, day, jour, tag
    """),
)


def _clean_year_sql(expr: str, context: Context) -> str:
    year = f"TRY_CAST({_full_year_sql(expr, context)} AS INTEGER)"
    checked = let_sql(year, "y", f"CASE WHEN y BETWEEN {FIRST_YEAR} AND {LAST_YEAR} AND y <> 1900 THEN y::VARCHAR END")
    return rf"CASE WHEN regexp_full_match({expr}, '\d{{4}}|\d{{2}}') THEN {checked} END"


def _clean_month_sql(expr: str, context: Context) -> str:
    del context
    word = let_sql(f"left(strip_accents(lower({expr})), 4)", "m", lookup_sql("m", MONTHS, lookup_sql("left(m, 3)", MONTHS)))
    return f"CASE WHEN TRY_CAST({expr} AS INTEGER) BETWEEN 1 AND 12 THEN TRY_CAST({expr} AS INTEGER)::VARCHAR ELSE {word} END"


def _clean_day_sql(expr: str, context: Context) -> str:
    del context
    return f"CASE WHEN TRY_CAST({expr} AS INTEGER) BETWEEN 1 AND 31 THEN TRY_CAST({expr} AS INTEGER)::VARCHAR END"


BIRTH_YEAR = Kind(
    "birth_year", "year of birth", "Four digits.", _clean_year_sql, sql_type="INTEGER",
    fits=lambda e: f"regexp_full_match({e}, '(18|19|20)[0-9][0-9]')",
    headers=phrases("""
        birth year, birthyear, year of birth, yob, by, doby, anno di nascita, anno nascita, geburtsjahr, jahrgang, annee de naissance,
        ano de nacimiento, ano nacimiento, ano de nascimento
    """),
)
BIRTH_MONTH = Kind(
    "birth_month", "month of birth", "1 to 12; month names in six languages are understood.", _clean_month_sql, sql_type="INTEGER",
    fits=lambda e: f"coalesce(TRY_CAST({e} AS INTEGER) BETWEEN 1 AND 12, false)",
    headers=phrases("""
        birth month, birthmonth, month of birth, bm, dobm, mese di nascita, mese nascita, geburtsmonat, mois de naissance, mes de
        nacimiento, mes nacimiento, mes de nascimento
    """),
)
BIRTH_DAY = Kind(
    "birth_day", "day of birth", "1 to 31.", _clean_day_sql, sql_type="INTEGER",
    fits=lambda e: f"coalesce(TRY_CAST({e} AS INTEGER) BETWEEN 1 AND 31, false)",
    headers=phrases("""
        birth day, day of birth, bd, dobd, giorno di nascita, giorno nascita, tag der geburt, jour de naissance, dia de nacimiento,
        dia nacimiento, dia de nascimento
    """),
)
