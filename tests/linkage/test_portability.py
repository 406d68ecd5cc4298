"""Levels must come out the same on another engine: what derivation asks of SQL is a closed list, each with its Spark name.

Levels themselves are computed on whole numbers and on ASCII strings by our own code, which `test_strings.py` holds to the
engine's `jaro_winkler_similarity` and `levenshtein`; Spark SQL 4.3 has both natively.
"""

import re

import pytest

from cem_cli.base.fold import fold_sql
from cem_cli.engines.duck import connect_memory
from cem_cli.linkage import fields
from cem_cli.linkage.derive import cells
from cem_cli.linkage.derive.dates import date_sql

SHARED = frozenset({
    "abs", "coalesce", "contains", "day", "instr", "least", "left", "length", "lower", "lpad", "month", "nullif", "regexp_replace", "replace",
    "split_part", "substr", "translate", "trim", "try_cast", "upper", "year",
})
"""Functions that DuckDB and Spark SQL both have, with the same meaning for how they are used here."""
SPELLED = {
    "array_to_string": "array_join", "chr": "char", "len": "size", "list_contains": "array_contains", "regexp_extract": "regexp_extract",
    "regexp_matches": "rlike", "string_split": "split", "strip_accents": "translate", "strlen": "octet_length",
}
"""Functions of DuckDB with a counterpart of another name (or, for `regexp_extract`, other defaults) in Spark SQL."""
NOT_FUNCTIONS = {"in", "and", "or", "not", "when", "then", "else", "case", "as", "select", "from", "where", "bigint", "union"}

KINDS = {
    "first": "given_name", "last": "surname", "middle": "middle_name", "whole": "full_name", "born": "birth_date", "sex": "sex",
    "mail": "email", "tel": "phone", "street": "street", "nr": "house_number", "town": "city", "cap": "postcode",
    "cf": "tax_code", "firm": "company", "code": "external_id", "job": "category", "note": "text",
}


def functions_of(sql: str) -> set[str]:
    """Return the names called in a piece of SQL, texts in quotes left out."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", sql)
    return {name.lower() for name in re.findall(r"\b([A-Za-z_]\w*)\s*\(", bare)} - NOT_FUNCTIONS


@pytest.fixture
def con():
    con = connect_memory(1)
    columns = ", ".join(f'\'x\' AS "{c}"' for c in KINDS if c != "born")
    con.execute(f"CREATE TABLE person AS SELECT 1::BIGINT AS record_id, 'a' AS source, '1980-02-01' AS born, {columns}").fetchall()
    yield con
    con.close()


def test_every_feature_is_derived_with_functions_both_engines_have(con):
    specs = fields.features(con, "person", KINDS)
    assert len(specs) >= 12
    used = set().union(*(functions_of(sql) for s in specs for sql in (s.sql, *(helper for _, helper in s.helpers))))
    assert used - SHARED - set(SPELLED) == set()


@pytest.mark.parametrize("script", ["ascii", "latin", "other"])
def test_folding_uses_functions_both_engines_have(script):
    used = functions_of(cells.column_fold_sql("x", script)) | functions_of(fold_sql("x"))
    assert used - SHARED - set(SPELLED) == set()


def test_dates_are_read_with_functions_both_engines_have(con):
    assert functions_of(date_sql(con, "person", "born")) - SHARED - set(SPELLED) == set()


def test_what_is_compared_is_ascii_so_that_bytes_are_characters(con):
    """String similarity counts bytes in one engine and characters in the other: equal only on ASCII."""
    con.execute("UPDATE person SET first = 'Nicolò', last = 'Łukaszewicz-Müller', town = 'Αθήνα', street = 'Straße 5'").fetchall()
    specs = fields.features(con, "person", KINDS)
    made = ", ".join(f'{s.sql} AS "{s.name}"' for s in specs if s.name)
    cleaned = cells.cleaned_sql(con, "person", sorted(KINDS), specs)
    con.execute(f"CREATE TABLE link_derived AS SELECT {made} FROM ({cleaned})").fetchall()
    text = [s.name for s in specs if s.text and s.name]
    wide = [n for n in text if con.execute(f'SELECT count(*) FROM link_derived WHERE strlen("{n}") <> length("{n}")').fetchall()[0][0]]
    assert wide == []


def test_the_lists_hold_nothing_that_is_not_used(con):
    specs = fields.features(con, "person", KINDS)
    texts = [sql for s in specs for sql in (s.sql, *(helper for _, helper in s.helpers))]
    texts += [cells.column_fold_sql("x", script) for script in ("ascii", "latin", "other")]
    assert (SHARED | set(SPELLED)) - set().union(*map(functions_of, texts)) == set()


def test_the_reader_of_functions_sees_them():
    assert functions_of("coalesce(median(x), 'a(b) it''s') IN (1)") == {"coalesce", "median"}
