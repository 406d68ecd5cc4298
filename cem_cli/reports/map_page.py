"""What the experience map's page is drawn from: the measures read into values, with the sizes they are drawn in.

Reads `measure_experience_map`, `measure_friction`, `measure_paths`, `measure_state`; writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import sqrt

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.engines.duck import Connection
from cem_cli.insights.touchpoints import OTHER, STAGES, TOUCHPOINTS, UNKNOWN
from cem_cli.reports.plain import NARROW, hours_text, money_text, number_text, percent_text, signed_text

ORDER = (*TOUCHPOINTS, OTHER)
"""Touchpoints from left to right."""
LEFT, STEP, ROW = 118, 84, 64
"""Width of the row labels, of a column, and height of a row, in units of the drawing."""
_LARGEST = 21
"""Radius of the largest bubble."""
_PATHS_SHOWN = 4


@dataclass(frozen=True)
class Cell:
    """One stage x touchpoint: what the measure says of it."""

    stage: str
    touchpoint: str
    events: int
    people: int
    acts: int
    wait_hours: float | None
    voices: int
    feeling: float | None
    dropped: float | None
    money: Decimal
    friction_money: Decimal | None


@dataclass(frozen=True)
class Friction:
    """A friction point with the place in the company where most of it begins, if one stands out."""

    kind: str
    money: Decimal
    customers: int
    hits: int
    rate: float | None
    left_more: float | None
    left_low: float | None
    left_high: float | None
    at_risk: Decimal
    at_risk_low: Decimal | None
    at_risk_high: Decimal | None
    lost: Decimal
    seeds: list[tuple[str, str, float, float]]
    """Dimension, value, rate there and elsewhere of the cells that surely stand out."""

    @property
    def leaving(self) -> str:
        """What can be said of those hit: more, fewer or no clear difference against people alike who leave."""
        if self.left_more is None or self.left_low is None or self.left_high is None:
            return "too early to say who leaves"
        sure = f"{signed_text(100 * self.left_low, 0)} to {signed_text(100 * self.left_high, 0)} points, 90{NARROW}% sure"
        if self.left_low <= 0 <= self.left_high:
            return f"no clear difference in leaving ({sure})"
        return f"{abs(100 * self.left_more):.0f} in 100 {'more' if self.left_more > 0 else 'fewer'} leave than of people alike ({sure})"


    @property
    def costs(self) -> str:
        """What the money is made of: gone already, and at risk."""
        gone = f"{money_text(self.lost)} gone"
        if self.at_risk_low is None or self.at_risk_high is None:
            return gone
        risk = f"{money_text(self.at_risk)} a year at risk ({money_text(self.at_risk_low)} to {money_text(self.at_risk_high)})"
        return f"{gone}, {risk}" if self.lost else risk


@dataclass(frozen=True)
class Path:
    """A way to a goal."""

    goal: str
    steps: tuple[str, ...]
    times: int
    share: float


@dataclass(frozen=True)
class Page:
    """What the page is drawn from."""

    title: str
    as_of: datetime
    cells: tuple[Cell, ...]
    frictions: tuple[Friction, ...]
    paths: tuple[Path, ...]
    currency: str = ""

    @property
    def stages(self) -> list[str]:
        """Stages that occur, in order; nobody known comes last."""
        found = {cell.stage for cell in self.cells}
        return [stage for stage in (*STAGES, UNKNOWN) if stage in found]

    @property
    def totals(self) -> list[Cell]:
        """The touchpoints, all stages together, in order."""
        found = {cell.touchpoint: cell for cell in self.cells if cell.stage == "all" and (cell.events or cell.voices)}
        return [found[name] for name in ORDER if name in found]

    @property
    def parts(self) -> dict[tuple[str, str], Cell]:
        """The cells by stage and touchpoint."""
        return {(cell.stage, cell.touchpoint): cell for cell in self.cells if cell.stage != "all"}

    @property
    def ways(self) -> list[tuple[str, list[Path]]]:
        """The paths by goal, in words."""
        goals = {"order": "To an order", "complaint": "To a complaint", "leaving": "To leaving us"}
        return [(title, [path for path in self.paths if path.goal == goal]) for goal, title in goals.items()]

    @property
    def events(self) -> int:
        """All events known at the clock."""
        return sum(cell.events for cell in self.totals)

    @property
    def money(self) -> Decimal:
        """All revenue, net of refunds."""
        return sum((cell.money for cell in self.totals), Decimal(0))

    @property
    def voices(self) -> int:
        """Texts, ratings and answers."""
        return sum(cell.voices for cell in self.totals)

    @property
    def feeling(self) -> float | None:
        """Mean feeling of all voices."""
        return sum((cell.feeling or 0) * cell.voices for cell in self.totals) / self.voices if self.voices else None

    @property
    def friction_money(self) -> Decimal:
        """What friction costs, all kinds together."""
        return sum((friction.money for friction in self.frictions), Decimal(0))

    @property
    def width(self) -> int:
        """Width of the drawing."""
        return LEFT + STEP * max(len(self.totals), 1) + 14

    def stage_events(self, stage: str) -> int:
        """Return all events of a stage."""
        return sum(cell.events for cell in self.parts.values() if cell.stage == stage)

    def friction_width(self, money: Decimal) -> float:
        """Return the length of a part of a friction's bar, in per cent of the longest bar."""
        return round(100 * float(money) / max(*(float(other.money) for other in self.frictions), 1e-9, 0), 1)

    def shown(self, cell: Cell, name: str) -> str:
        """Return a touchpoint's value as the drawing shows it; nothing where there is none."""
        value = getattr(cell, name)
        if value is None or (name in ("money", "friction_money") and not value):
            return ""
        shown = {"wait_hours": hours_text, "dropped": percent_text}.get(name, number_text)
        return shown(value)

    def x(self, index: int) -> float:
        """Return the middle of the column with that number."""
        return LEFT + STEP * (index + 0.5)

    def radius(self, cell: Cell) -> float:
        """Return the radius of a cell's bubble: its area goes with the events."""
        most = max((part.events for part in self.parts.values()), default=1)
        return round(max(_LARGEST * sqrt(cell.events / max(most, 1)), 2.5), 1)

    def bar(self, cell: Cell, name: str, height: float) -> float:
        """Return the height of a touchpoint's bar: its share of the highest one."""
        values = [float(getattr(total, name) or 0) for total in self.totals]
        return round(height * max(float(getattr(cell, name) or 0), 0) / max(*values, 1e-9, 0), 1)


