"""Derivation per record: each input column becomes one or more features in the form in which they are compared.

Everything here is SQL: text features are VARCHAR (ASCII-folded, cut to `WIDTH` characters), whole-number features BIGINT.
Nothing is derived per pair. Looks at the table's columns to see what cleaning they need; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cem_cli.base.fold import LETTERS, fold_sql
from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.dates import date_sql

LONGEST = 200
"""Characters of a cell that are looked at."""
WIDTH = 48
"""Text features are compared on their first 48 characters."""
TEXT_WIDTH = 120
"""Longer texts, of which words are compared, on their first 120."""

TITLES = (
    "mr", "mrs", "ms", "miss", "dr", "prof", "sir", "rev", "sig", "sigra", "signor", "signora", "dott", "dottssa",
    "dottor", "avv", "ing", "geom", "rag", "herr", "frau", "mme", "mlle", "sr", "sra", "don", "dona", "lord", "lady", "sire",
    "reverend", "father", "general", "colonel", "captain", "capt", "major", "admiral", "commander", "professor", "doctor",
    "count", "countess", "baron", "baroness", "duke", "earl", "conte", "marchese", "monsieur", "madame", "senor", "senora",
    "monsignor", "cavaliere", "onorevole",
)
PARTICLES = "de|di|da|del|della|dello|dei|degli|dell|d|lo|la|li|le|van|von|der|den|ter|ten|du|des|dos|das|do|mac|mc|el|al|bin|st"
GENERATIONS = {1: ("sr", "senior", "i"), 2: ("jr", "junior", "ii", "2nd"), 3: ("iii", "3rd"), 4: ("iv",)}
"""Words after a name that tell father and son apart, by the generation they stand for."""
JUNK = ("null", "none", "na", "n/a", "nan", "unknown", "sconosciuto", "test", "xxx", "-", "--", "?", ".", "nd", "n.d.", "nil", "x")
STREET_TYPES = (
    "via", "viale", "vle", "v", "piazza", "pza", "pzza", "piazzale", "corso", "cso", "largo", "lgo", "vicolo",
    "strada", "contrada", "localita", "loc", "street", "st", "road", "rd", "avenue", "ave", "lane", "ln", "drive",
    "dr", "close", "cl", "court", "ct", "crescent", "cres", "place", "pl", "boulevard", "blvd", "way", "terrace",
    "tce", "parade", "rue", "avenida", "av", "calle", "c", "carrer", "rua", "praca", "plaza", "chemin", "allee",
    "impasse", "strasse", "str", "platz", "weg", "gasse",
)


@dataclass(frozen=True)
class FeatureSpec:
    """One derived column."""

    name: str
    sql: str
    """Expression over the folded columns of the input."""
    text: bool
    """Whether strings are compared (a dictionary of values is kept), or only codes."""
    dictionary: str = ""
    """Name of the dictionary of values that the feature shares with others (given names and surnames); its own if ''."""
    helpers: tuple[tuple[str, str], ...] = ()
    """(name, expression) that `sql` and later helpers use by name, so that each is computed once."""
    width: int = WIDTH
    """Characters that are kept of a text."""
    rare: bool = False
    """Whether few records share a raw value and cleaning is cheap, so that every record is cleaned by itself."""


def _blank_sql(expr: str) -> str:
    junk = ", ".join(literal(j) for j in JUNK)
    return f"CASE WHEN {expr} = '' OR {expr} IN ({junk}) THEN NULL ELSE {expr} END"


def plain_name_sql(folded: str) -> str:
    """Return SQL for a name with points and hyphens as spaces and without apostrophes."""
    return f"trim(replace(replace(replace({folded}, '.', ' '), '''', ''), '-', ' '))"


def name_sql(plain: str) -> str:
    """Return SQL for a person's name part out of a plain name: titles off the front, placeholders dropped."""
    titles = "|".join(TITLES)
    untitled = f"trim(regexp_replace(regexp_replace({plain}, ' +', ' ', 'g'), '^(({titles}) )+', ''))"
    bare = f"CASE WHEN {plain} IN ({', '.join(literal(t) for t in (*TITLES, '', *JUNK))}) THEN NULL ELSE {plain} END"
    return f"CASE WHEN NOT contains({plain}, ' ') THEN {bare} ELSE {_blank_sql(untitled)} END"


