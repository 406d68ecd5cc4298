"""String similarity on many value pairs at once, in numpy, on byte matrices of ASCII-folded text.

The functions are the portable ones (equality, Jaro-Winkler, Levenshtein up to one edit): the same numbers come from
`jaro_winkler_similarity` and `levenshtein` in DuckDB and Spark SQL, which tests check. Matrices are (values, width)
uint8, zero-padded; lengths are bytes. Nothing here loops over pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

_CHUNK = 1 << 14


def _columns(matrix: Bytes) -> Iterator[tuple[slice, Bytes]]:
    """Yield (rows, their bytes as one array per place), a part of the values at a time that fits the processor's cache."""
    for start in range(0, len(matrix), _CHUNK):
        rows = slice(start, start + _CHUNK)
        yield rows, np.ascontiguousarray(matrix[rows].T)


def byte_masks(matrix: Bytes) -> npt.NDArray[np.uint64]:
    """Return per value the set of bytes it holds, as 64 bits (byte modulo 64); padding sets no bit."""
    bit = np.left_shift(np.uint64(1), np.arange(256, dtype=np.uint64) & np.uint64(63))
    bit[0] = 0
    masks = np.zeros(len(matrix), np.uint64)
    for rows, columns in _columns(matrix):
        for column in columns:
            masks[rows] |= bit[column]
    return masks


def common_prefix(a: Bytes, b: Bytes, most: int = 4) -> npt.NDArray[np.uint8]:
    """Return the length of the common prefix of each pair of rows, at most `most`; padding does not count."""
    length = np.zeros(len(a), np.uint8)
    alive = np.ones(len(a), bool)
    for k in range(min(most, a.shape[1])):
        alive &= (a[:, k] == b[:, k]) & (a[:, k] > 0)
        length += alive
    return length


def jaro_winkler_bound(
    masks: tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]],
    lengths: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
    prefix: npt.NDArray[np.uint8],
) -> Floats:
    """Return an exact upper bound of Jaro-Winkler: characters that only one side holds cannot match.

    m <= min(|a| - |A without B|, |b| - |B without A|); Jaro <= (m/|a| + m/|b| + 1) / 3; then Winkler's prefix bonus.
    """
    (mask_a, mask_b), (len_a, len_b) = masks, lengths
    la, lb = len_a.astype(np.float32), len_b.astype(np.float32)
    most = np.minimum(la - np.bitwise_count(mask_a & ~mask_b), lb - np.bitwise_count(mask_b & ~mask_a))
    np.maximum(most, 0, out=most)
    jaro = (most / np.maximum(la, 1) + most / np.maximum(lb, 1) + 1) / np.float32(3)
    bonus = np.where(jaro > np.float32(0.6999), prefix * np.float32(0.1), np.float32(0))
    return np.asarray(np.where(most > 0, jaro + bonus * (1 - jaro) + 1e-5, 0.0), np.float32)


def heads(matrix: Bytes) -> npt.NDArray[np.uint32]:
    """Return the first four bytes of each value as one number."""
    first = np.zeros((len(matrix), 4), np.uint8)
    first[:, : min(4, matrix.shape[1])] = matrix[:, :4]
    return first.view("<u4").ravel()


def head_prefix(
    heads_of: tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]], lengths: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]
) -> npt.NDArray[np.uint8]:
    """Return the same as `common_prefix`, from the first four bytes and the lengths."""
    apart = heads_of[0] ^ heads_of[1]
    same = (apart & 0xFF == 0).astype(np.uint8)
    same += apart & 0xFFFF == 0
    same += apart & 0xFFFFFF == 0
    same += apart == 0
    return np.asarray(np.minimum(same, np.minimum(*lengths)), np.uint8)


def jaro_winkler(
    a: Bytes, len_a: npt.NDArray[np.uint8], b: Bytes, len_b: npt.NDArray[np.uint8], low: float = 0.0
) -> Floats:
    """Return Jaro-Winkler similarity (prefix weight 0.1, four characters, above Jaro 0.7) of each pair of rows.

    Exact where it reaches `low`; below, only an upper bound that is itself below `low`. Pairs are taken shortest first,
    so that short ones do not pay for long ones.
    """
    out = np.empty(len(a), np.float32)
    order = np.argsort(np.maximum(len_a, len_b), kind="stable")
    for start in range(0, len(a), _CHUNK):
        cut = order[start : start + _CHUNK]
        texts, lengths = (a.take(cut, axis=0), b.take(cut, axis=0)), (len_a[cut].astype(np.int16), len_b[cut].astype(np.int16))
        out[cut] = _jaro_winkler_chunk(texts, lengths, low)
    return out


