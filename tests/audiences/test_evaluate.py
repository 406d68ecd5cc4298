import math
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cem_cli.audiences.evaluate import evaluate
from cem_cli.base.errors import CemError

COUNTS = {"merged": 12, "split": 0, "share": 0.25, "money": Decimal("10.10"), "status": "ok", "missing_one": None}


@pytest.mark.parametrize(("text", "expected"), [
    ("merged > 10", True), ("merged > 12", False), ("split = 0 and merged >= 12", True), ("share between 0.2 and 0.3", True),
    ("money = 10.10", True), ("status in ('ok', 'unchanged')", True), ("missing_one > 0", False), ("not missing_one > 0", True),
    ("missing_one is missing", True), ("missing_one = 'x' or missing_one > 2026-01-01", False), ("merged != missing_one", False),
    ("missing_one", False), ("lower(missing_one) = 'x'", False),
])  # fmt: skip
def test_counts_are_judged(text, expected):
    assert evaluate(text, COUNTS) is expected


def test_an_unknown_count_is_named_with_the_nearest():
    with pytest.raises(CemError) as caught:
        evaluate("mergd > 1", COUNTS, where="--fail-on")
    assert (caught.value.where, caught.value.fix) == ("--fail-on:1:1", "did you mean 'merged'?")


def test_a_text_is_not_compared_with_a_number():
    with pytest.raises(CemError, match="cannot compare a text with a number"):
        evaluate("status = 1", COUNTS)


def test_time_needs_an_as_of():
    values = {"at": datetime(2026, 6, 29, tzinfo=UTC)}
    for text in ("at within last 2 days", "days_since(at) = 1"):
        with pytest.raises(CemError, match="no as_of"):
            evaluate(text, values)
        assert evaluate(text, values, datetime(2026, 6, 30, tzinfo=UTC)) is True


def test_a_value_without_a_type_of_the_language_cannot_be_named():
    with pytest.raises(CemError, match="no field is called 'counts'"):
        evaluate("counts > 1", {"counts": {"a": 1}})


def test_not_a_number_matches_no_order():
    assert evaluate("share > 0", {"share": math.nan}) is False
