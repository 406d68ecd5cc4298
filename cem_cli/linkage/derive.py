"""Derivation per record: each input column becomes one or more features in the form in which they are compared.

Reads the table of `LinkInput`; writes the temporary table `link_derived(record_id, source, <feature> ...)`, text
features VARCHAR (ASCII-folded, cut to `WIDTH` bytes), whole-number features BIGINT. Nothing is derived per pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cem_cli.base.fold import fold_sql
from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.dates import date_sql

WIDTH = 48
"""Text features are compared on their first 48 characters."""

TITLES = (
    "mr", "mrs", "ms", "miss", "dr", "prof", "sir", "rev", "sig", "sigra", "signor", "signora", "dott", "dottssa",
    "dottor", "avv", "ing", "geom", "rag", "herr", "frau", "mme", "mlle", "sr", "sra", "don", "dona", "lord", "lady", "sire",
    "reverend", "father", "general", "colonel", "captain", "capt", "major", "admiral", "commander", "professor", "doctor",
    "count", "countess", "baron", "baroness", "duke", "earl", "conte", "marchese", "monsieur", "madame", "senor", "senora",
    "monsignor", "cavaliere", "onorevole",
)
PARTICLES = "de|di|da|del|della|dello|dei|degli|dell|d|lo|la|li|le|van|von|der|den|ter|ten|du|des|dos|das|do|mac|mc|el|al|bin|st"
JUNK = ("null", "none", "na", "n/a", "nan", "unknown", "sconosciuto", "test", "xxx", "-", "--", "?", ".", "nd", "n.d.", "nil", "x")
STREET_TYPES = (
    "via|viale|vle|v.le|piazza|pza|p.za|p.zza|pzza|piazzale|corso|cso|c.so|largo|lgo|vicolo|strada|contrada|localita|loc|"
    "street|st|road|rd|avenue|ave|lane|ln|drive|dr|close|cl|court|ct|crescent|cres|place|pl|boulevard|blvd|way|terrace|tce|parade|"
    "rue|avenida|av|calle|c|carrer|rua|praca|plaza|pza|chemin|allee|impasse|strasse|str|platz|weg|gasse"
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


def _blank_sql(expr: str) -> str:
    junk = ", ".join(literal(j) for j in JUNK)
    return f"CASE WHEN {expr} = '' OR {expr} IN ({junk}) THEN NULL ELSE {expr} END"


def name_sql(folded: str) -> str:
    """Return SQL for a person's name part: points and hyphens as spaces, apostrophes dropped, titles off the front."""
    plain = f"replace(replace(replace({folded}, '.', ' '), '''', ''), '-', ' ')"
    titles = "|".join(TITLES)
    untitled = f"trim(regexp_replace(regexp_replace({plain}, ' +', ' ', 'g'), '^ *(({titles}) )+', ''))"
    one_word = f"trim({plain})"
    bare = f"CASE WHEN {one_word} IN ({', '.join(literal(t) for t in TITLES)}) THEN NULL ELSE {_blank_sql(one_word)} END"
    return f"CASE WHEN NOT contains({one_word}, ' ') THEN {bare} ELSE {_blank_sql(untitled)} END"


def joined_sql(expr: str) -> str:
    """Return SQL that writes the words of a name as one, so that De Luca and Deluca are the same surname."""
    return f"left(replace({expr}, ' ', ''), {WIDTH})"


def plain_text_sql(folded: str) -> str:
    """Return SQL for other text: everything but letters and digits becomes one space."""
    words = f"trim(regexp_replace({folded}, '[^\\p{{L}}\\p{{N}}]+', ' ', 'g'))"
    return f"CASE WHEN {folded} IS NULL THEN NULL ELSE {_blank_sql(words)} END"


def identifier_sql(folded: str) -> str:
    """Return SQL for an identifier: letters and digits only; placeholders of one repeated character are dropped."""
    bare = f"regexp_replace({folded}, '[^\\p{{L}}\\p{{N}}]+', '', 'g')"
    return f"CASE WHEN strlen({bare}) < 2 OR {bare} IN ('null', 'none', 'na', 'nan', 'unknown') OR replace({bare}, left({bare}, 1), '') = '' THEN NULL ELSE left({bare}, {WIDTH}) END"


def phone_sql(folded: str) -> str:
    """Return SQL for the last nine digits of a phone number as BIGINT; fewer than six digits or one repeated digit: NULL."""
    digits = f"coalesce(try_cast({folded} AS BIGINT), try_cast(regexp_replace({folded}, '[^0-9]', '', 'g') AS BIGINT))"
    last = f"(abs({digits}) % 1000000000)"
    return f"CASE WHEN {last} < 100000 OR {last} % 111111111 = 0 THEN NULL ELSE {last} END"


