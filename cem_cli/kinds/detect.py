"""What the columns of a table mean: header words first, values second, then what the columns say about each other.

Reads the table it is given, writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.kinds import KINDS
from cem_cli.kinds.headers import HeaderMatch, header_words, match_header
from cem_cli.kinds.kind import phrases, words
from cem_cli.kinds.samples import DECISIVE, SUGGESTIVE, Sample, take_samples

OWN_KEYS = frozenset(phrases(
    "customer id, customerid, contact id, contactid, client id, account id, accountid, user id, userid, person id, member id, record id, "
    "customer number, customer key, subscriber key, lead id, codice cliente, cod cliente, id cliente, id utente, codice utente, uuid, guid"
))
"""Headers of identifiers that are usually the source's own key; a national id never is, however distinct."""

NUMBERED = words("id no nr num number numero code codice cod key ref nummer n")
"""Words in the header of whole numbers that name something rather than measure it."""

PERSONAL = frozenset({"given_name", "middle_name", "surname", "birth_date", "birth_year", "birth_month", "birth_day", "sex", "tax_code"})
"""Kinds of columns that only people have: beside them a column `Name` holds names of people."""

TOLD = frozenset({"sex", "birth_year", "title"})
"""Kinds whose few values are all known: where they are not met, the header's word means something else (`genre`, `by`, `title`)."""

VARIED = 12
"""Different values above which they are no codes of a source's own for one of few, and may be names of people."""

SEXES = 4
"""Different values above which unknown words are no codes for the sexes: `Genre` is of songs and games, too."""

THINGS = frozenset({"name", "navn", "namn", "nom", "nome", "nombre", "naam", "nimi"})
"""Headers that name people, unless nothing else in the table is a person's."""

PEOPLE = words("""
    customer client guest patient owner contact person student employee passenger voter donor tenant participant attendee subscriber buyer
    recipient beneficiary applicant member player inventor mitglied kunde patient gast teilnehmer spieler inhaber mieter membre adherent
    titulaire socio cliente paciente huesped titular ospite paziente iscritto proprietario intestatario lid klant deelnemer eigenaar klient
    kontakt contatto contacto czlonek pacjent wlasciciel medlem gaest gjest asiakas jasen pelatis melos musteri uye hasta
""")
"""Words for a person that stand alone over a column of names."""

PLACES = frozenset({"city", "province", "country", "postcode"})
"""Kinds that are another thing's attribute where other words stand before them (`passport country`, `store city`)."""

WHOLE = 0.15
"""Share of whole addresses from which a column of streets is read as one of addresses, most of which are a street only."""

ENOUGH, CONTRADICTION = 0.8, 0.2
"""Share of values that must fit a kind found by values; share below which the values contradict a header."""


@dataclass(frozen=True)
class Detection:
    """What one column seems to mean."""

    kind: str
    confidence: float
    """0 to 1: how sure, before anybody looked."""
    fill: float
    """Share of rows with a value that is not blank."""
    distinct: float
    """Distinct values per value."""
    reason: str
    """Why, in words, without any value."""
    date_format: str | None = None
    """For dates: the strptime format the values prove, where they are not ISO."""


def detect_kinds(con: Connection, table: str, columns: Sequence[str], sample: int = 2000) -> dict[str, Detection]:
    """Return what each text column of `table` seems to mean, from its header and its first `sample` rows.

    One query reads the sample; a second one counts the columns that could be the key of the row in the whole table.
    """
    samples = take_samples(con, table, columns, sample)
    found = {column: _detect(column, samples[column]) for column in columns}
    found = _settle_names(found, samples)
    return _settle_keys(con, table, found, samples)


def _detect(column: str, seen: Sample) -> Detection:
    header = match_header(column)
    if header is None:
        if header_words(column) in PEOPLE and seen.pairs >= ENOUGH:
            return _detection("full_name", 0.85, seen, f"the header says whose, {_percent(seen.pairs)} are written as names")
        numbered = not NUMBERED.isdisjoint(header_words(column).split())
        return _by_values(seen, "the header is unknown", numbered=numbered)
    if seen.filled == 0:
        return _detection(header.kind, 0.5 * header.confidence, seen, f"header says {_title(header.kind)}; no values")
    return _by_header(header, seen)


