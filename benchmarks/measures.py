"""All measures at size: `python benchmarks/measures.py [CUSTOMERS]` (default 1,000,000). Writes benchmarks/MEASURES.md.

The workspace is the sample company multiplied: its customers with all their events, order lines and texts are written again
and again under new ids, each copy shifted in time by less than two weeks and with its own mark in every text, until there are
CUSTOMERS customers (about ten events each). All measures are computed in one process over a tenth, a third and all of the
customers; the growth of each is the exponent b of seconds = a * customers^b between two sizes. The controls run in the same
processes and do what is n log n and n by definition: they tell how much of that growth is the machine's.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
AS_OF = datetime(2026, 6, 30, tzinfo=UTC)
NOISE = 0.5
"""Seconds at the larger size below which an exponent says nothing."""
MARGIN = 0.1
"""What an exponent may exceed that of the controls by before it counts: runs of the same code differ as much."""
CONTROLS = {
    "control: sort": 'SELECT event_id, customer_id, "at", type FROM cem.base_touch ORDER BY customer_id, "at", event_id',
    "control: hash join": """SELECT t.event_id, t.customer_id, t."at", t.type, e.amount FROM cem.base_touch t
                             JOIN cem.event e ON e.event_id = t.event_id""",
    "control: group by": 'SELECT customer_id, type, count(*) AS n, min("at") AS first, max("at") AS last FROM cem.base_touch GROUP BY ALL',
}
"""What every measure is made of, over all events: written like one."""


def multiplied(column: str, origin: str) -> str:
    """Return SQL for a column of copy `k`: ids renamed, instants shifted, texts marked, the rest as it is."""
    name = f'o."{column}"'
    if column in ("customer_id", "device_id", "event_key", "record_key"):
        return f"{name} || '-' || k"
    if column in ("event_id", "parent_id", "line_id", "record_id"):
        return f"(hash({name}, k) >> 1)::BIGINT"
    if column in ("at", "effective_at", "first_seen_at", "last_seen_at"):
        return f"{name} - to_seconds(k * 7919 % (14 * 86400))"
    if column == "text" and origin == "event":
        return f"{name} || ' ' || k"
    return name


def make(sample: str, database: str, copies: int) -> None:
    """Write a workspace of `copies` times the sample's customers."""
    from cem_cli.engines.duck import connect
    from cem_cli.store.tables import TABLES, create_sql

    con = connect(Path(database))
    con.execute("CREATE SCHEMA cem")
    con.execute(f"ATTACH '{sample}' AS sample (READ_ONLY)")
    for table in TABLES:
        con.execute(create_sql(table))
    for name in ("product", "store", "campaign", "rate"):
        con.execute(f"INSERT INTO cem.{name} FROM sample.cem.{name}")
    for name in ("record", "identity", "event", "event_customer", "order_line", "profile"):
        columns = [row[0] for row in con.execute(f"DESCRIBE sample.cem.{name}").fetchall()]
        chosen = ", ".join(multiplied(column, name) for column in columns)
        con.execute(f"INSERT INTO cem.{name} SELECT {chosen} FROM sample.cem.{name} o CROSS JOIN range({copies}) copy(k)")
    counted = {what: con.execute(f"SELECT count(*) FROM cem.{table}").fetchall()[0][0]
               for what, table in (("customers", "profile"), ("events", "event"), ("lines", "order_line"))}
    con.close()
    print(json.dumps(counted))


def compute(database: str) -> None:
    """Compute all measures, then the controls, in this process; print outcome and seconds of each, the shared tables first."""
    from cem_cli.engines.duck import connect
    from cem_cli.insights import run

    marks: list[tuple[float, float]] = []

    def marked() -> float:
        marks.append((time.monotonic(), time.process_time()))
        return marks[-1][0]

    run.stopwatch = marked  # type: ignore[attr-defined]
    con = connect(Path(database), spill=Path(database).with_suffix(".spill"))
    marked()
    con.execute("BEGIN")
    done = run.run_measures(con, None, AS_OF, {"base": {"currency": "EUR"}})
    con.execute("COMMIT")
    names = ["shared tables", *(result.name for result in done)]
    outcomes = ["", *(f"refused: {result.refusal.reason}" if result.refusal else f"{result.rows:,} rows" for result in done)]
    marks.insert(1, marks[1])
    for name, query in CONTROLS.items() if not all(result.kept for result in done) else ():
        marked()
        con.execute("BEGIN")
        con.execute(f"CREATE TABLE cem.control AS {query}").fetchall()
        con.execute("ROLLBACK")
        marked()
        names.append(name)
        outcomes.append("")
    con.close()
    spans = [(end[0] - start[0], end[1] - start[1]) for start, end in zip(marks[::2], marks[1::2], strict=True)]
    print(json.dumps([(name, outcome, *span) for name, outcome, span in zip(names, outcomes, spans, strict=True)]))


Timed = list[tuple[str, str, float, float]]
"""Measure, outcome, wall seconds, processor seconds."""