def _jaro_winkler_chunk(
    texts: tuple[Bytes, Bytes], lengths: tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]], low: float
) -> Floats:
    (a, b), (len_a, len_b) = texts, lengths
    cols_a = np.ascontiguousarray(a[:, : int(len_a.max(initial=0))].T)
    cols_b = np.ascontiguousarray(b[:, : int(len_b.max(initial=0))].T)
    window = np.maximum(np.maximum(len_a, len_b) // 2 - 1, 0)
    matched_a, matched_b = _match(cols_a, cols_b, window)
    m = matched_a.sum(axis=0, dtype=np.int32).astype(np.float64)
    prefix = common_prefix(a, b)
    best = _winkler(m, np.zeros(len(a)), (len_a, len_b), prefix)
    near = np.nonzero(best >= low - 1e-6)[0]
    if len(near):
        crossed = _crossed((a.take(near, axis=0), b.take(near, axis=0)), (matched_a.take(near, axis=1), matched_b.take(near, axis=1)))
        best[near] = _winkler(m[near], np.floor(crossed / 2), (len_a[near], len_b[near]), prefix[near])
    return np.asarray(best, np.float32)


def _crossed(texts: tuple[Bytes, Bytes], matched: tuple[Bools, Bools]) -> Ints:
    """Return how many matched characters of each pair of rows stand in another order on the other side."""
    of_a, of_b = (text[:, : len(places)][places.T] for text, places in zip(texts, matched, strict=True))  # pair after pair, as many of each
    ends = np.cumsum(matched[0].sum(axis=0))
    apart = np.concatenate([[0], np.cumsum(of_a != of_b)])[ends]
    return np.asarray(np.diff(apart, prepend=0), np.int64)


def _winkler(
    m: npt.NDArray[np.float64], swaps: npt.NDArray[np.float64], lengths: tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]],
    prefix: npt.NDArray[np.uint8],
) -> npt.NDArray[np.float64]:
    jaro = (m / np.maximum(lengths[0], 1) + m / np.maximum(lengths[1], 1) + (m - swaps) / np.maximum(m, 1)) / 3
    jaro = np.where(m > 0, jaro, 0.0)
    return np.asarray(jaro + np.where(jaro > 0.7, 0.1 * prefix, 0.0) * (1 - jaro))


def _match(cols_a: Bytes, cols_b: Bytes, window: npt.NDArray[np.int16]) -> tuple[Bools, Bools]:
    """Return which characters of each side match: for each of a, the first free equal one of b inside the window."""
    open_a, free_b = cols_a > 0, cols_b > 0
    letters_a, letters_b = open_a.copy(), free_b.copy()
    narrowest, widest = int(window.min()), int(window.max())
    reach = {gap: window >= gap for gap in range(narrowest + 1, widest + 1)}  # nearer ones are within reach of all
    hit = np.empty(cols_a.shape[1], bool)
    for i, char in enumerate(cols_a):
        for j in range(max(0, i - widest), min(len(cols_b), i + widest + 1)):
            np.equal(char, cols_b[j], out=hit)
            hit &= free_b[j]
            hit &= open_a[i]
            if abs(i - j) > narrowest:
                hit &= reach[abs(i - j)]
            open_a[i] ^= hit
            free_b[j] ^= hit
    return letters_a ^ open_a, letters_b ^ free_b


def within_one_edit(a: Bytes, len_a: npt.NDArray[np.uint8], b: Bytes, len_b: npt.NDArray[np.uint8]) -> Bools:
    """Return whether each pair of rows is at most one insertion, deletion, substitution or neighbour swap apart."""
    gap = len_a.astype(np.int16) - len_b
    out = np.zeros(len(a), bool)
    same, first, second = (np.flatnonzero(gap == by) for by in (0, -1, 1))
    out[same] = _one_changed(a.take(same, axis=0), b.take(same, axis=0))
    out[first] = _one_added(a.take(first, axis=0), b.take(first, axis=0))
    out[second] = _one_added(b.take(second, axis=0), a.take(second, axis=0))
    return out


