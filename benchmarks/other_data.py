"""Labelled files that are not the usual customers: companies, songs, papers, products, Dutch people, families in which nobody stands twice.

Each function returns rows of (entity, cells), shuffled; `write` makes people.csv and truth.csv of them. Names of people and
towns are those of `cem synth`; other words are made of syllables, as frequent as words are (Zipf). Same seed, same rows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from cem_cli.synth.words import places, read_lines, read_table, surnames

Row = tuple[int, dict[str, str]]
_SYLLABLES = [
    "ba", "co", "dra", "en", "fi", "gor", "hal", "in", "jo", "kra", "lum", "mer", "nor", "os", "pel", "qui", "ras", "sto", "tur", "ven",
    "wex", "yal", "zor", "al", "ber", "cin", "dor", "est",
]
_WORDS = [a + b for a in _SYLLABLES for b in _SYLLABLES] + [a + b + c for a in _SYLLABLES for b in ("ra", "li") for c in _SYLLABLES]
_SMALL = ["of", "for", "in", "and", "the", "with", "on", "a"]


class Pen:
    """A hand that writes values down, with slips; all chance comes from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        names, shares = surnames()
        self._surnames, self._shares = names.tolist(), shares.tolist()
        self._given = [n for name in ("given_male.csv", "given_female.csv") for n in read_table(name)["name"].tolist()]
        self._streets = read_lines("streets.txt").tolist()
        self._rank = [1 / (k + 12) for k in range(len(_WORDS))]

    def often(self, share: float) -> bool:
        """Return true in that share of the calls."""
        return self.chance.random() < share

    def copies(self, *shares: int) -> int:
        """Return 1, 2, ... with the given weights."""
        return self.chance.choices(range(1, len(shares) + 1), shares)[0]

    def slip(self, text: str, share: float = 1.0) -> str:
        """Return the text, in that share of the calls with one letter changed, lost, added or swapped."""
        if len(text) < 3 or not self.often(share):
            return text
        at = self.chance.randrange(1, len(text))
        letter = self.chance.choice("aeiostrn")
        before, here, after = text[: at - 1], text[at - 1 : at + 1], text[at + 1 :]
        return before + self.chance.choice((here[0] + letter, here[0] + letter + here[1:], here[0], here[::-1])) + after

    def unless(self, share: float, text: str) -> str:
        """Return the text, or nothing in that share of the calls."""
        return "" if self.often(share) else text

    def digits(self, count: int) -> str:
        """Return so many digits, the first no zero."""
        return str(self.chance.randrange(10 ** (count - 1), 10**count))

    def words(self, count: int) -> list[str]:
        """Return words, common ones more often."""
        return self.chance.choices(_WORDS, self._rank, k=count)

    def title(self, count: int) -> str:
        """Return a title of so many words, small ones between them."""
        listed = [w.capitalize() + (f" {self.chance.choice(_SMALL)}" if self.often(0.3) else "") for w in self.words(count)]
        return re.sub(f" ({'|'.join(_SMALL)})$", "", " ".join(listed))

    def surname(self) -> str:
        """Return a surname."""
        return str(self.chance.choices(self._surnames, self._shares)[0])

    def person(self) -> tuple[str, str]:
        """Return given name and surname."""
        return str(self.chance.choice(self._given)), self.surname()

    def place(self) -> tuple[str, str, str]:
        """Return street, postcode and town."""
        towns = places()
        at = self.chance.choices(range(len(towns.city)), towns.share.tolist())[0]
        code = self.chance.randrange(int(towns.first_cap[at]), int(towns.last_cap[at]) + 1)
        return str(self.chance.choice(self._streets)), f"{code:05}", str(towns.city[at])


