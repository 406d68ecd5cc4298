"""Work on threads of its own; where there is one thread or one thing to do, without any: starting them takes longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
S = TypeVar("S")


def spread(work: Callable[[T], R], items: Sequence[T], threads: int) -> list[R]:
    """Return what `work` makes of each item, in their order. Raises what it raises."""
    if threads == 1 or len(items) < 2:
        return [work(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def both(one: Callable[[], R], other: Callable[[], S], threads: int) -> tuple[R, S]:
    """Return what two pieces of work make that do not need each other. Raises what they raise."""
    if threads == 1:
        return one(), other()
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        begun, made = pool.submit(one), other()
        return begun.result(), made
