"""Several contacts in one cell."""

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.contacts import contact_features, emails_sql, phones_sql


@pytest.mark.parametrize(("cell", "last_digits"), [
    ("06 1234567 / 333 1234567", ["061234567", "3331234567"]), ("061234567/3331234567", ["061234567", "3331234567"]),
    ("06/1234567 / 333/1234567", ["061234567", "3331234567"]), ("06 1234567 - 333 1234567", ["061234567", "3331234567"]),
    ("+39 333 1234567 +39 06 1234567", ["393331234567", "39061234567"]), ("tel. 06 1234567 cell. 333 1234567", ["061234567", "3331234567"]),
    ("06 1234567, 333 1234567; 333 7654321", ["061234567", "3331234567", "3337654321"]), ("5551234 / 5554321", ["5551234", "5554321"]),
    ("+39 333 1234567", None), ("06/1234567", None), ("0039 0331/1234567", None), ("+39 02 - 1234 - 5678", None), ("06 1234567 int. 22", None),
    ("333.123.4567", None), ("3.93331234567e+11", None), ("0039 333 - 123 - 4567", None), (None, None),
])
def test_a_cell_with_several_phones_is_parted_and_any_other_left_alone(cell, last_digits):
    with connect_memory() as con:
        (found,), = con.execute(f"SELECT {phones_sql('$cell::VARCHAR')}", {"cell": cell}).fetchall()
    digits = ["".join(c for c in part if c.isdigit()) for part in found if part]
    assert digits == last_digits if last_digits else found == [cell]


@pytest.mark.parametrize(("cell", "addresses"), [
    ("a@x.it; b@y.it", ["a@x.it", "b@y.it"]), ("a@x.it,b@y.it", ["a@x.it", "b@y.it"]), ("anna <a@x.it> / a.rossi+shop@y.it", ["a@x.it", "a.rossi+shop@y.it"]),
    ("a@x.it b@y.it\tc@z.it", ["a@x.it", "b@y.it", "c@z.it"]), ("anna rossi <a@x.it>", ["anna rossi <a@x.it>"]), (None, [None]),
])
def test_a_cell_with_several_addresses_is_parted_and_any_other_left_alone(cell, addresses):
    with connect_memory() as con:
        assert con.execute(f"SELECT {emails_sql('$cell::VARCHAR')}", {"cell": cell}).fetchall() == [(addresses,)]


@pytest.mark.parametrize(("second", "names"), [
    ("333 7654321", ["phone", "phone 2"]), ("333 7654321 / 06 1234567", ["phone", "phone 2", "phone 3", "phone 4"]),
])
def test_cells_are_parted_only_in_columns_where_some_hold_several(second, names):
    with connect_memory() as con:
        con.execute("CREATE TABLE people AS SELECT '06 1234567' AS home, $second AS mobile", {"second": second})
        found = contact_features(con, "people", {"phone": ("home", "mobile")})
        assert [s.name for s in found] == names
        assert [s.further_of for s in found] == ["", *["phone"] * (len(names) - 1)]
        assert {s.home for s in found} == {"phone"}
        assert contact_features(con, "people", {}) == []