def companies(seed: int, entities: int = 2000) -> list[Row]:
    """Return companies of four registers: legal forms spelled in many ways, VAT numbers with and without their country."""
    pen, rows = Pen(seed), list[Row]()
    trades = ["Costruzioni", "Trasporti", "Alimentari", "Servizi", "Impianti", "Consulting", "Meccanica", "Tessile", "Viaggi", "Logistica"]
    for entity in range(entities):
        own = pen.chance.choice((pen.surname(), pen.words(1)[0].capitalize(), f"{pen.surname()} & {pen.surname()}"))
        name = pen.chance.choice((own, f"{own} {pen.chance.choice(trades)}", f"{pen.chance.choice(trades)} {own}"))
        form, vat, phone = pen.chance.choice(("S.r.l.", "S.p.A.", "S.n.c.", "S.a.s.")), pen.digits(11), f"+39 0{pen.digits(9)}"
        (street, code, town), number = pen.place(), pen.chance.randrange(1, 180)
        web = re.sub("[^a-z]", "", name.lower()) + ".it"
        for _ in range(pen.copies(45, 25, 15, 10, 5)):
            written = pen.chance.choice((f"{name} {form}", f"{name} {form.replace('.', '')}", name))
            line = f"{pen.slip(street, 0.15)} {number}" if not pen.often(0.08) else f"{pen.place()[0]} {number}"
            rows.append((entity, {
                "company name": pen.slip(written.upper() if pen.often(0.4) else written, 0.15), "address": pen.unless(0.1, line),
                "city": pen.slip(pen.unless(0.08, town), 0.06), "zip": pen.unless(0.15, code),
                "country": pen.chance.choice(("Italia", "IT", "Italy")),
                "vat number": pen.unless(0.4, pen.chance.choice(("IT", "")) + pen.slip(vat, 0.02)),
                "phone": pen.unless(0.4, phone if pen.often(0.8) else f"+39 0{pen.digits(9)}"),
                "website": pen.unless(0.6, pen.chance.choice(("www.", "https://www.", "")) + web),
            }))
    return _shuffled(pen, rows)


def songs(seed: int, entities: int = 2000) -> list[Row]:
    """Return songs of five sources, each with its own way of writing number, title, length, artist and language."""
    pen, rows = Pen(seed), list[Row]()
    artists = [pen.chance.choice((" ".join(pen.person()), f"The {pen.words(1)[0].capitalize()}s", pen.title(2))) for _ in range(400)]
    rank = [1 / (k + 3) for k in range(400)]
    albums = [
        (pen.chance.choices(artists, rank)[0], pen.title(pen.chance.randrange(1, 5)), pen.chance.randrange(1960, 2015)) for _ in range(800)
    ]
    for entity in range(entities):
        (artist, album, year), title = pen.chance.choice(albums), pen.title(pen.chance.randrange(1, 6))
        number, seconds = pen.chance.randrange(1, 16), max(40, int(pen.chance.gauss(230, 60)))
        for source in pen.chance.sample(range(5), pen.copies(50, 20, 15, 10, 5)):
            t, a, (m, s) = pen.slip(title, 0.12), pen.slip(artist, 0.08), divmod(seconds, 60)
            lengths = (f"{seconds}000", f"{m}m {s}sec", f"{seconds / 60:.3f}", f"{m}:{s:02}", str(seconds))
            rows.append((entity, {
                "number": pen.unless(0.1, (str(number), str(number), "", f"{number:02}", str(number))[source]),
                "title": (t, f"{artist} - {t}", f"{number:03}-{t}", t, f"{t} - {album}")[source],
                "length": pen.unless(0.15, lengths[source]),
                "artist": pen.unless(0.6 if source == 1 else 0.05, (a, a, a, a.upper(), ", ".join(a.split(" ", 1)[::-1]))[source]),
                "album": pen.unless(0.08, pen.slip(album, 0.08)),
                "year": pen.unless(0.25, f"'{year % 100:02}" if source == 2 else str(year)),
            }))
    return _shuffled(pen, rows)


def papers(seed: int, entities: int = 2500) -> list[Row]:
    """Return papers as two libraries list them: initials, lost authors and words, other names of the venue."""
    pen, rows = Pen(seed), list[Row]()
    writers = [pen.person() for _ in range(1200)]
    rank = [1 / (k + 20) for k in range(1200)]
    venues = [("SIGMOD Conference", "Proc. SIGMOD"), ("VLDB", "Very Large Data Bases"), ("TODS", "ACM Trans. Database Syst.")]
    for entity in range(entities):
        title = pen.title(pen.chance.randrange(2, 10))
        by = dict.fromkeys(pen.chance.choices(writers, rank, k=pen.copies(15, 30, 28, 17, 10)))
        venue, year = pen.chance.choice(venues), str(pen.chance.randrange(1994, 2004))
        if pen.often(0.9):
            rows.append((entity, {"title": title, "authors": ", ".join(map(" ".join, by)), "venue": venue[0], "year": year}))
        for _ in range(pen.copies(40, 35, 15, 10) - 1):
            short = title.rsplit(" ", 1)[0] if pen.often(0.12) else title
            names = [f"{given[0]} {surname}" for given, surname in by]
            rows.append((entity, {
                "title": pen.slip(short.lower() if pen.often(0.3) else short, 0.2),
                "authors": ", ".join(names[:1] if pen.often(0.1) else names),
                "venue": pen.unless(0.25, pen.chance.choice(venue)), "year": pen.unless(0.45, year),
            }))
    return _shuffled(pen, rows)


