"""Forms in which features are compared."""

import pytest

from cem_cli.base.sql import literal
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive import address_sql, email_sql


@pytest.mark.parametrize(("cell", "address"), [
    ("anna.rossi@example.it", "anna.rossi@example.it"), ("anna rossi <anna.rossi+shop@example.it>", "anna.rossi@example.it"),
    ("<anna@example.it>", "anna@example.it"), ("no address", None),
])
def test_an_address_with_its_owners_name_is_the_address(cell, address):
    with connect_memory() as con:
        assert con.execute(f"SELECT {email_sql(address_sql(literal(cell)))}").fetchall() == [(address,)]
