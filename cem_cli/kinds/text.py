"""Words and texts: companies, languages, yes and no, categories, free text, web addresses, and what is left out."""

from __future__ import annotations

from cem_cli.kinds.kind import JUNK, Context, Kind, in_sql, lookup_sql, phrases, words

LANGUAGES: dict[str, str] = {
    **dict.fromkeys(("it", "ita", "italiano", "italian", "italien", "italienisch"), "it"),
    **dict.fromkeys(("en", "eng", "inglese", "english", "anglais", "englisch", "ingles", "inglés", "inglês"), "en"),
    **dict.fromkeys(("fr", "fra", "fre", "francese", "french", "francais", "français", "französisch", "frances", "francés"), "fr"),
    **dict.fromkeys(("de", "deu", "ger", "tedesco", "german", "allemand", "deutsch", "aleman", "alemán"), "de"),
    **dict.fromkeys(("es", "spa", "esp", "spagnolo", "spanish", "espagnol", "spanisch", "espanol", "español", "castellano"), "es"),
    **dict.fromkeys(("pt", "por", "portoghese", "portuguese", "portugais", "portugiesisch", "portugues", "português"), "pt"),
    **dict.fromkeys(("nl", "nld", "dut", "olandese", "dutch", "nederlands"), "nl"),
    **dict.fromkeys(("ro", "ron", "rum", "rumeno", "romanian"), "ro"),
}
"""Codes and names of languages -> ISO 639-1."""

_YES = """
    true, t, yes, y, 1, 1.0, si, sì, s, vero, oui, vrai, ja, j, wahr, sí, verdadero, sim, on, x, subscribed, subscribe, opt-in, optin,
    opted_in, opted in, granted, accepted, consenso, iscritto, attivo
"""
_NO = """
    false, f, no, n, 0, 0.0, falso, non, faux, nein, falsch, não, nao, off, unsubscribed, unsubscribe, opt-out, optout, opted_out,
    opted out, denied, withdrawn, revoked, never subscribed, not_subscribed, disiscritto, negato, rifiutato
"""
BOOLEANS: dict[str, str] = {**dict.fromkeys(phrases(_YES), "true"), **dict.fromkeys(phrases(_NO), "false")}
"""Words for yes and no in six languages and in consent columns."""


def _as_is_sql(expr: str, context: Context) -> str:
    del context
    return expr


def _clean_language_sql(expr: str, context: Context) -> str:
    del context
    code = rf"regexp_extract(lower({expr}), '^([a-z]{{2}})(?:[-_][a-z0-9]{{2,4}})?$', 1)"
    return lookup_sql(f"lower({expr})", LANGUAGES, f"nullif({code}, '')")


def _clean_boolean_sql(expr: str, context: Context) -> str:
    del context
    return lookup_sql(f"lower({expr})", BOOLEANS)


def _clean_url_sql(expr: str, context: Context) -> str:
    del context
    bare = r"(?i)[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,24}(/\S*)?"
    return (
        rf"CASE WHEN regexp_full_match({expr}, '(?i)https?://\S+') THEN {expr} "
        f"WHEN regexp_full_match({expr}, '{bare}') THEN 'https://' || {expr} END"
    )


def _dropped_sql(expr: str, context: Context) -> str:
    del expr, context
    return "CAST(NULL AS VARCHAR)"


def _is_company_sql(expr: str) -> str:
    forms = r"s\.?r\.?l\.?s?|s\.?p\.?a|s\.?n\.?c|s\.?a\.?s|ltd|limited|inc|llc|corp|gmbh|ag|sarl|s\.?l|lda|plc|coop"
    return rf"regexp_matches({expr}, '(?i)\b({forms})\b\.?$')"


def _is_language_sql(expr: str) -> str:
    names = frozenset(word for word in LANGUAGES if len(word) > 3)
    return rf"(regexp_full_match({expr}, '[a-z]{{2}}[-_][A-Z]{{2}}') OR {in_sql(f'lower({expr})', names)})"


def _is_boolean_sql(expr: str) -> str:
    said = words("true false yes no y n si sì oui non ja nein sí sim não vero falso 0 1 subscribed unsubscribed granted denied")
    return in_sql(f"lower({expr})", said)


COMPANY = Kind(
    "company", "company", "As delivered, trimmed.", _as_is_sql, junk=JUNK,
    fits=_is_company_sql,
    headers=phrases("""
        company, company name, organization, organisation, organization name, organization 1 name, business name, employer, name org,
        azienda, ragione sociale, societa, ditta, denominazione, impresa, entreprise, societe, raison sociale, firma, unternehmen,
        empresa, razon social, account name
    """),
)
LANGUAGE = Kind(
    "language", "language", "ISO 639-1 code.", _clean_language_sql, fits=_is_language_sql,
    headers=phrases("""
        language, lang, locale, language code, preferred language, lingua, langue, sprache, idioma, lingua preferita
    """),
)
BOOLEAN = Kind(
    "boolean", "yes or no", "`true` or `false`.", _clean_boolean_sql, junk=JUNK - {"0", "x"}, sql_type="BOOLEAN",
    fits=_is_boolean_sql,
    headers=phrases("""
        accepts marketing, accepts email marketing, accepts sms marketing, accepts whatsapp marketing, tax exempt, opt in, optin,
        email opt in, newsletter, consent, consenso, consenso marketing, consenso newsletter, privacy, has opted out of email,
        hasoptedoutofemail, do not call, is active, active, attivo, verified email, verified, subscribed, marketing consent, email
        marketing consent, email subscribe, is organic
    """),
)
CATEGORY = Kind(
    "category", "category", "As delivered, trimmed.", _as_is_sql, junk=JUNK,
    headers=phrases("""
        category, type, status, segment, tier, level, role, occupation, job title, profession, birth place, place of birth,
        birthplace, nationality, marital status, categoria, tipo, stato ordine, livello, professione, mestiere, luogo di nascita,
        comune di nascita, citta di nascita, provincia di nascita, nazionalita, stato civile, cittadinanza, lieu de naissance, etat
        civil, beruf, geburtsort, familienstand, lugar de nacimiento, profesion, estado civil, phone type, addr type, address type,
        email type, record type, lead source, source, channel, canale, negozio, store, platform, lifecycle stage, financial status,
        fulfillment status, payment method, metodo di pagamento, name suffix, suffix
    """),
)
TEXT = Kind(
    "text", "free text", "As delivered; line breaks kept.", _as_is_sql, junk=frozenset(), keeps_layout=True,
    headers=phrases("""
        text, note, notes, comment, comments, message, description, body, subject, review, feedback, answer, tags, commento, commenti,
        messaggio, descrizione, oggetto, testo, recensione, osservazioni, remarque, commentaire, bemerkung, kommentar, notiz,
        comentario, observaciones, mensaje, notas
    """),
)
URL = Kind(
    "url", "web address", "With its scheme.", _clean_url_sql, junk=JUNK, fits=lambda e: rf"regexp_full_match({e}, '(?i)(https?://|www\.)\S+')",
    headers=phrases("""
        url, website, web site, site, homepage, link, sito, sito web, permalink, permalink url, photo, page url, website 1 value,
        inbox url
    """),
)
IGNORE = Kind("ignore", "left out", "Nothing of it is kept.", _dropped_sql, junk=frozenset())