def _by_header(header: HeaderMatch, seen: Sample) -> Detection:
    """Trust the header, unless its values contradict it and prove something else."""
    kind, share = header.kind, seen.fits.get(header.kind)
    if header.confidence < 0.8 and kind in PLACES:
        return _detection("category", 0.6, seen, f"header names the {_title(kind)} of something else")
    if header.confidence < 0.8 and kind not in ("category", "text") and (share is None or share < 0.5):
        return _by_values(seen, "the header is not clear")
    if kind in ("birth_date", "date", "timestamp"):
        share = max(seen.fits["birth_date"], seen.fits["timestamp"])
        if kind == "date" and seen.fits["timestamp"] >= ENOUGH:
            kind = "timestamp"
    most = SEXES if kind == "sex" else VARIED
    if kind in TOLD and (share or 0) < CONTRADICTION and (kind == "title" or (seen.distinct > most and seen.fits["integer"] < ENOUGH)):
        return _by_values(seen, f"the header says {_title(kind)}, but the values are no such words")
    if kind == "birth_date" and share is not None and share < CONTRADICTION and seen.fits["surname"] >= ENOUGH:
        return _by_values(seen, "the header says date of birth, but the values are words")
    return _by_line(header, seen) or _as_said(kind, header.confidence, share, seen)


def _as_said(kind: str, confidence: float, share: float | None, seen: Sample) -> Detection:
    """Return the kind that a header says, which `share` of the values look like, unless they prove another one."""
    if share is not None and share < CONTRADICTION:
        doubted = {kind, "phone"} if kind == "birth_date" else {kind}  # digits of any date are as many as a phone's
        other = next((name for name in DECISIVE if name not in doubted and seen.fits[name] >= ENOUGH), None)
        if other is not None:
            found = "date" if other == "birth_date" else other
            seen_as = f"{_percent(seen.fits[other])} of the values look like {_title(found)}"
            return _detection(found, 0.7, seen, f"header says {_title(kind)}, but {seen_as}")
    agreement = "" if share is None else f"; {_percent(share)} of the values look like it"
    surely = confidence if share is None else min(0.99, confidence * (0.75 + 0.3 * share))
    return _detection(kind, surely, seen, f"header says {_title(kind)}{agreement}")


def _by_line(header: HeaderMatch, seen: Sample) -> Detection | None:
    """Return what a column of streets or addresses is where it holds the other of the two; mostly None."""
    if header.kind == "address" and seen.parts < 0.5:
        return _detection("street", 0.9 * header.confidence, seen, "header says address; the values name neither town nor postcode")
    share = max(seen.fits["address"], seen.located)
    if header.kind == "street" and share >= WHOLE:
        whole = _percent(share)
        return _detection("address", 0.9 * header.confidence, seen, f"header says street; {whole} of the values are whole addresses")
    return None


def _by_values(seen: Sample, why: str, *, numbered: bool = True) -> Detection:
    """Decide on values alone: what they prove, what they make likely, then their shape."""
    if seen.filled == 0:
        return _detection("ignore", 0.5, seen, f"{why}; no values")
    for names, confidence in ((DECISIVE, 0.8), (SUGGESTIVE, 0.6)):
        for name in names:
            if seen.fits[name] >= (ENOUGH if name not in ("full_name", "given_name") else 0.4) and _possible(name, seen):
                kind = "date" if name == "birth_date" else name
                seen_as = f"{_percent(seen.fits[name])} of the values look like {_title(kind)}"
                return _detection(kind, confidence * seen.fits[name], seen, f"{why}; {seen_as}")
    return _by_shape(seen, why, numbered=numbered)


