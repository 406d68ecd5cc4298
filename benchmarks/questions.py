"""Questions at size: `python benchmarks/questions.py [RECORDS]` (default 1,000,000). Writes benchmarks/QUESTIONS.md.

A project of RECORDS people records, each with one event, is imported, linked and unified by `cem run`; beside it stands the sample
company of `cem demo`. Then `cem why`, `cem show` and `cem find` ask both, in turns, each question a process of its own as a
person would start it: about records and people drawn by a seed from each, found by what the records really say.
"""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent
CEM = str(Path(sys.executable).parent / "cem")
TIMES = 7
"""Questions of each sort to each project."""
BAR = 2.5
PROJECT = "name: people\ndata: data\ndatabase: customers.duckdb\ncountry: IT\nlanguage: it\ncurrency: EUR\nas_of: 2026-06-30\n"
SOURCE = """
files: people.csv
effective_at: {column: created, format: "%Y-%m-%d"}
key: id
record:
  given_name: first_name
  surname: surname
  birth_date: {column: dob, format: "%Y-%m-%d"}
  email: email
  phone: phone
  street: street
  city: city
  postcode: postcode
events:
  - {type: account_created, at: {column: created, format: "%Y-%m-%d"}, person: record, active: true, channel: {column: source}}
"""
DRAWN = """
    SELECT source || ':' || record_key AS record, customer_id, concat_ws(' ', given_name, surname, city) AS named, email
    FROM records WHERE surname IS NOT NULL AND given_name IS NOT NULL AND email IS NOT NULL ORDER BY record_id LIMIT 200"""

MET = """
    SELECT min(source || ':' || record_key) AS one, max(source || ':' || record_key) AS other FROM records
    WHERE customer_id IN (SELECT customer_id FROM records WHERE surname IS NOT NULL ORDER BY record_id LIMIT 200)
    GROUP BY customer_id HAVING count(*) > 1 ORDER BY customer_id"""


def asked(project: Path, *words: str) -> tuple[float, float]:
    """Ask one question; return the seconds of the whole process, on the wall and of the processor."""
    from linkage import as_installed

    command = [CEM, *words, "--project", str(project)]
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=as_installed())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - start, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def make_project(folder: Path, records: int) -> Path:
    """Write a project of `records` people records and run it up to unify."""
    from cem_cli.engines.duck import connect_memory
    from cem_cli.synth.flat import write_flat

    write_flat(folder, 0, 7, records=records)
    project = folder / "project"
    (project / "sources").mkdir(parents=True)
    (project / "data").mkdir()
    con = connect_memory()
    con.execute(f"""
        COPY (SELECT *, DATE '2020-01-01' + (id::INTEGER % 2300) AS created FROM read_csv('{folder / "people.csv"}', all_varchar = true))
        TO '{project / "data" / "people.csv"}'""")
    con.close()
    (folder / "people.csv").unlink()
    (project / "cem.yaml").write_text(PROJECT)
    (project / "sources" / "people.yaml").write_text(SOURCE)
    subprocess.run([CEM, "run", "--to", "unify", "--project", str(project)], check=True, stdout=sys.stderr)
    return project


def drawn(project: Path, query: str) -> list[list[str]]:
    """Return the rows of a query, shuffled by a seed."""
    out = subprocess.run([CEM, "sql", query, "--project", str(project), "--json"], check=True, stdout=subprocess.PIPE, text=True).stdout
    rows: list[list[str]] = json.loads(out)["data"]["rows"]
    random.Random(1).shuffle(rows)
    return rows


def questions(project: Path) -> dict[str, list[tuple[str, ...]]]:
    """Return the questions about a project, by sort."""
    rows, met = drawn(project, DRAWN), drawn(project, MET)
    pairs = list(zip(rows[:TIMES], rows[TIMES : 2 * TIMES], strict=True))
    return {
        "cem why (one person)": [("why", one, other) for one, other in met[:TIMES]],
        "cem why (two strangers)": [("why", a[0], b[0]) for a, b in pairs],
        "cem show (customer id)": [("show", a[1]) for a, _ in pairs],
        "cem show (source:key)": [("show", a[0]) for a, _ in pairs],
        "cem find (name and city)": [("find", a[2]) for a, _ in pairs],
        "cem find (part of an e-mail)": [("find", a[3][:9]) for a, _ in pairs],
    }


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder, "demo")
        subprocess.run([CEM, "demo", str(demo), "--quiet"], check=True, stdout=subprocess.DEVNULL)
        large = make_project(Path(folder), records)
        rows = measure(demo, large)
        size = (large / "customers.duckdb").stat().st_size / 2**30
    write_page(records, rows, size)


def measure(small: Path, large: Path) -> list[tuple[str, tuple[float, ...]]]:
    """Ask both projects every question, in turns; return the median seconds of each: wall and processor, small and large."""
    rows = []
    to_small, to_large = questions(small), questions(large)
    for sort in to_small:
        pairs = [(asked(small, *a), asked(large, *b)) for a, b in zip(to_small[sort], to_large[sort], strict=True)]
        rows.append((sort, tuple(statistics.median(column) for column in zip(*((*a, *b) for a, b in pairs), strict=True))))
        print(rows[-1], flush=True)
    return rows


def write_page(records: int, rows: list[tuple[str, tuple[float, ...]]], size: float) -> None:
    """Write the result page."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {platform.system()}"
    lines = [
        f"# Questions to {records:,} records\n",
        f"Measured by `python benchmarks/questions.py {records}` on {machine}; the workspace of {records:,} records with an event each is",
        f"{size:.2f} GB. Medians of {TIMES} questions of each sort, each a process of its own, asked in turns with those to the sample",
        "company (8,000 records); cpu is processor time of all threads. The machine is shared: wall times are upper bounds. The bar is",
        f"{BAR} times the sample.\n",
        "| question | sample, ms | large, ms | times | sample cpu | large cpu | times |", "| --- | --- | --- | --- | --- | --- | --- |",
        *(f"| {sort} | {a * 1000:.0f} | {b * 1000:.0f} | {b / a:.2f} | {c * 1000:.0f} | {d * 1000:.0f} | {d / c:.2f} |"
          for sort, (a, c, b, d) in rows),
    ]
    (ROOT / "QUESTIONS.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
