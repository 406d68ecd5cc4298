"""What the mailboxes of strangers who share a name look like: found by writing one record's mailbox with another's name.

Mailboxes are made of names, so namesakes' mailboxes resemble each other, how much depends on the habits of the people in
the data. Labels are not needed to find out: `mario.rossi78`, written by the habit of `m.verdi` for a Mario Rossi, becomes
`m.rossi`, and comparing the two says what a namesake's mailbox shows.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.compare.base import similarity
from cem_cli.linkage.compare.contact import EMAIL, EMAIL_ADDRESS
from cem_cli.linkage.compare.names import SIMILAR
from cem_cli.linkage.derive.cleaning import WIDTH
from cem_cli.linkage.records import Feature, Longs, Records, Values, stable_hash
from cem_cli.linkage.sorting import distinct

Floats = npt.NDArray[np.float64]
DRAWS = 4000
FEW = 50
"""Mailboxes, and pairs of different ones, from which habits are told."""
FREQUENT = 300
"""Names, the most frequent of those drawn, among which similar ones are sought."""
MISTYPED = 0.3
"""Pairs of namesakes of whom one name is mistyped on one side, per pair without a mistake."""
SEED = 20260102
EXACT = 0.002
"""Share of whole addresses that agree: an address has one owner, so only those that families share."""


def mailbox_shares(records: Records) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Return the shares of the e-mail ladder (from level 1 on) among strangers by what their names say.

    For one name equal and one similar, for equal names, equal surnames and equal given names. None with too few mailboxes or no names.
    """
    if not records.features.keys() >= {"given", "surname", "user"}:
        return None
    codes = [records.features[name].codes for name in ("given", "surname", "user")]
    known = np.nonzero(np.logical_and.reduce([c >= 0 for c in codes]))[0]
    if len(known) < FEW:
        return None
    rng = np.random.Generator(np.random.PCG64(SEED))
    drawn = rng.choice(known, (2, DRAWS), p=_frequency(records, known))
    apart = np.nonzero(codes[2][drawn[0]] != codes[2][drawn[1]])[0]
    if len(apart) < FEW:
        return None
    mine, theirs = drawn[0][apart], drawn[1][apart]
    m, t = _texts(records, codes, mine), _texts(records, codes, theirs)
    written = [x[2] for x in m]
    namesakes = [rewrite(y[2], y[:2], x[:2]) for x, y in zip(m, t, strict=True)]
    relatives = [rewrite(y[2], y[:2], (y[0], x[1])) for x, y in zip(m, t, strict=True)]
    half = len(m) // 2  # of what says least
    first_names = [rewrite(y[2], y[:2], (x[0], y[1])) for x, y in zip(m[:half], t[:half], strict=True)]
    equal = _shares(written, namesakes)
    return _similar(records, codes, (mine, theirs), rng, equal), equal, _shares(written, relatives), _shares(written[:half], first_names)


def _frequency(records: Records, at: Longs) -> Floats:
    """Return the chance of each record to be drawn: namesakes bear frequent names, written out."""
    chance = _namesakes_met(records, at)
    for name in ("given", "surname"):
        feature = records.features[name]
        chance[records.values[feature.dictionary].length[feature.codes[at]] < 2] = 0.0
    return np.asarray(chance / chance.sum(), float)


