"""Incremental links: `python benchmarks/incremental.py [RECORDS]` (default 1,000,000). Writes benchmarks/INCREMENTAL.md.

A project of RECORDS people records is linked in full; then 10,000 and 100 new records are linked into it. Each link is a
process of its own. Beside it stands a process that opens the same file and joins the new records' keys with the key
table, which is the least that any incremental link has to do; and the same with a key table as one would first think of it: one
row per record and rule, keys of 64 bits, unsorted, in a file of its own (cem's has keys of 32 bits, and a record's number once
for all of its keys). Then `why` is asked about five pairs, here and in a project of 8,000 records.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
BATCHES = (10_000, 100)
SCAN = """
import sys, duckdb
con = duckdb.connect(sys.argv[1])
print(con.execute('''SELECT count(*) FROM cem.block_key b SEMI JOIN (
    SELECT key_hash FROM cem.block_key WHERE record_id IN (SELECT record_id FROM cem.record WHERE import_id = $1)) n
    USING (key_hash)''', [int(sys.argv[2])]).fetchall())
"""
PLAIN_KEYS = """
import sys, duckdb
con = duckdb.connect(sys.argv[1])
print(con.execute("SELECT count(*), sum(id) FROM stored SEMI JOIN new USING (key)").fetchall())
"""
LOAD = """
    INSERT INTO cem.record (record_id, source, record_key, import_id, kind, given_name, surname, birth_date, email, phone, street, city,
                            postcode, deleted)
    SELECT md5_number_lower(id) >> 1, source, id, $import_id, 'person', first_name, surname, try_cast(dob AS DATE), email, phone, street,
           city, postcode, false
    FROM read_csv($path, all_varchar = true) WHERE id::BIGINT > $low AND id::BIGINT <= $high"""


def child(database: str, act: str, *rest: str) -> None:
    """One act in a process of its own: `load FILE LOW HIGH IMPORT`, `link RUN MODE`, `why NUMBER` or `keys FILE IMPORT`."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from cem_cli.engines.duck import connect
    from cem_cli.linkage.identity.project import link_project
    from cem_cli.linkage.identity.settings import LinkSettings, Run

    con = connect(Path(database), threads=2)
    if act == "load":
        from cem_cli.store.tables import TABLES, create_sql

        con.execute("CREATE SCHEMA IF NOT EXISTS cem")
        for table in TABLES:
            con.execute(create_sql(table))
    start = time.monotonic()
    told: dict[str, object] = {}
    if act == "keys":
        told = {"keys": copy_keys(con, *rest)}
    con.execute("BEGIN")
    if act == "load":
        path, low, high, number = rest
        con.execute(LOAD, {"path": path, "low": int(low), "high": int(high), "import_id": int(number)}).fetchall()
        con.execute("DELETE FROM cem.touched_customer").fetchall()  # as `cem unify` does after every link
    elif act == "why":
        from cem_cli.linkage.identity.why import why  # what an act does not need, its process does not load

        pair = con.execute("SELECT record_id_l, record_id_r FROM cem.edge WHERE weight > 5 ORDER BY md5(record_id_l::VARCHAR) "
                           "LIMIT 1 OFFSET ?", [int(rest[0])]).fetchall()[0]
        start = time.monotonic()
        told = {"together": why(con, LinkSettings(key="k" * 32), str(pair[0]), str(pair[1])).together}
    elif act == "link":
        run, mode = rest
        settings = replace(LinkSettings(key="k" * 32), full=mode == "full")
        outcome = link_project(con, settings, Run(int(run), datetime(2026, 6, 30, tzinfo=UTC)))
        told = {"mode": outcome.mode, "scope": outcome.scope, "records": outcome.records, **outcome.counts}
    con.execute("COMMIT")
    print(json.dumps({"seconds": time.monotonic() - start, **told}))
    con.close()


def copy_keys(con: Any, target: str, number: str) -> int:
    """Copy the keys into a file of their own, plain; those of the import `number` apart. Return how many a record has, on average."""
    con.execute(f"ATTACH '{target}' AS plain").fetchall()
    for table, which in (("new", "="), ("stored", "<")):
        con.execute(f"""
            CREATE TABLE plain.{table} AS SELECT hash(key_hash) AS key, r.rowid AS id
            FROM cem.block_key JOIN cem.record r USING (record_id) WHERE import_id {which} {int(number)}
            ORDER BY hash(r.rowid, key_hash)""").fetchall()
    return round(con.execute("SELECT count(*) / count(DISTINCT id) FROM plain.stored").fetchall()[0][0], 1)


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    wall: float
    cpu: float
    """Processor seconds of all its threads: other work on the machine changes them little."""
    memory: float = 0.0
    """Peak, GB."""


Row = tuple[str, dict[str, object], Cost]
"""What ran, what it told, what it took."""


