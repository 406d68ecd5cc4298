"""Money and numbers: decimal comma or point, currency signs, accounting negatives; currencies."""

from __future__ import annotations

from cem_cli.kinds.kind import JUNK, Context, Kind, in_sql, let_sql, lookup_sql, phrases, words

DECIMAL_POINT_LANGUAGES = frozenset({"en", "zh", "ja", "ko", "th", "he"})
"""Languages that write 1,234.56; all others write 1.234,56."""

_FAST = r"-?(0|[1-9]\d{0,14})\.\d{2}"
_JUNK = JUNK - {"0"}


def number_text_sql(expr: str, context: Context) -> str:
    """Return SQL for a plain number text (`-1234.56`) from any way of writing it, NULL where it is none.

    The last separator is the decimal one, unless it appears twice, or exactly three digits follow it and it is the
    thousands separator of the context's language.
    """
    thousands = "," if context.language in DECIMAL_POINT_LANGUAGES else "."
    bare = rf"regexp_replace({expr}, '(?i)[\s''\x{{00A0}}\x{{2019}}]|[€$£¥]|(EUR|USD|GBP|CHF|JPY|EURO)S?', '', 'g')"
    signed = r"regexp_replace(regexp_replace(b, '^\((.*)\)$', '-\1'), '^(.*)[-−]$|^−(.*)$', '-\1\2')"
    last = r"regexp_extract(s, '([.,])[^.,]*$', 1)"
    grouping = (
        rf"(length(s) - length(replace(s, l, '')) > 1 OR (l = '{thousands}' AND regexp_full_match(s, '-?[1-9]\d{{0,2}}[.,]\d{{3}}')))"
    )
    plain = (
        f"CASE WHEN l = '' THEN s WHEN {grouping} THEN replace(replace(s, ',', ''), '.', '') "
        "WHEN l = ',' THEN replace(replace(s, '.', ''), ',', '.') ELSE replace(s, ',', '') END"
    )
    checked = let_sql(plain, "n", r"CASE WHEN regexp_full_match(n, '[+-]?(\d+\.?\d*|\.\d+)') THEN n END")
    shaped = let_sql(signed, "s", rf"CASE WHEN regexp_full_match(s, '[+-]?\d*([.,]\d+)*[.,]?') THEN {let_sql(last, 'l', checked)} END")
    return let_sql(bare, "b", shaped)


def _clean_decimal_sql(expr: str, context: Context, places: int) -> str:
    slow = f"TRY_CAST(ltrim({number_text_sql(expr, context)}, '+') AS DECIMAL(18,{places}))::VARCHAR"
    return rf"CASE WHEN regexp_full_match({expr}, '{_FAST.replace('2', str(places))}') THEN {expr} ELSE {slow} END"


def _clean_amount_sql(expr: str, context: Context) -> str:
    return _clean_decimal_sql(expr, context, 2)


def _clean_quantity_sql(expr: str, context: Context) -> str:
    whole = rf"regexp_full_match({expr}, '-?\d+\.\d{{3}}')"
    trimmed = let_sql(
        f"CASE WHEN {whole} THEN TRY_CAST({expr} AS DECIMAL(18,3))::VARCHAR ELSE {_clean_decimal_sql(expr, context, 3)} END", "q",
        "CASE WHEN contains(q, '.') THEN rtrim(rtrim(q, '0'), '.') ELSE q END",
    )
    return rf"CASE WHEN regexp_full_match({expr}, '0|-?[1-9]\d{{0,13}}') THEN {expr} ELSE {trimmed} END"


def _clean_integer_sql(expr: str, context: Context) -> str:
    whole = rf"regexp_replace({number_text_sql(expr, context)}, '\.0*$', '')"
    return let_sql(whole, "w", r"CASE WHEN regexp_full_match(w, '[+-]?\d+') THEN TRY_CAST(w AS BIGINT)::VARCHAR END")


def _is_amount_sql(expr: str) -> str:
    cents = r"[(-]?[€$£]? ?-?\d[\d., '']*[.,]\d{2} ?([€$£]|[A-Z]{3})?[)-]?"
    return rf"regexp_full_match({expr}, '{cents}|[€$£] ?\d+|\d+ ?[€$£]')"


AMOUNT = Kind(
    "amount", "amount of money", "Decimal number with two places; refunds are negative.", _clean_amount_sql, fits=_is_amount_sql,
    junk=_JUNK, sql_type="DECIMAL(18,2)",
    headers=phrases("""
        amount, total, subtotal, price, total spent, total price, order total, grand total, revenue, value, spend, importo, importo
        totale, totale, totale ordine, prezzo, spesa, valore, montant, prix, betrag, preis, gesamt, summe, importe, precio, preco,
        valor, refunded amount, discount amount, shipping, taxes, lineitem price, item price, net amount, converted amount, amount
        refunded, fee, balance, credit limit, ltv, wage, wages, salary, income, stipendio, reddito, gehalt, lohn, salaire, sueldo, salario
    """),
)
QUANTITY = Kind(
    "quantity", "quantity", "Number with up to three places; three digits after a point are decimals.", _clean_quantity_sql,
    fits=lambda e: rf"regexp_full_match({e}, '-?\d{{1,9}}([.,]\d{{1,6}})?')",
    junk=_JUNK, sql_type="DECIMAL(18,3)",
    headers=phrases("""
        quantity, qty, quantita, qta, q ta, pezzi, quantite, menge, anzahl, stuckzahl, cantidad, quantidade, lineitem quantity, units,
        item quantity
    """),
)
INTEGER = Kind(
    "integer", "whole number", "Digits with an optional minus.", _clean_integer_sql, junk=_JUNK, sql_type="BIGINT",
    fits=lambda e: rf"regexp_full_match({e}, '-?\d{{1,9}}')",
    headers=phrases("""
        count, number of orders, orders count, total orders, points, points balance, score, punti, saldo punti, numero ordini, age,
        eta, nps, rating, voto
    """),
)

CURRENCIES: dict[str, str] = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "us$": "USD", "dollaro": "USD", "dollari": "USD", "dollar": "USD",
    "£": "GBP", "sterlina": "GBP", "sterline": "GBP", "pound": "GBP", "¥": "JPY", "yen": "JPY", "fr.": "CHF", "sfr": "CHF",
}
"""Signs and words -> ISO 4217."""


def _clean_currency_sql(expr: str, context: Context) -> str:
    del context
    return f"CASE WHEN regexp_full_match({expr}, '[A-Za-z]{{3}}') THEN upper({expr}) ELSE {lookup_sql(f'lower({expr})', CURRENCIES)} END"


CURRENCY = Kind(
    "currency", "currency", "ISO 4217 code.", _clean_currency_sql, junk=JUNK,
    fits=lambda e: in_sql(f"upper({e})", words("EUR USD GBP CHF JPY CNY SEK NOK DKK PLN CZK HUF RON € $ £")),
    headers=phrases("""
        currency, currency code, valuta, divisa, devise, wahrung, moneda, moeda, currency iso code, presentment currency
    """),
)