def child(*arguments: str) -> tuple[Any, float, float]:
    """Run this file in a process of its own; return what it printed, wall seconds and peak memory in GB."""
    start = time.monotonic()
    process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True)
    out = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(arguments)} ended with {process.returncode}")
    scale = 2**30 if sys.platform == "darwin" else 2**20
    return json.loads(out.strip().splitlines()[-1]), time.monotonic() - start, usage.ru_maxrss / scale


def main() -> None:
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        demo = str(Path(folder, "demo"))
        subprocess.run([str(Path(sys.executable).parent / "cem"), "demo", demo, "--quiet"], check=True, stdout=subprocess.DEVNULL)
        sample = str(Path(demo, "customers.duckdb"))
        each = len(json.loads(subprocess.run(
            [str(Path(sys.executable).parent / "cem"), "sql", "SELECT customer_id FROM profiles", "--project", demo, "--json"],
            check=True, stdout=subprocess.PIPE, text=True).stdout)["data"]["rows"])
        for size in (customers // 10, customers // 3, customers):
            database = str(Path(folder, f"{size}.duckdb"))
            counted, seconds, memory = child("make", sample, database, str(math.ceil(size / each)))
            print("made", counted, f"{seconds:.0f} s, {memory:.2f} GB", flush=True)
            runs.append((counted, *child("compute", database)))
            print(f"computed: {runs[-1][2]:.0f} s, {runs[-1][3]:.2f} GB", *runs[-1][1], sep="\n", flush=True)
            again = child("compute", database)[1]
            Path(database).unlink()
    write_page(customers, runs, again)


def growth(cpu: float, before: float, ratio: float) -> float | None:
    """Return the exponent b of seconds = a * customers^b between two sizes, where there is enough to measure."""
    return round(math.log(cpu / max(before, 0.001)) / math.log(ratio), 2) if cpu >= NOISE else None


def with_total(timed: Timed) -> Timed:
    """Return the rows with one for all that is no control before the controls."""
    ours = [row for row in timed if row[0] not in CONTROLS]
    return [*ours, ("all together", "", sum(row[2] for row in ours), sum(row[3] for row in ours)), *timed[len(ours):]]


def verdict(later: dict[str, float | None]) -> list[str]:
    """Return the lines that read the exponents of the measures against those of the controls."""
    control = {name.removeprefix("control: "): later[name] or 0 for name in CONTROLS}
    limit = max(control.values()) + MARGIN
    faster = {name: b for name, b in later.items() if b and b > limit and name not in CONTROLS}
    listed = ", ".join(f"{name} {b:.2f}" for name, b in sorted(faster.items(), key=lambda pair: -pair[1])) or "none"
    return [
        f"The controls grow from a third to all with the exponents {', '.join(f'{b:.2f} ({name})' for name, b in control.items())}.",
        f"Measures that exceed the fastest of them by more than {MARGIN}: {listed}.\n",
    ]


def write_page(customers: int, runs: list[tuple[dict[str, int], Timed, float, float]], again: float) -> None:
    """Write the result page from the runs, smallest first; `again` = seconds of a second run over all, of which nothing is new."""
    small, middle, large = (run[0] for run in runs)
    ratio, later = large["customers"] / small["customers"], large["customers"] / middle["customers"]
    bound = math.log(ratio * math.log(large["events"]) / math.log(small["events"])) / math.log(ratio)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {platform.system()}"
    first, third = ({row[0]: row[3] for row in with_total(run[1])} for run in runs[:2])
    after = with_total(runs[-1][1])
    told = {name: (growth(cpu, first[name], ratio), growth(cpu, third[name], later)) for name, _, _, cpu in after}
    lines = [
        f"# All measures at {large['customers']:,} customers and {large['events']:,} events\n",
        f"Measured by `python benchmarks/measures.py {customers}` on {machine}: the sample company multiplied ({large['lines']:,} order",
        f"lines), all measures in one process. Others used the machine too (load {os.getloadavg()[0]:.0f} at the end), so wall times",
        f"are upper bounds; growth is the exponent of processor time between {small['customers']:,} and {large['customers']:,} customers,",
        f"and between {middle['customers']:,} and all: n log n would be {bound:.2f}, and below {NOISE} s it says nothing. What fits the",
        "caches at the smallest size no longer does at the next, and above the engine's limit of 4 GB it spills. How much that alone",
        "makes is told by the controls, in the same processes: all events sorted by customer and instant (n log n by definition), joined",
        "and grouped by hash (n), and written.\n",
        *verdict({name: b for name, (_, b) in told.items()}),
        "| customers | events | wall s | peak GB |", "| --- | --- | --- | --- |",
        *(f"| {made['customers']:,} | {made['events']:,} | {wall:.0f} | {peak:.2f} |" for made, _, wall, peak in runs),
        f"| all again, nothing new | {large['events']:,} | {again:.0f} | |\n",
        "| measure | outcome | wall s | processor s | growth from a tenth | growth from a third |", "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, outcome, seconds, cpu in after:
        shown = " | ".join("" if b is None else f"{b:.2f}" for b in told[name])
        lines.append(f"| {name} | {outcome} | {seconds:.2f} | {cpu:.2f} | {shown} |")
    (ROOT / "MEASURES.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    elif sys.argv[1:2] == ["compute"]:
        compute(sys.argv[2])
    else:
        main()