def load_page(con: Connection, title: str, currency: str = "") -> Page:
    """Read the measures the page shows. Raises CemError (exit 2) where the map was not computed, or refused."""
    return Page(title, _as_of(con), _cells(con), _frictions(con), _paths(con), currency)


def _as_of(con: Connection) -> datetime:
    known = con.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = 'cem' AND table_name = 'measure_state'"
    ).fetchone()
    row = known and con.execute("SELECT as_of, refusal FROM cem.measure_state WHERE name = 'experience_map'").fetchone()
    if not row:
        raise CemError("E-MAP-NOT-RUN", "the experience map has not been computed yet", fix="cem insight run", code=ExitCode.USAGE)
    if row[1]:
        raise CemError("E-MAP-REFUSED", "there is no experience map to draw", why=row[1], fix="cem import", code=ExitCode.USAGE)
    at: datetime = row[0]
    return at


def _cells(con: Connection) -> tuple[Cell, ...]:
    rows = con.execute("""
        SELECT stage, touchpoint, events, people, acts, wait_hours, voices, feeling, dropped, money, friction_money
        FROM cem.measure_experience_map ORDER BY stage, touchpoint""").fetchall()
    return tuple(Cell(*row) for row in rows)


def _refused(con: Connection, name: str) -> bool:
    return not con.execute("SELECT 1 FROM cem.measure_state WHERE name = ? AND refusal IS NULL", [name]).fetchone()


def _frictions(con: Connection) -> tuple[Friction, ...]:
    """Kinds in order of money, each with up to two cells whose excess is beyond three standard errors."""
    if _refused(con, "friction"):
        return ()
    rows = con.execute("""
        SELECT k.kind, k.money, k.customers, k.hits, k.rate, k.left_more, k.left_low, k.left_high,
               k.at_risk, k.at_risk_low, k.at_risk_high, k.lost,
               coalesce(list((s.dimension, s.value, s.rate, s.elsewhere) ORDER BY s.score DESC, s.rank)
                        FILTER (WHERE s.kind IS NOT NULL), [])[1:2]
        FROM cem.measure_friction k
        LEFT JOIN cem.measure_friction s ON s.kind = k.kind AND s.dimension <> 'all' AND s.score > 3 AND s.rate IS NOT NULL
        WHERE k.dimension = 'all' GROUP BY ALL ORDER BY min(k.rank), k.kind""").fetchall()
    return tuple(Friction(*row) for row in rows)


def _paths(con: Connection) -> tuple[Path, ...]:
    if _refused(con, "paths"):
        return ()
    rows = con.execute("""
        SELECT goal, path, times, share FROM cem.measure_paths WHERE path <> '(none)'
        QUALIFY row_number() OVER (PARTITION BY goal ORDER BY place) <= ?
        ORDER BY list_position(['order', 'complaint', 'leaving'], goal), place""", [_PATHS_SHOWN]).fetchall()
    return tuple(Path(goal, tuple(path.split(" > ")), times, share) for goal, path, times, share in rows)