def _one_changed(x: Bytes, y: Bytes) -> Bools:
    """Return which pairs of rows of one length differ in at most one byte, or in two neighbours that are swapped."""
    equal = x == y
    at, last = np.arange(len(x)), x.shape[1] - 1
    first = np.minimum(_first_break(equal), last)
    equal[at, first] = True
    second = np.minimum(_first_break(equal), last)
    near = equal[at, second]
    swapped = np.flatnonzero(~near & (second == first + 1))
    i, j = first[swapped], second[swapped]
    equal[swapped, j] = True
    crossed = (x[swapped, i] == y[swapped, j]) & (x[swapped, j] == y[swapped, i])
    near[swapped] = crossed & equal[swapped].all(axis=1)
    return np.asarray(near)


def _one_added(short: Bytes, long: Bytes) -> Bools:
    """Return which of the longer rows become the shorter ones without the byte at which they part."""
    if short.shape[1] == 1:
        return np.ones(len(short), bool)
    shifted = short[:, :-1] == long[:, 1:]
    at, last = np.arange(len(short)), short.shape[1] - 2
    part = np.minimum(_first_break(short == long), last)
    behind = last - np.argmin(shifted[:, ::-1], axis=1)
    return np.asarray(shifted[at, behind] | (behind < part))


def _first_break(equal: Bools) -> Ints:
    """Return the first place at which each row is not true, its width where it is true throughout."""
    first = np.argmin(equal, axis=1)
    return np.asarray(np.where(equal[np.arange(len(equal)), first], equal.shape[1], first), np.int64)


def is_prefix(a: Bytes, len_a: npt.NDArray[np.uint8], b: Bytes, len_b: npt.NDArray[np.uint8]) -> Bools:
    """Return whether the shorter row of each pair is the beginning of the longer one."""
    return np.asarray(_first_break(a == b) >= np.minimum(len_a, len_b))


def letters_hash(matrix: Bytes) -> Ints:
    """Return a hash of each value's letters a to z, whatever stands between them."""
    state = np.zeros(len(matrix), np.uint64)
    for rows, columns in _columns(matrix):
        here = state[rows]
        for column in columns:
            mixed = (here + column) * np.uint64(0x9E3779B97F4A7C15)
            np.copyto(here, mixed, where=(column >= ord("a")) & (column <= ord("z")))
    return (state >> np.uint64(1)).astype(np.int64)


def last_digits(matrix: Bytes) -> npt.NDArray[np.int8]:
    """Return each value's last two digits as a number (a year, often): 1978 and 78 give 78; -1 with fewer than two digits."""
    found = np.empty(len(matrix), np.int8)
    for rows, columns in _columns(matrix):
        last, before, seen = (np.zeros(columns.shape[1], np.int8) for _ in range(3))
        for column in columns:
            digit = (column >= ord("0")) & (column <= ord("9"))
            np.copyto(before, last, where=digit)
            np.copyto(last, column.view(np.int8) - np.int8(ord("0")), where=digit)
            seen += digit
        found[rows] = np.where(seen > 1, 10 * before + last, -1)
    return found


def soundex(matrix: Bytes) -> npt.NDArray[np.int32]:
    """Return the classic Soundex code of each value as a number (first letter x 1000 + three digits); 0 without letters."""
    digit = np.zeros(256, np.int32)
    for number, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), start=1):
        for letter in letters:
            digit[ord(letter)] = number
    letter_like = np.zeros(256, bool)
    letter_like[ord("a"):ord("z") + 1] = True
    first = np.zeros(len(matrix), np.int32)
    last = np.zeros(len(matrix), np.int32)
    code = np.zeros(len(matrix), np.int32)
    filled = np.zeros(len(matrix), np.int32)
    for column in matrix.T:
        here, is_letter = digit[column], letter_like[column]
        opening = is_letter & (first == 0)
        first = np.where(opening, column, first)
        adds = is_letter & ~opening & (here > 0) & (here != last) & (filled < 3)
        code = np.where(adds, code * 10 + here, code)
        filled += adds
        silent = (column == ord("h")) | (column == ord("w"))
        last = np.where(is_letter & ~silent, here, last)
    code *= np.power(10, np.maximum(3 - filled, 0)).astype(np.int32)
    return np.where(first > 0, (first - 96) * 1000 + code, 0).astype(np.int32)
