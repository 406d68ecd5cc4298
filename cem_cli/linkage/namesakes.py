"""What the mailboxes of strangers who share a name look like: found by writing one record's mailbox with another's name.

Mailboxes are made of names, so namesakes' mailboxes resemble each other, how much depends on the habits of the people in
the data. Labels are not needed to find out: `mario.rossi78`, written by the habit of `m.verdi` for a Mario Rossi, becomes
`m.rossi`, and comparing the two says what a namesake's mailbox shows.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from cem_cli.linkage.compare.contact import EMAIL, EMAIL_ADDRESS
from cem_cli.linkage.derive import WIDTH
from cem_cli.linkage.records import Feature, Records, Values, stable_hash

Floats = npt.NDArray[np.float64]
DRAWS = 4000
FEW = 50
"""Mailboxes, and pairs of different ones, from which habits are told."""
SEED = 20260102
EXACT = 0.002
"""Share of whole addresses that agree: an address has one owner, so only those that families share."""


def mailbox_shares(records: Records) -> tuple[Floats, Floats] | None:
    """Return the shares of the e-mail ladder (from level 1 on) among strangers of one name, and of one surname only.

    None with too few mailboxes or no names.
    """
    if not records.features.keys() >= {"given", "surname", "user"}:
        return None
    codes = [records.features[name].codes for name in ("given", "surname", "user")]
    known = np.nonzero(np.logical_and.reduce([c >= 0 for c in codes]))[0]
    if len(known) < FEW:
        return None
    drawn = np.random.Generator(np.random.PCG64(SEED)).choice(known, (2, DRAWS))
    apart = [(m, t) for m, t in zip(*(_texts(records, codes, side) for side in drawn), strict=True) if m != t]
    if len(apart) < FEW:
        return None
    mine = [m[2] for m, _ in apart]
    namesakes = [rewrite(t[2], t[:2], m[:2]) for m, t in apart]
    relatives = [rewrite(t[2], t[:2], (t[0], m[1])) for m, t in apart]
    return _shares(mine, namesakes), _shares(mine, relatives)


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
    distinct, codes = np.unique(np.array(left + right), return_inverse=True)
    packed = np.array([text.encode()[:WIDTH] for text in distinct.tolist()], "S")
    matrix = packed.view(np.uint8).reshape(len(distinct), -1)
    number = np.arange(len(codes), dtype=np.int32)
    feature = {
        "email": Feature("email", number, np.ones(len(codes), np.int64), len(codes), "email"),
        "user": Feature("user", codes.astype(np.int32), np.bincount(codes), len(codes), "user"),
    }
    values = {"user": Values(matrix, stable_hash(matrix))}
    return Records(number.astype(np.int64), np.zeros(len(codes), np.int32), ("",), feature, values, {}, np.empty(0, np.int64))
