"""E-mail addresses: lower case, out of `Name <address>` and `mailto:`; placeholders dropped."""

from __future__ import annotations

from cem_cli.kinds.kind import JUNK, LETTERS, Context, Kind, in_sql, let_sql, phrases, words

JUNK_USERS = words("""
    test test1 test123 prova asd asdasd aaa xxx qwerty noreply no-reply no_reply donotreply do-not-reply nomail noemail no-email
    no-mail no_email nessuna nessuno nonhaemail nonha nonfornita none null n/a na nd mailer-daemon postmaster sconosciuto unknown
    anonymous noname fake dummy guest
""")
"""User parts nobody has."""

JUNK_HOSTS = words("""
    test prova asd aaa xxx nomail noemail no-email nessuna none null na nd invalid fake dummy unknown noreply nodomain mailinator
""")
"""First labels of domains nobody has (`test.com`, `nomail.it`)."""

_USER = r"[^\s@<>(),;:\[\]\\.\x22]+"
_LABEL = f"[{LETTERS}0-9-]+"
_VALID = rf"{_USER}(\.{_USER})*@({_LABEL}\.)+[{LETTERS}]{{2,24}}"


def bare_email_sql(expr: str) -> str:
    """Return SQL for the address inside a squeezed text, lower case, not yet validated: the first one where there are several."""
    first = rf"regexp_extract(lower({expr}), '(?:mailto:)?\s*([^\s<>,;:"r"]+@[^\s<>,;:""?]+)', 1)"
    odd = "[<>,;: \"'']|@.*@"
    return f"CASE WHEN regexp_matches({expr}, '{odd}') THEN rtrim(ltrim({first}, ''''), '.''') ELSE rtrim(lower({expr}), '.') END"


def _clean_email_sql(expr: str, context: Context) -> str:
    del context
    generic = f"{in_sql('split_part(e, chr(64), 1)', JUNK_USERS)} OR {in_sql(_host_sql('e'), JUNK_HOSTS)}"
    return let_sql(
        bare_email_sql(expr), "e",
        f"CASE WHEN length(e) > 254 OR NOT regexp_full_match(e, '{_VALID}') OR {generic} THEN NULL ELSE e END",
    )


def _host_sql(expr: str) -> str:
    return f"split_part(split_part({expr}, '@', 2), '.', 1)"


def _is_email_sql(expr: str) -> str:
    return rf"regexp_matches({expr}, '[^\s@]+@[^\s@]+\.[{LETTERS}]{{2,}}')"


def _is_generic_sql(expr: str) -> str:
    return let_sql(bare_email_sql(expr), "g", f"{in_sql('split_part(g, chr(64), 1)', JUNK_USERS)} OR {in_sql(_host_sql('g'), JUNK_HOSTS)}")


EMAIL = Kind(
    "email", "e-mail address", "Lower case, one valid address; placeholders such as test@test.com dropped.", _clean_email_sql,
    fits=_is_email_sql, junk=JUNK, faults=(("no_at_sign", lambda e: f"NOT contains({e}, '@')"), ("junk", _is_generic_sql)),
    headers=phrases("""
        email, e mail, mail, email address, emailaddress, e mail address, mail address, email addr, posta elettronica, indirizzo
        email, indirizzo e mail, indirizzo mail, correo, correo electronico, adresse mail, adresse email, adresse e mail, courriel, e
        mail adresse, email adresse, mailadresse, endereco de email, person email, requester email, email 1, e mail 1 value, primary
        email, em
    """),
)
