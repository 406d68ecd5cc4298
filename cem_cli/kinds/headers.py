"""Column headers in any style, read as words: which kind a header names, and how surely."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cem_cli.base.fold import fold
from cem_cli.kinds import KINDS
from cem_cli.kinds.kind import words
from cem_cli.kinds.more_languages import MORE_HEADERS

QUALIFIERS: frozenset[str] = words("""
    default billing bill shipping ship mailing home work office business primary secondary main preferred personal person people customer
    client contact user buyer recipient requester subscriber lead member guest patient owner account profile address addr residence
    residential current 1 2 value code no num number text full fake raw clean delivery sender payer registered permanent other first1
    cliente clienti contatto persona utente principale casa lavoro fatturazione spedizione consegna residenza domicilio recapito del della
    di il la lo il de du des der die das el los of the your tuo tua suo acquirente destinatario intestatario client kunde kunden kontakt
    beneficiary applicant student employee passenger voter donor tenant participant attendee
    privat geschaft facturation livraison facturacion envio titular cliente1 c s f t e l res desc cd lbl txt nm
""")
"""Words around a header's meaning that do not change it (`Default Address Zip` is a zip)."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_WORD = re.compile(r"[^0-9a-z\u0370-\uffff]+")
_BRACKETS = re.compile(r"\((?:utc|customer\.metafields[^)]*)\)", re.IGNORECASE)


@dataclass(frozen=True)
class HeaderMatch:
    """A kind a header names."""

    kind: str
    words: str
    """The known phrase that was found in the header."""
    confidence: float
    """0.95 the whole header, 0.85 with qualifiers around it, 0.6 at its end."""


def _phrases() -> dict[str, str]:
    return MORE_HEADERS | {phrase: kind.name for kind in KINDS.values() for phrase in kind.headers}


PHRASES: dict[str, str] = _phrases()
"""Known header phrase -> kind."""


def header_words(header: str) -> str:
    """Return a header as folded words separated by one space (`EMailAddress`, `e-mail_address` -> `e mail address`)."""
    spaced = _CAMEL.sub(" ", _BRACKETS.sub("", header.strip().removesuffix("__c")))
    return " ".join(_NOT_WORD.sub(" ", fold(spaced)).split())


def match_header(header: str) -> HeaderMatch | None:
    """Return the kind a header names, or None: the whole header, else a phrase among qualifiers, else its end.

    Of several phrases the last one counts (a mailing address street number is a number), then the longest.
    """
    spoken = header_words(header)
    for candidate in (spoken, spoken.replace(" ", "")):
        if candidate in PHRASES:
            return HeaderMatch(PHRASES[candidate], candidate, 0.95)
    tokens = spoken.split()
    best: HeaderMatch | None = None
    rank = (0.0, 0, 0)
    for start in range(len(tokens)):
        for end in range(start + 1, len(tokens) + 1):
            phrase = " ".join(tokens[start:end])
            rest = tokens[:start] + tokens[end:]
            alone = end - start == 1 and phrase in QUALIFIERS and rest and not (phrase == "address" and end == len(tokens))
            if phrase not in PHRASES or alone:
                continue
            if all(token in QUALIFIERS or token.isdigit() for token in rest):
                found = HeaderMatch(PHRASES[phrase], phrase, 0.85)
            elif end == len(tokens):
                found = HeaderMatch(PHRASES[phrase], phrase, 0.6)
            else:
                continue
            if (found.confidence, end, len(found.words)) > rank:
                best, rank = found, (found.confidence, end, len(found.words))
    return best
