"""Where the time of `cem dedupe` goes: `python benchmarks/stages.py [RECORDS ...]`. Writes benchmarks/STAGES.md.

Processor seconds of all threads per stage (other work on the machine changes them little), per record or per candidate
pair. Each size runs once, on a synthetic file with 20 % of the people in households.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cem_cli.linkage import engine
from cem_cli.linkage.dedupe import DedupeOptions, DedupeResult, dedupe
from cem_cli.synth.flat import write_flat

PAGE = Path(__file__).parent / "STAGES.md"
PER_RECORD = {"read"}


def profiled(records: int) -> tuple[DedupeResult, float, float]:
    """Return the result of one run with stage times in processor seconds, all its processor seconds and peak GB."""
    engine.stopwatch = time.process_time
    with tempfile.TemporaryDirectory() as folder:
        write_flat(Path(folder), 0, 1, records=records)
        start = time.process_time()
        result = dedupe([Path(folder) / "people.csv"], DedupeOptions(output=Path(folder) / "clusters.csv"))
        return result, time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def page(runs: list[tuple[DedupeResult, float, float]]) -> str:
    """Return the results page."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    lines = [
        "# Where the time goes", "",
        f"`python benchmarks/stages.py`, {datetime.now(UTC):%Y-%m-%d}: {cores} cores, Python {platform.python_version()}. "
        "Processor seconds of all threads.", "",
    ]
    for result, total, peak in runs:
        pairs = result.link.plan.candidate_pairs
        lines += [
            f"## {result.records:,} records, {pairs:,} candidate pairs", "",
            "| stage | processor seconds | nanoseconds |", "| --- | ---: | --- |",
        ]
        for stage, seconds in result.link.seconds.items():
            unit, count = ("record", result.records) if stage in PER_RECORD else ("pair", pairs)
            lines.append(f"| {stage} | {seconds:.2f} | {seconds / max(count, 1) * 1e9:,.0f} per {unit} |")
        rest = total - sum(result.link.seconds.values())
        lines += [
            f"| CSV in, columns detected, clusters out | {rest:.2f} | {rest / result.records * 1e9:,.0f} per record |",
            f"| all | {total:.2f} | {total / max(pairs, 1) * 1e9:,.0f} per pair |", "", f"Peak memory {peak:.2f} GB.", "",
        ]
    return "\n".join(lines)


def main() -> None:
    sizes = [int(a) for a in sys.argv[1:]] or [100_000, 1_000_000]
    PAGE.write_text(page([profiled(n) for n in sizes]), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
