"""numpy on processors whose widest instructions make it slower: told to leave them alone, before it is imported.

Zen 4 (AMD, family 25 with AVX-512) does the stores that AVX-512 sorting is made of in microcode: numpy sorts a million
64-bit numbers there in 51 ms, by AVX2 in 11, and linkage is sorting. Only the last bit of a logarithm may differ.
"""

from __future__ import annotations

import os
from pathlib import Path

SETTING = "NPY_DISABLE_CPU_FEATURES"
WIDEST = "X86_V4 AVX512_ICL"
"""numpy's names of these instructions."""
HUGE = "NUMPY_MADVISE_HUGEPAGE"


def choose_instructions() -> None:
    """Have numpy leave AVX-512 alone where it sorts slowly; without effect where numpy is loaded or the user has chosen.

    And have its algebra keep to one thread: matrices are small here, and waiting for each other takes longer than the work
    (1.5 s instead of 0.2 where other programs run). And have it ask a virtual machine for no huge pages: the host zeroes two
    megabytes for the first number written to one (4 ms measured). A million records take 0.4 s of system time less without, of
    which look-ups in small pages may cost a part again: the fastest of 17 pairs of runs took 8.2 processor seconds instead of 8.4.
    """
    processor = _first_processor()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if sorts_slowly(processor):
        os.environ.setdefault(SETTING, WIDEST)
    if "hypervisor" in _told(processor).get("flags", "").split():
        os.environ.setdefault(HUGE, "0")


def sorts_slowly(processor: str) -> bool:
    """Return whether a paragraph of Linux's /proc/cpuinfo describes a Zen 4."""
    told = _told(processor)
    return (told.get("vendor_id"), told.get("cpu family")) == (" AuthenticAMD", " 25") and "avx512f" in told.get("flags", "")


def _told(processor: str) -> dict[str, str]:
    """Return what a paragraph of /proc/cpuinfo says, by name."""
    return dict(line.replace("\t", "").split(":", 1) for line in processor.splitlines() if ":" in line)


def _first_processor() -> str:
    """Return what the system says of one processor, empty where it says nothing."""
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            return file.read(4096)
    except OSError:
        return ""
