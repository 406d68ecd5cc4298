"""Work on threads of its own; where there is one thread or one thing to do, without any: starting them takes longer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Thread
from typing import Generic, TypeVar

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
    begun = _Begun(one)
    try:
        made = other()
    finally:
        begun.join()
    return begun.result(), made


class _Begun(Thread, Generic[R]):
    """Work begun on a thread of its own. A pool of one would take 5 ms to load and start."""

    def __init__(self, work: Callable[[], R]) -> None:
        super().__init__()
        self._work, self._made, self._raised = work, list[R](), list[BaseException]()
        self.start()

    def run(self) -> None:
        """Do the work."""
        try:
            self._made.append(self._work())
        except BaseException as err:  # noqa: BLE001 - whoever waits for the result is told
            self._raised.append(err)

    def result(self) -> R:
        """Return what the work, which is done, has made. Raises what it raised."""
        for err in self._raised:
            raise err
        return self._made[0]
