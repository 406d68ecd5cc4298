"""How people (and clerks) fill in a form: the errors of life, at stated rates per record, by columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from cem_cli.synth.dates import Days
from cem_cli.synth.people import People, Rng
from cem_cli.synth.words import Floats, Ints, Mask, Text, places, text


@dataclass(frozen=True)
class Rates:
    """Errors per record; a little above the nominal rates where a draw cannot apply (a name without a nickname)."""

    given_typo: float = 0.065
    surname_typo: float = 0.065
    initial: float = 0.046
    nickname: float = 0.10
    swapped: float = 0.024
    accent_lost: float = 0.62
    particle: float = 0.33
    upper: float = 0.26
    day_month: float = 0.06
    birth_component: float = 0.022
    email_other: float = 0.125
    email_typo: float = 0.043
    phone_other: float = 0.125
    digit: float = 0.032
    landline: float = 0.06
    moved: float = 0.105
    street_typo: float = 0.125


RATES = Rates()


@dataclass(frozen=True)
class Habits:
    """Which fields a silo's form holds, and how often they are filled (one chance, or one per record)."""

    birth: float | Floats = 0.0
    email: float | Floats = 0.0
    phone: float | Floats = 0.0
    address: float | Floats = 0.0
    tax_code: float | Floats = 0.0


@dataclass(frozen=True)
class Entries:
    """What was typed, one element per record; `who` is the person; '' and NaT stand for a field left empty."""

    who: Ints
    given: Text
    surname: Text
    birth: Days
    email: Text
    phone: Text
    street: Text
    city: Text
    cap: Text
    province: Text
    tax_code: Text

    def __len__(self) -> int:
        return len(self.who)

    @property
    def name(self) -> Text:
        """Return given name and surname in one cell."""
        joined: Text = self.given + " " + self.surname
        return text([name.strip() for name in joined])

    def take(self, rows: Ints) -> Entries:
        """Return the entries at the given positions."""
        return Entries(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def _change(column: Text, where: Mask, change: Callable[[str, float], str], draws: Floats) -> None:
    """Replace the chosen values by `change(value, draw)`, in place."""
    rows = np.flatnonzero(where)
    column[rows] = text([change(value, draw) for value, draw in zip(column[rows], draws[rows], strict=True)])


_NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "rw", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "kò", "m": "n", "n": "mb", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "eq", "x": "zc", "y": "tu", "z": "xs",
}


def misspell(value: str, draw: float) -> str:
    """Return `value` with one slip after its first letter: left out, doubled, swapped or a neighbouring key."""
    if len(value) < 3:
        return value
    position = 1 + int(draw * 1e6) % (len(value) - 1)
    head, letter, tail = value[:position], value[position], value[position + 1:]
    slip = int(draw * 1e9) % 4
    if slip == 0:
        return head + tail
    if slip == 1:
        return head + letter + letter + tail
    if slip == 2 and tail and tail[0] != letter:
        return head + tail[0] + letter + tail[1:]
    near = _NEAR.get(letter.lower(), "e")
    return head + near[int(draw * 1e3) % len(near)] + tail


_BARE = str.maketrans("àèéìíòóùúÀÈÉÌÒÙâêîôûäëïöüçñãșțăşë", "aeeiioouuAEEIOUaeiouaeioucnastase")


def _lose_accent(value: str, draw: float) -> str:
    bare = value.translate(_BARE)
    return bare + "'" if draw < 0.4 and value[-1] in "àèéìòù" else bare


def _join(value: str, draw: float) -> str:
    if draw < 0.15 and "'" in value:
        return value.replace("'", " ")
    return value[0] + value[1:].replace(" ", "").replace("'", "").lower()


def _has_particle(value: str) -> bool:
    head, sep, rest = value.replace("'", " ").partition(" ")
    return bool(sep and rest) and head in _PARTICLES


_PARTICLES = frozenset(["De", "Di", "Del", "Della", "Dell", "Degli", "Dal", "Dalla", "D", "La", "Lo", "Li", "El", "O"])


def _type_names(rng: Rng, people: People, who: Ints) -> tuple[Text, Text]:
    count = len(who)
    draws = rng.random((12, count))
    given, surname, nickname = people.given[who].copy(), people.surname[who].copy(), people.nickname[who]
    called = (draws[0] < RATES.nickname) & (nickname != "")
    given = np.where(called, nickname, given).astype(object)
    accented = np.array([not (g + s).isascii() for g, s in zip(given, surname, strict=True)], dtype=bool)
    for column in (given, surname):
        _change(column, accented & (draws[1] < RATES.accent_lost), _lose_accent, draws[2])
    particle = np.array([_has_particle(s) for s in surname], dtype=bool)
    _change(surname, particle & (draws[3] < RATES.particle), _join, draws[4])
    _change(given, draws[5] < RATES.given_typo, misspell, draws[6])
    _change(surname, draws[7] < RATES.surname_typo, misspell, draws[8])
    _change(given, ~called & (draws[9] < RATES.initial), lambda name, draw: name[:1] + ("." if draw < 0.7 else ""), draws[6])
    upper = draws[10] < RATES.upper
    for column in (given, surname):
        _change(column, upper, lambda name, _: name.upper(), draws[6])
    swapped = draws[11] < RATES.swapped
    return np.where(swapped, surname, given).astype(object), np.where(swapped, given, surname).astype(object)


