"""Forms for comparison, as SQL: folded names, parts of e-mails, national phone digits, dates as numbers, street stems.

They take a raw or a clean text expression and never judge: what `Kind.clean_sql` drops (an invalid e-mail, a phone of
an unknown country) still gives evidence here. Reads and writes no tables.
"""

from __future__ import annotations

from cem_cli.base.fold import fold_sql
from cem_cli.base.sql import literal
from cem_cli.kinds.address import house_number_sql, street_name_sql
from cem_cli.kinds.dates import date_from_parts_sql
from cem_cli.kinds.email import bare_email_sql
from cem_cli.kinds.kind import LETTERS, Context, in_sql, let_sql, squeeze_sql
from cem_cli.kinds.names import NAME_JUNK, bare_name_sql, in_given_order_sql
from cem_cli.kinds.phone import phone_digits_sql

_WORD_END = r"[^a-z0-9]+"
_STREET_TYPE = (
    r"^(via|viale|v\.?le|vle|v|piazza|p\.?z?za|pza|piazzale|p\.?le|corso|c\.?so|cso|largo|l\.?go|lgo|vicolo|v\.?lo|vlo|strada|str|"
    r"contrada|c\.?da|localita'?|loc|frazione|fraz|borgo|b\.?go|rue|avenue|av|boulevard|bd|calle|c/|avda|avenida|plaza|rua)"
    r"[. ]+(di |del |della |dei |de |du |des |la )?|"
    r"[ ,]+(street|st|road|rd|avenue|ave|drive|dr|lane|ln|boulevard|blvd|way|court|ct|place|pl|close|crescent)\.?$"
)
_LEGAL_FORM = (
    r"[ ,.]+(s\.? ?r\.? ?l\.? ?s?|s\.? ?p\.? ?a|s\.? ?n\.? ?c|s\.? ?a\.? ?s|s\.? ?a|soc\.? coop|"
    r"ltd|limited|inc|llc|corp|corporation|co|plc|gmbh|ag|sarl|s\.? ?l|lda)\.?$"
)


def name_key_sql(expr: str) -> str:
    """Return SQL for a name to compare: titles off, folded, letters only (`De Luca`, `de' luca` and `DELUCA` are `deluca`).

    NULL where no Latin, Greek or Cyrillic letter is left; other scripts stay as they are written.
    """
    folded = let_sql(bare_name_sql("s"), "n", f"CASE WHEN {in_sql('lower(n)', NAME_JUNK)} THEN NULL ELSE {fold_sql('n')} END")
    plain = "regexp_full_match(f, '[a-z]+')"
    return let_sql(
        squeeze_sql(expr), "s",
        let_sql(folded, "f", rf"CASE WHEN {plain} THEN f ELSE nullif(regexp_replace(f, '[^{LETTERS}]+', '', 'g'), '') END"),
    )


def name_tokens_sql(expr: str) -> str:
    """Return SQL for the folded words of a name, sorted and distinct, as a list (`Rossi, Mario` = `Mario Rossi`)."""
    folded = let_sql(bare_name_sql("s"), "n", fold_sql("replace(n, '''', '')"))
    return let_sql(
        squeeze_sql(expr), "s",
        let_sql(folded, "f", f"list_sort(list_distinct(list_filter(regexp_split_to_array(f, '[^{LETTERS}]+'), lambda t: t <> '')))"),
    )


def full_name_given_sql(expr: str) -> str:
    """Return SQL for the first word of a full name in reading order, folded (`Rossi, Mario` gives `mario`)."""
    return _full_name_part_sql(expr, "split_part(o, ' ', 1)")


def full_name_surname_sql(expr: str) -> str:
    """Return SQL for a full name's surname, folded: its last word, with the particles before it (`Anna De Luca`: `deluca`)."""
    particles = r"(?i) ((?:(?:d[aeiou]l?|del?la|dell[oe]?|dei|degli|lo|la|li|van|von|der|den|ter|mac|el|al|san|santa) )*[^ ]+)$"
    return _full_name_part_sql(expr, f"nullif(regexp_extract(o, {literal(particles)}, 1), '')")


def _full_name_part_sql(expr: str, part: str) -> str:
    ordered = let_sql(bare_name_sql("s"), "b", in_given_order_sql("b"))
    return let_sql(squeeze_sql(expr), "s", let_sql(ordered, "o", name_key_sql(part)))


def email_key_sql(expr: str) -> str:
    """Return SQL for an address in small letters, valid or not; NULL without an @."""
    return let_sql(squeeze_sql(expr), "s", f"CASE WHEN contains(s, '@') THEN nullif({bare_email_sql('s')}, '') END")


