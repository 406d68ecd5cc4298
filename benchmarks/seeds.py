"""Three seeds of synthetic people: cem, Splink at its best threshold, and boosted trees that see half of the truth.

`python benchmarks/seeds.py --splink-python PY [--sizes N ...] [--seeds N ...]` writes SEEDS.md. Quality only: times are in
RESULTS.md.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.linkage import CEM, Job, compared, machine, measured
from benchmarks.supervised import trees_quality

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage import engine
from cem_cli.linkage.contract import LinkInput, LinkOptions
from cem_cli.linkage.derive.columns import choose_kinds
from cem_cli.linkage.derive.files import load_files
from cem_cli.linkage.prepare import prepare

PAGE = Path(__file__).parent / "SEEDS.md"
FIGURES = ("precision", "recall", "f1", "bcubed")
POPULATIONS = {"20 % in households": 0.2, "60 % in households": 0.6}


def supervised(folder: Path) -> dict[str, float]:
    """Return the quality of boosted trees on people.csv, trained on half of truth.csv."""
    options = LinkOptions()
    with connect_memory() as con:
        columns = load_files(con, [folder / "people.csv"])
        kinds = {u.column: u.kind for u in choose_kinds(con, columns, {}) if u.used}
        ready = prepare(con, LinkInput("link_people", kinds), options)
        found = engine.propose(ready, options)
        model = engine.train(ready, found, options, None)
        keys = dict(con.execute("SELECT record_id, link_id FROM link_people").fetchall())
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {row["id"]: row["entity"] for row in csv.DictReader(file)}
    q = trees_quality(ready, found, model, options, [truth[keys[int(i)]] for i in ready.records.record_id])
    return dict(zip(FIGURES, (q.precision, q.recall, q.f1, q.bcubed_f1), strict=True))


def judged(job: Job, seed: int, splink_python: str, work: Path) -> list[str]:
    """Return the lines of one file: each tool's figures."""
    size = ("--records", str(job.records), "--households", str(job.households), "--seed", str(seed))
    measured(CEM, "synth", str(job.folder), "--flat", *size)
    cem, splink = compared(job, splink_python, 1, work)
    told = {"cem, no labels": cem.quality, f"Splink, best at {splink.threshold}": splink.quality, "boosted trees": supervised(job.folder)}
    return [
        f"| {job.name} | {seed} | {who} | " + " | ".join(f"{quality[name]:.4f}" for name in FIGURES) + " |" for who, quality in told.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--splink-python", required=True, help="interpreter that has splink (extra `bench`)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000], help="records of the synthetic files")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    given = parser.parse_args()
    lines = [
        "# Three seeds of synthetic people\n", machine(given.splink_python),
        "Written by `python benchmarks/seeds.py`. cem is told nothing; Splink is configured by hand and quoted at its best threshold;",
        "boosted trees see the truth of the other half of the people, and judge cem's candidate pairs by cem's levels.\n",
        "| file | seed | who | precision | recall | F1 | B-cubed F1 |", "| --- " * 7 + "|",
    ]
    for size in given.sizes:
        for population, households in POPULATIONS.items():
            for seed in given.seeds:
                with tempfile.TemporaryDirectory() as work:
                    job = Job(f"{size:,} records, {population}", "people", Path(work) / "flat", households, size)
                    lines += judged(job, seed, given.splink_python, Path(work))
                PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
                print(*lines[-3:], sep="\n", flush=True)


if __name__ == "__main__":
    main()
