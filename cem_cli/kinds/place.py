"""Cities, postcodes, provinces and countries."""

from __future__ import annotations

from cem_cli.kinds.gazetteer import COUNTRY_CODES, COUNTRY_NAMES, PROVINCES
from cem_cli.kinds.kind import JUNK, LETTERS, Context, Kind, in_sql, let_sql, lookup_sql, not_junk_sql, phrases, proper_sql, words

_PARTICLES = words("""
    di del della dello dei degli delle dell nel nell nella sul sull sulla in a al ai con d de da e
    on upon of the sur les am an der im bei ob y
""")
_POSTCODE_JUNK = JUNK | {"00000", "99999", "11111", "12345"}


def _clean_city_sql(expr: str, context: Context) -> str:
    del context
    around = r"^((?:[A-Z]{1,2}-)?\d{4,5}[ ,-]+)+|([ ,.;-]*(\([A-Za-z]{2}\)|, ?[A-Z]{2}))+$"
    bare = f"trim(regexp_replace(trim({expr}, ' ,.;-'), '{around}', '', 'g'), ' ,.;-')"
    plain = f"regexp_full_match({expr}, '[A-Za-z][A-Za-z ''-]*[A-Za-z'']')"
    body = let_sql(f"CASE WHEN {plain} THEN {expr} ELSE {bare} END", "c", proper_sql("c", _PARTICLES))
    return not_junk_sql(let_sql(body, "k", f"CASE WHEN regexp_matches(k, '[{LETTERS}]') THEN k END"))


def _clean_postcode_sql(expr: str, context: Context) -> str:
    """Italian codes lose their zeros in spreadsheets: three and four digits are padded where the context is Italian."""
    bare = rf"regexp_replace(upper(ltrim({expr}, '''')), '^[A-Z]{{1,3}}-? ?(\d{{4,5}})$|^(\d+)\.0$', '\1\2')"
    padded = "WHEN regexp_full_match(z, '[0-9]{3,4}') THEN lpad(z, 5, '0') " if context.country == "IT" else ""
    body = (
        "CASE WHEN regexp_full_match(z, '[0-9]{5}') THEN z "
        f"{padded}"
        r"WHEN regexp_full_match(z, '[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}') THEN regexp_replace(z, ' ?([0-9][A-Z]{2})$', ' \1') "
        r"WHEN regexp_full_match(z, '[0-9]{4} ?[A-Z]{2}') THEN left(z, 4) || ' ' || right(z, 2) "
        r"WHEN regexp_full_match(z, '[0-9]{5}-[0-9]{4}') THEN left(z, 5) "
        r"WHEN regexp_full_match(z, '[A-Z0-9][A-Z0-9 -]{2,9}') AND regexp_matches(z, '[0-9]') THEN z END"
    )
    kept = f"CASE WHEN {in_sql('k', _POSTCODE_JUNK)} THEN NULL ELSE k END"
    return let_sql(f"CASE WHEN regexp_full_match({expr}, '[0-9]{{5}}') THEN {expr} ELSE {bare} END", "z", let_sql(body, "k", kept))


def _clean_province_sql(expr: str, context: Context) -> str:
    other = f"CASE WHEN length({expr}) <= 3 THEN upper({expr}) ELSE {proper_sql(expr, _PARTICLES)} END"
    if context.country != "IT":
        return other
    codes = frozenset(PROVINCES.values())
    bare = f"trim(replace(replace(replace(lower({expr}), '(', ''), ')', ''), '.', ''))"
    folded = "replace(replace(strip_accents(b), '''', ''), '-', ' ')"
    return let_sql(bare, "b", f"CASE WHEN {in_sql('upper(b)', codes)} THEN upper(b) ELSE {lookup_sql(folded, PROVINCES, other)} END")


def _clean_country_sql(expr: str, context: Context) -> str:
    del context
    name = f"strip_accents(lower(rtrim({expr}, '. ')))"
    return f"CASE WHEN {in_sql(f'upper({expr})', COUNTRY_CODES)} THEN upper({expr}) ELSE {lookup_sql(name, COUNTRY_NAMES)} END"


def _is_postcode_sql(expr: str) -> str:
    british, dutch = r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", r"[0-9]{4} ?[A-Z]{2}"
    prefixed = "(I|IT|D|DE|F|FR|A|AT|CH|E|ES)-[0-9]{4,5}"
    # Portuguese, Polish, Greek and Swedish, Brazilian, Japanese, Canadian
    parted = "[0-9]{4}-[0-9]{3}|[0-9]{2}-[0-9]{3}|[0-9]{3} [0-9]{2}|[0-9]{5}-[0-9]{3}|[0-9]{3}-[0-9]{4}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]"
    return rf"regexp_full_match(upper({expr}), '''?([0-9]{{5}}|{british}|{dutch}|[0-9]{{5}}-[0-9]{{4}}|{prefixed}|{parted})')"


def _is_country_sql(expr: str) -> str:
    neighbours = words("IT DE FR ES GB UK US CH AT NL BE PT")
    names = in_sql(f"strip_accents(lower({expr}))", frozenset(COUNTRY_NAMES))
    return f"({names} OR {in_sql(f'upper({expr})', neighbours)})"


CITY = Kind(
    "city", "city", "Proper case, without province and postcode.", _clean_city_sql, junk=JUNK,
    headers=phrases("""
        city, town, locality, city name, citta, comune, localita, comune di residenza, citta di residenza, paese, ville, commune,
        stadt, ort, wohnort, ciudad, poblacion, localidad, municipio, cidade, localidade, ct, home city
    """),
)
POSTCODE = Kind(
    "postcode", "postcode", "Text with its leading zeros; British and Dutch codes with their space.", _clean_postcode_sql,
    junk=_POSTCODE_JUNK, fits=_is_postcode_sql,
    headers=phrases("""
        postcode, post code, postal code, postalcode, zip, zip code, zipcode, cap, codice postale, codice avviamento postale, c a p,
        code postal, cp, plz, postleitzahl, codigo postal, cep
    """),
)
PROVINCE = Kind(
    "province", "province or state", "Two-letter code in Italy, else as delivered.", _clean_province_sql, junk=JUNK - {"na"},
    fits=lambda e: f"({in_sql(f'upper({e})', frozenset(PROVINCES.values()))} OR {in_sql(f'lower({e})', frozenset(PROVINCES))})",
    headers=phrases("""
        province, province code, state, state code, state province, region, county, provincia, prov, sigla provincia, pv, regione,
        bundesland, departement, comunidad autonoma, estado, st, distrito, stateprovince
    """),
)
COUNTRY = Kind(
    "country", "country", "ISO 3166 alpha-2.", _clean_country_sql, junk=JUNK - {"na"},
    fits=_is_country_sql,
    headers=phrases("""
        country, country code, countrycode, country name, country region, nation, nazione, stato, paese di residenza, stato estero,
        pays, land, pais, country iso
    """),
)
