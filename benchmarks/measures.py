"""All measures at size: `python benchmarks/measures.py [CUSTOMERS]` (default 1,000,000). Writes benchmarks/MEASURES.md.

The workspace is the sample company multiplied: its customers with all their events, order lines and texts are written again
and again under new ids, each copy shifted in time by less than two weeks and with its own mark in every text, until there are
CUSTOMERS customers (about ten events each). All measures are computed in one process over a tenth of the customers and over
all of them; the growth of each is the exponent b of seconds = a * customers^b between the two.
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
    """Compute all measures in this process; print the seconds of the shared tables and, per measure, its outcome and seconds."""
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
    starts, ends = [marks[0], *marks[1::2]], [marks[1], *marks[2::2]]
    outcomes = ["", *(f"refused: {result.refusal.reason}" if result.refusal else f"{result.rows:,} rows" for result in done)]
    con.close()
    spans = [(end[0] - start[0], end[1] - start[1]) for start, end in zip(starts, ends, strict=True)]
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


def growth(cpu: float, before: float, ratio: float) -> str:
    """Return the exponent b of seconds = a * customers^b between two sizes, where there is enough to measure."""
    return f"{math.log(cpu / max(before, 0.001)) / math.log(ratio):.2f}" if cpu >= NOISE else ""


def write_page(customers: int, runs: list[tuple[dict[str, int], Timed, float, float]], again: float) -> None:
    """Write the result page from the runs, smallest first; `again` = seconds of a second run over all, of which nothing is new."""
    small, middle, large = (run[0] for run in runs)
    ratio, later = large["customers"] / small["customers"], large["customers"] / middle["customers"]
    bound = math.log(ratio * math.log(large["events"]) / math.log(small["events"])) / math.log(ratio)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {platform.system()}"
    lines = [
        f"# All measures at {large['customers']:,} customers and {large['events']:,} events\n",
        f"Measured by `python benchmarks/measures.py {customers}` on {machine}: the sample company multiplied ({large['lines']:,} order",
        "lines), all measures in one process. The machine is shared, so wall times are upper bounds; growth is the exponent of processor",
        f"time between {small['customers']:,} and {large['customers']:,} customers, and between {middle['customers']:,} and all: n log n",
        f"would be {bound:.2f}, and below {NOISE} s it says nothing. What fits the caches at the smallest size no longer does at the next,",
        "and above the engine's limit of 4 GB it spills: single exponents tell that too.\n",
        "| customers | events | wall s | peak GB |", "| --- | --- | --- | --- |",
        *(f"| {made['customers']:,} | {made['events']:,} | {wall:.0f} | {peak:.2f} |" for made, _, wall, peak in runs),
        f"| all again, nothing new | {large['events']:,} | {again:.0f} | |\n",
        "| measure | outcome | wall s | processor s | growth from a tenth | growth from a third |", "| --- | --- | --- | --- | --- | --- |",
    ]
    first, third = ({name: cpu for name, _, _, cpu in run[1]} | {"all together": sum(row[3] for row in run[1])} for run in runs[:2])
    after = runs[-1][1]
    for name, outcome, seconds, cpu in [*after, ("all together", "", sum(row[2] for row in after), sum(row[3] for row in after))]:
        told = growth(cpu, first[name], ratio), growth(cpu, third[name], later)
        lines.append(f"| {name} | {outcome} | {seconds:.2f} | {cpu:.2f} | {told[0]} | {told[1]} |")
    (ROOT / "MEASURES.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    elif sys.argv[1:2] == ["compute"]:
        compute(sys.argv[2])
    else:
        main()
