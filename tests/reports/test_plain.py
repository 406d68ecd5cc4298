"""Values as people read them."""

from decimal import Decimal

import pytest

from cem_cli.reports.plain import NARROW, hours_text, money_text, percent_text, place_text, words


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (words("web_visit"), "Web visit"),
        (words("sms"), "SMS"),
        (place_text("store", "S07"), "Store S07"),
        (place_text("week", "2026-03-09"), "Week of 9 March 2026"),
        (money_text(Decimal("-12345.60")), f"−12{NARROW}346"),
        (money_text(None), "–"),
        (hours_text(0.5), "30 min"),
        (hours_text(60), "2.5 days"),
        (percent_text(0.034), f"3.4{NARROW}%"),
        (percent_text(0.5), f"50{NARROW}%"),
    ],
)
def test_values_in_words(shown: str, expected: str) -> None:
    assert shown == expected