def _type_births(rng: Rng, birth: Days, filled: float | Floats) -> Days:
    count = len(birth)
    draws = rng.random((4, count))
    year = birth.astype("datetime64[Y]").astype(np.int64)
    month = birth.astype("datetime64[M]").astype(np.int64) % 12
    day = (birth - birth.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64)
    swap = (draws[0] < RATES.day_month) & (day < 12)
    month, day = np.where(swap, day, month), np.where(swap, month, day)
    wrong = draws[1] < RATES.birth_component
    which = rng.integers(0, 3, count)
    step = rng.choice(np.array([-10, -2, -1, 1, 2, 3]), count)
    year = np.where(wrong & (which == 0), year + np.where(step > 1, 1, step), year)
    month = np.where(wrong & (which == 1), (month + step) % 12, month)
    day = np.where(wrong & (which == 2), (day + step) % 28, day)
    day = np.where(wrong | swap, np.minimum(day, 27), day)
    made = (year * 12 + month).astype("datetime64[M]").astype("datetime64[D]") + day.astype("timedelta64[D]")
    return np.where(draws[2] < filled, made, np.datetime64("NaT"))


_WRONG_HOSTS = {"gmail.com": "gmial.com", "libero.it": "libero.ti", "hotmail.it": "hotmial.it", "yahoo.it": "yaho.it"}


def _mistype_email(value: str, draw: float) -> str:
    user, _, host = value.partition("@")
    if draw < 0.25 and host in _WRONG_HOSTS:
        return f"{user}@{_WRONG_HOSTS[host]}"
    return f"{misspell(user, draw)}@{host}".replace("ò", "o")


def _type_emails(rng: Rng, people: People, who: Ints, filled: float | Floats) -> Text:
    draws = rng.random((5, len(who)))
    email = np.where(draws[0] < RATES.email_other, people.email_other[who], people.email[who]).astype(object)
    _change(email, draws[1] < RATES.email_typo, _mistype_email, draws[2])
    _change(email, draws[3] < 0.04, lambda value, draw: value.upper() if draw < 0.4 else value.capitalize(), draws[2])
    return np.where(draws[4] < filled, email, "").astype(object)


def _wrong_digit(value: str, draw: float) -> str:
    position = 3 + int(draw * 1e6) % (len(value) - 3)
    digit = str((int(value[position]) + 1 + int(draw * 1e3) % 8) % 10)
    return value[:position] + digit + value[position + 1:]


def write_phone(value: str, draw: float) -> str:
    """Return a national number in one of five ways of writing it."""
    style = int(draw * 5)
    grouped = f"{value[:3]} {value[3:6]} {value[6:]}"
    return (value, f"+39{value}", f"+39 {grouped}", f"0039{value}", grouped.replace(" ", "-", 1).replace(" ", ""))[style]


def _type_phones(rng: Rng, people: People, who: Ints, filled: float | Floats) -> Text:
    draws = rng.random((6, len(who)))
    phone = np.where(draws[0] < RATES.phone_other, people.mobile_other[who], people.mobile[who]).astype(object)
    phone = np.where(draws[1] < RATES.landline, people.landline[who], phone).astype(object)
    _change(phone, draws[2] < RATES.digit, _wrong_digit, draws[3])
    keep = draws[4] < filled
    _change(phone, keep, write_phone, draws[5])
    phone[~keep] = ""
    return phone


_SHORT = [("Via ", "V. "), ("Viale ", "V.le "), ("Corso ", "C.so "), ("Piazza ", "P.zza "), ("Largo ", "L.go ")]


def _shorten(value: str, draw: float) -> str:
    for long, short in _SHORT:
        if value.startswith(long):
            return short + value[len(long):]
    return value.upper() if draw < 0.5 else value


def _type_addresses(rng: Rng, people: People, who: Ints, filled: float | Floats) -> tuple[Text, Text, Text, Text]:
    """Return street with number, city, CAP and province; a record with an old address has all of the old one."""
    draws = rng.random((8, len(who)))
    moved = draws[0] < RATES.moved
    place = np.where(moved, people.place_other[who], people.place[who])
    street = np.where(moved, people.street_other[who], people.street[who]).astype(object)
    number = np.where(moved, people.number_other[who], people.number[who])
    cap = np.where(moved, people.cap_other[who], people.cap[who])
    _change(street, draws[1] < RATES.street_typo, lambda v, d: v[:4] + misspell(v[4:], d), draws[2])
    _change(street, draws[3] < 0.22, _shorten, draws[4])
    joins = text([" ", " ", " ", ", ", ", ", ", n. ", " n. "])
    line = street + joins[(draws[5] * len(joins)).astype(np.int64)] + number
    city, province = places().city[place].copy(), places().province[place]
    _change(city, draws[6] < 0.15, lambda v, _: v.upper(), draws[2])
    keep = draws[7] < filled
    blank = [np.where(keep, column, "").astype(object) for column in (line, city, cap, province)]
    return blank[0], blank[1], blank[2], blank[3]


def fill_in(rng: Rng, people: People, who: Ints, habits: Habits) -> Entries:
    """Return one typed record per element of `who` (a person may occur more than once, each time with new errors)."""
    given, surname = _type_names(rng, people, who)
    street, city, cap, province = _type_addresses(rng, people, who, habits.address)
    return Entries(
        who=who, given=given, surname=surname, birth=_type_births(rng, people.birth[who], habits.birth),
        email=_type_emails(rng, people, who, habits.email), phone=_type_phones(rng, people, who, habits.phone),
        street=street, city=city, cap=cap, province=province,
        tax_code=np.where(rng.random(len(who)) < habits.tax_code, people.tax_code[who], "").astype(object),
    )
