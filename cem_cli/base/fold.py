"""Text folding: one spelling for names written with or without accents, capitals, apostrophes and foreign letters.

DuckDB's string distances work on bytes (nicolò/nicolo scores 0.910, not 0.933) and its `strip_accents` leaves ł, ß, ø
and æ as they are, so everything compared is folded to ASCII first, by this table, in SQL or in Python alike.
"""

from __future__ import annotations

import unicodedata

from cem_cli.base.sql import literal

LETTERS: dict[str, str] = {
    "ß": "ss", "ł": "l", "ø": "o", "œ": "oe", "æ": "ae", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "n",
    "ĸ": "k", "ŧ": "t", "’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "′": "'", "‐": "-", "‑": "-", "–": "-",
}
"""Letters that are letters of their own (not an accent on another), and typographic apostrophes and hyphens."""

GREEK: dict[str, str] = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
}
CYRILLIC: dict[str, str] = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "і": "i", "ї": "i", "є": "ie", "ґ": "g", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "ђ": "d", "џ": "dz",
}
"""Simplified transliterations of the modern Greek (ELOT 743) and Cyrillic (ICAO 9303) alphabets."""


def _replace_sql(expr: str, table: dict[str, str]) -> str:
    """Letter for letter in one call, the others one by one: planning a chain of sixty calls took a third of a second."""
    single = {letter: plain for letter, plain in table.items() if len(plain) == 1}
    expr = f"translate({expr}, {literal(''.join(single))}, {literal(''.join(single.values()))})"
    for letter, plain in table.items():
        if letter not in single:
            expr = f"replace({expr}, {literal(letter)}, {literal(plain)})"
    return expr


def fold_latin_sql(expr: str) -> str:
    """Return SQL that folds a text in Latin script that is not all ASCII."""
    return _replace_sql(f"strip_accents(lower({expr}))", LETTERS)


def fold_sql(expr: str) -> str:
    """Return SQL that folds a text expression: lower case, accents off, own letters spelled out; ASCII for Latin script.

    Plain ASCII takes the fast path (`strlen` counts bytes, `length` characters). Greek and Cyrillic are transliterated
    only where the text holds such a letter, because a chain of sixty replacements costs microseconds.
    """
    latin = fold_latin_sql(expr)
    other = _replace_sql(latin, GREEK | CYRILLIC)
    return (
        f"CASE WHEN strlen({expr}) = length({expr}) THEN replace(lower({expr}), '`', '\'\'') "
        f"WHEN regexp_matches({expr}, '[\\x{{0370}}-\\x{{04FF}}]') THEN {other} ELSE {latin} END"
    )


def fold(text: str) -> str:
    """Return the same folding in Python (for single values: configuration, questions at the terminal)."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    bare = unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))
    table = LETTERS | GREEK | CYRILLIC
    return "".join(table.get(c, c) for c in bare)
