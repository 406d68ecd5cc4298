"""Values as people read them: names in words, numbers with thin spaces, durations in the unit that fits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

NARROW = "\u202f"
"""Narrow no-break space: between groups of digits no comma or point could be taken for a decimal sign."""
_DASH = "–"
_MINUS = "−"


_SHORT = {"sms": "SMS"}
"""Names that are abbreviations."""


def words(name: str) -> str:
    """Return an identifier as words: `web_visit` -> `Web visit`."""
    plain = name.replace("_", " ")
    return _SHORT.get(plain, plain[:1].upper() + plain[1:])


def place_text(dimension: str, value: str) -> str:
    """Return where in the company something happens: `Store S07`, `Week of 9 March 2026`."""
    if dimension != "week":
        return f"{words(dimension)} {value}"
    monday = date.fromisoformat(value)
    return f"Week of {monday.day} {monday:%B %Y}"


def number_text(value: float | None) -> str:
    """Return a whole number with its thousands apart."""
    return _DASH if value is None else f"{value:,.0f}".replace(",", NARROW).replace("-", _MINUS)


def money_text(value: Decimal | float | None) -> str:
    """Return an amount without cents (the currency stands once on the page)."""
    return number_text(None if value is None else float(value))


def hours_text(value: float | None) -> str:
    """Return a duration in minutes, hours or days."""
    if value is None:
        return _DASH
    if value < 1:
        return f"{value * 60:.0f} min"
    return f"{value:.0f} h" if value < 48 else f"{value / 24:.1f} days"


def signed_text(value: float, digits: int = 2) -> str:
    """Return a number with its sign, plus included."""
    return f"{value:+.{digits}f}".replace("-", _MINUS)


def percent_text(value: float | None) -> str:
    """Return a share as per cent, with a decimal where it is small."""
    if value is None:
        return _DASH
    return f"{100 * value:.1f}{NARROW}%" if abs(value) < 0.1 else f"{100 * value:.0f}{NARROW}%"


def feeling_word(value: float | None) -> str:
    """Return the class of a feeling: good, mixed, bad, or silent where nobody spoke."""
    if value is None:
        return "silent"
    return "good" if value > 0.15 else "bad" if value < -0.15 else "mixed"
