"""VAT numbers of organisations: Italian ones with their check digit (Luhn), others by their shape."""

from __future__ import annotations

from cem_cli.kinds.kind import JUNK, Context, Kind, let_sql


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
    italian = "regexp_extract(n, '^(?:IT)?([0-9]{11})$', 1)"
    without_country = "WHEN i <> '' THEN NULL " if context.country == "IT" else ""
    body = (
        f"CASE WHEN i <> '' AND (starts_with(n, 'IT') OR {str(context.country == 'IT').lower()}) AND i <> '00000000000' AND {_luhn_sql('i')} THEN 'IT' || i "
        f"{without_country}WHEN NOT starts_with(n, 'IT') AND regexp_full_match(n, '[A-Z]{{2}}[A-Z0-9]{{0,2}}[0-9]{{6,10}}[A-Z0-9]{{0,3}}') THEN n END"
    )
    return let_sql(_bare_sql(expr), "n", let_sql(italian, "i", body))


VAT_NUMBER = Kind(
    "vat_number", "VAT number", "Country code and number; Italian ones with a right check digit.", _clean_vat_number_sql, junk=JUNK,
    fits=lambda e: f"regexp_full_match(upper({e}), 'IT ?[0-9]{{11}}')",
    faults=(("check_digit", lambda e: f"regexp_full_match({_bare_sql(e)}, '(IT)?[0-9]{{11}}')"),),
    headers=("vat", "vat number", "vat no", "vat id", "vatnumber", "partita iva", "p iva", "piva", "partitaiva", "numero tva", "tva", "ust id", "ustid", "ust idnr", "nif", "cif", "nif cif"),
)
