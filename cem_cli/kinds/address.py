"""Streets with their house number, house numbers alone, whole addresses in one column."""

from __future__ import annotations

from cem_cli.kinds.kind import JUNK, LETTERS, Context, Kind, in_sql, let_sql, lookup_sql, not_junk_sql, phrases, proper_sql, words

_STREET_TYPES = {
    "IT": """
        Via via v, Viale viale vle, Piazza piazza pzza pza pz p, Piazzale piazzale pzzale pzle ple, Corso corso cso c, Largo largo lgo l,
        Vicolo vicolo vlo vic, Strada strada str, Contrada contrada contr cda, Località località localita localita' loc,
        Frazione frazione fraz fr, Borgo borgo bgo, Lungomare lungomare lungom lmare, Traversa traversa trav, Salita salita sal,
        Galleria galleria gall, Villaggio villaggio vill
    """,
    "ES": """
        Calle calle c/ c, Avenida avenida avda av, Plaza plaza pza pl, Carretera carretera ctra, Paseo paseo pso pº
    """,
}
STREET_TYPES: dict[str, dict[str, str]] = {
    country: {short: kind.split()[0] for kind in phrases(text) for short in kind.split()[1:]} for country, text in _STREET_TYPES.items()
}
"""First words of a street, without dots, by country; single letters count only where a dot follows."""

WHOLE_ADDRESS = (
    rf"[^ ].*[ ,-](([0-9]{{4,6}}|[0-9]{{2,4}}-[0-9]{{3}}) +[{LETTERS}]{{2}}"
    r"|([0-9]{5}|[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2})$)"
)
"""What an address has that is more than a street: a postcode behind other words, before the town or at the end."""

_PARTICLES = words("di del della dello dei degli delle dell da dal dalla e al alla alle ai de du des la le las los")
_NUMBER_WORD = r"(?:n(?:[.°º]|r\.?|um\.?|umero)?|civ(?:\.|ico)?|no\.?)"
_NUMBER = r"(\d{1,5})(?:\s*[/\\-]?\s*([a-z]|bis|ter)|\s*[/\\-]\s*(\d{1,3}))?"


def _expanded_sql(expr: str, types: dict[str, str]) -> str:
    """Return SQL that writes the first word of a street in full (`V.le`, `P.zza`, `C.so`, `v.Roma`)."""
    known = lookup_sql("replace(w, '.', '')", {word: full for word, full in types.items() if len(word) > 1})
    dotted = lookup_sql("split_part(w, '.', 1)", types)
    in_full = in_sql("w", words("via viale piazza corso largo vicolo"))
    body = (
        f"CASE WHEN {in_full} THEN upper(left(w, 1)) || substr({expr}, 2) "
        f"WHEN {known} IS NOT NULL THEN {known} || substr({expr}, length(w) + 1) "
        f"WHEN contains(w, '.') AND {dotted} IS NOT NULL THEN {dotted} || ' ' || ltrim(substr({expr}, instr({expr}, '.') + 1)) "
        f"ELSE {expr} END"
    )
    return let_sql(f"lower(split_part({expr}, ' ', 1))", "w", body)


_TAIL = rf"(?i)(?:\s*,\s*|\s+)(?:{_NUMBER_WORD}[\s,]*)?{_NUMBER}$"


def _head_sql(expr: str) -> str:
    """Return SQL for a street without the number at its end, and that number as ` 12` or ` 12/B`, as a list of two."""
    last, before = f"split_part({expr}, ' ', -1)", f"lower(split_part({expr}, ' ', -2))"
    plain = f"contains({expr}, ' ') AND regexp_full_match({last}, '[0-9]{{1,5}}') AND regexp_full_match({before}, '.*[a-z]{{4,}},?')"
    cut = f"[rtrim(left({expr}, length({expr}) - length({last})), ' ,-/'), ' ' || {last}]"
    suffix = f"regexp_extract({expr}, '{_TAIL}', 2) || regexp_extract({expr}, '{_TAIL}', 3)"
    number = f"' ' || regexp_extract({expr}, '{_TAIL}', 1) || " + let_sql(suffix, "k", "CASE WHEN k = '' THEN '' ELSE '/' || upper(k) END")
    odd = f"[rtrim(regexp_replace({expr}, '{_TAIL}', ''), ' ,-/'), {number}]"
    return (
        f"CASE WHEN {plain} AND {before} NOT IN ('numero', 'civico', 'numero,', 'civico,') THEN {cut} "
        f"WHEN regexp_matches({expr}, '{_TAIL}') THEN {odd} ELSE [{expr}, ''] END"
    )


def _clean_street_sql(expr: str, context: Context) -> str:
    """Lambdas stand beside each other rather than inside: every level doubles the time DuckDB takes to plan."""
    types = STREET_TYPES.get(context.country, {})
    cased = let_sql(proper_sql("h[1]", _PARTICLES), "p", _expanded_sql("p", types) if types else "p")
    street = f"CASE WHEN regexp_matches(h[1], '[{LETTERS}]') THEN {cased} || h[2] END"
    return not_junk_sql(let_sql(let_sql(f"trim({expr}, ' ,')", "e", _head_sql("e")), "h", street))


