"""Given names, surnames, middle names, and names that stand in each other's place."""

from __future__ import annotations

import numpy as np

from cem_cli.linkage.compare.base import Comparison, Levels, Positions, Term, both_codes, graded, mark, pack, similarity
from cem_cli.linkage.records import Codes, Records
from cem_cli.linkage.sorting import contains
from cem_cli.linkage.strings import is_prefix

WEAK, SIMILAR = 0.75, 0.88
GIVEN = (
    "missing", "different", "different, one rare", "weakly similar, one rare", "similar, both common", "similar, one rare",
    "initial or beginning", "nickname or middle name", "exact",
)
SURNAME = (
    "missing", "different", "different, one rare", "weakly similar, one rare", "similar, both common", "similar, one rare",
    "beginning", "exact",
)
GENERATION = ("generation", "given generation")
"""Features: the generation told after the surname or the whole name, and after the given name."""
CODED = ("missing", "different", "surname's letters", "given name's letters", "both")
CROSSED = ("no", "only name is the other's surname", "one name crossed", "swapped, similar", "swapped")


def _part_levels(
    records: Records, feature: str, l: Positions, r: Positions, exact: int
) -> tuple[Levels, np.ndarray, np.ndarray, np.ndarray]:
    """Return levels 0 to 6 and `exact`, with the unequal pairs' index and codes.

    Two names that many bear are two names, however similar; a slip of the pen makes a name that hardly anybody bears.
    Two scripts of which one is not transliterated say nothing: level 0.
    """
    a, b, both = both_codes(records, feature, l, r)
    equal = a == b
    level: Levels = both + equal * np.uint8(exact - 1)
    other = np.flatnonzero(both & ~equal)
    x, y = a.take(other), b.take(other)
    if len(other):
        values = records.values["name"]
        close = similarity(records, "name", x, y, WEAK)
        common = records.common[feature]
        both_common = common.take(x) & common.take(y)
        weak, similar = (close >= WEAK) & ~both_common, close >= SIMILAR
        part: Levels = 2 - both_common.view(np.uint8) + weak + similar * (np.uint8(2) + both_common)
        same_start = np.flatnonzero((values.head.take(x) ^ values.head.take(y)) & 0xFF == 0)
        u, v = x[same_start], y[same_start]
        starts = is_prefix(values.rows(u), values.length.take(u), values.rows(v), values.length.take(v))
        part[same_start[starts]] = 6
        if values.foreign.any():
            part[values.foreign.take(x) != values.foreign.take(y)] = 0
        level[other] = part
    return level, other, x, y


def given_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return the ladder `GIVEN` for pairs."""
    level, other, x, y = _part_levels(records, "given", l, r, 8)
    if len(other):
        named = np.zeros(len(records.values["name"].key), bool)
        named[records.aliases >> 32] = named[records.aliases & 0xFFFFFFFF] = True
        maybe = np.flatnonzero(named.take(x) & named.take(y))
        level[other[maybe[contains(records.aliases, pack(x[maybe], y[maybe]))]]] = 7
        if "middle" in records.features:
            middle = records.features["middle"].codes
            met = _begins(records, x, middle[r[other]]) | _begins(records, y, middle[l[other]])
            level[other[met]] = 7
    mark(level, other_generation(records, l, r) & (level > 0), 1)
    return level


def other_generation(records: Records, l: Positions, r: Positions) -> np.ndarray:
    """Return where the words after the names tell father and son apart (Jr, Sr, II), whatever the names say."""
    told = [f.codes for n in GENERATION if (f := records.features.get(n)) and f.filled]
    if not told:
        return np.zeros(len(l), bool)
    a, b = (np.maximum.reduce([codes[side] for codes in told]) for side in (l, r))
    return np.asarray((a >= 0) & (b >= 0) & (a != b))


def _begins(records: Records, name: Codes, middle: Codes) -> np.ndarray:
    """Return where a given name of three letters or more is the beginning of the other side's middle names."""
    values = records.values["name"]
    out = np.zeros(len(name), bool)
    maybe = np.nonzero(middle >= 0)[0]
    a, b = name[maybe], middle[maybe]
    fits = (values.length[a] >= 3) & (values.length[a] <= values.length[b]) & (values.matrix[a, 0] == values.matrix[b, 0])
    u, v = a[fits], b[fits]
    out[maybe[fits]] = is_prefix(values.rows(u), values.length.take(u), values.rows(v), values.length.take(v))
    return out


