"""What columns are beside the others of their rows."""

from __future__ import annotations

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.columns import choose_kinds

PEOPLE = ["Mario Rossi", "Anna Bianchi", "Luca Ferrari", "Giulia Russo", "Paolo Colombo", "Chiara Ricci"]
STRANGERS = ["Zbyq Krtel", "Owvu Plimm", "Xeno Trask", "Ubo Grent", "Ilva Strond", "Ako Brell"]


def kinds(columns: dict[str, list[str]]) -> dict[str, str]:
    """Return the kinds of columns whose values repeat to sixty rows; numbers in braces count the rows."""
    with connect_memory() as con:
        listed = ", ".join(f'"{c}" VARCHAR' for c in columns)
        con.execute(f"CREATE TABLE link_people (record_id BIGINT, source VARCHAR, {listed})")
        for row in range(60):
            cells = [values[row % len(values)].format(row, row * 7919 % 9000 + 1000) for values in columns.values()]
            con.execute(f"INSERT INTO link_people VALUES (?, 'file', {', '.join('?' * len(cells))})", [row, *cells])
        return {u.column: u.kind for u in choose_kinds(con, list(columns), {})}


def test_a_number_is_a_code_beside_a_phone():
    assert kinds({"Tel": ["333 12{1}99"], "MRN2": ["88{1}1"]}) == {"Tel": "phone", "MRN2": "external_id"}


def test_a_mother_is_not_the_person():
    assert kinds({"nome completo": PEOPLE, "nome_mae": PEOPLE[::-1]}) == {"nome completo": "full_name", "nome_mae": "text"}


def test_a_fathers_given_name_is_not_the_persons():
    found = kinds({"Full name": ["Anna Rossi{0}", "Luca Conti{0}"], "Father": ["Mario", "Carlo", "Paolo", "Luigi", "Dario", "Guido"] * 2})
    assert found == {"Full name": "full_name", "Father": "category"}


def test_initials_are_the_given_name_where_no_other_is():
    assert kinds({"Initials": ["A.B.", "K.", "P."], "Surname": ["Rossi", "Bianchi"]})["Initials"] == "given_name"
    found = kinds({"Initials": ["A.B.", "K.", "P."], "Vorname": ["Anna", "Klaus", "Petra"], "Surname": ["Rossi", "Bianchi"]})
    assert found == {"Initials": "category", "Vorname": "given_name", "Surname": "surname"}


def test_a_manager_is_not_the_shop():
    found = kinds({"Shop": ["Corner {0} Bakery shop", "The {0} golden swan inn"], "Manager": PEOPLE})
    assert found == {"Shop": "text", "Manager": "text"}


def test_a_column_of_people_alone_is_the_name():
    assert kinds({"Person in charge": PEOPLE, "Points": ["{0}"]})["Person in charge"] == "full_name"


def test_words_beside_a_date_of_birth_are_a_name_though_nobody_knows_them():
    assert kinds({"Joined by": STRANGERS, "Birth date": [f"19{y}-01-12" for y in (38, 50, 77, 99)]})["Joined by"] == "full_name"


@pytest.mark.parametrize(("years", "kind"), [(("1938", "1950", "1961", "1977", "1985", "2001"), "birth_date"),
                                             (("2018", "2019", "2020", "2021", "2022", "2023"), "category")])
def test_dates_over_a_life_are_dates_of_birth(years, kind):
    assert kinds({"Full name": PEOPLE, "c7": [f"{y}-05-1{d}" for d, y in enumerate(years)]})["c7"] == kind


def test_words_that_mailboxes_repeat_are_names():
    given, surname = ("anna", "marco", "giulia", "zbyq"), ("trask", "krtel", "plimm", "strond")
    boxes = [f"{g}.{s}@example.it" for g, s in zip(given, surname, strict=True)]
    found = kinds({"c1": [s.title() for s in surname], "c2": [g.upper() for g in given], "c3": boxes, "c4": ["gold", "silver", "iron", "tin"]})
    assert found == {"c1": "surname", "c2": "given_name", "c3": "email", "c4": "category"}


def test_numbers_with_a_unit_are_numbers():
    found = kinds({"Film": ["The {0} red lantern", "A {0} quiet harbour"], "Lasts": ["{0} min", "9{0} min."], "Class": ["12A", "7B"]})
    assert found == {"Film": "text", "Lasts": "quantity", "Class": "category"}


WORDS = [f"{a}{b}" for a in ("Pop", "Ion", "Dob", "Vas") for b in ("escu", "eanu", "ovici", "aru", "in")]


def test_words_next_to_the_given_name_are_the_surname_and_the_other_way_round():
    towns = [f"Zor{word.lower()}" for word in WORDS]
    assert kinds({"prenume": ["Anna", "Paolo"], "nume": WORDS, "cartier": towns}) == {"prenume": "given_name", "nume": "surname", "cartier": "category"}
    assert kinds({"nm1": [w[:4].upper() for w in WORDS] * 2 + ["KLAUS", "PETRA"], "surname": WORDS})["nm1"] == "given_name"
    assert kinds({"surname": WORDS, "given name": ["Anna"], "farm": towns})["farm"] == "category"


def test_digits_that_hold_dates_of_birth_are_no_phone():
    numbers = [f"{1 + k % 28:02}{1 + k % 12:02}{40 + k}{1000 + 37 * k}" for k in range(58)]
    assert kinds({"Full name": PEOPLE, "c4": numbers})["c4"] == "external_id"
    assert kinds({"Full name": PEOPLE, "c4": ["333 12{1}99"]})["c4"] == "phone"


def test_a_town_that_mostly_repeats_the_town_is_no_further_evidence():
    towns = {"city": ["Codlea", "Moinesti", "Sacele", "Azuga"], "delivered to": ["Codlea", "Moinesti", "Sacele", "Predeal"]}
    assert kinds({"Full name": PEOPLE, **towns})["delivered to"] == "city"
    assert kinds({"Full name": PEOPLE, **towns, "delivered to": towns["city"][::-1]})["delivered to"] == "category"
