"""The whole loop at size: `python benchmarks/loop.py [PEOPLE]` (default 100,000). Writes benchmarks/LOOP.md.

Each stage runs as its own process, as cron would run it; wall and processor time and peak memory are the operating system's.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from linkage import CEM, ROOT, Usage, machine_of, measured

STAGES = ("import", "link", "unify", "insight", "segment", "export")


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        shutil.copytree(ROOT.parent / "configs", project)
        rows = []
        spent = measured(CEM, "synth", str(project / "data"), "--people", str(people), "--json")
        rows.append(("synth (the data itself)", spent, f"{json.loads(spent.told)['data']['summary']['records']:,} person-like records"))
        for stage in STAGES:
            spent = measured(CEM, "run", "--project", str(project), "--from", stage, "--to", stage, "--json")
            rows.append((stage, spent, json.loads(spent.told)["data"]["stages"][0]["told"]))
            print(f"{stage}: {spent.seconds:.1f} s", flush=True)
        spent = measured(CEM, "run", "--project", str(project), "--json")
        rows.append(("run again, nothing new", spent, json.loads(spent.told)["status"]))
        size = (project / "customers.duckdb").stat().st_size / 2**30
    write_page(people, rows, size)


def write_page(people: int, rows: list[tuple[str, Usage, str]], size: float) -> None:
    """Write the result page."""
    lines = [
        f"# The whole loop at {people:,} people\n",
        f"{machine_of()}.\n",
        f"Measured by `python benchmarks/loop.py {people}`. Each stage is a process of its own; the machine is shared,",
        "so wall times are upper bounds; processor seconds are of both cores together.\n",
        "| stage | wall s | processor s | peak GB | what it did |", "| --- | --- | --- | --- | --- |",
        *(f"| {stage} | {spent.seconds:.1f} | {spent.processor:.1f} | {spent.gigabytes:.2f} | {told} |" for stage, spent, told in rows),
        f"\nAll stages: {sum(spent.seconds for _, spent, _ in rows[1:-1]):.0f} s wall, "
        f"{sum(spent.processor for _, spent, _ in rows[1:-1]):.0f} s of "
        f"processor; largest peak {max(spent.gigabytes for _, spent, _ in rows[1:]):.2f} GB; workspace {size:.2f} GB.",
    ]
    (ROOT / "LOOP.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
