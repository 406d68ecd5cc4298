"""cem against Splink 5 on the same files: `python benchmarks/linkage.py --splink-python PY [options]`. Writes RESULTS.md.

Runs alternate, each a process of its own, CSV in and clusters CSV out; wall time and peak memory are the operating
system's (`os.wait4`), medians over the runs. cem is told nothing. Splink is configured by hand (`splink_people.py`); its
quality is quoted at the best of several thresholds for each file, which only somebody who knows the truth can choose.
GoldenMatch, where `--golden-python` has it, is told nothing, like cem, and runs once on the files that are not too large for it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent
CEM = str(Path(sys.executable).parent / "cem")
THRESHOLDS = ("0.5", "0.8", "0.9", "0.95", "0.99", "0.999", "0.9999")
TIMED_AT = "0.9"
GOLDEN_UP_TO = 100_000
"""Records of the largest file that GoldenMatch is given; it takes minutes for 50,000."""


@dataclass(frozen=True)
class Usage:
    """What one process took."""

    told: str
    seconds: float
    processor: float
    """Processor seconds of all threads: what other work on the machine does not change much."""
    gigabytes: float


@dataclass(frozen=True)
class Job:
    """One file to link."""

    name: str
    layout: str
    """Layout of `splink_people.py`."""
    folder: Path
    households: float | None = None
    records: int | None = None
    """Records to generate; None: the folder exists."""


@dataclass
class Side:
    """What one tool did with a file."""

    usages: list[Usage] = field(default_factory=list)
    quality: dict[str, float] = field(default_factory=dict)
    pairs: int | None = None
    """Candidate pairs, where the tool tells them."""
    threshold: str = ""

    def median(self, of: Callable[[Usage], float]) -> float:
        """Return the median over the timed runs."""
        return statistics.median(map(of, self.usages))


def measured(*command: str) -> Usage:
    """Run a command to its end; a failure ends the benchmark."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=as_installed())
    out = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}\n{out}"[-2000:])
    scale = 2**30 if sys.platform == "darwin" else 2**20
    return Usage(out.strip(), time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)