def generation_sql(plain: str) -> str:
    """Return SQL for the generation (BIGINT, 1 is the eldest) that the last word of a plain name tells, mostly NULL."""
    cases = " ".join(f"WHEN {_ends_sql(plain, word)} THEN {number}" for number, words in GENERATIONS.items() for word in words)
    return f"CASE {cases} END::BIGINT"


def ungenerated_sql(plain: str) -> str:
    """Return SQL for a plain name without the word that tells the generation: Smith Jr is Smith."""
    cases = " ".join(
        f"WHEN {_ends_sql(plain, word)} THEN regexp_replace(left({plain}, length({plain}) - {len(word) + 1}), '[ ,]+$', '')"
        for words in GENERATIONS.values() for word in words
    )
    return f"CASE {cases} ELSE {plain} END"


def _ends_sql(plain: str, word: str) -> str:
    """Return SQL for whether a name ends with a word of its own."""
    return f"right({plain}, {len(word) + 1}) = {literal(' ' + word)}"


def particles_sql(name: str) -> str:
    """Return SQL that writes particles and the word after them as one: de luca becomes deluca."""
    return f"regexp_replace({name}, '\\b({PARTICLES}) ', '\\1', 'g')"


def joined_sql(expr: str) -> str:
    """Return SQL that writes the words of a name as one, so that De Luca and Deluca are the same surname."""
    return f"left(replace({expr}, ' ', ''), {WIDTH})"


def _spaced_sql(folded: str, classes: str) -> str:
    """Return SQL that writes each run of white space and the given classes of characters as one space.

    Single spaces are left alone: every match costs as much as copying the rest of the text.
    """
    odd, run = f"[{classes}\\t-\\r]", f"[{classes}[:space:]]"
    return f"trim(regexp_replace({folded}, ' *{odd}{run}*| {{2,}}', ' ', 'g'))"


def words_sql(folded: str) -> str:
    """Return SQL for the words of a text: punctuation becomes one space."""
    return _spaced_sql(folded, "[:punct:]")


def plain_text_sql(words: str, width: int = WIDTH) -> str:
    """Return SQL for other text out of its words, without placeholders."""
    return f"left({_blank_sql(words)}, {width})"


def place_name_sql(folded: str) -> str:
    """Return SQL for the name of a town: points, hyphens and apostrophes as spaces (no regular expression: every row pays)."""
    words = f"trim(replace(replace(replace({folded}, '.', ' '), '-', ' '), chr(39), ' '))"
    return f"left({_blank_sql(words)}, {WIDTH})"


def bare_sql(folded: str) -> str:
    """Return SQL for a code without punctuation and spaces; whole numbers need no regular expression."""
    return (
        f"CASE WHEN {folded} IN ('null', 'none', 'na', 'n/a', 'nan', 'unknown') THEN NULL "
        f"WHEN try_cast({folded} AS UBIGINT) IS NOT NULL THEN {folded} "
        f"ELSE left(regexp_replace({folded}, '[[:punct:][:space:]]+', '', 'g'), {WIDTH}) END"
    )


def identifier_sql(bare: str) -> str:
    """Return SQL for an identifier out of its bare code; one character, or one repeated, is a placeholder."""
    return f"CASE WHEN strlen({bare}) < 2 OR replace({bare}, left({bare}, 1), '') = '' THEN NULL ELSE {bare} END"


def digits_sql(folded: str) -> str:
    """Return SQL for the digits of a text as BIGINT; numbers, also those with spaces and hyphens, need no regular expression."""
    joined = f"replace(replace({folded}, ' ', ''), '-', '')"
    plain = f"CASE WHEN {folded} = upper({folded}) AND NOT contains({folded}, '.') THEN try_cast({joined} AS BIGINT) END"
    every = f"try_cast(regexp_replace({folded}, '[^0-9]', '', 'g') AS BIGINT)"
    return f"coalesce(try_cast({folded} AS BIGINT), {plain}, {every})"


def phone_sql(digits: str) -> str:
    """Return SQL for the last nine digits of a phone number; fewer than six digits or one repeated digit: NULL."""
    last = f"(abs({digits}) % 1000000000)"
    return f"CASE WHEN {last} < 100000 OR {last} % 111111111 = 0 THEN NULL ELSE {last} END"


