"""VAT numbers of organisations: Italian ones with their check digit (Luhn), others by their shape."""

from __future__ import annotations

from cem_cli.kinds.kind import JUNK, Context, Kind, let_sql, phrases


def _luhn_sql(expr: str) -> str:
    """Return boolean SQL: the eleven digits end in the right check digit."""
    doubled = "[0, 2, 4, 6, 8, 1, 3, 5, 7, 9]"
    terms = [
        f"{expr}[{i}]::INTEGER" if i % 2 else f"{doubled}[{expr}[{i}]::INTEGER + 1]" for i in range(1, 12)
    ]
    return f"({' + '.join(terms)}) % 10 = 0"


def _bare_sql(expr: str) -> str:
    return f"regexp_replace(upper({expr}), '[^A-Z0-9]', '', 'g')"


def _clean_vat_number_sql(expr: str, context: Context) -> str:
    digits = "regexp_extract(n, '^(?:IT)?([0-9]{11})$', 1)"
    italian = f"i <> '' AND i <> '00000000000' AND {_luhn_sql('i')}"
    foreign = "regexp_full_match(n, '[A-Z]{2}[A-Z0-9]{0,2}[0-9]{6,10}[A-Z0-9]{0,3}')"
    if context.country != "IT":
        italian = f"starts_with(n, 'IT') AND {italian}"
    body = f"CASE WHEN {italian} THEN 'IT' || i WHEN NOT starts_with(n, 'IT') AND {foreign} THEN n END"
    return let_sql(_bare_sql(expr), "n", let_sql(digits, "i", body))


VAT_NUMBER = Kind(
    "vat_number", "VAT number", "Country code and number; Italian ones with a right check digit.", _clean_vat_number_sql, junk=JUNK,
    fits=lambda e: f"regexp_full_match(upper({e}), 'IT ?[0-9]{{11}}')",
    faults=(("check_digit", lambda e: f"regexp_full_match({_bare_sql(e)}, '(IT)?[0-9]{{11}}')"),),
    headers=phrases("""
        vat, vat number, vat no, vat id, vatnumber, partita iva, p iva, piva, partitaiva, numero tva, tva, ust id, ustid, ust idnr,
        nif, cif, nif cif
    """),
)
