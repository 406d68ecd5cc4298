"""Names of people: given, middle, surname, full name, title; proper case for reading, folded only when derived."""

from __future__ import annotations

from cem_cli.base.sql import literal
from cem_cli.kinds.given_names import GIVEN_NAMES
from cem_cli.kinds.kind import JUNK, LETTERS, Context, Kind, in_sql, let_sql, phrases, proper_sql, words

PARTICLES: frozenset[str] = frozenset(
    {"von", "vom", "zu", "zum", "van", "der", "den", "ter", "ten", "y", "dos", "das", "du", "el", "bin", "ibn"}
)
"""Small inside a name written in capitals; Italian particles are capital letters ("De Luca")."""

TITLES: tuple[str, ...] = (
    r"sig\.?\s?ra", r"sig\.?\s?na", r"sig", r"sigg", r"signora", r"signorina", r"signor", r"signore", r"dott\.?\s?ssa", r"dott",
    r"dottoressa", r"dottore", r"dottor", r"dr\.?ssa", r"dr", r"ing", r"avv", r"arch", r"geom", r"rag", r"prof\.?\s?ssa",
    r"prof", r"professor", r"professoressa", r"professore", r"cav", r"comm", r"gent\.?ma", r"gent\.?mo", r"egr",
    r"mr", r"mrs", r"ms", r"miss", r"mister", r"sir", r"rev", r"reverend", r"herr", r"frau", r"mme", r"mlle",
    r"monsieur", r"madame", r"mademoiselle", r"se[nñ]ora", r"se[nñ]or", r"sra", r"srta", r"senhora", r"senhor",
)
"""Forms of address before a name, as regular expressions; the longer form first."""

TITLE_WORDS = frozenset({"sig", "sig.", "sig.ra", "signor", "signora", "dott", "dott.", "dott.ssa", "dr", "dr.", "prof",
                         "prof.", "ing", "ing.", "avv", "avv.", "mr", "mr.", "mrs", "mrs.", "ms", "ms.", "herr", "frau"})
NAME_JUNK = JUNK | TITLE_WORDS | {"cliente", "customer", "guest", "ospite", "nome", "cognome", "name", "surname",
                                  "first name", "last name", "utente", "user", "admin", "nome cognome", "mario test",
                                  "test test", "prova prova", "aaa", "aaaa", "abc", "fnu", "lnu"}

_LEADING = rf"(?i)^(?:[^{LETTERS}]+|(?:{'|'.join(TITLES)})(?:\.\s*|\s+))+"
_TRAILING = rf"(?:[^{LETTERS}.')]+|\s[.')]+)+$"
_PLAIN = rf"[{LETTERS}][{LETTERS}'' -]*"
_FIRST_WORDS = words("""
    sig sigg signora signorina signor signore dott dottoressa dottore dottor dr drssa dottssa sigra signa ing avv arch geom rag prof
    professor professoressa professore profssa cav comm gentma gentmo egr mr mrs ms miss mister sir rev reverend herr frau mme mlle
    monsieur madame mademoiselle senora señora senor señor sra srta senhora senhor
""")


def bare_name_sql(expr: str) -> str:
    """Return SQL for a squeezed name without titles and stray signs, NULL where no letter or an address is left.

    Plain letters without a title, the common case, are returned as they are, without the long expression of all titles.
    """
    same = f"replace(replace(replace(replace({expr}, '’', ''''), '‘', ''''), '`', ''''), '´', '''')"
    cut = f"regexp_replace(regexp_replace({same}, {literal(_LEADING)}, ''), {literal(_TRAILING)}, '')"
    title = in_sql(f"lower(split_part({expr}, ' ', 1))", _FIRST_WORDS)
    return (
        f"CASE WHEN regexp_full_match({expr}, '{_PLAIN}') AND NOT (contains({expr}, ' ') AND {title}) THEN rtrim({expr}, ' -') "
        f"WHEN contains({expr}, '@') OR contains({expr}, '://') THEN NULL ELSE nullif({cut}, '') END"
    )


def in_given_order_sql(expr: str) -> str:
    """Return SQL that turns `Rossi, Mario` into `Mario Rossi` and takes the comma from `John Smith, Jr`."""
    before, after = f"trim(split_part({expr}, ',', 1))", f"trim(split_part({expr}, ',', 2))"
    generation = in_sql(f"lower(rtrim({after}, '.'))", words("jr sr ii iii iv phd md esq"))
    return (
        f"CASE WHEN NOT contains({expr}, ',') OR {before} = '' OR {after} = '' OR split_part({expr}, ',', 3) <> '' "
        f"THEN {expr} WHEN {generation} THEN {before} || ' ' || {after} ELSE {after} || ' ' || {before} END"
    )


def _clean_name_sql(expr: str, context: Context) -> str:
    del context
    cased = f"CASE WHEN {in_sql('lower(n)', NAME_JUNK)} THEN NULL ELSE {proper_sql('n', PARTICLES)} END"
    return let_sql(bare_name_sql(expr), "n", cased)