def address_sql(folded: str) -> str:
    """Return SQL for the bare address of `Name <address>`."""
    return f"CASE WHEN contains({folded}, '<') THEN trim(split_part(split_part({folded}, '<', 2), '>', 1)) ELSE {folded} END"


def email_user_sql(folded: str) -> str:
    """Return SQL for the mailbox name, without a plus-tag."""
    size = f"instr({folded}, '@') - 1"
    tagless = f"split_part(left({folded}, {size}), '+', 1)"
    return (
        f"CASE WHEN {size} < 1 THEN NULL WHEN contains({folded}, '+') THEN {tagless} "
        f"ELSE left({folded}, least({size}, {WIDTH})) END"
    )


def email_sql(folded: str) -> str:
    """Return SQL for the address used for equality: lower case, without a plus-tag."""
    tagless = f"regexp_replace({folded}, '\\+[^@]*@', '@')"
    return f"CASE WHEN instr({folded}, '@') < 2 THEN NULL WHEN contains({folded}, '+') THEN {tagless} ELSE {folded} END"


def letters_sql(folded: str) -> str:
    """Return SQL for the words of an address line: letters only."""
    return _spaced_sql(folded, "[:punct:][:digit:]")


def street_sql(words: str) -> str:
    """Return SQL for the street's own name out of the words of its line: no street type in front or at the end."""
    types = ", ".join(literal(t) for t in STREET_TYPES)
    first, last = f"split_part({words}, ' ', 1)", f"split_part({words}, ' ', -1)"
    return (
        f"left(CASE WHEN NOT contains({words}, ' ') THEN nullif({words}, '') "
        f"WHEN {first} IN ({types}) THEN substr({words}, strlen({first}) + 2) "
        f"WHEN {last} IN ({types}) THEN trim(left({words}, strlen({words}) - strlen({last}))) ELSE {words} END, {WIDTH})"
    )


def house_number_sql(folded: str) -> str:
    """Return SQL for the first number (with its letter) of an address line."""
    return f"nullif(regexp_extract({folded}, '\\d+ ?[a-z]?\\b'), '')"


def sex_sql(folded: str) -> str:
    """Return SQL for `m` or `f` from codes and words of several languages."""
    return (
        f"CASE WHEN {folded} IN ('f', 'female', 'femmina', 'donna', 'd', 'w', 'weiblich', 'woman', 'mujer', 'femme', "
        f"'feminin', 'femenino', 'feminino', 'mrs', 'ms', 'miss', 'mme', 'sig.ra', 'frau', '2', 'k', 'kobieta', 'v', 'vrouw', 'kvinne', "
        f"'kvinde', 'kvinna', 'zena', 'nainen', 'kadin', 'femeie', 'th', 'gynaika', 'zh', 'zhinka') THEN 'f' "
        f"WHEN {folded} IN ('m', 'male', 'maschio', 'uomo', 'u', 'man', 'mannlich', 'hombre', 'homme', 'h', 'masculin', "
        f"'masculino', 'mr', 'herr', 'sig.', '1', 'mezczyzna', 'mand', 'muz', 'mies', 'erkek', 'barbat', 'a', 'andras') THEN 'm' END"
    )


def outer_postcode_sql(postcode: str) -> str:
    """Return SQL for the district part of a postcode: without the last three characters of a British one, else the first three."""
    lettered = f"try_cast({postcode} AS BIGINT) IS NULL AND strlen({postcode}) > 4"
    return f"left({postcode}, CASE WHEN {lettered} THEN strlen({postcode}) - 3 ELSE 3 END)"


SCRIPTS = ("ascii", "latin", "other")
"""ASCII alone; accents and letters of their own; Greek or Cyrillic among them."""


@dataclass(frozen=True)
class Cells:
    """What the cells of a column need, so that nobody pays for what is not there."""

    script: str
    """One of `SCRIPTS`."""
    untidy: bool
    """Whether some are longer than `LONGEST`, empty, or have spaces around them."""


def derived_sql(con: Connection, table: str, columns: Sequence[str], features: Sequence[FeatureSpec]) -> str:
    """Return a SELECT of link_key and the features of `table` (link_key, columns)."""
    chosen = "".join(f", {f.sql} AS {quote(f.name)}" for f in features if f.name)
    return f"SELECT link_key{chosen} FROM ({cleaned_sql(con, table, columns, features)})"


