"""What a kind of value is: how to recognise it, clean it, and say why a value was dropped.

Everything here is SQL text over an expression, so that a column of millions is cleaned by the engine in one pass.
Reads and writes no tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from cem_cli.base.sql import literal

JUNK: frozenset[str] = frozenset({
    "-", "--", "---", ".", "..", "...", "?", "??", "???", "/", "//", "*", "**", "_", "x", "xx", "xxx", "xxxx", "#", "0",
    "n/a", "na", "n.a.", "n.a", "n/d", "nd", "n.d.", "n.d", "null", "(null)", "<null>", "\\n", "none", "nil", "nan",
    "#n/a", "#n/d", "#name?", "#ref!", "#value!", "undefined", "unknown", "not available", "not provided", "tbd",
    "no name", "anonymous", "empty", "(empty)", "blank", "test", "testing", "prova", "asd", "asdf", "qwerty",
    "nessuno", "nessuna", "non disponibile", "non specificato", "non noto", "non fornito", "sconosciuto",
    "sconosciuta", "ignoto", "anonimo", "vuoto", "(vuoto)", "da definire", "unbekannt", "keine", "keine angabe",
    "inconnu", "inconnue", "aucun", "aucune", "non renseigné", "desconocido", "desconocida", "ninguno", "ninguna",
    "sin datos", "desconhecido", "nenhum", "do not use", "dummy",
})
"""Values (lower case) that stand for "nothing" in any column."""


@dataclass(frozen=True)
class Context:
    """What a source says about all its values."""

    country: str = "IT"
    """ISO 3166 alpha-2: the country of phones, postcodes and street types that name none."""
    language: str = "it"
    """ISO 639-1: decides the decimal separator where a number does not show it."""
    date_format: str | None = None
    """A strptime format (`%d/%m/%Y`), or None for ISO dates and those that can be read in one way only."""
    time_zone: str = "UTC"
    """The IANA zone of timestamps that carry no offset."""
    as_of: date | None = None
    """No birth can be later; decides the century of two-digit years (30 and later are 19xx where it is None)."""


Cleaner = Callable[[str, Context], str]
"""SQL expression (trimmed, not empty, not junk) and context -> SQL of the canonical text, NULL where unusable."""
Test = Callable[[str], str]
"""SQL expression -> boolean SQL."""


@dataclass(frozen=True)
class Kind:
    """One kind of value: its words, its cleaning and its tests, as SQL text."""

    name: str
    """How mappings and tables name it."""
    title: str
    """What a person calls it; `cem inspect` prints it."""
    note: str
    """One sentence: the canonical form."""
    clean: Cleaner
    """Gives the canonical text of an expression that is already squeezed and not junk."""
    headers: tuple[str, ...] = ()
    """Column headers that mean this kind, folded, words separated by one space."""
    fits: Test | None = None
    """Whether a squeezed value looks like this kind; None where values cannot tell."""
    junk: frozenset[str] = JUNK
    """Squeezed lower-case values that mean nothing here."""
    sql_type: str = "VARCHAR"
    """The SQL type of the canonical text."""
    faults: tuple[tuple[str, Test], ...] = ()
    """Reason ids with the test on a squeezed value that was dropped; the first that holds is the reason."""
    keeps_layout: bool = False
    """Whether line breaks and runs of spaces inside the value mean something (free text)."""

    def clean_sql(self, expr: str, context: Context) -> str:
        """Return SQL that gives the canonical VARCHAR of a text expression, or NULL where it is unusable."""
        body = f"CASE WHEN {self._junk_sql('v')} THEN NULL ELSE {self.clean('v', context)} END"
        return let_sql(self._squeezed_sql(expr), "v", body)

    def typed_sql(self, expr: str, context: Context) -> str:
        """Return SQL that gives the cleaned value in its own type (`DATE`, `DECIMAL(18,2)`, `VARCHAR` ...)."""
        cleaned = self.clean_sql(expr, context)
        return cleaned if self.sql_type == "VARCHAR" else f"TRY_CAST({cleaned} AS {self.sql_type})"

    def reason_sql(self, expr: str, context: Context) -> str:
        """Return SQL that gives the reason id of a value that `clean_sql` dropped; NULL for kept or empty values."""
        named = "".join(f" WHEN {test('v')} THEN {literal(reason)}" for reason, test in self.faults)
        body = (
            f"CASE WHEN v IS NULL OR {self.clean_sql('v', context)} IS NOT NULL THEN NULL "
            f"WHEN {self._junk_sql('v')} THEN 'junk'{named} ELSE 'invalid' END"
        )
        return let_sql(self._squeezed_sql(expr), "v", body)

    def _squeezed_sql(self, expr: str) -> str:
        return f"nullif(trim({expr}, {WHITE}), '')" if self.keeps_layout else squeeze_sql(expr)

    def _junk_sql(self, expr: str) -> str:
        return in_sql(f"lower({expr})", self.junk) if self.junk else "false"


def words(text: str) -> frozenset[str]:
    """Return the words of a text, without order."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[str, ...]:
    """Return the comma-separated phrases of a text, in order."""
    return tuple(" ".join(phrase.split()) for phrase in text.split(","))


