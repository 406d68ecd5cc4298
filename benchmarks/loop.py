"""The whole loop at size: `python benchmarks/loop.py [PEOPLE]` (default 100,000). Writes benchmarks/LOOP.md.

Each stage runs as its own process, as cron would run it; wall and processor time and peak memory are the operating system's.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STAGES = ("import", "link", "unify", "insight", "segment", "export")
ROOT = Path(__file__).parent


def measured(*command: str) -> tuple[str, tuple[float, float, float]]:
    """Run a command; return its stdout, and wall seconds, processor seconds and peak memory in GB."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}\n{out[-2000:]}")
    scale = 2**30 if sys.platform == "darwin" else 2**20
    return out, (time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    cem = str(Path(sys.executable).parent / "cem")
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        shutil.copytree(ROOT.parent / "configs", project)
        rows = []
        out, spent = measured(cem, "synth", str(project / "data"), "--people", str(people), "--json")
        rows.append(("synth (the data itself)", spent, f"{json.loads(out)['data']['summary']['records']:,} person-like records"))
        for stage in STAGES:
            out, spent = measured(cem, "run", "--project", str(project), "--from", stage, "--to", stage, "--json")
            rows.append((stage, spent, json.loads(out)["data"]["stages"][0]["told"]))
            print(rows[-1], flush=True)
        out, spent = measured(cem, "run", "--project", str(project), "--json")
        rows.append(("run again, nothing new", spent, json.loads(out)["status"]))
        size = (project / "customers.duckdb").stat().st_size / 2**30
    write_page(people, rows, size)


def write_page(people: int, rows: list[tuple[str, tuple[float, float, float], str]], size: float) -> None:
    """Write the result page."""
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {platform.system()}"
    lines = [
        f"# The whole loop at {people:,} people\n",
        f"Measured by `python benchmarks/loop.py {people}` on {machine}. Each stage is a process of its own; the machine is shared,",
        "so wall times are upper bounds; processor seconds are of both cores together.\n",
        "| stage | wall s | processor s | peak GB | what it did |", "| --- | --- | --- | --- | --- |",
        *(f"| {stage} | {wall:.1f} | {cpu:.1f} | {memory:.2f} | {told} |" for stage, (wall, cpu, memory), told in rows),
        f"\nAll stages: {sum(spent[0] for _, spent, _ in rows[1:-1]):.0f} s wall, {sum(spent[1] for _, spent, _ in rows[1:-1]):.0f} s of "
        f"processor; largest peak {max(spent[2] for _, spent, _ in rows[1:]):.2f} GB; workspace {size:.2f} GB.",
    ]
    (ROOT / "LOOP.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
