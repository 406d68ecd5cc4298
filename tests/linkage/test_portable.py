"""Comparisons and derivation use only functions that DuckDB and Spark SQL both have, or that are spelled differently in both."""

import re

from cem_cli.base.fold import LETTERS
from cem_cli.linkage.derive import cells
from cem_cli.linkage.derive import cleaning as derive

BOTH = {"least", "left", "substr", "trim", "replace", "lower", "contains", "split_part", "regexp_replace", "coalesce", "nullif", "abs", "length", "regexp_extract", "translate"}
SPELLED_DIFFERENTLY = {
    "strlen": "octet_length", "try_cast": "try_cast", "strip_accents": "translate over the fold table", "instr": "instr",
    "regexp_matches": "rlike", "chr": "chr", "in": "in",
}


def test_the_list_of_functions_is_kept():
    column = '"c"'
    texts = [
        derive.plain_name_sql(column), derive.untitled_sql(column), derive.name_sql(column, column),
        derive.generation_sql(column), derive.ungenerated_sql(column), derive.joined_sql(column), derive.particles_sql(column),
        derive.words_sql(column), derive.plain_text_sql(column), derive.place_words_sql(column), derive.bare_sql(column),
        derive.identifier_sql(column), derive.phone_sql(column), derive.email_sql(column), derive.email_user_sql(column),
        derive.letters_sql(column), derive.street_sql(column), derive.house_number_sql(column), derive.sex_sql(column),
        derive.outer_postcode_sql(column), cells.column_fold_sql(column, "latin"),
    ]
    without_literals = [re.sub(r"'(?:[^']|'')*'", "''", t) for t in texts]
    used = {f.lower() for t in without_literals for f in re.findall(r"\b([A-Za-z_]+)\(", t)} | {
        f.lower() for t in without_literals for f in re.findall(r"\b(IN) \(", t)
    }
    assert used <= BOTH | set(SPELLED_DIFFERENTLY), used - BOTH - set(SPELLED_DIFFERENTLY)
    assert "ß" in LETTERS