def _clean_full_name_sql(expr: str, context: Context) -> str:
    return let_sql(bare_name_sql(expr), "b", let_sql(in_given_order_sql("b"), "o", _clean_name_sql("o", context)))


def _is_given_name_sql(expr: str) -> str:
    known = in_sql(f"strip_accents(lower(split_part({expr}, ' ', 1)))", GIVEN_NAMES)
    return rf"CASE WHEN regexp_full_match({expr}, '[{LETTERS}][{LETTERS}''’.-]+( [{LETTERS}''’.-]+)?') THEN {known} ELSE false END"


def _is_one_name_sql(expr: str) -> str:
    return rf"regexp_full_match({expr}, '[{LETTERS}][{LETTERS}''’. -]{{1,29}}') AND {_word_count_sql(expr)} <= 3"


def looks_named_sql(expr: str) -> str:
    """Return SQL for whether a value is two to five words as people's names are, whoever they are."""
    return rf"regexp_full_match({expr}, '[{LETTERS}][{LETTERS}''’.-]*(,? [{LETTERS}][{LETTERS}''’.-]*){{1,4}}')"


def _is_full_name_sql(expr: str) -> str:
    """Return SQL for names of which a word is a known given name, or an initial beside one other word: `Jansen, P.`"""
    plain = f"strip_accents(lower(replace({expr}, ',', '')))"
    known = f"len(list_filter(string_split({plain}, ' '), lambda t: {in_sql('t', GIVEN_NAMES)})) > 0"
    word = f"[{LETTERS}''’-]{{3,}}"
    initial = f"regexp_full_match({expr}, '[{LETTERS}][.] ?([{LETTERS}][.] ?)?{word}|{word},? [{LETTERS}][.]')"
    return f"CASE WHEN {looks_named_sql(expr)} THEN {known} OR {initial} ELSE false END"


def _word_count_sql(expr: str) -> str:
    return f"(length({expr}) - length(replace({expr}, ' ', '')) + 1)"


def _no_letter_sql(expr: str) -> str:
    return rf"NOT regexp_matches({expr}, '[{LETTERS}]')"


_FAULTS = (("no_letters", _no_letter_sql), ("not_a_name", lambda e: f"contains({e}, '@') OR contains({e}, '://')"))
_NOTE = "Titles dropped, capitals to proper case, accents and apostrophes as delivered."

GIVEN_NAME = Kind(
    "given_name", "given name", _NOTE, _clean_name_sql, fits=_is_given_name_sql, junk=NAME_JUNK, faults=_FAULTS,
    headers=phrases("""
        first name, firstname, given name, given names, givenname, forename, forenames, christian name, christian names,
        initials, initial, first initial, voorletters, initialen, iniziali, fname, fn, name first, nome, nome di battesimo, nome cliente,
        prenom, vorname, rufname, nombre, primer nombre, nome proprio, primeiro nome, first, given
    """),
)
MIDDLE_NAME = Kind(
    "middle_name", "middle name", _NOTE, _clean_name_sql, junk=NAME_JUNK, faults=_FAULTS,
    headers=phrases("""
        middle name, middlename, middle names, middle initial, name middle, secondo nome, deuxieme prenom, zweiter vorname, segundo
        nombre, nome do meio, middle
    """),
)
SURNAME = Kind(
    "surname", "surname", _NOTE, _clean_name_sql, fits=_is_one_name_sql, junk=NAME_JUNK, faults=_FAULTS,
    headers=phrases("""
        last name, lastname, surname, family name, familyname, lname, ln, sn, name last, cognome, cognome cliente, nom, nom de
        famille, nachname, familienname, zuname, apellido, apellidos, primer apellido, sobrenome, apelido, last, family
    """),
)
FULL_NAME = Kind(
    "full_name", "full name", "Given name first, " + _NOTE[0].lower() + _NOTE[1:], _clean_full_name_sql, fits=_is_full_name_sql,
    junk=NAME_JUNK, faults=_FAULTS,
    headers=phrases("""
        full name, fullname, name, name full,
        native name, native name full, name native, name in original script, customer name, client name, contact name, person name,
        display name, file as,
        nominativo, nome e cognome, nome cognome, cognome nome, cognome e nome, nome completo, ragione sociale nome, intestatario, nom
        complet, nom et prenom, nom prenom, vollstandiger name, vor und nachname, nombre completo, nombre y apellidos, requester name,
        author name, from name, card name, cardholder name, cardholder, applicant, beneficiary, passenger, athlete, player
    """),
)


def _clean_title_sql(expr: str, context: Context) -> str:
    del context
    return f"upper(left({expr}, 1)) || lower(substr({expr}, 2))"


TITLE = Kind(
    "title", "form of address", "As delivered, first letter a capital.", _clean_title_sql, junk=JUNK,
    fits=lambda e: in_sql(f"lower({e})", TITLE_WORDS),
    headers=phrases("""
        title, salutation, name prefix, honorific, prefix, titolo, appellativo, civilite, anrede, titel, tratamiento, tratamento
    """),
)
