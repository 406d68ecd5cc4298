import ctypes
import subprocess
import sys

import pytest

BUSY_THREADS = """
import ctypes, sys
from threading import Barrier
from concurrent.futures import ThreadPoolExecutor
from cem_cli.engines.memory import share_heap
if sys.argv[1] == "shared":
    share_heap()
import numpy as np
together = Barrier(4)
def work(_):
    together.wait()
    return [np.ones(2000).sum() for _ in range(500)]
with ThreadPoolExecutor(4) as pool:
    list(pool.map(work, range(4)))
ctypes.CDLL(None).malloc_stats()
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="another C library")
def test_threads_share_one_heap():
    heaps = {}
    for how in ("shared", "apart"):
        done = subprocess.run([sys.executable, "-c", BUSY_THREADS, how], capture_output=True, text=True, check=True)
        heaps[how] = done.stderr.count("Arena")
    assert heaps["shared"] == 1 < heaps["apart"]
