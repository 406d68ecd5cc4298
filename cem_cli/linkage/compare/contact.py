"""E-mail addresses and phone numbers; of several, those of two records that are most alike count."""

from __future__ import annotations

import numpy as np

from cem_cli.linkage.compare.base import Comparison, Levels, Positions, Term, best_of_several, both_codes, mark, similarity
from cem_cli.linkage.records import Codes, Records
from cem_cli.linkage.strings import within_one_edit

EMAIL = (
    "missing", "different, other digits", "different", "different, same digits", "similar mailbox name, other digits",
    "similar mailbox name", "similar mailbox name, same digits", "same letters, other digits", "same letters",
    "mailbox name one edit apart", "same mailbox name", "same mailbox name with digits", "exact",
)
ONE_EDIT = 2
"""The level of `one_edit_levels` at which two values are one edit apart."""
_PRIOR = (0.02, 0.08, 0.04, 0.01, 0.02, 0.02, 0.005, 0.02, 0.06, 0.02, 0.02, 0.70)


def email_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return the ladder `EMAIL` for pairs.

    Mailboxes are made of names and a year or number: whoever shares a name has similar letters, but other digits.
    """
    whole_a, whole_b, both = both_codes(records, "email", l, r)
    level: Levels = both * np.uint8(2)
    user_a, user_b, named = both_codes(records, "user", l, r)
    digits, equal = records.values["user"].digits, user_a == user_b
    same = np.flatnonzero(equal)
    level[same] = 10 + (digits.take(user_a.take(same), mode="clip") >= 0)
    other = np.flatnonzero(both & named & ~equal)
    if len(other):
        level[other] = _other_mailbox(records, user_a.take(other), user_b.take(other))
    mark(level, whole_a == whole_b, 12)
    return level


def _other_mailbox(records: Records, x: Codes, y: Codes) -> Levels:
    """Return the levels of unequal mailbox names."""
    values = records.values["user"]
    close = similarity(records, "user", x, y, 0.88)
    similar = close >= 0.88
    near = np.flatnonzero(similar)
    a, b = values.digits.take(x), values.digits.take(y)
    untold = (a < 0) | (b < 0)
    told = untold + ((a == b) & ~untold) * np.uint8(2)
    part: Levels = 1 + similar * np.uint8(3) + told
    alike = np.flatnonzero(values.letters.take(x) == values.letters.take(y))
    part[alike] = np.where(told[alike] == 0, 7, 8)
    u, v = x[near], y[near]
    apart = near[within_one_edit(values.rows(u), values.length.take(u), values.rows(v), values.length.take(v))]
    part[apart[part[apart] != 7]] = 9
    return part


def one_edit_levels(records: Records, feature: str, l: Positions, r: Positions) -> Levels:
    """Return 0 missing, 1 different, 2 one edit apart, 3 equal."""
    a, b, both = both_codes(records, feature, l, r)
    equal = a == b
    level: Levels = both + equal * np.uint8(2)
    other = np.flatnonzero(both & ~equal)
    if len(other):
        values = records.values[records.features[feature].dictionary]
        x, y = a.take(other), b.take(other)
        apart = np.bitwise_count(values.mask.take(x) ^ values.mask.take(y))
        maybe = np.flatnonzero(apart <= 2)
        u, v = x[maybe], y[maybe]
        near = within_one_edit(values.rows(u), values.length.take(u), values.rows(v), values.length.take(v))
        level[other[maybe[near]]] = ONE_EDIT
    return level


EMAIL_ADDRESS = Comparison("e-mail", ("email", "user"), EMAIL, _PRIOR, best_of_several(email_levels, "email", "user"))
PHONE = Comparison(
    "phone", ("phone",), ("missing", "different", "one digit apart", "exact"), (0.20, 0.05, 0.75),
    best_of_several(lambda records, l, r: one_edit_levels(records, "phone", l, r), "phone"), (Term(3, "phone", 1.0),),
)
