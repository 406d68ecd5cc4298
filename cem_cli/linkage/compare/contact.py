"""E-mail addresses and phone numbers."""

from __future__ import annotations

import numpy as np

from cem_cli.linkage.compare.base import Comparison, Levels, Positions, Term, both_codes, similarity
from cem_cli.linkage.records import Records
from cem_cli.linkage.strings import within_one_edit

EMAIL = (
    "missing", "different", "similar mailbox name", "same letters, other digits", "mailbox name one edit apart",
    "same mailbox name", "exact",
)


def email_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return the ladder `EMAIL` for pairs."""
    whole_a, whole_b, both = both_codes(records, "email", l, r)
    level = both.astype(np.uint8)
    user_a, user_b, _ = both_codes(records, "user", l, r)
    level[(user_a == user_b)] = 5
    other = np.nonzero(both & (user_a != user_b) & (user_a >= 0) & (user_b >= 0))[0]
    if len(other):
        x, y = user_a[other], user_b[other]
        close = similarity(records, "user", x, y, 0.88)
        near = np.nonzero(close >= 0.88)[0]
        part = 1 + (close >= 0.88).astype(np.uint8)
        values = records.values["user"]
        part[values.letters[x] == values.letters[y]] = 3
        u, v = x[near], y[near]
        part[near[within_one_edit(values.matrix[u], values.length[u], values.matrix[v], values.length[v])]] = 4
        level[other] = part
    level[whole_a == whole_b] = 6
    return level


def one_edit_levels(records: Records, feature: str, l: Positions, r: Positions) -> Levels:
    """Return 0 missing, 1 different, 2 one edit apart, 3 equal."""
    a, b, both = both_codes(records, feature, l, r)
    level = both.astype(np.uint8)
    equal = a == b
    level[equal] = 3
    other = np.nonzero(both & ~equal)[0]
    if len(other):
        values = records.values[records.features[feature].dictionary]
        x, y = a[other], b[other]
        apart = np.bitwise_count(values.mask[x] ^ values.mask[y])
        maybe = np.nonzero(apart <= 2)[0]
        u, v = x[maybe], y[maybe]
        near = within_one_edit(values.matrix[u], values.length[u], values.matrix[v], values.length[v])
        level[other[maybe[near]]] = 2
    return level


EMAIL_ADDRESS = Comparison("e-mail", ("email", "user"), EMAIL, (0.13, 0.04, 0.02, 0.04, 0.07, 0.70), email_levels)
PHONE = Comparison(
    "phone", ("phone",), ("missing", "different", "one digit apart", "exact"), (0.20, 0.05, 0.75),
    lambda records, l, r: one_edit_levels(records, "phone", l, r), (Term(3, "phone", 1.0),),
)
