"""How `cem dedupe` grows, and what one value in many rows costs: `python benchmarks/growth.py [options]`.

Writes GROWTH.md and CROWDED.md.

Every file is linked once, by a process of its own, CSV in and clusters CSV out. Files of several sizes are beginnings of
one synthetic file (20 % of the people in households); on the second page one value of a column stands in 30 % of the rows.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from linkage import CEM, ROOT, Usage, machine_of, measured

HEAD = "records | candidate pairs | per record | wall s | processor s | microseconds per pair | peak GB |"


@dataclass(frozen=True)
class Run:
    """One file linked once."""

    name: str
    records: int
    pairs: int
    usage: Usage

    def row(self) -> str:
        """Return the run as the end of a table row."""
        u = self.usage
        return (
            f"{self.records:,} | {self.pairs:,} | {self.pairs / self.records:.2f} | {u.seconds:.1f} | {u.processor:.1f} | "
            f"{u.processor / max(self.pairs, 1) * 1e6:.2f} | {u.gigabytes:.2f} |"
        )


def linked(name: str, people: Path) -> Run:
    """Link a file and return what it took."""
    with tempfile.TemporaryDirectory() as folder:
        usage = measured(CEM, "dedupe", str(people), "-o", f"{folder}/clusters.csv", "--json")
    told = json.loads(usage.told)["data"]
    return Run(name, int(told["plan"]["records"]), int(told["plan"]["candidate_pairs"]), usage)


def beginning(people: Path, target: Path, records: int) -> Path:
    """Write the first records of a file."""
    target.parent.mkdir(exist_ok=True)
    with people.open(encoding="utf-8") as source, target.open("w", encoding="utf-8") as out:
        out.writelines(islice(source, records + 1))
    return target


def with_hot_value(people: Path, target: Path, column: str, share: float) -> Path:
    """Write a file in which the column's first value stands in a share of the rows, evenly spread."""
    target.parent.mkdir(exist_ok=True)
    with people.open(encoding="utf-8", newline="") as source, target.open("w", encoding="utf-8", newline="") as out:
        rows = csv.reader(source)
        header = next(rows)
        at = header.index(column)
        csv.writer(out).writerow(header)
        csv.writer(out).writerows(_spread(rows, at, share))
    return target


def _spread(rows: Iterable[list[str]], at: int, share: float) -> Iterable[list[str]]:
    hot, filled = "", 0.0
    for row in rows:
        hot = hot or row[at]
        filled += share
        if filled >= 1 and hot:
            filled -= 1
            row[at] = hot
        yield row


TOLD = (
    "Written by `python benchmarks/growth.py`: one run each, CSV in and clusters CSV out. The machine was shared with other work:\n"
    "wall times are upper bounds; processor seconds (of all threads) disturb each other less.\n"
)


def write_growth(target: Path, runs: Sequence[Run]) -> None:
    """Write the page of sizes as far as it is known."""
    each = [run.usage.processor / max(run.pairs, 1) for run in runs]
    lines = [
        "# How `cem dedupe` grows\n", f"{machine_of()}.\n", TOLD, f"| {HEAD}", "| ---: " * 7 + "|", *(f"| {run.row()}" for run in runs),
        f"\nProcessor seconds per candidate pair: the dearest size costs {max(each) / min(each):.2f} times the cheapest.",
    ]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_crowded(target: Path, runs: Sequence[Run], share: float) -> None:
    """Write the page of files in which one value stands in many rows; the first run is the plain file."""
    plain = runs[0].usage.processor
    lines = [
        f"# One value in {share:.0%} of the rows\n", f"{machine_of()}.\n", TOLD, f"| column | {HEAD} processor s of plain |",
        "| --- " + "| ---: " * 8 + "|", *(f"| {run.name} | {run.row()} {run.usage.processor / plain:.2f} |" for run in runs),
    ]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people = options.people
        if people is None:
            most = max([*options.sizes, options.crowded_records if options.crowded else 0])
            measured(CEM, "synth", str(folder / "flat"), "--flat", "--records", str(most), "--households", "0.2", "--seed", "1")
            people = folder / "flat" / "people.csv"
        grown: list[Run] = []
        for records in options.sizes:
            grown.append(linked("", beginning(people, folder / "part" / "people.csv", records)))
            write_growth(options.out / "GROWTH.md", grown)
        if options.crowded:
            plain = beginning(people, folder / "plain" / "people.csv", options.crowded_records)
            crowded = [linked("plain", plain)]
            for column in options.crowded:
                crowded.append(linked(column, with_hot_value(plain, folder / "hot" / "people.csv", column, options.share)))
                write_crowded(options.out / "CROWDED.md", crowded, options.share)


def arguments() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    sizes = [100_000, 1_000_000, 5_000_000, 10_000_000]
    parser.add_argument("--sizes", type=int, nargs="*", default=sizes, help="records; none: no GROWTH.md")
    parser.add_argument("--crowded", nargs="*", default=["email", "surname", "city"], help="columns to crowd; none: no CROWDED.md")
    parser.add_argument("--crowded-records", type=int, default=100_000, help="records of those files")
    parser.add_argument("--share", type=float, default=0.3, help="share of the rows that hold the one value")
    parser.add_argument("--people", type=Path, help="an existing file of at least so many records, instead of a synthetic one")
    parser.add_argument("--out", type=Path, default=ROOT, help="folder of the pages")
    return parser.parse_args()


if __name__ == "__main__":
    main()
