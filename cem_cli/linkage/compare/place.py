"""Where people live: street, house number, city, postcode; and sex."""

from __future__ import annotations

from cem_cli.linkage.compare.base import Comparison, Levels, Positions, Term, both_codes, graded, mark
from cem_cli.linkage.compare.contact import one_edit_levels
from cem_cli.linkage.records import Records


def postcode_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return 0 missing, 1 different, 2 same district or one edit apart, 3 equal."""
    level = one_edit_levels(records, "postcode", l, r)
    a, b, _ = both_codes(records, "district", l, r)
    mark(level, (a == b) & (level == 1), 2)
    return level


def number_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return 0 missing, 1 different, 2 equal."""
    return graded(records, "number", l, r, ())


STREET = Comparison(
    "street", ("street",), ("missing", "different", "similar", "very similar", "exact"), (0.20, 0.05, 0.10, 0.65),
    lambda records, l, r: graded(records, "street", l, r, (0.85, 0.93)), (Term(4, "street", 0.7),),
)
HOUSE_NUMBER = Comparison(
    "house number", ("number",), ("missing", "different", "exact"), (0.25, 0.75), number_levels, (Term(2, "number", 0.7),)
)
CITY = Comparison(
    "city", ("city",), ("missing", "different", "similar", "exact"), (0.15, 0.05, 0.80),
    lambda records, l, r: graded(records, "city", l, r, (0.90,)), (Term(3, "city", 0.7),),
)
POSTCODE = Comparison(
    "postcode", ("postcode", "district"), ("missing", "different", "near", "exact"), (0.15, 0.07, 0.78), postcode_levels,
    (Term(3, "postcode", 0.7),),
)
SEX = Comparison(
    "sex", ("sex",), ("missing", "different", "same"), (0.03, 0.97), lambda records, l, r: graded(records, "sex", l, r, ()),
)
