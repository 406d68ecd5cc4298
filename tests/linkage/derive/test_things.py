"""Columns that any table may have."""

from __future__ import annotations

import pytest

from cem_cli.base.sql import literal
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.things import is_fine, legal_form_sql, number_sql, organisation_sql, vat_sql


@pytest.mark.parametrize(("cell", "fine", "number"), [
    ("1.234,50 EUR", False, 123450), ("$1,234.50", False, 123450), ("1.234", False, 123400), ("105 min", False, 10500),
    ("45.123456", False, 4512), ("45.123456", True, 4512346), ("9.19", True, 919000), ("9780306406157123456789", True, None),
    ("4:17", False, 25700), ("1:02:30", False, 375000), ("3m 17sec", False, 19700),
])
def test_a_number_is_read_whatever_divides_it(cell, fine, number):
    with connect_memory() as con:
        assert con.execute(f"SELECT {number_sql(literal(cell), fine=fine)}").fetchall() == [(number,)]


@pytest.mark.parametrize(("cells", "fine"), [(("45.46427", "9.18951", "41.9"), True), (("12.50", "3.1415", "7"), False)])
def test_latitudes_are_fine_and_prices_are_not(cells, fine):
    with connect_memory() as con:
        con.execute("CREATE TABLE places AS SELECT unnest(range(3)) AS record_id, unnest(?::VARCHAR[]) AS lat", [list(cells)])
        assert is_fine(con, "places", "lat") is fine


@pytest.mark.parametrize(("written", "bare"), [
    ("it 12345678901", "12345678901"), ("esb12345678", "b12345678"), ("atu12345678", "u12345678"), ("b12345678", "b12345678"),
    ("12345678901", "12345678901"), ("frab123456789", "frab123456789"),
])
def test_a_vat_number_is_the_same_with_and_without_its_country(written, bare):
    with connect_memory() as con:
        assert con.execute(f"SELECT {vat_sql('v')} FROM (SELECT ? AS v)", [written]).fetchall() == [(bare,)]


@pytest.mark.parametrize(("words", "name", "form"), [
    ("ricci s p a", "ricci", "spa"), ("ricci spa", "ricci", "spa"), ("ricci s r l s", "ricci", "srls"), ("acme limited", "acme", "ltd"),
    ("mueller gmbh co kg", "mueller", "gmbhcokg"), ("spa resort", "spa resort", None), ("co", "co", None),
])
def test_the_legal_form_stands_behind_the_name(words, name, form):
    with connect_memory() as con:
        sql = f"SELECT {organisation_sql('v')}, {legal_form_sql('v')} FROM (SELECT ? AS v)"
        assert con.execute(sql, [words]).fetchall() == [(name, form)]
