"""The experience map's page: its counts are those of the event table, whether read as text or drawn by a browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cem_cli.base.errors import CemError
from cem_cli.engines.duck import Connection, connect_memory
from cem_cli.insights.run import run_measures
from cem_cli.reports.map import draw_curve, map_html
from cem_cli.reports.map_page import load_page
from cem_cli.store.tables import TABLES, create_sql

AS_OF = datetime(2026, 6, 30, tzinfo=UTC)
TITLE = "Rossi & <b>Figli</b>"


class Company:
    """A small company with good stores, slow parcels and a broken checkout."""

    def __init__(self, con: Connection) -> None:
        self.con, self.events = con, 0

    def event(self, customer: str | None, days: float, type: str, **values: object) -> int:
        self.events += 1
        row = {"source": "s", "active": True, "revenue": False, "channel": "web", "properties": json.dumps(values.pop("properties", {}))}
        row |= values | {"event_id": self.events, "type": type, "at": (AS_OF - timedelta(days=days)).replace(tzinfo=None)}
        names = ", ".join(f'"{name}"' for name in row)
        self.con.execute(f"INSERT INTO cem.event ({names}) VALUES ({', '.join('?' for _ in row)})", list(row.values()))
        if customer:
            self.con.execute("INSERT INTO cem.event_customer VALUES (?, ?, 'identity')", [self.events, customer])
        return self.events

    def live(self) -> None:
        for n in range(24):
            who = f"K{n:02}"
            self.con.execute("INSERT INTO cem.profile (customer_id, kind) VALUES (?, 'customer')", [who])
            self.event(who, 200 - n, "email_opened", channel="email")
            self.event(who, 190 - n, "session_start")
            self.event(who, 190 - n, "begin_checkout")
            if n % 3 == 0:
                self.event(who, 190 - n, "checkout_error")
            order = self.event(who, 189 - n, "order", revenue=True, amount=50, currency="EUR")
            self.event(who, 187 - n, "shipped", parent_id=order, active=False)
            self.event(who, 180 - n, "nps_answer", properties={"score": 3 + n % 3, "touchpoint": "consegna"})
            self.event(who, 100 - n, "receipt", revenue=True, amount=30, currency="EUR", channel="store", store_id="S1")
            self.event(who, 99 - n, "nps_answer", properties={"score": 10, "touchpoint": "negozio"})
        for n in range(5):
            self.event(None, 50 + n, "receipt", revenue=True, amount=10, currency="EUR", channel="store", store_id="S1")


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    con = connect_memory(threads=2)
    con.execute("CREATE SCHEMA cem")
    for table in TABLES:
        con.execute(create_sql(table))
    yield con
    con.close()


@pytest.fixture(scope="module")
def page(con: Connection) -> str:
    with pytest.raises(CemError, match="not been computed"):
        map_html(con, TITLE)
    run_measures(con, ["experience_map"], AS_OF)
    with pytest.raises(CemError, match="no experience map"):
        map_html(con, TITLE)
    Company(con).live()
    run_measures(con, ["experience_map", "friction", "paths"], AS_OF)
    return map_html(con, TITLE, "EUR")


def plain_number(text: str) -> int:
    return int(re.sub(r"[^0-9-]", "", text.replace("−", "-")))


class Reader(HTMLParser):
    """Collects what the tests ask about: cells, totals, tags with addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.cells: list[int] = []
        self.marked: dict[str, str] = {}
        self.addresses: list[str] = []
        self._mark = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("data-events"):
            self.cells.append(int(found["data-events"] or 0))
        self._mark = next((f"{name}:{found[name]}" for name in ("data-total", "data-sum") if name in found), "")
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href")]
        assert tag not in ("script", "link", "iframe")

    def handle_data(self, data: str) -> None:
        if self._mark and data.strip():
            self.marked[self._mark], self._mark = data, ""


def known_events(con: Connection) -> int:
    return con.execute("SELECT count(*) FROM cem.event").fetchall()[0][0]


def test_counts_are_those_of_the_event_table(con: Connection, page: str) -> None:
    read = Reader(page)
    assert sum(read.cells) == known_events(con) == plain_number(read.marked["data-total:events"])
    assert plain_number(read.marked["data-sum:events"]) == known_events(con)
    assert plain_number(read.marked["data-total:money"]) == 24 * 80 + 50


