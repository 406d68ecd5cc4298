"""Forms in which features are compared."""


import pytest

from cem_cli.base.sql import literal
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.cleaning import (
    address_postcode_sql,
    address_sql,
    address_street_sql,
    address_town_sql,
    coded_sql,
    digits_sql,
    email_sql,
    letters_sql,
    plain_name_sql,
    unhyphened_sql,
    words_sql,
)


@pytest.mark.parametrize(("cell", "address"), [
    ("anna.rossi@example.it", "anna.rossi@example.it"), ("anna rossi <anna.rossi+shop@example.it>", "anna.rossi@example.it"),
    ("<anna@example.it>", "anna@example.it"), ("no address", None),
])
def test_an_address_with_its_owners_name_is_the_address(cell, address):
    with connect_memory() as con:
        assert con.execute(f"SELECT {email_sql(address_sql(literal(cell)))}").fetchall() == [(address,)]


@pytest.mark.parametrize(("line", "words", "letters"), [
    ("via san martino, 48/b", "via san martino 48 b", "via san martino b"), ("  c.so   umberto i 5 ", "c so umberto i 5", "c so umberto i"),
    ("via\troma\n3", "via roma 3", "via roma"), ("a  b", "a b", "a b"), ("...", "", ""), ("l'aquila - 7", "l aquila 7", "l aquila"),
])
def test_words_stand_one_space_apart_whatever_stood_between_them(line, words, letters):
    with connect_memory() as con:
        assert con.execute(f"SELECT {words_sql(literal(line))}, {letters_sql(literal(line))}").fetchall() == [(words, letters)]


@pytest.mark.parametrize(("cell", "digits"), [
    ("+393487792406", 393487792406), ("+39 348 779-2406", 393487792406), ("0585-4 12", 585412), ("(0585) 412.3", 5854123),
    ("333.1234567", 3331234567), ("06.1234567", 61234567), ("3331234567.0", 3331234567), ("333.123.4567", 3331234567), ("12 e 5", 125), ("0x 12", 12), ("no", None), (None, None),
])
def test_all_digits_of_a_number_count_however_it_is_written(cell, digits):
    with connect_memory() as con:
        assert con.execute(f"SELECT {digits_sql('$cell')}", {"cell": cell}).fetchall() == [(digits,)]


@pytest.mark.parametrize(("cell", "name"), [
    ("ann fry, phd", "ann fry"), ("ann fry, ph.d.", "ann fry"), ("fry, ann", "fry, ann"), ("o'hara-smith", "ohara smith"),
])
def test_degrees_are_no_part_of_a_name(cell, name):
    with connect_memory() as con:
        assert con.execute(f"SELECT {plain_name_sql(literal(cell))}").fetchall() == [(name,)]


@pytest.mark.parametrize(("cell", "code"), [
    ("sony sx-200 black", "sony sx200 black"), ("l123-w", "l123w"), ("007-goldfinger", "007-goldfinger"), ("wi-fi", "wi-fi"),
])
def test_models_are_the_same_with_and_without_hyphen(cell, code):
    with connect_memory() as con:
        assert con.execute(f"SELECT {coded_sql(literal(cell))}").fetchall() == [(code,)]


@pytest.mark.parametrize(("address", "town", "postcode"), [
    ("via roma 12, 20100 milano mi", "milano", "20100"), ("123 main street, las vegas nv 89132", "las vegas", "89132"),
    ("12 rue du bac 75007 paris", "paris", "75007"), ("1 high street, leeds, ls1 4ap", None, "ls1 4ap"),
    ("1231 las vegas blvd", None, None), ("via toledo 5, napoli", "napoli", None),
    ("3212 w 32nd st palm harbor, fl 60527", None, "60527"), ("1051 budapest, fo utca 12", "budapest", "1051"),
    ("h-7233 nagy harsany, kossuth ter 133/b", "nagy harsany", "7233"), ("00-950 warszawa, ulica dluga 7", "warszawa", "00-950"),
])
def test_a_whole_address_tells_town_and_postcode(address, town, postcode):
    with connect_memory() as con:
        found = con.execute(f"SELECT {address_town_sql(literal(address))}, {address_postcode_sql(literal(address))}").fetchall()
    assert found == [(town, postcode)]


@pytest.mark.parametrize(("address", "street"), [
    ("via roma 12, 20100 milano mi", "via roma 12"), ("1051 budapest, fo utca 12", "fo utca 12"), ("12345 main st, apt 4", "12345 main st"),
    ("via roma, 12 - 00184 roma", "via roma, 12"),
    ("12 rue du bac 75007 paris", "12 rue du bac"),
    ("hauptstr., 1010 wien", "hauptstr."),
])
def test_the_street_of_a_whole_address_stands_first_or_behind_the_town(address, street):
    with connect_memory() as con:
        assert con.execute(f"SELECT {address_street_sql(literal(address))}").fetchall() == [(street,)]


@pytest.mark.parametrize(("name", "whole"), [("jean-luc picard", "jeanluc picard"), ("anna rossi - verdi", "anna rossi verdi")])
def test_a_double_name_is_one_word(name, whole):
    with connect_memory() as con:
        assert con.execute(f"SELECT {unhyphened_sql(literal(name))}").fetchall() == [(whole,)]