def measured(*command: str) -> tuple[dict[str, object], Cost]:
    """Run a Python process; return its last line as JSON and its cost."""
    from linkage import as_installed  # not above: every child would import it

    start = time.monotonic()
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=as_installed())
    out = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    line = out.strip().splitlines()[-1]
    told = json.loads(line) if line.startswith("{") else {}
    return told, Cost(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20)


def scanned(code: str, *args: str) -> Cost:
    """Return the median cost of a process that runs a piece of Python."""
    costs = [measured("-c", code, *args)[1] for _ in range(5)]
    return Cost(statistics.median(c.wall for c in costs), statistics.median(c.cpu for c in costs))


def answers(database: str) -> float:
    """Return the median seconds that `why` takes."""
    return statistics.median(float(str(measured(__file__, "child", database, "why", str(n))[0]["seconds"])) for n in range(5))


def compared(batch: int, rows: list[Row]) -> list[str]:
    """Return how many times the scans and the full link an incremental link takes: its step alone, and its whole process."""
    (_, told, took), (_, _, scan), (_, _, plain) = rows[-3:]
    _, told_full, full = rows[1]
    step, full_step = (float(str(one["seconds"])) for one in (told, told_full))
    others = ("the scan", scan), ("the scan of plain keys", plain), ("the full link", full)
    return [
        f"{batch:,} new, the link step, times in wall: {step / scan.wall:.2g} of the scan process, {step / plain.wall:.2g} of that of "
        f"plain keys, {step / full_step:.2g} of the step of the full link",
        f"{batch:,} new, the whole process, times in wall (in processor seconds): " + ", ".join(
            f"{took.wall / other.wall:.2g} ({took.cpu / other.cpu:.2g}) of {what}" for what, other in others),
    ]


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    from cem_cli.synth.flat import write_flat

    with tempfile.TemporaryDirectory() as folder:
        write_flat(Path(folder), 0, 7, records=records + sum(BATCHES))
        people, database = str(Path(folder, "people.csv")), str(Path(folder, "people.duckdb"))

        def act(*rest: str) -> tuple[dict[str, object], Cost]:
            return measured(__file__, "child", database, *rest)

        act("load", people, "0", str(records), "1")
        rows: list[Row] = [("full, training included", *act("link", "1", "auto")), ("full, model stored", *act("link", "2", "full"))]
        ratios: list[str] = []
        low = records
        for number, batch in enumerate(BATCHES, 2):
            act("load", people, str(low), str(low + batch), str(number))
            rows.append((f"incremental, {batch:,} new", *act("link", str(number + 1), "auto")))
            low += batch
            plain = str(Path(folder, f"keys{number}.duckdb"))
            held = act("keys", plain, str(number))[0]["keys"]
            rows.append((f"open the file, scan the keys ({batch:,})", {}, scanned(SCAN, database, str(number))))
            rows.append((f"open a file of plain keys ({held} a record), scan them ({batch:,})", {}, scanned(PLAIN_KEYS, plain)))
            ratios += compared(batch, rows)
            print(*rows[-3:], *ratios[-2:], sep="\n", flush=True)
        small = str(Path(folder, "small.duckdb"))
        measured(__file__, "child", small, "load", people, "0", "8000", "1")
        measured(__file__, "child", small, "link", "1", "auto")
        rows.append((f"why, median of 5, {records:,} records", {"seconds": answers(database)}, Cost(0, 0)))
        rows.append(("why, median of 5, 8,000 records", {"seconds": answers(small)}, Cost(0, 0)))
        write_page(records, rows, ratios, Path(database).stat().st_size / 2**30)


def write_page(records: int, rows: list[Row], ratios: list[str], size: float) -> None:
    """Write the result page."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {platform.system()}"
    lines = [
        f"# Incremental links into {records:,} records\n",
        f"Measured by `python benchmarks/incremental.py {records}` on {machine}; the workspace file holds {size:.2f} GB. `wall` and `cpu`",
        "(processor seconds of all threads) are the whole process, start and commit included; `step` is the link alone. The machine is",
        "shared: wall times are upper bounds. Plain keys: one row per record and rule, 64 bits, unsorted, in a file of their own;",
        "cem's have 32 bits and stand record by record.\n",
        "| what | wall s | cpu s | step s | peak GB | records looked at | created | merged |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for what, told, cost in rows:
        step = f"{told['seconds']:.2f}" if "seconds" in told else ""
        wall, cpu, peak = (f"{number:.2f}" if number else "" for number in (cost.wall, cost.cpu, cost.memory))
        numbers = " | ".join(str(told.get(name, "")) for name in ("scope", "created", "merged"))
        lines.append(f"| {what} | {wall} | {cpu} | {step} | {peak} | {numbers} |")
    lines += ["", *(f"- {ratio}" for ratio in ratios)]
    Path(ROOT, "INCREMENTAL.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(*sys.argv[2:])
    else:
        main()