def surname_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return the ladder `SURNAME` for pairs; one letter alone is no beginning."""
    return _part_levels(records, "surname", l, r, 7)[0]


def crossed_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return the ladder `CROSSED`: the given name of one side met in the surname of the other.

    A name of one word stands in the column of given names whichever name it is.
    """
    given, surname = records.features["given"].codes, records.features["surname"].codes
    ga, gb, sa, sb = (codes.take(side, mode="clip") for codes in (given, surname) for side in (l, r))
    first, second = ga == sb, sa == gb
    other_given_name, both_given = ga != gb, (ga >= 0) & (gb >= 0)
    level: Levels = ((first | second) & other_given_name & (sa != sb)) * np.uint8(2)
    mark(level, first & second & other_given_name, 4)
    maybe = np.flatnonzero((level <= 2) & both_given & (sa >= 0) & (sb >= 0) & other_given_name & (sa != sb))
    for given_of, other_surname, surname_of, other_given in ((ga, sb, sa, gb), (gb, sa, sb, ga)) if len(maybe) else ():
        both = maybe[_close(records, given_of[maybe], other_surname[maybe])]
        level[both[_is_form(records, surname_of[both], other_given[both])]] = 3
    alone = both_given & other_given_name
    for lone, known, name in ((sa < 0, sb, ga), (sb < 0, sa, gb)):
        some = np.flatnonzero(alone & lone & (known >= 0))
        level[some] = _close(records, name[some], known[some])
    return level


def is_short(records: Records) -> np.ndarray:
    """Return per position whether the given name is missing or an initial, so that a tax code says more."""
    codes = records.features["given"].codes
    return np.asarray((codes < 0) | (records.values["name"].length.take(codes, mode="clip") < 2))


def coded_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return the ladder `CODED` for pairs of which one side's given name is missing or an initial.

    Where surnames are compared, only the given name's letters count.
    """
    short = is_short(records)
    some = np.flatnonzero(short.take(l) | short.take(r))
    level = np.zeros(len(l), np.uint8)
    given, surname = (_letters(records, name) for name in ("given", "surname"))
    a, b, x, y = given[l[some]], given[r[some]], surname[l[some]], surname[r[some]]
    _, _, named = both_codes(records, "surname", l[some], r[some])
    found = np.where(named, np.where(a == b, 3, 1), 1 + (x == y) + 2 * (a == b))
    level[some] = np.where((a >= 0) & (b >= 0) & (x >= 0) & (y >= 0), found, 0)
    return level


def middle_levels(records: Records, l: Positions, r: Positions) -> Levels:
    """Return 0 missing, 1 different, 2 similar, 3 one the other's initial or beginning, 4 equal."""
    level = graded(records, "middle", l, r, (SIMILAR,))
    level[level == 3] = 4
    other = np.flatnonzero((level > 0) & (level < 4))
    codes, values = records.features["middle"].codes, records.values["name"]
    x, y = codes[l[other]], codes[r[other]]
    level[other[is_prefix(values.matrix[x], values.length[x], values.matrix[y], values.length[y])]] = 3
    return level


def _letters(records: Records, name: str) -> Codes:
    """Return per position the letters of a name in the tax code, else those that the name gives."""
    coded, written = records.features[f"coded {name}"].codes, records.features[f"written {name}"].codes
    return np.where(coded >= 0, coded, written)


def _is_form(records: Records, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return where two given names are one: similar, one the other's beginning or initial, or its nickname."""
    values = records.values["name"]
    starts = is_prefix(values.rows(a), values.length.take(a), values.rows(b), values.length.take(b))
    return np.asarray(starts | _close(records, a, b) | contains(records.aliases, pack(a, b)))


def _close(records: Records, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray((a == b) | (similarity(records, "name", a, b, SIMILAR) >= SIMILAR))


GIVEN_NAME = Comparison(
    "given name", ("given",), GIVEN, (0.02, 0.02, 0.03, 0.01, 0.07, 0.05, 0.03, 0.77), given_levels,
    (Term(8, "given", 1.0), Term(5, "given", 0.5, shared=False)), own=5, steady=True,
)
SURNAME_ONLY = Comparison(
    "surname", ("surname",), SURNAME, (0.03, 0.02, 0.02, 0.01, 0.06, 0.02, 0.84), surname_levels,
    (Term(7, "surname", 1.0), Term(5, "surname", 0.5, shared=False)), steady=True,
)
SWAPPED = Comparison(
    "names swapped", ("given", "surname"), CROSSED, (0.02, 0.01, 0.005, 0.02), crossed_levels,
    (Term(4, "given", 1.0, shared=False), Term(4, "surname", 1.0, shared=False)), steady=True,
)
CODED_NAME = Comparison(
    "name in the tax code", ("coded given", "coded surname", "written given", "written surname"), CODED, (0.05, 0.05, 0.10, 0.80),
    coded_levels, own=3, steady=True,
)
MIDDLE_NAME = Comparison(
    "middle name", ("middle",), ("missing", "different", "similar", "initial or beginning", "exact"), (0.12, 0.12, 0.12, 0.64),
    middle_levels, (Term(4, "middle", 1.0),),
)
