"""The experience map as one HTML page: opens offline, reads on a phone and in print, holds nothing from outside.

Reads what `map_page` reads; writes nothing. Positions and sizes are computed in Python, the page (`templates/map.html.j2`)
only places them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from jinja2 import Environment, PackageLoader, StrictUndefined

from cem_cli.engines.duck import Connection
from cem_cli.reports.map_page import LEFT, ROW, STEP, Cell, Page, load_page
from cem_cli.reports.plain import feeling_word, money_text, number_text, percent_text, place_text, signed_text, words

_FACE = 42
"""Room for a face with its labels at the ends of the curve."""


@dataclass(frozen=True)
class Point:
    """A touchpoint on the curve of feeling."""

    cell: Cell
    x: float
    y: float
    note: str
    """`best moment` or `worst moment` for the ends that can be relied on."""


@dataclass(frozen=True)
class Curve:
    """The line of feeling through all touchpoints that people spoke about."""

    points: tuple[Point, ...]
    height: float
    """The drawing's height; the zero line is in its middle."""

    @property
    def line(self) -> str:
        """The drawn path: level at every point, smooth between them."""
        if not self.points:
            return ""
        first = self.points[0]
        drawn = [f"M{first.x:.1f},{first.y:.1f}"]
        for a, b in pairwise(self.points):
            middle = (a.x + b.x) / 2
            drawn.append(f"C{middle:.1f},{a.y:.1f} {middle:.1f},{b.y:.1f} {b.x:.1f},{b.y:.1f}")
        return " ".join(drawn)


def draw_curve(page: Page, height: float = 200, thin: int = 10) -> Curve:
    """Return the curve, best at the top; its ends are named where at least `thin` voices carry them."""
    told = [(page.x(index), cell, cell.feeling) for index, cell in enumerate(page.totals) if cell.feeling is not None]
    sure = [feeling for _, cell, feeling in told if cell.voices >= thin]
    middle = height / 2
    reach = max(0.3, *(abs(feeling) for _, _, feeling in told)) if told else 1
    notes = {max(sure): "best moment", min(sure): "worst moment"} if len(set(sure)) > 1 else {}
    return Curve(
        tuple(
            Point(cell, x, round(middle - (middle - _FACE) * feeling / reach, 1), notes.get(feeling, "") if cell.voices >= thin else "")
            for x, cell, feeling in told
        ),
        height,
    )


def map_html(con: Connection, title: str, currency: str = "") -> str:
    """Return the page for the measures last computed. Raises CemError (exit 2) where they were not, or refused."""
    environment = Environment(
        loader=PackageLoader("cem_cli.reports"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "words": words, "number": number_text, "money": money_text, "percent": percent_text, "feel": feeling_word,
        "signed": signed_text, "place": place_text,
    }
    page = load_page(con, title, currency)
    return environment.get_template("map.html.j2").render(page=page, left=LEFT, step=STEP, row=ROW, curve=draw_curve(page))
