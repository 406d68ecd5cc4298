import os
import subprocess
import sys

import pytest

from cem_cli.engines import processor
from cem_cli.engines.processor import HUGE, SETTING, sorts_slowly

ZEN_4 = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nflags\t\t: fpu avx2 avx512f avx512dq\nbugs\t\t: a b\n"


@pytest.mark.parametrize(("words", "slow"), [
    (("", ""), True), (("AuthenticAMD", "GenuineIntel"), False), (("avx512f avx512dq", ""), False), (("25", "26"), False),
])
def test_only_a_zen_4_sorts_slowly(words, slow):
    assert sorts_slowly(ZEN_4.replace(*words) if words[0] else ZEN_4) is slow
    assert not sorts_slowly("")


@pytest.mark.parametrize(("setting", "chosen"), [(SETTING, "AVX512_SPR"), (HUGE, "1")])
def test_what_the_user_chose_stays(setting, chosen):
    told = f"import os, cem_cli.linkage; print(os.environ['{setting}'])"
    done = subprocess.run([sys.executable, "-c", told], env={**os.environ, setting: chosen}, capture_output=True, text=True, check=True)
    assert done.stdout == f"{chosen}\n"


@pytest.mark.parametrize(("flags", "asked"), [("fpu hypervisor avx2", "0"), ("fpu avx2", None)])
def test_only_a_virtual_machine_is_asked_for_no_huge_pages(monkeypatch, flags, asked):
    told: dict[str, str] = {}
    monkeypatch.setattr(os, "environ", told)
    monkeypatch.setattr(processor, "_first_processor", lambda: f"vendor_id\t: GenuineIntel\nflags\t\t: {flags}\n")
    processor.choose_instructions()
    assert told.get(HUGE) == asked