def cleaned_sql(con: Connection, table: str, columns: Sequence[str], features: Sequence[FeatureSpec]) -> str:
    """Return SQL for a table with `columns` trimmed and folded, and the helpers of the features beside them."""
    if not columns:
        return f"SELECT * FROM {table}"
    cells = cells_of(con, table, columns)
    trimmed = ", ".join(f"{_trimmed_sql(f'{quote(c)}::VARCHAR', cells[c])} AS {quote(c)}" for c in columns)
    folded = ", ".join(f"{column_fold_sql(quote(c), cells[c].script)} AS {quote(c)}" for c in columns)
    cleaned = f"SELECT * REPLACE ({folded}) FROM (SELECT * REPLACE ({trimmed}) FROM {table})"
    for depth in range(max((len(f.helpers) for f in features), default=0)):
        layer = {f.helpers[depth][0]: f.helpers[depth][1] for f in features if len(f.helpers) > depth}
        cleaned = f"SELECT *{''.join(f', {sql} AS {quote(name)}' for name, sql in layer.items())} FROM ({cleaned})"
    return cleaned


def _trimmed_sql(cell: str, cells: Cells) -> str:
    return f"nullif(trim(left({cell}, {LONGEST})), '')" if cells.untidy else cell


def cells_of(con: Connection, table: str, columns: Sequence[str]) -> dict[str, Cells]:
    """Return what the cells of each column need."""
    tests = ", ".join(
        f"coalesce(max(CASE WHEN strlen({c}) > length({c}) THEN 1 + regexp_matches({c}, '[\\x{{0370}}-\\x{{04FF}}]')::INTEGER END), 0), "
        f"coalesce(bool_or({c} < '!' OR ends_with({c}, ' ') OR strlen({c}) > {LONGEST}), false)"
        for c in (f"{quote(n)}::VARCHAR" for n in columns)
    )
    row = con.execute(f"SELECT {tests} FROM {table}").fetchall()[0]
    return {column: Cells(SCRIPTS[row[2 * k]], row[2 * k + 1]) for k, column in enumerate(columns)}


def column_fold_sql(expr: str, script: str) -> str:
    """Return SQL that folds a column of a known script; what a column does not hold costs nothing."""
    if script == "ascii":
        return f"lower({expr})"
    if script == "other":
        return fold_sql(expr)
    latin = f"strip_accents(lower({expr}))"
    for letter, plain in LETTERS.items():
        latin = f"replace({latin}, {literal(letter)}, {literal(plain)})"
    return f"CASE WHEN strlen({expr}) = length({expr}) THEN lower({expr}) ELSE {latin} END"


def _coded_birth_sql(code: str) -> str:
    """Return SQL for the birth date in an Italian tax code, as a number like the others."""
    from cem_cli.kinds.tax_code import SHAPE, tax_code_birth_date_sql  # kinds take longer to import than few records to link

    born = tax_code_birth_date_sql(code)
    number = f"year({born}) * 65536 + month({born}) * 256 + day({born})"
    return f"CASE WHEN regexp_matches({code}, '^{SHAPE}$') THEN {number} END::BIGINT"


def birth_sql(con: Connection, table: str, kinds: Mapping[str, str]) -> str | None:
    """Return SQL for the birth date as year x 65536 + month x 256 + day (0 where a part is unknown), or None.

    Where dates are known, a tax code tells those that are missing; where there are only codes, they are compared themselves.
    """
    whole = [date_sql(con, table, c) for c, kind in kinds.items() if kind == "birth_date"]
    if whole:
        whole += [_coded_birth_sql(f"upper({quote(c)})") for c, kind in kinds.items() if kind == "tax_code"]
        return f"coalesce({', '.join(whole)})" if len(whole) > 1 else whole[0]
    parts = {kind: c for c, kind in kinds.items() if kind in {"birth_year", "birth_month", "birth_day"}}
    if "birth_year" not in parts:
        return None
    year, month, day = (
        f"coalesce(try_cast({quote(parts[p])} AS INTEGER), 0)" if p in parts else "0"
        for p in ("birth_year", "birth_month", "birth_day")
    )
    return f"nullif({year} * 65536 + {month} * 256 + {day}, 0)::BIGINT"
