"""Work is done in order, on as many threads as asked for, and where one is enough on the caller's own."""

from __future__ import annotations

import threading

import pytest

from cem_cli.linkage.threads import both, spread


def test_several_things_are_done_on_other_threads_in_order():
    at_once = threading.Barrier(2, timeout=10)

    def work(item: int) -> tuple[int, int]:
        at_once.wait()
        return item, threading.get_ident()

    done = spread(work, range(4), 2)
    assert [item for item, _ in done] == [0, 1, 2, 3]
    assert threading.get_ident() not in {who for _, who in done}


@pytest.mark.parametrize(("items", "threads"), [(range(3), 1), (range(1), 2), (range(0), 2)])
def test_one_thread_or_one_thing_needs_no_other(items, threads):
    assert spread(lambda _: threading.get_ident(), items, threads) == [threading.get_ident()] * len(items)


def test_errors_reach_the_caller():
    with pytest.raises(ZeroDivisionError):
        spread(lambda item: 1 // item, [1, 0], 2)


@pytest.mark.parametrize("threads", [1, 2])
def test_two_things_are_done_side_by_side_where_there_are_threads(threads):
    mine = threading.get_ident()
    first, second = both(threading.get_ident, lambda: "made", threads)
    assert (first == mine) == (threads == 1)
    assert second == "made"
    with pytest.raises(ZeroDivisionError):
        both(lambda: 1 // 0, lambda: 1, threads)