def house_number_sql(expr: str) -> str:
    """Return SQL for the house number of a street: at its end (`Via Roma 12/B`), or before it (`12 Rue de la Paix`)."""
    last = rf"regexp_extract({expr}, '(?i)[^\d\s][,\s]+(?:{_NUMBER_WORD}\s*)?(\d{{1,5}}(?:\s*[/\\-]?\s*(?:[a-z]|bis|ter|\d{{1,3}}))?)$', 1)"
    first = rf"regexp_extract({expr}, '^(\d{{1,5}}[a-zA-Z]?)[, ]', 1)"
    return rf"CASE WHEN regexp_matches({expr}, '\d') THEN upper(replace(coalesce(nullif({last}, ''), nullif({first}, '')), ' ', '')) END"


def street_name_sql(expr: str) -> str:
    """Return SQL for a street without its house number and what follows a comma."""
    last = rf"(?i)[,\s]+(?:{_NUMBER_WORD}\s*)?\d{{1,5}}(?:\s*[/\\-]?\s*(?:[a-z]|bis|ter|\d{{1,3}}))?$"
    return (
        rf"CASE WHEN NOT regexp_matches({expr}, '\d') THEN {expr} "
        rf"ELSE trim(regexp_replace(regexp_replace({expr}, '{last}', ''), '^\d{{1,5}}[a-zA-Z]?[, ]+', '')) END"
    )


def _clean_house_number_sql(expr: str, context: Context) -> str:
    del context
    whole = rf"(?i)(?:{_NUMBER_WORD}\s*)?{_NUMBER}"
    number, suffix = (f"regexp_extract({expr}, '^{whole}$', {group})" for group in (1, 2))
    letter = f"{suffix} || regexp_extract({expr}, '^{whole}$', 3)"
    body = let_sql(letter, "k", f"{number} || CASE WHEN k = '' THEN '' ELSE '/' || upper(k) END")
    return (
        rf"CASE WHEN regexp_full_match({expr}, '\d{{1,5}}') THEN {expr} "
        rf"WHEN lower(replace(replace({expr}, '.', ''), '/', '')) IN ('snc', 'sn') THEN 'SNC' "
        rf"WHEN regexp_full_match({expr}, '{whole}') THEN {not_junk_sql(body)} END"
    )


def _clean_address_sql(expr: str, context: Context) -> str:
    del context
    bare = f"trim({expr}, ' ,;')"
    return f"CASE WHEN regexp_matches({expr}, '[{LETTERS}]') THEN {not_junk_sql(bare)} END"


_STREET_WORD = (  # Italian, French, Spanish, Portuguese before; English and German after
    r"(?i)^(via|viale|v\.? ?le|v\.|piazza|p\.? ?z+a|piazzale|corso|c\.? ?so|largo|l\.?go|vicolo|strada|contrada|localit|frazione|"
    r"rue|avenue|av\.?|boulevard|calle|c/|avda|plaza|rua)[ .].*|"
    r"^\d+[a-z]?,? .*[a-z].*\b(st|street|rd|road|ave|avenue|dr|drive|lane|ln|blvd|way|rue|court|ct|place|pl|close|crescent)\b.*|"
    r".*(stra(ss|ß)e|str\.|weg|platz|gasse|allee) \d+.*"
)


def _is_street_sql(expr: str) -> str:
    return f"regexp_matches({expr}, '{_STREET_WORD}')"


_TOWN_LINE = r"[^0-9]+,? [A-Z]{2},? \d{5}(-\d{4})?|\d{5} [A-Za-zÀ-ž][^0-9]+"
"""`Seattle, WA 98101` and `20121 Milano`: the second line of an address."""


def _is_address_sql(expr: str) -> str:
    line = f"regexp_full_match({expr}, '{_TOWN_LINE}')"
    return rf"{line} OR (regexp_matches({expr}, '{_STREET_WORD}') AND regexp_matches({expr}, ',.*\b\d{{5}}\b|\b\d{{5}}\b.*,|,.*,'))"


STREET = Kind(
    "street", "street and house number", "Street type written in full, number at the end (`Viale Monza 12/B`).", _clean_street_sql,
    fits=_is_street_sql, junk=JUNK, faults=(("no_letters", lambda e: rf"NOT regexp_matches({e}, '[{LETTERS}]')"),),
    headers=phrases("""
        street, street address, street name, address1, address 1, address line 1, address line1, addr line1, addr line 1, line1, via,
        indirizzo via, indirizzo, via e numero, via piazza, rue, adresse, adresse ligne 1, strasse, strassenname, anschrift, calle,
        direccion, domicilio, rua, morada, endereco, address street, street 1
    """),
)
HOUSE_NUMBER = Kind(
    "house_number", "house number", "`12`, `12/B`, or `SNC` where the street has none.", _clean_house_number_sql, junk=JUNK,
    fits=lambda e: rf"regexp_full_match({e}, '\d{{1,4}}([ /-]?[A-Za-z])?')",
    headers=phrases("""
        house number, housenumber, house no, street number, streetnumber, numero civico, civico, n civico, num civico, hausnummer,
        hausnr, numero de rue, numero de calle
    """),
)
ADDRESS = Kind(
    "address", "whole address", "As delivered, trimmed.", _clean_address_sql, fits=_is_address_sql, junk=JUNK,
    headers=phrases("""
        address, addr, full address, addr full, address full, mailing address, postal address, formatted address, address 1 formatted,
        indirizzo completo, recapito postale, adresse complete, vollstandige adresse, direccion completa, address formatted
    """),
)