def test_the_page_holds_everything_itself_and_escapes_what_it_is_told(page: str) -> None:
    read = Reader(page)
    assert read.addresses == []
    assert not re.search(r"https?://|url\(|@import", page)
    assert "default-src 'none'" in page
    assert "<b>Figli</b>" not in page
    assert "Rossi &amp; &lt;b&gt;Figli" in page


def test_feeling_friction_and_paths_are_told(con: Connection, page: str) -> None:
    shown = load_page(con, TITLE)
    points = {point.cell.touchpoint: point for point in draw_curve(shown).points}
    assert (points["store"].note, points["delivery"].note) == ("best moment", "worst moment")
    assert points["store"].y < 100 < points["delivery"].y
    assert "best moment" in page
    friction = {friction.kind: friction for friction in shown.frictions}
    assert friction["checkout_error"].hits == 8
    assert [round(float(f.money), 2) for f in shown.frictions] == sorted((float(f.money) for f in shown.frictions), reverse=True)
    assert "Checkout error" in page
    for told in shown.frictions:
        assert told.money == told.lost + told.at_risk
        assert told.at_risk_low is None or told.at_risk_low <= told.at_risk <= told.at_risk_high
        assert told.costs in page
    assert ("order", ("email", "web_visit", "checkout")) in {(path.goal, path.steps) for path in shown.paths}


def test_the_same_measures_give_the_same_page(con: Connection, page: str) -> None:
    assert map_html(con, TITLE, "EUR") == page


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    return found


_PROBE = """<script>
addEventListener("load", () => {
  const root = document.documentElement, shown = (name) => getComputedStyle(document.querySelector(name)).display !== "none";
  const outside = [...document.querySelectorAll("svg text")].filter((t) => {
    const box = t.getBoundingClientRect(), frame = t.ownerSVGElement.getBoundingClientRect();
    return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1); });
  root.dataset.probe = JSON.stringify({overflow: root.scrollWidth - root.clientWidth, width: innerWidth, wide: shown(".wide"),
    cards: shown(".cards"), outside: outside.length, sum: [...document.querySelectorAll("td[data-events]")]
    .reduce((sum, cell) => sum + Number(cell.dataset.events), 0), bubbles: document.querySelectorAll("svg circle").length});
});
</script>"""
"""Asks the browser what it laid out; only the tested copy has it (the page itself holds no script)."""


def laid_out(page: str, folder: Path, width: int, *, media: str = "screen") -> dict[str, int | bool]:
    """Return what the browser says of the page in a frame `width` wide; also takes a screenshot, so that drawing works."""
    tested = page.replace('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">', "")
    tested = tested.replace("@media print", "@media all") if media == "print" else tested
    (folder / "page.html").write_text(tested.replace("</body>", f"{_PROBE}</body>"), encoding="utf-8")
    command = [
        chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},1600", f"--screenshot={folder / 'page.png'}",
    ]
    address = (folder / "page.html").as_uri()
    subprocess.run([*command, address], check=True, capture_output=True, timeout=120)
    assert (folder / "page.png").stat().st_size > 10_000
    dumped = subprocess.run([*command[:-1], "--dump-dom", address], check=True, capture_output=True, text=True, timeout=120).stdout
    found = re.search(r'data-probe="([^"]+)"', dumped)
    assert found, "the page was not laid out"
    answer: dict[str, int | bool] = json.loads(found[1].replace("&quot;", '"'))
    return answer


@pytest.mark.parametrize(
    ("width", "media", "wide"), [(1320, "screen", True), (520, "screen", False), (1050, "print", True)], ids=["desktop", "phone", "print"]
)
def test_a_browser_draws_it(con: Connection, page: str, tmp_path: Path, width: int, media: str, *, wide: bool) -> None:
    said = laid_out(page, tmp_path, width, media=media)
    assert said["width"] == width
    assert said["overflow"] <= 0
    assert said["sum"] == known_events(con)
    assert (said["wide"], said["cards"]) == (wide, not wide)
    assert said["outside"] == 0
    faces = 2 * len(draw_curve(load_page(con, TITLE)).points)  # on the curve, and in the cards of small screens
    assert said["bubbles"] == sum(1 for cell in Reader(page).cells if cell) + 3 * faces
