"""Derivation per record: each input column becomes one or more features in the form in which they are compared.

Everything here is SQL over one folded cell (`cells`): text features are VARCHAR (ASCII-folded, cut to `WIDTH` characters),
whole-number features BIGINT. Nothing is derived per pair.
"""

from __future__ import annotations

from collections.abc import Iterable

from cem_cli.base.sql import literal

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
DEGREES = "ph ?d|m ?d|m ?b ?a|m ?sc|b ?sc|ll ?m|esq|dds|cpa|d ?phil|o ?b ?e|c ?b ?e|r ?n"
"""Degrees after a name and a comma, points as spaces."""
JUNK = ("null", "none", "na", "n/a", "nan", "unknown", "sconosciuto", "test", "xxx", "-", "--", "?", ".", "nd", "n.d.", "nil", "x")
_TOWN_BEHIND = "[a-z].*[ ,][0-9]{4,6} +([a-z][a-z' -]{2,}?)(?: [(]?[a-z]{2}[)]?)?(?:,.*)?$"
_TOWN_LAST = ", *([a-z][a-z' -]{3,}?)(?:,? [a-z]{2})?(?: +[0-9]{4,6}(?:-[0-9]{3,4})?)?$"
_TOWN_FIRST = "^(?:[a-z]{1,2}[- ])?([0-9]{4,6}|[0-9]{2}-[0-9]{3}) +([a-z][^0-9,]*), *([^0-9,]{7,}[0-9][^,]*)$"
"""Postcode and town before street and number (`1051 Budapest, Fo utca 12`)."""
_NUMBER_BEHIND = "^([^,0-9]*[a-z][^,0-9]*, *[0-9]{1,4}(?: ?[a-z])?)(?: *[-,].*| +[0-9]{4,6} .*)?$"
"""Street, comma and house number (`Via Roma, 12 - 00184 Roma`)."""
_BEFORE_TOWN = "^([^,]*[a-z][^,]*?)[ -]+[0-9]{4,6} +[a-z]{2}"
"""Street and number before postcode and town, without a comma (`12 rue de la Paix 69003 Lyon`)."""
STREET_TYPES = (
    "via", "viale", "vle", "v", "piazza", "pza", "pzza", "piazzale", "corso", "cso", "largo", "lgo", "vicolo",
    "strada", "contrada", "localita", "loc", "street", "st", "road", "rd", "avenue", "ave", "lane", "ln", "drive",
    "dr", "close", "cl", "court", "ct", "crescent", "cres", "place", "pl", "boulevard", "blvd", "way", "terrace",
    "tce", "parade", "rue", "avenida", "av", "calle", "c", "carrer", "rua", "praca", "plaza", "chemin", "allee",
    "impasse", "strasse", "str", "platz", "weg", "gasse",
)


def _is_one_of_sql(expr: str, words: Iterable[str]) -> str:
    """Return SQL that tells whether a text is one of some words; of few rows, `IN` with many words is a join and takes longer."""
    return f"list_contains(string_split({literal('|'.join(words))}, '|'), {expr})"


def _blank_sql(expr: str) -> str:
    return f"CASE WHEN {_is_one_of_sql(expr, ('', *JUNK))} THEN NULL ELSE {expr} END"


def plain_name_sql(folded: str) -> str:
    """Return SQL for a name with points and hyphens as spaces, without apostrophes and degrees (`Ann Fry, PhD`)."""
    spaced = f"trim(replace(replace(replace({folded}, '.', ' '), '''', ''), '-', ' '))"
    return f"CASE WHEN contains({folded}, ',') THEN regexp_replace({spaced}, ', *({DEGREES}) *$', '') ELSE {spaced} END"


def untitled_sql(plain: str) -> str:
    """Return SQL for a plain name without the titles in front of it; a single word stays, whatever it is."""
    titles = "|".join(TITLES)
    untitled = f"trim(regexp_replace(regexp_replace({plain}, ' +', ' ', 'g'), '^(({titles}) )+', ''))"
    return f"CASE WHEN contains({plain}, ' ') THEN {untitled} ELSE {plain} END"


def name_sql(untitled: str, plain: str) -> str:
    """Return SQL for a person's name part out of an untitled name and the plain one it was: placeholders and lone titles dropped."""
    lone = f"{_is_one_of_sql(untitled, TITLES)} AND NOT contains({plain}, ' ')"
    return f"CASE WHEN {_is_one_of_sql(untitled, ('', *JUNK))} OR {lone} THEN NULL ELSE {untitled} END"


def generation_sql(plain: str) -> str:
    """Return SQL for the generation (BIGINT, 1 is the eldest) that the last word of a plain name tells, mostly NULL."""
    cases = " ".join(f"WHEN regexp_matches({plain}, ' ({'|'.join(words)})$') THEN {number}" for number, words in GENERATIONS.items())
    return f"CASE WHEN NOT contains({plain}, ' ') THEN NULL {cases} END::BIGINT"


