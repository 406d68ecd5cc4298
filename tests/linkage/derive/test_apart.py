"""Columns of one header that hold parts in one file and the whole in another."""

from __future__ import annotations

import pytest

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.derive.columns import choose_kinds
from cem_cli.linkage.derive.files import load_files

GIVEN = ["Mario", "Anna", "Luca", "Giulia", "Paolo", "Chiara"]
FAMILY = ["Rossi", "Bianchi", "Ferrari", "Russo", "Colombo", "Ricci"]


@pytest.fixture
def kinds(tmp_path):
    """Return the kinds of the columns of some files, each given as header and rows."""

    def run(**files: list[str]) -> dict[str, str]:
        for stem, lines in files.items():
            (tmp_path / f"{stem}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with connect_memory() as con:
            columns = load_files(con, [tmp_path / f"{stem}.csv" for stem in files])
            return {u.column: u.kind for u in choose_kinds(con, columns, {})}

    return run


def people(header: str, row: str) -> list[str]:
    """Return the lines of a file whose rows are made of a given name {g}, a surname {s} and a number {n}."""
    return [header, *(row.format(g=GIVEN[n % 6], s=FAMILY[n % 5], n=n) for n in range(40))]


def test_a_whole_name_is_no_given_name_under_the_same_header(kinds):
    found = kinds(portal=people("id,Nome,Cognome", "{n},{g},{s}"), mainframe=people("id,NOME", "{n},{g} {s}"))
    assert found == {"Nome": "given_name", "Cognome": "surname", "NOME ": "full_name"}


def test_a_whole_address_is_no_street_under_the_same_header(kinds):
    found = kinds(
        crm=people("id,Adresse,Ville", "{n},{n} rue de la Paix,Lyon"), boutique=people("id,adresse", "{n},{n} rue de la Paix 69{n:03} Lyon"),
    )
    assert found == {"Adresse": "street", "Ville": "city", "adresse ": "address"}


def test_files_that_agree_in_form_share_their_columns(kinds):
    found = kinds(a=people("id,Nome,Cognome", "{n},{g},{s}"), b=people("id,NOME,COGNOME", "{n},{g},{s}"))
    assert found == {"Nome": "given_name", "Cognome": "surname"}
