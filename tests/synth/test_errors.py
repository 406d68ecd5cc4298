"""People err at least at the stated rates, measured per record on 5,000 people."""

from __future__ import annotations

import numpy as np
import pytest
from stdnum.it import codicefiscale

from cem_cli.base.fold import fold
from cem_cli.synth.errors import Entries, Habits, fill_in, misspell, write_phone
from cem_cli.synth.people import People, make_people
from cem_cli.synth.world import stream

COUNT = 5000


@pytest.fixture(scope="module")
def people() -> People:
    return make_people(stream(4, "people"), COUNT)


@pytest.fixture(scope="module")
def typed(people: People) -> Entries:
    return fill_in(stream(4, "typed"), people, np.arange(COUNT), Habits(birth=1, email=1, phone=1, address=1, tax_code=1))


def share(found: list[bool]) -> float:
    return sum(found) / len(found)


def test_names_are_shortened_swapped_and_shouted(people: People, typed: Entries) -> None:
    pairs = list(zip(people.given, typed.given, strict=True))
    assert 0.035 < share([len(said.strip(".")) == 1 for _, said in pairs]) < 0.055
    nick = [fold(said) == fold(name) != fold(given) for (given, said), name in zip(pairs, people.nickname, strict=True)]
    assert 0.04 < share(nick) < 0.08
    swapped = [fold(said) == fold(surname) for said, surname in zip(typed.given, people.surname, strict=True)]
    assert 0.015 < share(swapped) < 0.03
    assert 0.22 < share([name.isupper() and len(name) > 2 for name in typed.surname]) < 0.30


def test_surnames_are_misspelt_beyond_accents_and_particles(people: People, typed: Entries) -> None:
    plain = [(s, t, g) for s, t, g in zip(people.surname, typed.surname, people.given, strict=True) if s.isascii() and s.isalpha()]
    wrong = [fold(s) != fold(t) and fold(t)[:1] == fold(s)[:1] and fold(t) != fold(g) for s, t, g in plain]
    assert 0.05 < share(wrong) < 0.08


def test_accents_are_lost_and_particles_joined(people: People, typed: Entries) -> None:
    accented = [(s, t) for s, t in zip(people.surname, typed.surname, strict=True) if s[-1] in "àèìòù"]
    assert 0.45 < share([t[-1].lower() not in "àèìòù" for _, t in accented]) < 0.75
    assert {t[-1] == "'" for _, t in accented} == {True, False}
    particles = [(s, t) for s, t in zip(people.surname, typed.surname, strict=True) if s.startswith(("De ", "Di ", "D'"))]
    assert 0.22 < share([" " not in t and "'" not in t for _, t in particles]) < 0.42


def test_addresses_mails_and_phones_change(people: People, typed: Entries) -> None:
    mail = [a.lower() for a in typed.email]
    other, own = (share([a == b for a, b in zip(mail, column, strict=True)]) for column in (people.email_other, people.email))
    assert 0.10 < other < 0.14
    assert 0.03 < 1 - other - own < 0.06
    tail = [value[-6:] for value in ["".join(c for c in phone if c.isdigit()) for phone in typed.phone]]
    assert 0.09 < share([t == m[-6:] for t, m in zip(tail, people.mobile_other, strict=True)]) < 0.14
    moved = [t.endswith(f" {new}") and old != new for t, new, old in zip(typed.street, people.number_other, people.number, strict=True)]
    assert 0.09 < share(moved) < 0.13


def test_birth_dates_are_swapped_or_wrong(people: People, typed: Entries) -> None:
    assert 0.025 < float(np.mean(typed.birth != people.birth)) < 0.055
    turned = [str(a)[5:7] == str(b)[8:] and str(a)[8:] == str(b)[5:7] and a != b for a, b in zip(people.birth, typed.birth, strict=True)]
    assert 0.012 < share(turned) < 0.03


def test_a_field_is_filled_as_often_as_the_form_says(people: People) -> None:
    entries = fill_in(stream(4, "sparse"), people, np.arange(COUNT), Habits(birth=0.3, email=0.6))
    assert 0.27 < float(np.mean(~np.isnat(entries.birth))) < 0.33
    assert 0.57 < share([bool(value) for value in entries.email]) < 0.63
    assert not any(entries.phone)
    assert not any(entries.street)


def test_misspelling_changes_a_word_by_one_slip() -> None:
    for draw in np.linspace(0.001, 0.999, 200):
        wrong = misspell("Rossini", float(draw))
        assert wrong[0] == "R"
        assert abs(len(wrong) - 7) <= 1
    assert misspell("Li", 0.5) == "Li"


def test_phones_are_written_in_five_ways() -> None:
    written = {write_phone("3331234567", draw) for draw in (0.1, 0.3, 0.5, 0.7, 0.9)}
    assert written == {"3331234567", "+393331234567", "+39 333 123 4567", "00393331234567", "333-1234567"}


def test_households_share_what_they_should(people: People) -> None:
    def shared(column: np.ndarray) -> float:
        _, inverse, counts = np.unique(column.astype(str), return_inverse=True, return_counts=True)
        return float(np.mean(counts[inverse] > 1))

    assert 0.18 < float(people.shared.mean()) < 0.22
    assert 0.06 < shared(people.mobile) < 0.10
    assert 0.02 < shared(people.email) < 0.04
    inside = people.household[1:] == people.household[:-1]
    assert np.all(people.surname[1:][inside] == people.surname[:-1][inside])
    assert np.all(people.street[1:][inside] == people.street[:-1][inside])
    twins = inside & (people.birth[1:] == people.birth[:-1])
    namesakes = inside & (people.given[1:] == people.given[:-1])
    assert twins.sum() > 10
    assert namesakes.sum() > 4
    years = people.birth.astype("datetime64[Y]").astype(int)
    assert np.all(np.abs(years[1:] - years[:-1])[namesakes] > 12)


def test_tax_codes_are_valid_and_say_the_truth(people: People) -> None:
    sample = range(0, COUNT, 10)
    assert all(codicefiscale.is_valid(people.tax_code[i]) for i in sample)
    assert all(codicefiscale.get_gender(people.tax_code[i]) == "MF"[people.female[i]] for i in sample)