LETTERS = r"A-Za-zªµºÀ-\x{1FFF}\x{2C00}-\x{2DFF}\x{3005}-\x{FDFF}\x{20000}-\x{3FFFF}"
"""Inside a regular expression's brackets: letters and their marks of all scripts, roughly.

Unicode classes such as `\\p{L}` are exact but hundreds of ranges long, and DuckDB compiles the expressions inside a lambda
anew for every 2,048 rows: they made a column of names six times dearer.
"""
_INVISIBLE = r"\x{AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{2064}\x{FEFF}"
_SPACES = r"\x00-\x20\x7F-\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}"

_PLAIN_EXPRESSION = re.compile(r'[\w$.]+|"[^"]+"(\."[^"]+")?')
WHITE = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"


def let_sql(expr: str, name: str, body: str) -> str:
    """Return SQL that computes `expr` once and uses it as `name` in `body` (35 to 60 ns per row on DuckDB)."""
    return f"list_transform([{expr}], lambda {name}: {body})[1]"


def in_sql(expr: str, words: frozenset[str]) -> str:
    """Return SQL that tests membership in a set of words, in a stable order.

    `list_contains` of a constant costs 40 ns for a hundred words inside a lambda, `IN` 190.
    """
    listed = ", ".join(literal(word) for word in sorted(words))
    return f"{expr} IN ({listed})" if len(words) < 8 else f"list_contains([{listed}], {expr})"


def not_junk_sql(expr: str, junk: frozenset[str] = JUNK) -> str:
    """Return SQL that checks again, for cleaners that can uncover a word without meaning (`'n/a`)."""
    return let_sql(expr, "j", f"CASE WHEN {in_sql('lower(j)', junk)} THEN NULL ELSE nullif(j, '') END")


def squeeze_sql(expr: str) -> str:
    """Return SQL: trimmed, white space collapsed, invisible characters out, accents composed; NULL where empty.

    Plain ASCII without double spaces, the common case, pays for a few searches and no regular expression.
    """
    if not _PLAIN_EXPRESSION.fullmatch(expr):
        return let_sql(expr, "q", squeeze_sql("q"))
    visible = f"nfc_normalize(regexp_replace({expr}, '[{_INVISIBLE}]+', '', 'g'))"
    slow = f"regexp_replace({visible}, '[{_SPACES}]+', ' ', 'g')"
    plain = (
        f"strlen({expr}) = length({expr}) AND NOT contains({expr}, '  ') AND NOT contains({expr}, chr(9)) "
        f"AND NOT contains({expr}, chr(10)) AND NOT contains({expr}, chr(13))"
    )
    return f"nullif(trim(CASE WHEN {plain} THEN {expr} ELSE {slow} END), '')"


def lookup_sql(expr: str, table: dict[str, str], otherwise: str = "NULL") -> str:
    """Return SQL that translates `expr` by a table of words; `otherwise` is SQL for a word that is not in it.

    Two constant lists take a third of the time of a CASE with a branch per value, and of its planning.
    """
    words, values = (", ".join(map(literal, listed)) for listed in (table, table.values()))
    found = f"[{values}][list_position([{words}], {expr})]"
    return found if otherwise == "NULL" else f"coalesce({found}, {otherwise})"


def proper_sql(expr: str, particles: frozenset[str]) -> str:
    """Return SQL for proper case where the text is all capitals or all small; particles inside stay small.

    One word is cut in two, words between spaces are split, and only what holds other signs meets a regular expression.
    """
    capital = "upper(left(w, 1)) || lower(substr(w, 2))"
    word = f"CASE WHEN i > 1 AND {in_sql('lower(w)', particles)} THEN lower(w) ELSE {capital} END"
    no_signs = " AND ".join(f"NOT contains({expr}, {literal(sign)})" for sign in "-'./,")
    pieces = f"regexp_extract_all({expr}, '[{LETTERS}0-9]+|[^{LETTERS}0-9]+')"
    return (
        f"CASE WHEN {expr} <> upper({expr}) AND {expr} <> lower({expr}) THEN {expr} "
        f"WHEN NOT ({no_signs}) THEN array_to_string(list_transform({pieces}, lambda w, i: {word}), '') "
        f"WHEN contains({expr}, ' ') THEN array_to_string(list_transform(string_split({expr}, ' '), lambda w, i: {word}), ' ') "
        f"ELSE upper(left({expr}, 1)) || lower(substr({expr}, 2)) END"
    )