def products(seed: int, entities: int = 1200) -> list[Row]:
    """Return products of two shops: other words, prices near each other, a model number that one of them often leaves out."""
    pen, rows = Pen(seed), list[Row]()
    brands = [w.capitalize() for w in pen.words(25)]
    things = [" ".join(w.capitalize() for w in pen.words(2)) for _ in range(20)]
    for entity in range(entities):
        brand, thing, price = pen.chance.choice(brands), pen.chance.choice(things), 2.718 ** pen.chance.gauss(5.2, 1)
        model = "".join(pen.chance.choices("ABCDEFGHKLMNPRSTVWX", k=3)) + pen.digits(pen.chance.randrange(2, 5))
        told = pen.words(8)
        if pen.often(0.7):
            rows.append((entity, {
                "name": f"{brand} {thing} - {model}", "description": f"{brand} {thing} {model} {' '.join(told)}", "manufacturer": "",
                "price": pen.unless(0.4, f"${price:,.2f}"),
            }))
        if pen.often(0.7):
            name = pen.chance.choice((f"{brand} {model} {thing}", f"{brand} {thing}", f"{thing} {brand} {model}", f"{brand} {model}"))
            rows.append((entity, {
                "name": name, "description": pen.unless(0.35, " ".join([*pen.chance.sample(told, 4), *pen.words(3)])),
                "manufacturer": pen.unless(0.1, brand), "price": pen.unless(0.5, f"${price * pen.chance.uniform(0.85, 1.1):,.2f}"),
            }))
    return _shuffled(pen, rows)


def dutch(seed: int, entities: int = 1500) -> list[Row]:
    """Return people under Dutch headers, a fifth of them living with the person before them."""
    headers = ("Voornaam", "Achternaam", "Geboortedatum", "Straat", "Huisnummer", "Postcode", "Plaats", "Telefoon")
    return _people(seed, entities, headers, (50, 30, 15, 5))


def families(seed: int, entities: int = 3000) -> list[Row]:
    """Return people of whom a fifth lives with the one before, mostly of one surname, and nobody stands twice."""
    return _people(seed, entities, ("nome", "cognome", "data_nascita", "indirizzo", "civico", "cap", "comune", "telefono"), (1,))


def _people(seed: int, entities: int, headers: tuple[str, ...], shares: tuple[int, ...]) -> list[Row]:
    pen, rows = Pen(seed), list[Row]()
    home: tuple[str, ...] = ()
    for entity in range(entities):
        (given, surname), (street, code, town) = pen.person(), pen.place()
        born = f"{pen.chance.randrange(1, 29):02}-{pen.chance.randrange(1, 13):02}-{pen.chance.randrange(1935, 2004)}"
        phone = f"3{pen.digits(9)}"
        if home and pen.often(0.2):
            surname, phone = home[0] if pen.often(0.8) else surname, home[5] if pen.often(0.3) else phone
            street, number, code, town = home[1:5]
        else:
            number = str(pen.chance.randrange(1, 150))
        home = (surname, street, number, code, town, phone)
        for _ in range(pen.copies(*shares)):
            lives = (street, number, code, town)
            if pen.often(0.08):
                other = pen.place()
                lives = (other[0], str(pen.chance.randrange(1, 150)), *other[1:])
            called = (pen.slip(given, 0.1), pen.slip(surname, 0.1))
            cells = (*(called[::-1] if pen.often(0.03) else called), pen.unless(0.15, pen.slip(born, 0.03)), *lives, pen.unless(0.3, phone))
            rows.append((entity, dict(zip(headers, cells, strict=True))))
    return _shuffled(pen, rows)


def _shuffled(pen: Pen, rows: list[Row]) -> list[Row]:
    pen.chance.shuffle(rows)
    return rows


SETS: dict[str, Callable[[int], list[Row]]] = {
    "companies": companies, "songs": songs, "papers": papers, "products": products, "dutch": dutch,
}
"""Labelled sets by name; `families` has no pair to find."""


def write(folder: Path, rows: list[Row]) -> None:
    """Write people.csv (id, cells) and truth.csv (source, id, entity) into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "people.csv").open("w", encoding="utf-8", newline="") as people, (folder / "truth.csv").open("w", newline="") as truth:
        cells, entities = csv.DictWriter(people, ["id", *rows[0][1]]), csv.writer(truth)
        cells.writeheader()
        entities.writerow(("source", "id", "entity"))
        for number, (entity, row) in enumerate(rows):
            cells.writerow({"id": f"r{number}", **row})
            entities.writerow(("people", f"r{number}", entity))
