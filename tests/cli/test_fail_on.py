"""What `--fail-on` of import, link and run makes of counts."""

from datetime import UTC, datetime

import pytest

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.cli.fail_on import FailOn

AT = datetime(2026, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(("text", "did", "held", "code"), [
    (None, {"quarantined": 5}, {"open_reviews": 5}, ExitCode.OK),
    ("quarantine", {"quarantined": 1}, {}, ExitCode.PARTIAL),
    ("quarantine", {}, {"quarantined": 9}, ExitCode.OK),
    ("review", {}, {"open_reviews": 1}, ExitCode.REVIEW_NEEDED),
    ("review", {"merged": 3}, {"open_reviews": 0}, ExitCode.OK),
    ("split > 0 or merged > 2", {"merged": 3}, {}, ExitCode.CHECKS_FAILED),
    ("split > 0 or merged > 2", {"merged": 2}, {}, ExitCode.OK),
    ("customers < 10", {"customers": 50}, {"customers": 9}, ExitCode.CHECKS_FAILED),
])  # fmt: skip
def test_codes(text, did, held, code):
    wanted = FailOn.read(text, AT)
    assert wanted.code(did, held) is code
    assert bool(wanted.told(code)) is bool(code)


@pytest.mark.parametrize("text", ["quarantin", "mergd > 0", "merged >"])
def test_what_cannot_be_understood_is_refused_before_anything_is_touched(text):
    with pytest.raises(CemError) as caught:
        FailOn.read(text, AT)
    assert (caught.value.where, caught.value.code) == ("--fail-on", ExitCode.USAGE)