def email_user_sql(expr: str) -> str:
    """Return SQL for what stands before the @ of a clean or lower-case address."""
    return f"CASE WHEN contains({expr}, '@') THEN nullif(left({expr}, instr({expr}, '@') - 1), '') END"


def email_domain_sql(expr: str) -> str:
    """Return SQL for what stands after the @ of a clean or lower-case address."""
    return f"CASE WHEN contains({expr}, '@') THEN nullif(substr({expr}, instr({expr}, '@') + 1), '') END"


def email_mailbox_sql(expr: str) -> str:
    """Return SQL for the mailbox an address reaches: Google ignores dots and `+suffix` before its @, others the suffix."""
    user = f"split_part({email_user_sql(expr)}, '+', 1)"
    google = f"{email_domain_sql(expr)} IN ('gmail.com', 'googlemail.com')"
    return f"CASE WHEN {google} THEN replace({user}, '.', '') || '@gmail.com' ELSE {user} || '@' || {email_domain_sql(expr)} END"


def phone_national_sql(expr: str) -> str:
    """Return SQL for the last nine digits of a phone, whatever the country; NULL below six digits or with letters."""
    digits = f"replace({phone_digits_sql('s')}, '+', '')"
    return let_sql(squeeze_sql(expr), "s", let_sql(digits, "d", "CASE WHEN length(d) >= 6 THEN right(d, 9) END"))


def date_number_sql(date: str) -> str:
    """Return SQL for a DATE expression as an INTEGER `yyyymmdd`."""
    return f"(year({date}) * 10000 + month({date}) * 100 + day({date}))::INTEGER"


def street_stem_sql(expr: str) -> str:
    """Return SQL for a street's own name, folded: no street type, number or sign (`V.le G. Garibaldi, 12`: `ggaribaldi`)."""
    folded = let_sql(f"lower({street_name_sql('s')})", "n", fold_sql("n"))
    stem = rf"nullif(regexp_replace(regexp_replace(f, {literal(_STREET_TYPE)}, ''), '{_WORD_END}', '', 'g'), '')"
    return let_sql(squeeze_sql(expr), "s", let_sql(folded, "f", stem))


def street_number_sql(expr: str) -> str:
    """Return SQL for the digits of a street's house number (`Via Roma 12/B`: `12`)."""
    return let_sql(squeeze_sql(expr), "s", rf"nullif(regexp_extract({house_number_sql('s')}, '^\d+'), '')")


def address_postcode_sql(expr: str) -> str:
    """Return SQL for the five-digit postcode inside a whole address."""
    return rf"nullif(regexp_extract({expr}, '(?:^|[^\d])(\d{{5}})(?:[^\d]|$)', 1), '')"


def address_street_sql(expr: str) -> str:
    """Return SQL for the street and number of a whole address: what stands before its postcode, or its first comma."""
    before = rf"regexp_extract({expr}, '^(.*?)[ ,;-]*\b\d{{5}}\b', 1)"
    return rf"nullif(CASE WHEN length({before}) > 3 THEN {before} ELSE split_part({expr}, ',', 1) END, '')"


def address_city_sql(expr: str) -> str:
    """Return SQL for the city of a whole address: the words after its postcode (`..., 20121 Milano (MI)`)."""
    return rf"nullif(trim(regexp_extract({expr}, '\b\d{{5}}\b[ ,-]*([^\d,;(]+)', 1)), '')"


def company_key_sql(expr: str) -> str:
    """Return SQL for a company to compare: folded, without its legal form and signs (`Müller GmbH`: `muller`)."""
    bare = f"regexp_replace(regexp_replace(f, {literal(_LEGAL_FORM)}, ''), '{_WORD_END}', '', 'g')"
    return let_sql(squeeze_sql(expr), "s", let_sql(fold_sql("s"), "f", f"nullif({bare}, '')"))


def text_key_sql(expr: str) -> str:
    """Return SQL for any short text to compare: folded, letters and digits only (cities, codes, categories)."""
    plain = "regexp_full_match(f, '[a-z0-9]+')"
    body = rf"CASE WHEN {plain} THEN f ELSE nullif(regexp_replace(f, '[^{LETTERS}0-9]+', '', 'g'), '') END"
    return let_sql(squeeze_sql(expr), "s", let_sql(fold_sql("s"), "f", body))


def clean_date_number_sql(clean: str) -> str:
    """Return SQL for a clean date text (`YYYY-MM-DD`) as an INTEGER `yyyymmdd`."""
    return f"TRY_CAST(replace({clean}, '-', '') AS INTEGER)"


def birth_parts_date_sql(year: str, month: str, day: str) -> str:
    """Return SQL for a DATE from three clean parts (kinds birth_year, birth_month, birth_day)."""
    return date_from_parts_sql(year, month, day, Context())
