import os
import subprocess
import sys

import pytest

from cem_cli.engines.processor import SETTING, sorts_slowly

ZEN_4 = "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nflags\t\t: fpu avx2 avx512f avx512dq\nbugs\t\t: a b\n"


@pytest.mark.parametrize(("words", "slow"), [
    (("", ""), True), (("AuthenticAMD", "GenuineIntel"), False), (("avx512f avx512dq", ""), False), (("25", "26"), False),
])
def test_only_a_zen_4_sorts_slowly(words, slow):
    assert sorts_slowly(ZEN_4.replace(*words) if words[0] else ZEN_4) is slow
    assert not sorts_slowly("")


def test_what_the_user_chose_stays():
    told = "import os, cem_cli.linkage; print(os.environ['NPY_DISABLE_CPU_FEATURES'])"
    done = subprocess.run([sys.executable, "-c", told], env={**os.environ, SETTING: "AVX512_SPR"}, capture_output=True, text=True, check=True)
    assert done.stdout == "AVX512_SPR\n"