def as_installed() -> dict[str, str]:
    """Return an environment in which Python keeps its bytecode, as installed packages have it.

    Where `PYTHONDONTWRITEBYTECODE` is set, every start would compile all of cem's modules again (0.1 s and more).
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir(), "cem-benchmarks"))}


def judged(truth: Path, clusters: Sequence[Path]) -> list[dict[str, float]]:
    """Return the quality of clusters files, computed in a process of its own so that this one stays small.

    (A child's peak memory is never below that of the process which started it.)
    """
    told = measured(sys.executable, __file__, "judge", str(truth), *map(str, clusters)).told
    return list(json.loads(told))


def judge(truth: str, *clusters: str) -> None:
    """Print precision, recall, F1 and B-cubed F1 of each clusters file."""
    import csv

    import numpy as np

    from cem_cli.linkage.evaluate import evaluate

    def column(path: str, name: str) -> dict[str, int]:
        numbers: dict[str, int] = {}
        with Path(path).open(encoding="utf-8", newline="") as file:
            return {row["id"]: numbers.setdefault(row[name], len(numbers)) for row in csv.DictReader(file)}

    entity = column(truth, "entity")
    keys, found = sorted(entity), []
    for path in clusters:
        cluster = column(path, "cluster_id")
        q = evaluate(np.array([cluster[k] for k in keys]), np.array([entity[k] for k in keys]))
        found.append({"precision": q.precision, "recall": q.recall, "f1": q.f1, "bcubed": q.bcubed_f1})
    print(json.dumps(found))


def compared(job: Job, splink_python: str, runs: int, work: Path) -> tuple[Side, Side]:
    """Run both tools in turn on one file; then the rival once more for its best threshold and its pairs."""
    people, truth, out = job.folder / "people.csv", job.folder / "truth.csv", work / "out.csv"
    rival = (splink_python, str(ROOT / "splink_people.py"), job.layout, str(people), str(out))
    cem, splink = Side(), Side()
    for run in range(runs):
        cem.usages.append(measured(CEM, "dedupe", str(people), "-o", str(out), "--json"))
        if run == 0:
            cem.quality = judged(truth, [out])[0]
            cem.pairs = int(json.loads(cem.usages[0].told)["data"]["plan"]["candidate_pairs"])
        splink.usages.append(measured(*rival, TIMED_AT))
    splink.pairs = int(json.loads(measured(*rival, *THRESHOLDS, "--pairs").told.splitlines()[-1])["pairs"])
    found = judged(truth, [work / f"out-{threshold}.csv" for threshold in THRESHOLDS])
    splink.quality, splink.threshold = max(zip(found, THRESHOLDS, strict=True), key=lambda one: one[0]["f1"])
    return cem, splink


def golden(job: Job, python: str, work: Path) -> Side | None:
    """Run GoldenMatch once on a file; None where it gives no answer."""
    if (job.records or 0) > GOLDEN_UP_TO:
        return None
    out = work / "golden.csv"
    try:
        usage = measured(python, str(ROOT / "goldenmatch_people.py"), str(job.folder / "people.csv"), str(out))
    except SystemExit as refusal:
        print(job.name, "GoldenMatch:", refusal, flush=True)
        return None
    return Side([usage], judged(job.folder / "truth.csv", [out])[0])


def jobs_of(options: argparse.Namespace, work: Path) -> list[Job]:
    """Return the files to link; synthetic ones are generated when their turn comes."""
    jobs = [Job(f"synthetic, {n:,} records", "people", work / f"flat{n}", 0.2, n) for n in options.sizes]
    small = min(options.sizes)
    jobs.append(Job(f"synthetic, {small:,}, 60 % in households", "people", work / "households", 0.6, small))
    return jobs + [Job(name, name, options.data / name) for name in ("fake_1000", "historical_50k") if options.data]


def main() -> None:
    options = arguments()
    rows: list[tuple[Job, dict[str, Side]]] = []
    with tempfile.TemporaryDirectory() as folder:
        for job in jobs_of(options, Path(folder)):
            if job.records:
                size = ("--records", str(job.records), "--households", str(job.households), "--seed", "1")
                measured(CEM, "synth", str(job.folder), "--flat", *size)
            runs = 1 if (job.records or 0) >= options.once_from else options.runs
            cem, splink = compared(job, options.splink_python, runs, Path(folder))
            sides = {"cem": cem, f"Splink, best at {splink.threshold}": splink}
            if options.golden_python and (found := golden(job, options.golden_python, Path(folder))):
                sides["GoldenMatch, no configuration"] = found
            rows.append((job, sides))
            write_page(rows, options)
            print(job.name, "done", flush=True)


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--splink-python", required=True, help="interpreter that has splink (extra `bench`)")
    parser.add_argument("--golden-python", help="interpreter that has goldenmatch")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="records of the synthetic files")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--once-from", type=int, default=10_000_000, help="files of so many records are linked once")
    parser.add_argument("--data", type=Path, help="folder with fake_1000/ and historical_50k/ (people.csv, truth.csv)")
    parser.add_argument("--out", type=Path, default=ROOT / "RESULTS.md")
    return parser.parse_args()


def write_page(rows: Sequence[tuple[Job, dict[str, Side]]], options: argparse.Namespace) -> None:
    """Write the result page as far as it is known."""
    head = "| file | tool | runs | wall s | cem's part | processor s | peak GB | candidate pairs | precision | recall | F1 | B-cubed F1 |"
    lines = [
        "# cem against Splink 5\n", machine(options.splink_python),
        "Written by `python benchmarks/linkage.py`: alternating runs, medians. `wall` is the whole process, CSV in and clusters CSV",
        "out, Python's start included; `cem's part` is cem's wall time divided by the rival's. The machine was shared with other work:",
        "wall times are upper bounds, and where there was one run only even their ratio is rough.",
        "cem is told nothing about the files, nor is GoldenMatch. Splink is configured by hand, and its quality is that at its best",
        f"threshold among {', '.join(THRESHOLDS)}.\n", head, "| --- " * 12 + "|",
    ]
    for job, sides in rows:
        own = sides["cem"].median(lambda u: u.seconds)
        for tool, side in sides.items():
            ratio = "" if tool == "cem" else f"{own / side.median(lambda u: u.seconds):.2f}"
            lines.append(_row(job.name if tool == "cem" else "", tool, side, ratio))
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _row(name: str, tool: str, side: Side, ratio: str) -> str:
    wall, processor, peak = (side.median(of) for of in (lambda u: u.seconds, lambda u: u.processor, lambda u: u.gigabytes))
    figures = " | ".join(f"{side.quality[name]:.4f}" for name in ("precision", "recall", "f1", "bcubed"))
    took = f"{len(side.usages)} | {wall:.2f} | {ratio} | {processor:.2f} | {peak:.2f}"
    pairs = "" if side.pairs is None else f"{side.pairs:,}"
    return f"| {name} | {tool} | {took} | {pairs} | {figures} |"


def commit() -> str:
    """Return the commit that was measured, where this is a checkout."""
    found = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return f" (commit {found.stdout.strip()})" if found.returncode == 0 else ""


def machine_of() -> str:
    """Return what the runs were made on, and when."""
    known = Path("/proc/cpuinfo")
    told = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    model = next((line.partition(":")[2].strip() for line in told if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}; {os.cpu_count()} cores ({model or platform.machine()}), {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}; load {os.getloadavg()[0]:.1f} when the page was written; "
        f"cem {version('cem-cli')}{commit()} on DuckDB {version('duckdb')}"
    )


def machine(splink_python: str) -> str:
    """Return what the runs of both tools were made on, and when."""
    rival = measured(splink_python, "-c", "from importlib.metadata import version as v; print(v('splink'), 'on DuckDB', v('duckdb'))").told
    return f"{machine_of()}, Splink {rival}.\n"


if __name__ == "__main__":
    if sys.argv[1:2] == ["judge"]:
        judge(*sys.argv[2:])
    else:
        main()
