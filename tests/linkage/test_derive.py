"""Forms in which features are compared."""

import pytest

from cem_cli.base.sql import literal
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive import Cells, address_sql, birth_sql, cells_of, digits_sql, email_sql, letters_sql, words_sql


@pytest.mark.parametrize(("cell", "address"), [
    ("anna.rossi@example.it", "anna.rossi@example.it"), ("anna rossi <anna.rossi+shop@example.it>", "anna.rossi@example.it"),
    ("<anna@example.it>", "anna@example.it"), ("no address", None),
])
def test_an_address_with_its_owners_name_is_the_address(cell, address):
    with connect_memory() as con:
        assert con.execute(f"SELECT {email_sql(address_sql(literal(cell)))}").fetchall() == [(address,)]


def test_a_tax_code_tells_the_birth_date_that_is_missing():
    kinds = {"born": "birth_date", "code": "tax_code"}
    with connect_memory() as con:
        con.execute("""CREATE TABLE people AS SELECT * FROM (VALUES
            (1, '1985-04-13', NULL), (2, NULL, 'rssnna85d53h501q'), (3, '1985-04-12', 'rssnna85d53h501q'), (4, NULL, 'not a code'))
            AS p(record_id, born, code)""")
        found = con.execute(f"SELECT {birth_sql(con, 'people', kinds)} FROM people ORDER BY record_id").fetchall()
    day = 1985 * 65536 + 4 * 256 + 13
    assert [value for (value,) in found] == [day, day, day - 1, None]


@pytest.mark.parametrize(("line", "words", "letters"), [
    ("via san martino, 48/b", "via san martino 48 b", "via san martino b"), ("  c.so   umberto i 5 ", "c so umberto i 5", "c so umberto i"),
    ("via\troma\n3", "via roma 3", "via roma"), ("a  b", "a b", "a b"), ("...", "", ""), ("l'aquila - 7", "l aquila 7", "l aquila"),
])
def test_words_stand_one_space_apart_whatever_stood_between_them(line, words, letters):
    with connect_memory() as con:
        assert con.execute(f"SELECT {words_sql(literal(line))}, {letters_sql(literal(line))}").fetchall() == [(words, letters)]


@pytest.mark.parametrize(("cells", "expected"), [
    (["anna"], Cells("ascii", untidy=False)), (["anna "], Cells("ascii", untidy=True)), (["", "é"], Cells("latin", untidy=True)),
    (["Ж" * 150, "é"], Cells("other", untidy=True)), (["éa"], Cells("latin", untidy=False)), ([None], Cells("ascii", untidy=False)),
])
def test_a_column_is_cleaned_only_of_what_it_holds(cells, expected):
    with connect_memory() as con:
        con.execute("CREATE TABLE t AS SELECT unnest($v::VARCHAR[]) AS c", {"v": cells}).fetchall()
        assert cells_of(con, "t", ["c"]) == {"c": expected}


@pytest.mark.parametrize(("cell", "digits"), [
    ("+393487792406", 393487792406), ("+39 348 779-2406", 393487792406), ("0585-4 12", 585412), ("(0585) 412.3", 5854123),
    ("12 e 5", 125), ("0x 12", 12), ("no", None), (None, None),
])
def test_all_digits_of_a_number_count_however_it_is_written(cell, digits):
    with connect_memory() as con:
        assert con.execute(f"SELECT {digits_sql('$cell')}", {"cell": cell}).fetchall() == [(digits,)]