def email_user_sql(folded: str) -> str:
    """Return SQL for the mailbox name, without a plus-tag."""
    user = f"left({folded}, instr({folded}, '@') - 1)"
    return f"CASE WHEN instr({folded}, '@') < 2 THEN NULL WHEN contains({user}, '+') THEN split_part({user}, '+', 1) ELSE left({user}, {WIDTH}) END"


def email_sql(folded: str) -> str:
    """Return SQL for the address used for equality: lower case, without a plus-tag."""
    tagless = f"regexp_replace({folded}, '\\+[^@]*@', '@')"
    return f"CASE WHEN instr({folded}, '@') < 2 THEN NULL WHEN contains({folded}, '+') THEN {tagless} ELSE {folded} END"


def street_sql(folded: str) -> str:
    """Return SQL for the street's own name: no house number, no street type, no punctuation."""
    words = f"trim(regexp_replace(regexp_replace({folded}, '[^\\p{{L}}]+', ' ', 'g'), '\\b({STREET_TYPES})\\b', '', 'g'))"
    return f"CASE WHEN {folded} IS NULL THEN NULL ELSE nullif(left(replace({words}, '  ', ' '), {WIDTH}), '') END"


def house_number_sql(folded: str) -> str:
    """Return SQL for the first number (with its letter) of an address line."""
    return f"nullif(regexp_extract({folded}, '\\d+ ?[a-z]?\\b'), '')"


def sex_sql(folded: str) -> str:
    """Return SQL for `m` or `f` from codes and words of several languages."""
    return (
        f"CASE WHEN {folded} IN ('f', 'female', 'femmina', 'donna', 'd', 'w', 'weiblich', 'woman', 'mujer', 'femme', "
        f"'feminin', 'femenino', 'feminino', 'mrs', 'ms', 'miss', 'mme', 'sig.ra', 'frau', '2') THEN 'f' "
        f"WHEN {folded} IN ('m', 'male', 'maschio', 'uomo', 'u', 'man', 'mannlich', 'hombre', 'homme', 'h', 'masculin', "
        f"'masculino', 'mr', 'herr', 'sig.', '1') THEN 'm' END"
    )


def outer_postcode_sql(postcode: str) -> str:
    """Return SQL for the district part of a postcode: without the last three characters of a British one, else the first three."""
    return f"CASE WHEN regexp_matches({postcode}, '[a-z]') AND strlen({postcode}) > 4 THEN left({postcode}, strlen({postcode}) - 3) ELSE left({postcode}, 3) END"


def derive(con: Connection, table: str, columns: Sequence[str], features: Sequence[FeatureSpec]) -> None:
    """Create the temporary table `link_derived`; input columns are trimmed and folded once, then features are computed."""
    folded = ", ".join(f"{fold_sql(f't.{quote(c)}')} AS {quote(c)}" for c in columns)
    trimmed = ", ".join(f"nullif(trim(left({quote(c)}::VARCHAR, 200)), '') AS {quote(c)}" for c in columns)
    chosen = ", ".join(f"{f.sql} AS {quote(f.name)}" for f in features)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE link_derived AS "
        f"WITH t AS (SELECT record_id, source{', ' if columns else ''}{trimmed} FROM {table}), "
        f"f AS (SELECT record_id, source{', ' if columns else ''}{folded} FROM t) "
        f"SELECT record_id, source{', ' if features else ''}{chosen} FROM f"
    ).fetchall()


def birth_sql(con: Connection, table: str, kinds: Mapping[str, str]) -> str | None:
    """Return SQL for the birth date as year x 65536 + month x 256 + day (0 where a part is unknown), or None."""
    whole = [c for c, kind in kinds.items() if kind == "birth_date"]
    if whole:
        return "coalesce(" + ", ".join(date_sql(con, table, c) for c in whole) + ")" if len(whole) > 1 else date_sql(con, table, whole[0])
    parts = {kind: c for c, kind in kinds.items() if kind in {"birth_year", "birth_month", "birth_day"}}
    if "birth_year" not in parts:
        return None
    year, month, day = (
        f"coalesce(try_cast({quote(parts[p])} AS INTEGER), 0)" if p in parts else "0"
        for p in ("birth_year", "birth_month", "birth_day")
    )
    return f"nullif({year} * 65536 + {month} * 256 + {day}, 0)::BIGINT"
