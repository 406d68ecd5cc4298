"""Who exists: people with households, twins, namesakes, second addresses, phones and e-mails.

Everything is a column over people; nobody's row is touched one by one. A household shares surname and address; some
share a mobile, others an e-mail (never both, and never namesakes: nobody could tell those apart); some are twins (one
birth date), some father and son of one name.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields

import numpy as np

from cem_cli.base.fold import fold
from cem_cli.synth.dates import Days
from cem_cli.synth.taxcode import tax_codes
from cem_cli.synth.words import (
    Ints,
    Mask,
    Text,
    pick,
    places,
    rank_shares,
    read_lines,
    read_table,
    shares,
    surnames,
    text,
)

Rng = np.random.Generator

SHARED_PHONE, SHARED_EMAIL, TWINS, NAMESAKES, SPOUSES = 0.58, 0.22, 0.08, 0.03, 0.44
"""Shares of the households: with one mobile, one e-mail, twins, father and son of one name, a couple."""
FOREIGN, ENGLISH = 0.08, 0.06
_PREFIXES = [320, 327, 328, 329, 330, 333, 334, 335, 338, 339, 340, 345, 346, 347, 348, 349, 351, 366, 380, 388, 389, 391]


@dataclass(frozen=True)
class People:
    """The population, one element per person. `*_other` is the one before (address, mobile) or the second one (e-mail)."""

    household: Ints
    shared: Mask
    female: Ints
    given: Text
    nickname: Text
    surname: Text
    birth: Days
    tax_code: Text
    english: Mask
    email: Text
    email_other: Text
    mobile: Text
    mobile_other: Text
    landline: Text
    place: Ints
    place_other: Ints
    street: Text
    street_other: Text
    number: Text
    number_other: Text
    cap: Text
    cap_other: Text

    def __len__(self) -> int:
        return len(self.given)

    def take(self, who: Ints) -> People:
        """Return the people at the given positions."""
        return People(**{field.name: getattr(self, field.name)[who] for field in fields(self)})


@dataclass(frozen=True)
class _Homes:
    """Households as columns over people: number, its first person, rank within, and the kind of the whole household."""

    group: Ints
    head: Ints
    rank: Ints
    draw: np.ndarray
    phone: Mask
    email: Mask
    shared: Mask

    def second(self, low: float, high: float) -> Mask:
        """Return the second persons of shared households whose draw lies in [low, high)."""
        found: Mask = (self.rank == 1) & (self.draw >= low) & (self.draw < high)
        return found


def _make_homes(rng: Rng, count: int, households: float) -> _Homes:
    wanted = round(count * households)
    sizes = rng.choice(np.array([2, 3, 4]), size=wanted // 2 + 1, p=[0.5, 0.3, 0.2])
    sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), wanted, side="right"))]
    sizes = np.concatenate([sizes, np.ones(count - int(sizes.sum()), dtype=np.int64)]).astype(np.int64)
    sizes = rng.permutation(sizes)
    group = np.repeat(np.arange(len(sizes)), sizes)
    head = (np.cumsum(sizes) - sizes)[group]
    draws = rng.random((2, len(sizes)))
    shared = sizes[group] > 1
    kind, contact = draws[0][group], draws[1][group]
    tellable = shared & ((kind < TWINS) | (kind >= TWINS + NAMESAKES))
    return _Homes(
        group, head, np.arange(count) - head, kind, tellable & (contact < SHARED_PHONE),
        tellable & (contact >= 1 - SHARED_EMAIL), shared,
    )


def _make_births(rng: Rng, homes: _Homes) -> tuple[Days, Ints]:
    """Return birth dates and sexes: twins are born together, couples apart by a few years, children a generation on."""
    count = len(homes.group)
    born = rng.triangular(1938, 1978, 2007, count)
    born = np.where(homes.shared, np.minimum(born, 1938 + (born - 1938) * 0.62), born)
    female = (rng.random(count) < 0.52).astype(np.int64)
    head_born, head_female = born[homes.head], female[homes.head]
    twin, son = homes.second(0, TWINS), homes.second(TWINS, TWINS + NAMESAKES)
    couple = homes.second(TWINS + NAMESAKES, TWINS + NAMESAKES + SPOUSES)
    child = (homes.rank > 0) & ~twin & ~couple
    born = np.where(couple, head_born + rng.normal(1, 3.5, count), born)
    born = np.where(child, head_born + rng.uniform(22, 39, count), born)
    born = np.where(twin, head_born, born).clip(1925, 2008)
    female = np.where(couple, 1 - head_female, female)
    with_son = np.isin(homes.group, homes.group[son]) & (homes.rank <= 1)
    female = np.where(with_son, 0, female)
    days = np.floor((born - 1970) * 365.25).astype(np.int64).astype("datetime64[D]")
    return days, female


def _make_names(rng: Rng, homes: _Homes, female: Ints) -> tuple[Text, Text, Text, Text]:
    """Return given names, nicknames, surnames and the cadastral code of a foreign birth ('' for the Italians)."""
    count = len(homes.group)
    given, nickname = text([""] * count), text([""] * count)
    for sex, name in ((0, "given_male.csv"), (1, "given_female.csv")):
        table, where = read_table(name), np.flatnonzero(female == sex)
        codes = pick(rng, rank_shares(len(table["name"]), 25.0), len(where))
        given[where] = table["name"][codes]
        options = table["nicknames"][codes]
        nickname[where] = text([choice.split("|")[i % (choice.count("|") + 1)] for choice, i in zip(options, codes, strict=True)])
    names, share = surnames()
    surname = names[pick(rng, share, count)]
    code = _make_foreigners(rng, homes, female, (given, nickname, surname))
    surname = surname[homes.head]
    _tell_apart(rng, homes, female, (given, nickname))
    namesake = homes.second(TWINS, TWINS + NAMESAKES)
    given = np.where(namesake, given[homes.head], given).astype(object)
    nickname = np.where(namesake, nickname[homes.head], nickname).astype(object)
    return given, nickname, surname, code


def _tell_apart(rng: Rng, homes: _Homes, female: Ints, names: tuple[Text, Text]) -> None:
    """Give those who are called like an earlier member of their household another name, in place."""
    given, nickname = names
    for back in (1, 2, 3):
        same = (homes.rank >= back) & (given == np.roll(given, back))
        for sex, name in ((0, "given_male.csv"), (1, "given_female.csv")):
            where, other = np.flatnonzero(same & (female == sex)), read_table(name)["name"]
            given[where], nickname[where] = other[rng.integers(30, len(other), len(where))], ""


def _make_foreigners(rng: Rng, homes: _Homes, female: Ints, names: tuple[Text, Text, Text]) -> Text:
    """Give whole households foreign names, in place; return the birth codes."""
    given, nickname, surname = names
    table = read_table("foreign.csv")
    countries = list(dict.fromkeys(table["country"].tolist()))
    weights = np.array([26, 11, 10, 11, 8, 8, 5, 6, 4, 3], dtype=np.float64)
    of_home = pick(rng, shares(weights), len(homes.group))[homes.head]
    foreign = (rng.random(len(homes.group)) < FOREIGN)[homes.head]
    code = text([""] * len(homes.group))
    for row in range(len(table["country"])):
        where = foreign & (of_home == countries.index(table["country"][row]))
        if table["sex"][row] != "A":
            where &= female == (table["sex"][row] == "F")
        column = surname if table["kind"][row] == "surname" else given
        options = text(table["names"][row].split("|"))
        column[where] = options[pick(rng, rank_shares(len(options), 25.0), int(where.sum()))]
        code[where], nickname[where] = table["code"][row], ""
    return code


def _ascii(column: Text) -> Text:
    """Return names folded to what stands in an e-mail address."""
    return text([fold(name).replace(" ", "").replace("'", "") for name in column])


def _make_emails(rng: Rng, given: Text, surname: Text, birth: Days, seen: set[int]) -> Text:
    """Return one address per person, made of names, years and nicknames; no address is given out twice."""
    count = len(given)
    first, last = _ascii(given), _ascii(surname)
    year = (birth.astype("datetime64[Y]").astype(np.int64) + 1970).astype(str).astype(object)
    short = text([y[2:] for y in year])
    initial = text([name[:1] for name in first])
    number = rng.integers(1, 99, count).astype(str).astype(object)
    shapes = [
        first + "." + last, first + last + short, initial + last + number, last + "." + first, first + "_" + last + year,
        first + short + number, initial + "." + last + short,
    ]
    user = np.choose(pick(rng, shares(np.array([30.0, 20, 12, 10, 10, 8, 10])), count), shapes)
    table = read_table("domains.csv")
    domain = table["domain"][pick(rng, shares(table["weight"].astype(np.float64)), count)]
    extra = rng.integers(100, 9999, count).tolist()
    made = []
    for name, host, more in zip(user.tolist(), domain.tolist(), extra, strict=True):
        address = f"{name}@{host}"
        while (code := zlib.crc32(address.encode())) in seen:
            name, more = f"{name}{more}", more + 1  # noqa: PLW2901 - grows until nobody has it
            address = f"{name}@{host}"
        seen.add(code)
        made.append(address)
    return text(made)


def _make_mobiles(first: int, count: int, offset: int) -> Text:
    """Return distinct mobile numbers (ten digits) by a permutation of the number space, whoever asks for which people."""
    space = len(_PREFIXES) * 10_000_000
    numbers = ((np.arange(first, first + count, dtype=np.int64) * 2 + offset) * 48_271_997 + 10_007) % space
    prefixes = text([str(prefix) for prefix in _PREFIXES])
    mobiles: Text = prefixes[numbers // 10_000_000] + text([f"{rest:07d}" for rest in (numbers % 10_000_000).tolist()])
    return mobiles


@dataclass(frozen=True)
class _Addresses:
    place: Ints
    street: Text
    number: Text
    cap: Text

    def take(self, rows: Ints) -> _Addresses:
        return _Addresses(self.place[rows], self.street[rows], self.number[rows], self.cap[rows])


def _make_addresses(rng: Rng, count: int, near: Ints | None) -> _Addresses:
    """Return addresses; with `near`, half of the places are those."""
    table = places()
    place = pick(rng, table.share, count)
    if near is not None:
        place = np.where(rng.random(count) < 0.5, near, place)
    lines = read_lines("streets.txt")
    street = lines[pick(rng, rank_shares(len(lines), 30.0), count)]
    letters = text(["", "", "", "", "", "", "", "/A", "/B", " bis"])
    number = np.floor(rng.exponential(32, count) + 1).astype(np.int64).astype(str).astype(object)
    number = number + letters[rng.integers(0, len(letters), count)]
    spread = table.last_cap[place] - table.first_cap[place] + 1
    cap = text([f"{c:05d}" for c in (table.first_cap[place] + rng.integers(0, 1000, count) % spread).tolist()])
    return _Addresses(place, street, number, cap)


def make_people(rng: Rng, count: int, households: float = 0.2, first: int = 0, seen: set[int] | None = None) -> People:
    """Return `count` people, `households` of whom share surname and address; `first` numbers them within the whole.

    `seen` holds hashes of the e-mail addresses already given out, so that chunks of one population do not collide.
    """
    seen = set() if seen is None else seen
    homes = _make_homes(rng, count, households)
    birth, female = _make_births(rng, homes)
    given, nickname, surname, birth_code = _make_names(rng, homes, female)
    home = _make_addresses(rng, count, None).take(homes.head)
    old = _make_addresses(rng, count, home.place)
    table = places()
    native = np.where(rng.random(count) < 0.6, table.code[home.place], table.code[pick(rng, table.share, count)])
    birth_code = np.where(birth_code == "", native, birth_code).astype(object)
    email = _make_emails(rng, given, surname, birth, seen)
    mobile = _make_mobiles(first, count, 0)
    with_head = homes.rank == 1
    landline = table.dial[home.place] + text([f"{n:07d}" for n in rng.integers(2_000_000, 9_999_999, count).tolist()])
    return People(
        household=homes.group, shared=homes.shared, female=female, given=given, nickname=nickname, surname=surname, birth=birth,
        tax_code=tax_codes(surname, given, birth, female, birth_code),
        english=rng.random(count) < np.where(birth_code == native, ENGLISH, 0.3),
        email=np.where(homes.email & with_head, email[homes.head], email).astype(object),
        email_other=_make_emails(rng, given, surname, birth, seen),
        mobile=np.where(homes.phone & with_head, mobile[homes.head], mobile).astype(object),
        mobile_other=_make_mobiles(first, count, 1), landline=landline[homes.head],
        place=home.place, place_other=old.place, street=home.street, street_other=old.street,
        number=home.number, number_other=old.number, cap=home.cap, cap_other=old.cap,
    )