def _similar(
    records: Records, codes: list[npt.NDArray[np.int32]], drawn: tuple[Longs, Longs], rng: np.random.Generator, equal: Floats
) -> Floats:
    """Return the shares among strangers of whom one name is equal and one similar, drawn as often as such pairs meet.

    Some are namesakes, one of whose names is mistyped: they are as often among them as `MISTYPED` says, with shares `equal`.
    """
    mine, theirs = drawn
    met = [_neighbours(records, mine, *names) for names in (("given", "surname"), ("surname", "given"))]
    who, weight = (np.concatenate([part[k] for part in met]) for k in (0, 2))
    if not len(who):
        return equal
    chosen = rng.choice(len(who), DRAWS // 2, p=weight / weight.sum())
    first = chosen < len(met[0][0])
    changed = np.concatenate([part[1] for part in met])[chosen]
    m, t = _texts(records, codes, mine[who[chosen]]), _texts(records, codes, rng.permutation(theirs)[who[chosen]])
    values = records.values[records.features["given"].dictionary]
    names = [(values.text(c), x[1]) if g else (x[0], values.text(c)) for c, x, g in zip(changed.tolist(), m, first.tolist(), strict=True)]
    others = _shares([x[2] for x in m], [rewrite(y[2], y[:2], other) for y, other in zip(t, names, strict=True)])
    slips = MISTYPED * float(_namesakes_met(records, mine).sum())
    return np.asarray((slips * equal + weight.sum() * others) / (slips + weight.sum()), float)


def _namesakes_met(records: Records, at: Longs) -> Floats:
    """Return the product of how often a record's given name and its surname occur."""
    counts = [f.counts[f.codes[at]].astype(float) for f in (records.features["given"], records.features["surname"])]
    return np.asarray(counts[0] * counts[1])


def _neighbours(records: Records, at: Longs, name: str, other: str) -> tuple[Longs, npt.NDArray[np.int32], Floats]:
    """Return per record and similar name (index into `at`, code of the similar name, how often such pairs meet)."""
    feature, rest = records.features[name], records.features[other]
    codes = feature.codes[at]
    known = distinct(codes)
    top = known[np.argsort(-feature.counts[known], kind="stable")[:FREQUENT]]
    x, y = (side.ravel() for side in np.meshgrid(top, top, indexing="ij"))
    close = (x != y) & (similarity(records, feature.dictionary, x, y, SIMILAR) >= SIMILAR)
    order = np.argsort(x[close], kind="stable")
    x, y = x[close][order], y[close][order]
    start, size = np.searchsorted(x, codes), np.searchsorted(x, codes, side="right") - np.searchsorted(x, codes)
    who = np.repeat(np.arange(len(at)), size)
    place = np.arange(len(who)) - np.repeat(np.cumsum(size) - size, size) + np.repeat(start, size)
    return who, y[place], feature.counts[y[place]] * rest.counts[rest.codes[at[who]]].astype(float)


def _shares(left: list[str], right: list[str]) -> Floats:
    level = EMAIL_ADDRESS.levels(_mailboxes(left, right), *_halves(len(left)))
    shares = np.bincount(level, minlength=len(EMAIL))[1:] + 0.5
    shares[-1] = EXACT * shares.sum()
    return np.asarray(shares / shares.sum(), float)


def rewrite(mailbox: str, names: tuple[str, str], other: tuple[str, str]) -> str:
    """Return a mailbox made of (given name, surname) as its owner would have written it with other names."""
    given, surname = names
    marked = mailbox.replace(surname, "\x01") if len(surname) > 1 else mailbox
    if len(given) > 1 and given in marked:
        marked = marked.replace(given, "\x02")
    else:
        marked = re.sub(f"(?<![a-z]){re.escape(given[:1])}(?![a-z])", "\x03", marked)
    return marked.replace("\x01", other[1]).replace("\x02", other[0]).replace("\x03", other[0][:1])


def _texts(records: Records, codes: list[npt.NDArray[np.int32]], at: npt.NDArray[np.int64]) -> list[tuple[str, str, str]]:
    columns = []
    for name, code in zip(("given", "surname", "user"), codes, strict=True):
        values = records.values[records.features[name].dictionary]
        bytes_of = np.ascontiguousarray(values.matrix[code[at]])
        columns.append([text.decode("utf-8", "replace") for text in bytes_of.view(f"S{bytes_of.shape[1]}").ravel().tolist()])
    return list(zip(*columns, strict=True))


def _halves(size: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    return np.arange(size, dtype=np.int32), np.arange(size, 2 * size, dtype=np.int32)


def _mailboxes(left: list[str], right: list[str]) -> Records:
    """Return records that hold nothing but mailboxes; no two share a whole address."""
    texts, codes = np.unique(np.array(left + right), return_inverse=True)
    packed = np.array([text.encode()[:WIDTH] for text in texts.tolist()], "S")
    matrix = packed.view(np.uint8).reshape(len(texts), -1)
    number = np.arange(len(codes), dtype=np.int32)
    feature = {
        "email": Feature("email", number, np.ones(len(codes), np.int64), len(codes), "email"),
        "user": Feature("user", codes.astype(np.int32), np.bincount(codes), len(codes), "user"),
    }
    values = {"user": Values(matrix, stable_hash(matrix))}
    return Records(number.astype(np.int64), np.zeros(len(codes), np.int32), ("",), feature, values, {}, np.empty(0, np.int64))
