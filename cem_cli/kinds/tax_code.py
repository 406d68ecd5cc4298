"""Italian tax codes of persons (codice fiscale): check character and what a code says about its owner, all in SQL.

Source of the tables: Ministry of Finance decree of 23 December 1976; digits may be replaced by letters (omocodia).
"""

from __future__ import annotations

from datetime import date

from cem_cli.kinds.dates import date_from_parts_sql
from cem_cli.kinds.kind import JUNK, Context, Kind, let_sql, phrases

_DIGIT = "[0-9LMNPQRSTUV]"
SHAPE = f"[A-Z]{{6}}{_DIGIT}{{2}}[ABCDEHLMPRST]{_DIGIT}{{2}}[A-Z]{_DIGIT}{{3}}[A-Z]"
"""Regular expression of a code: six letters, year, month letter, day (plus 40 for women), place, check character."""

_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_MONTHS = "ABCDEHLMPRST"


def _weights(letters: tuple[int, ...]) -> str:
    """Return a SQL list indexed by `ascii(c) % 65 + 1`: letters fall on 0 to 25, digits on 48 to 57."""
    return "[" + ", ".join(str(n) for n in (*letters, *([0] * 22), *letters[:10])) + "]"


def check_character_sql(expr: str) -> str:
    """Return SQL for the check character of the first fifteen characters (upper case) of a code."""
    odd, even = _weights(_ODD), _weights(tuple(range(26)))
    terms = [f"{odd if i % 2 else even}[ascii({expr}[{i}]) % 65 + 1]" for i in range(1, 16)]
    return f"chr((65 + ({' + '.join(terms)}) % 26)::INTEGER)"


def _bare_sql(expr: str) -> str:
    return f"CASE WHEN length({expr}) = 16 THEN upper({expr}) ELSE regexp_replace(upper({expr}), '[^A-Z0-9]', '', 'g') END"


def _clean_tax_code_sql(expr: str, context: Context) -> str:
    del context
    valid = f"regexp_full_match(c, '{SHAPE}') AND {check_character_sql('c')} = c[16]"
    return let_sql(_bare_sql(expr), "c", f"CASE WHEN {valid} THEN c END")


def _digits_sql(expr: str, start: int, length: int) -> str:
    """Return SQL for digits of a code with omocodia undone; costs a `translate`, so only for codes that are there."""
    return f"translate(substr({expr}, {start}, {length}), 'LMNPQRSTUV', '0123456789')"


def tax_code_birth_date_sql(expr: str, as_of: date | None = None) -> str:
    """Return SQL for the birth DATE a clean code says; the century is the latest one that is not after `as_of`."""
    day = f"(TRY_CAST({_digits_sql(expr, 10, 2)} AS INTEGER) % 40)::VARCHAR"
    month = f"instr('{_MONTHS}', {expr}[9])::VARCHAR"
    return date_from_parts_sql(_digits_sql(expr, 7, 2), month, day, Context(as_of=as_of))


def tax_code_sex_sql(expr: str) -> str:
    """Return SQL for the sex (`M`, `F`) a clean code says."""
    return f"CASE WHEN {expr} IS NULL THEN NULL WHEN TRY_CAST({_digits_sql(expr, 10, 2)} AS INTEGER) > 40 THEN 'F' ELSE 'M' END"


def tax_code_surname_sql(expr: str) -> str:
    """Return SQL for the three letters of the surname in a code; compare with `surname_code_sql`."""
    return f"left({expr}, 3)"


def tax_code_given_sql(expr: str) -> str:
    """Return SQL for the three letters of the given name in a code; compare with `given_code_sql`."""
    return f"substr({expr}, 4, 3)"


def tax_code_place_sql(expr: str) -> str:
    """Return SQL for the cadastral code of the birth place (`F205` is Milano, `Z...` a foreign country)."""
    return f"{expr}[12] || {_digits_sql(expr, 13, 3)}"


def surname_code_sql(folded: str) -> str:
    """Return SQL for the three letters a folded surname has in a code: consonants, then vowels, then X."""
    return f"upper({_letters_sql(folded)})"


def given_code_sql(folded: str) -> str:
    """Return SQL for the three letters a folded given name has: of four or more consonants the first, third and fourth."""
    consonants = _consonants_sql(folded)
    four = f"left({consonants}, 1) || substr({consonants}, 3, 2)"
    return f"upper(CASE WHEN length({consonants}) > 3 THEN {four} ELSE {_letters_sql(folded)} END)"


def _letters_sql(folded: str) -> str:
    return f"left({_consonants_sql(folded)} || {_vowels_sql(folded)} || 'xxx', 3)"


def _consonants_sql(folded: str) -> str:
    return f"regexp_replace({folded}, '[^b-df-hj-np-tv-z]', '', 'g')"


def _vowels_sql(folded: str) -> str:
    return f"regexp_replace({folded}, '[^aeiou]', '', 'g')"


def _is_tax_code_sql(expr: str) -> str:
    return f"regexp_full_match(upper({expr}), '{SHAPE}')"


TAX_CODE = Kind(
    "tax_code", "Italian tax code (codice fiscale)", "Sixteen capital characters with a right check character.", _clean_tax_code_sql,
    fits=_is_tax_code_sql, junk=JUNK, faults=(("check_character", lambda e: f"regexp_full_match({_bare_sql(e)}, '{SHAPE}')"),),
    headers=phrases("""
        codice fiscale, codicefiscale, cod fiscale, cod fisc, codfisc, codfiscale, cf, c f, tax code, fiscal code, italian tax code,
        codice fiscale cliente
    """),
)
