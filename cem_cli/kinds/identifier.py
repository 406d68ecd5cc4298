"""Codes that stand for a person, an account or a device: loyalty cards, handles, devices, external ids, row ids."""

from __future__ import annotations

from cem_cli.kinds.kind import JUNK, LETTERS, Context, Kind, let_sql, not_junk_sql, phrases

_SCIENTIFIC = r"\d+([.,]\d+)?[eE]\+\d{1,2}"
_JUNK = JUNK | {"-1", "anonymous", "guest", "0"}
_FAULTS = (
    ("scientific_notation", lambda e: f"regexp_full_match({e}, '{_SCIENTIFIC}')"),
    ("junk", lambda e: rf"NOT regexp_matches({e}, '[{LETTERS}1-9]')"),
)


def _usable_sql(expr: str) -> str:
    """Return boolean SQL: not zeros only, not a number that a spreadsheet rounded."""
    return f"regexp_matches({expr}, '[{LETTERS}1-9]') AND NOT regexp_full_match({expr}, '{_SCIENTIFIC}')"


def _clean_id_sql(expr: str, context: Context) -> str:
    del context
    bare = f"ltrim({expr}, ' ''')"
    return f"CASE WHEN {_usable_sql(expr)} THEN {not_junk_sql(bare, _JUNK)} END"


def _clean_row_id_sql(expr: str, context: Context) -> str:
    del context
    return f"CASE WHEN {_usable_sql(expr)} OR {expr} = '0' THEN nullif(ltrim({expr}, ' '''), '') END"


def _clean_lead_id_sql(expr: str, context: Context) -> str:
    """Meta's exports prefix their ids (`l:`, `ag:`, `f:`)."""
    bare = rf"regexp_replace({expr}, '^(?:(?:l|ag|as|c|f):)+(\d)', '\1')"
    return let_sql(bare, "k", _clean_id_sql("k", context))


def _clean_card_sql(expr: str, context: Context) -> str:
    del context
    bare = f"regexp_replace(upper({expr}), '[^A-Z0-9]', '', 'g')"
    shaped = "regexp_full_match(k, '[A-Z0-9]{4,30}') AND regexp_matches(k, '[1-9A-Z]')"
    return let_sql(bare, "k", f"CASE WHEN {shaped} AND NOT regexp_full_match({expr}, '{_SCIENTIFIC}') THEN k END")


def _clean_handle_sql(expr: str, context: Context) -> str:
    del context
    site = r"^(https?://)?((www|m|it-it)\.)?(facebook|instagram|twitter|x|tiktok|linkedin|youtube)\.com/(in/)?"
    bare = rf"regexp_replace(regexp_replace(lower({expr}), '{site}', ''), '[/?].*$', '')"
    usable = f"regexp_full_match(h, '[{LETTERS}0-9._-]{{2,64}}') AND regexp_matches(h, '[{LETTERS}1-9]')"
    return let_sql(f"ltrim({bare}, '@')", "h", f"CASE WHEN {usable} THEN h END")


def _is_code_sql(expr: str) -> str:
    words = "(^| )[A-Za-z]{3,}( .*)? [A-Za-z]{3,}( |$)"
    code = rf"regexp_full_match({expr}, '[A-Za-z0-9#][A-Za-z0-9 /_:.-]{{3,39}}') AND regexp_matches({expr}, '\d')"
    return f"({code} AND NOT regexp_matches({expr}, '{words}'))"


EXTERNAL_ID = Kind(
    "external_id", "identifier of another system", "As delivered, without a leading apostrophe; zeros and rounded numbers dropped.",
    _clean_lead_id_sql, fits=_is_code_sql, junk=_JUNK, faults=_FAULTS,
    headers=phrases("""
        external id, externalid, ext id, extern id, customer id, customerid, customer key, customer number, customer no, client id,
        contact id, contactid, account id, accountid, user id, userid, person id, member id, memberid, subscriber key, lead id, record
        id, national id, national id number, ssn, ssn number, social security number, nin, passport, passport number, drivers license
        number, driver license, id card, codice cliente, cod cliente, id cliente, numero cliente, matricola, codice utente, id utente,
        kundennummer, kunden nr, kundennr, numero client, id client, code client, numero de cliente, dni, nie, soc sec id, carta
        identita, uuid, guid, tax id number, isbn, isbn10, isbn13, issn, ean, ean13, gtin, upc, barcode, asin, npi, imei, mrn, cpf,
        nhs number, medical record number, policy number, passport no, document no,
        document number, id card no, national insurance number
    """),
)
ROW_ID = Kind(
    "row_id", "key of the row", "As delivered: names a row of its source and says nothing about the person.", _clean_row_id_sql,
    headers=phrases("""
        id, row id, rowid, rec id, record key, key, uid, pk, index, nr, row number, unique id, codice, chiave
    """),
    junk=frozenset(), faults=_FAULTS,
)
LOYALTY_CARD = Kind(
    "loyalty_card", "loyalty card", "Capital letters and digits only.", _clean_card_sql, junk=_JUNK, faults=_FAULTS,
    headers=phrases("""
        loyalty card, loyaltycard, card code, card number, card no, loyalty number, loyalty id, loyalty card number, fidelity card,
        fidelity, carta fedelta, tessera, numero tessera, codice tessera, numero carta, n tessera, codice carta, carta, n carte,
        numero carte, numero de carte, carte de fidelite, kundenkarte, tarjeta fidelidad, tarjeta, membership number
    """),
)
HANDLE = Kind(
    "handle", "social handle", "Lower case, without @ and address.", _clean_handle_sql, junk=_JUNK,
    fits=lambda e: rf"regexp_full_match({e}, '@[A-Za-z0-9._]{{2,40}}')",
    headers=phrases("""
        handle, social handle, username, user name, nickname, screen name, instagram, instagram handle, twitter, twitter handle,
        facebook, facebook id, psid, page scoped id, tiktok, linkedin, nome utente, author id, from id
    """),
)
DEVICE = Kind(
    "device", "device or browser", "As delivered.", _clean_id_sql, junk=_JUNK, faults=_FAULTS,
    headers=phrases("""
        device, device id, deviceid, user pseudo id, anonymous id, anonymousid, client pseudo id, cookie, cookie id, browser id, idfa,
        gaid, maid, madid, advertising id, visitor id, domain userid, mac, mac address
    """),
)
