"""Sorting numbers together with their places: one sort of packed integers instead of an argsort, several times faster."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Number = TypeVar("Number", bound=np.integer)
_RUNS = 10_000
"""Runs of numbers that look alike, up to which each is sorted by itself."""


def sort_with_places(key: npt.NDArray[Number]) -> tuple[npt.NDArray[Number], Longs]:
    """Return numbers of 64 bits (none negative) ascending, and the place of each; equal ones keep their order.

    A number and its place share a word: where that is too short the numbers lose their lowest bits, and those few that then
    look alike without being so are told apart afterwards (a dozen of five million hashes).
    """
    plain, bits = key.view(np.uint64), len(key).bit_length()
    lost = max(0, int(plain.max(initial=0)).bit_length() + bits - 64)
    packed = ((plain >> lost) << bits) | np.arange(len(key), dtype=np.uint64)
    packed.sort()
    order = (packed & ((1 << bits) - 1)).view(np.int64)
    packed >>= bits
    if not lost:
        return packed.view(key.dtype), order
    ordered = key.take(order, mode="clip")
    wrong = np.flatnonzero(ordered[1:] < ordered[:-1])
    if len(wrong):
        _tell_apart(key, order, packed, wrong)
        ordered = key.take(order, mode="clip")
    return ordered, order


def _tell_apart(key: npt.NDArray[Number], order: Longs, high: npt.NDArray[np.integer], wrong: Longs) -> None:
    """Sort `order` by whole keys where records with equal `high` bits stand wrong; `wrong`: places before a smaller key."""
    alike = high[wrong]
    starts = distinct(np.searchsorted(high, alike, "left"))
    stops = distinct(np.searchsorted(high, alike, "right"))
    if len(starts) > _RUNS:
        order[:] = np.argsort(key, kind="stable")
        return
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        part = order[start:stop]
        order[start:stop] = part[np.argsort(key[part], kind="stable")]


def starts_of_runs(ordered: npt.NDArray[np.integer]) -> Longs:
    """Return where each run of equal numbers starts."""
    new = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return np.flatnonzero(new)


def per_member(of_run: npt.NDArray[Number], start: Longs, size: int) -> npt.NDArray[Number]:
    """Return what is known of each run for every one of its members; runs begin at `start`, the last ends at `size`."""
    return np.repeat(of_run, np.diff(start, append=size))


def places_in_runs(start: Longs, size: int) -> Longs:
    """Return the place of every member in its run: 0, 1, ..."""
    return np.arange(size) - per_member(start, start, size)


def distinct(values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return the different values, ascending. (`np.unique` and `np.isin` import masked arrays: 15 ms of a short run.)"""
    ordered = np.sort(values)
    return ordered[starts_of_runs(ordered)]


def among(values: npt.NDArray[Number], known: npt.NDArray[Number]) -> Bools:
    """Return which of the values are among the `known`."""
    return contains(np.sort(known), values)


def contains(ascending: npt.NDArray[Number], values: npt.NDArray[Number]) -> Bools:
    """Return which of the values an ascending array holds."""
    if not len(ascending):
        return np.zeros(len(values), bool)
    return np.asarray(ascending.take(np.searchsorted(ascending, values), mode="clip") == values)
