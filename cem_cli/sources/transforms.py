"""The closed registry of steps a value can go through before it is cleaned: text expression in, text expression out."""

from __future__ import annotations

from collections.abc import Callable

from cem_cli.base.sql import literal

Transform = Callable[[str, str], str]
"""(SQL of a text, the argument after the colon) -> SQL of a text."""


def strip_apostrophe(expr: str, argument: str) -> str:
    """Drop the apostrophes with which a system keeps a spreadsheet from reading a number: `'+39055`."""
    del argument
    return f"ltrim({expr}, '''')"


def strip_prefix(expr: str, argument: str) -> str:
    """Drop `argument` at the beginning, whatever its capitals: `strip_prefix:p:` makes `+39...` of `p:+39...`."""
    text = literal(argument.lower())
    return f"CASE WHEN starts_with(lower({expr}), {text}) THEN substr({expr}, {len(argument) + 1}) ELSE {expr} END"


def strip_mailto(expr: str, argument: str) -> str:
    """Drop `mailto:` and the angle brackets of `Name <address>`."""
    del argument
    return f"regexp_replace(regexp_replace({expr}, '(?i)^mailto:', ''), '^.*<([^<>]+)>.*$', '\\1')"


def first_of_list(expr: str, argument: str) -> str:
    """Keep the first of several values in one cell; `first_of_list: ::: ` names the separator (default `;`)."""
    return f"trim(split_part({expr}, {literal(argument or ';')}, 1))"


def split_tags(expr: str, argument: str) -> str:
    """Write a list of tags in one way, `VIP, Blog`, whatever the quotes around them; the argument is their separator."""
    parts = f"string_split(replace({expr}, '\"', ''), {literal(argument or ',')})"
    return f"array_to_string(list_filter(list_transform({parts}, lambda tag: trim(tag)), lambda tag: tag <> ''), ', ')"


def slug(expr: str, argument: str) -> str:
    """Write `Whole-home Heat_Pump` as `whole_home_heat_pump`."""
    del argument
    return f"trim(regexp_replace(lower({expr}), '[^\\p{{L}}\\p{{N}}]+', '_', 'g'), '_')"


def lower(expr: str, argument: str) -> str:
    """Small letters."""
    del argument
    return f"lower({expr})"


def upper(expr: str, argument: str) -> str:
    """Capital letters."""
    del argument
    return f"upper({expr})"


def digits(expr: str, argument: str) -> str:
    """Keep the digits only."""
    del argument
    return f"regexp_replace({expr}, '[^0-9]', '', 'g')"


def before(expr: str, argument: str) -> str:
    """Keep what stands before the first `argument`."""
    return f"split_part({expr}, {literal(argument)}, 1)"


def after(expr: str, argument: str) -> str:
    """Keep what stands after the first `argument`; nothing where it does not occur."""
    text = literal(argument)
    return f"CASE WHEN contains({expr}, {text}) THEN substr({expr}, instr({expr}, {text}) + {len(argument)}) END"


def prefix(expr: str, argument: str) -> str:
    """Put `argument` before the text."""
    return f"({literal(argument)} || {expr})"


def pad(expr: str, argument: str) -> str:
    """Fill a number with zeros on its left: `pad:2` makes `07` of `7`."""
    return f"CASE WHEN length({expr}) < {int(argument)} THEN lpad({expr}, {int(argument)}, '0') ELSE {expr} END"


def address_street(expr: str, argument: str) -> str:
    """Street and number of a whole address in one cell: `Via Roma 1, 20121 Milano MI`, or parts with two spaces between."""
    del argument
    before_code = rf"regexp_replace({expr}, ',?\s*\b[0-9]{{5}}\b.*$', '')"
    return f"CASE WHEN contains({expr}, '  ') THEN split_part({expr}, '  ', 1) ELSE {before_code} END"


def address_city(expr: str, argument: str) -> str:
    """City of a whole address in one cell."""
    del argument
    after_code = rf"regexp_extract({expr}, '\b[0-9]{{5}}\s+(.+?)(?:\s+\(?[A-Z]{{2}}\)?)?$', 1)"
    return rf"CASE WHEN contains({expr}, '  ') THEN trim(split_part({expr}, '  ', 2)) ELSE nullif({after_code}, '') END"


def address_postcode(expr: str, argument: str) -> str:
    """Five-digit postcode of a whole address in one cell: the last such number."""
    del argument
    return rf"regexp_extract_all({expr}, '\b[0-9]{{5}}\b')[-1]"


def address_province(expr: str, argument: str) -> str:
    """Two capital letters at the end of a whole address in one cell."""
    del argument
    return rf"nullif(regexp_extract({expr}, '\s\(?([A-Z]{{2}})\)?$', 1), '')"


def negate(expr: str, argument: str) -> str:
    """Turn the sign of a number's text."""
    del argument
    return f"CASE WHEN starts_with(trim({expr}), '-') THEN substr(trim({expr}), 2) ELSE '-' || trim({expr}) END"


def plus_sign(expr: str, argument: str) -> str:
    """Put the plus before a phone number that begins with its country code."""
    del argument
    return f"CASE WHEN regexp_matches({expr}, '^[0-9]') THEN '+' || {expr} ELSE {expr} END"


TRANSFORMS: dict[str, Transform] = {
    function.__name__: function
    for function in (
        strip_apostrophe, strip_prefix, strip_mailto, first_of_list, split_tags, slug, lower, upper, digits,
        before, after, prefix, pad, negate, plus_sign, address_street, address_city, address_postcode, address_province,
    )
}
"""Every step by its name; `config.source.STEPS` lists the same names."""