def _possible(kind: str, seen: Sample) -> bool:
    """Return whether values that look like a kind are as different as its values are.

    Few names are those of employees; five digits that all differ are a number of the row, for neighbours share a postcode.
    """
    if kind == "given_name":
        return seen.distinct > min(VARIED, seen.filled // 4)
    return not (kind == "postcode" and seen.fits["integer"] >= ENOUGH and seen.filled > 50 and seen.distinct_share > 0.98)


def _by_shape(seen: Sample, why: str, *, numbered: bool) -> Detection:
    """Decide on the shape of the values; `numbered`: whole numbers may be an identifier."""
    whole = seen.fits["integer"] >= ENOUGH
    if seen.fits["quantity"] >= ENOUGH and not (whole and numbered):
        return _detection("integer" if whole else "quantity", 0.5, seen, f"{why}; numbers")
    if seen.fits["external_id"] >= ENOUGH and seen.distinct_share > 0.5:
        return _detection("external_id", 0.5, seen, f"{why}; codes, {_percent(seen.distinct_share)} distinct")
    if whole:
        return _detection("integer", 0.5, seen, f"{why}; whole numbers")
    if seen.length > 40 or (seen.words > 0.6 and seen.length > 12 and seen.distinct_share > 0.5):
        return _detection("text", 0.5, seen, f"{why}; long texts")
    if seen.distinct_share > 0.9 and seen.words < 0.2 and seen.filled > 20 and seen.fits["surname"] < 0.5:
        return _detection("external_id", 0.4, seen, f"{why}; nearly all values distinct")
    return _detection("category", 0.4, seen, f"{why}; {seen.distinct} different values")


def _detection(kind: str, confidence: float, seen: Sample, reason: str) -> Detection:
    form = seen.date_format() if kind in ("birth_date", "date", "timestamp") else None
    return Detection(kind, round(confidence, 3), round(seen.fill, 4), round(seen.distinct_share, 4), reason, form)


def _settle_names(found: dict[str, Detection], samples: dict[str, Sample]) -> dict[str, Detection]:
    """Let name columns explain each other: `Name` beside a surname is a given name, several words in each value a full name.

    Where hardly a name is known, no column is a person's and the values are more than words, `Name` names companies or things.
    """
    kinds = {detection.kind for detection in found.values()}
    settled = dict(found)
    for column, detection in found.items():
        seen = samples[column]
        double = detection.kind == "surname" and detection.confidence >= ENOUGH and "given_name" in kinds
        if detection.kind in ("given_name", "surname") and seen.words > 0.7 and not double:
            reason = f"{detection.reason}, but {_percent(seen.words)} of the values are several words"
            settled[column] = replace(detection, kind="full_name", reason=reason)
        elif detection.kind == "full_name" and seen.filled and seen.words < 0.2:
            reason = f"{detection.reason}, but the values are single words"
            settled[column] = replace(detection, kind=_one_word_kind(seen, kinds), reason=reason)
        elif header_words(column) in THINGS and (thing := _named_thing(seen, kinds)):
            settled[column] = replace(detection, kind=thing, reason=f"{detection.reason}, and no column that only people have")
    return settled


def _named_thing(seen: Sample, kinds: set[str]) -> str | None:
    """Return what a column such as `Name` is where it names no people: companies (legal forms), or things (signs, a price)."""
    if seen.fits["full_name"] >= CONTRADICTION or not kinds.isdisjoint(PERSONAL):
        return None
    if seen.fits["company"] >= CONTRADICTION:
        return "company"
    odd = seen.pairs < ENOUGH or "amount" in kinds
    return "text" if odd and "email" not in kinds else None


def _one_word_kind(seen: Sample, kinds: set[str]) -> str:
    """Return what a column of single words under a header such as `Name` is, beside columns of the given kinds."""
    if seen.fits["surname"] < 0.5:
        return "external_id" if seen.distinct_share > 0.5 else "category"
    if ("surname" in kinds) == ("given_name" in kinds):
        return "full_name"
    return "given_name" if "surname" in kinds else "surname"


def _settle_keys(
    con: Connection, table: str, found: dict[str, Detection], samples: dict[str, Sample]
) -> dict[str, Detection]:
    """Choose at most one key of the row, distinct in the whole table: a header that says so, else the source's own id."""
    complete = [c for c in found if samples[c].filled and samples[c].filled == samples[c].rows == samples[c].distinct]
    named = [c for c in complete if found[c].kind == "row_id"]
    own = [c for c in complete if found[c].kind == "external_id" and header_words(c) in OWN_KEYS]
    first = [c for c in list(found)[:1] if c in complete and found[c].kind in ("external_id", "integer") and not match_header(c)]
    candidates = [*sorted(named, key=lambda c: -found[c].confidence), *own, *first]
    unique = _unique_columns(con, table, candidates)
    key = next((c for c in candidates if c in unique), None)
    settled = dict(found)
    for column, detection in found.items():
        if column == key:
            settled[column] = replace(detection, kind="row_id", reason=f"{detection.reason}; a different value in every row")
        elif detection.kind == "row_id":
            kind = "external_id" if detection.distinct > 0.5 else "category"
            settled[column] = replace(detection, kind=kind, reason=f"{detection.reason}, but not the key of this table")
    return settled


def _unique_columns(con: Connection, table: str, columns: Sequence[str]) -> frozenset[str]:
    if not columns:
        return frozenset()
    tests = ", ".join(f"count(DISTINCT {quote(c)}) = count(*)" for c in columns)
    (row,) = con.execute(f"SELECT {tests} FROM {quote(table)}").fetchall()
    return frozenset(c for c, unique in zip(columns, row, strict=True) if unique)


def _title(kind: str) -> str:
    return KINDS[kind].title


def _percent(share: float) -> str:
    return f"{share:.0%}"
