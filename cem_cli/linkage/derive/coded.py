"""What an Italian tax code says of its owner: birth date, sex, and three letters each of surname and given name.

Where dates and sex are missing the code tells them. Its letters are compared with those that another record's names give. Everything
here is SQL text over folded cells; reads and writes no tables. The kinds are imported when there are codes: that takes longer than
to link a few records.
"""

from __future__ import annotations

from collections.abc import Iterable

from cem_cli.base.sql import quote
from cem_cli.linkage.derive.cells import FeatureSpec

LETTERS = ("coded given", "coded surname", "written given", "written surname")
"""Features: the letters of given name and surname in a code, and those that the names give."""
DICTIONARY = "letters"
"""The dictionary of values that they share."""


def _valid_sql(column: str) -> str:
    """Return SQL for the code in capitals, NULL where it has not the shape of one."""
    from cem_cli.kinds.tax_code import SHAPE

    code = f"upper({quote(column)})"
    return f"CASE WHEN regexp_matches({code}, '^{SHAPE}$') THEN {code} END"


def birth_dates_sql(columns: Iterable[str]) -> list[str]:
    """Return SQL for the birth date in each column of codes, as year x 65536 + month x 256 + day."""
    columns = list(columns)
    if not columns:
        return []
    from cem_cli.kinds.tax_code import tax_code_birth_date_sql

    return [
        f"CASE WHEN {valid} IS NOT NULL THEN year({born}) * 65536 + month({born}) * 256 + day({born}) END::BIGINT"
        for valid, born in ((_valid_sql(c), tax_code_birth_date_sql(f"upper({quote(c)})")) for c in columns)
    ]


def sexes_sql(columns: Iterable[str]) -> list[str]:
    """Return SQL for the sex (`m`, `f`) in each column of codes."""
    columns = list(columns)
    if not columns:
        return []
    from cem_cli.kinds.tax_code import tax_code_sex_sql

    return [f"lower({tax_code_sex_sql(_valid_sql(c))})" for c in columns]


def letters(columns: Iterable[str], names: Iterable[FeatureSpec]) -> list[FeatureSpec]:
    """Return the features `LETTERS`: those in the columns of codes, and those that the features of the names would have in one.

    An initial gives no letters.
    """
    from cem_cli.kinds.tax_code import given_code_sql, surname_code_sql, tax_code_given_sql, tax_code_surname_sql

    codes = [_valid_sql(c) for c in columns]
    by_name = {spec.name: spec for spec in names}
    if not codes or not {"given", "surname"} <= by_name.keys():
        return []
    made = []
    for feature, said, made_of in (("given", tax_code_given_sql, given_code_sql), ("surname", tax_code_surname_sql, surname_code_sql)):
        name = by_name[feature]
        told = f"lower(coalesce({', '.join(said(code) for code in codes)}, NULL))"
        whole = f"CASE WHEN length({name.sql}) > 1 THEN lower({made_of(name.sql)}) END"
        made += [
            FeatureSpec(f"coded {feature}", told, text=True, dictionary=DICTIONARY),
            FeatureSpec(f"written {feature}", whole, text=True, dictionary=DICTIONARY, helpers=name.helpers),
        ]
    return made