def ungenerated_sql(plain: str) -> str:
    """Return SQL for a plain name without the word that tells the generation: Smith Jr is Smith."""
    words = "|".join(word for words in GENERATIONS.values() for word in words)
    return f"CASE WHEN contains({plain}, ' ') THEN regexp_replace({plain}, '[ ,]* ({words})$', '') ELSE {plain} END"


def unhyphened_sql(folded: str) -> str:
    """Return SQL for a whole name in which a double name is one word, as it is in a column of its own: Jean-Luc is jeanluc."""
    return f"replace(replace({folded}, ' - ', ' '), '-', '')"


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


def coded_sql(folded: str) -> str:
    """Return SQL for a text in which a hyphen between a letter and a digit is left out: the model SX-200 is the SX200."""
    first = f"regexp_replace({folded}, '([a-z])-([0-9])', '\\1\\2', 'g')"
    joined = f"regexp_replace({first}, '([a-z][0-9]+)-([a-z]{{1,3}}\\b|[a-z]?[0-9])', '\\1\\2', 'g')"
    return f"CASE WHEN contains({folded}, '-') THEN {joined} ELSE {folded} END"


def plain_text_sql(words: str, width: int = WIDTH) -> str:
    """Return SQL for other text out of its words, without placeholders."""
    return f"left({_blank_sql(words)}, {width})"


def place_words_sql(folded: str) -> str:
    """Return SQL for the words of a town's name: points, hyphens and apostrophes as spaces (no regular expression: every row pays)."""
    return f"trim(replace(replace(replace({folded}, '.', ' '), '-', ' '), chr(39), ' '))"


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
    """Return SQL for the digits of a text as BIGINT; numbers, also those with spaces and hyphens, need no regular expression.

    `3331234567.0` is a number that a spreadsheet wrote, `333.1234567` one behind an area code: what is before its point is short.
    """
    whole = f"try_cast({folded} AS BIGINT)"
    joined = f"replace(replace({folded}, ' ', ''), '-', '')"
    plain = f"CASE WHEN {folded} = upper({folded}) AND NOT contains({folded}, '.') THEN try_cast({joined} AS BIGINT) END"
    every = f"try_cast(regexp_replace({folded}, '[^0-9]', '', 'g') AS BIGINT)"
    return f"coalesce(CASE WHEN abs({whole}) >= 100000 THEN {whole} END, {plain}, {every})"


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
    first, last = f"split_part({words}, ' ', 1)", f"split_part({words}, ' ', -1)"
    return (
        f"left(CASE WHEN NOT contains({words}, ' ') THEN nullif({words}, '') "
        f"WHEN {_is_one_of_sql(first, STREET_TYPES)} THEN substr({words}, strlen({first}) + 2) "
        f"WHEN {_is_one_of_sql(last, STREET_TYPES)} THEN trim(left({words}, strlen({words}) - strlen({last}))) ELSE {words} END, {WIDTH})"
    )


def house_number_sql(folded: str) -> str:
    """Return SQL for the first number (with its letter) of an address line."""
    return f"nullif(regexp_extract({folded}, '\\d+ ?[a-z]?\\b'), '')"


def address_street_sql(folded: str) -> str:
    """Return SQL for the line of the street in a whole address: what is before its first comma, unless that is the town.

    A house number behind that comma belongs to it, a postcode and a town without one do not.
    """
    forms = ((_TOWN_FIRST, 3), (_NUMBER_BEHIND, 1), (_BEFORE_TOWN, 1))
    tries = (f"nullif(regexp_extract({folded}, {literal(form)}, {group}), '')" for form, group in forms)
    return f"coalesce({', '.join(tries)}, split_part({folded}, ',', 1))"


def address_postcode_sql(folded: str) -> str:
    """Return SQL for the postcode in a whole address: the last code behind words and before nothing but words, or that before the town."""
    code = r"([0-9]{4,6}|[a-z]{1,2}[0-9][a-z0-9]? [0-9][a-z]{2})(?:-[0-9]{3,4})?"
    first = f"nullif(regexp_extract({folded}, {literal(_TOWN_FIRST)}, 1), '')"
    return f"coalesce(nullif(regexp_extract({folded}, {literal(f'[a-z].*[ ,]{code}[^0-9]*$')}, 1), ''), {first})"


def address_town_sql(folded: str) -> str:
    """Return SQL for the town in a whole address: what follows the postcode, or the last comma and stands before state and postcode."""
    forms = ((_TOWN_BEHIND, 1), (_TOWN_LAST, 1), (_TOWN_FIRST, 2))
    tries = (f"nullif(regexp_extract({folded}, {literal(form)}, {group}), '')" for form, group in forms)
    return f"coalesce({', '.join(tries)})"


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
