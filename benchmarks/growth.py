"""How `cem dedupe` grows, and what one value in many rows costs: `python benchmarks/growth.py [options]`. Writes GROWTH.md.

Every file is linked once, by a process of its own, CSV in and clusters CSV out. Files of several sizes are beginnings of
one synthetic file (20 % of the people in households); in the second table one value of a column stands in 30 % of the rows.
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


def write_page(target: Path, grown: Sequence[Run], hot: Sequence[Run]) -> None:
    """Write the page as far as it is known."""
    lines = [
        "# How `cem dedupe` grows\n", f"{machine_of()}.\n",
        "Written by `python benchmarks/growth.py`: one run each, CSV in and clusters CSV out. The machine was shared with other work:",
        "wall times are upper bounds; processor seconds (of all threads) disturb each other less.\n", f"| {HEAD}", "| ---: " * 7 + "|",
        *(f"| {run.row()}" for run in grown),
    ]
    if len(grown) > 1:
        each = [run.usage.processor / max(run.pairs, 1) for run in grown]
        lines.append(f"\nProcessor seconds per candidate pair: the dearest size costs {max(each) / min(each):.2f} times the cheapest.")
    if hot:
        lines += ["\n## One value in many rows\n", f"| column | {HEAD} of plain | ", "| --- " + "| ---: " * 8 + "|"]
        plain = hot[0].usage.processor
        lines += [f"| {run.name} | {run.row()} {run.usage.processor / plain:.2f} |" for run in hot]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000], help="records")
    parser.add_argument("--hot", nargs="*", default=["email", "surname", "city"], help="columns given one value in many rows")
    parser.add_argument("--hot-records", type=int, default=100_000, help="records of those files")
    parser.add_argument("--share", type=float, default=0.3, help="share of the rows")
    parser.add_argument("--people", type=Path, help="an existing file of at least so many records, instead of a synthetic one")
    parser.add_argument("--out", type=Path, default=ROOT / "GROWTH.md")
    options = parser.parse_args()
    grown: list[Run] = []
    hot: list[Run] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people = options.people
        if people is None:
            most = max([*options.sizes, options.hot_records])
            measured(CEM, "synth", str(folder / "flat"), "--flat", "--records", str(most), "--households", "0.2", "--seed", "1")
            people = folder / "flat" / "people.csv"
        for records in options.sizes:
            grown.append(linked("", beginning(people, folder / "part" / "people.csv", records)))
            write_page(options.out, grown, hot)
        plain = beginning(people, folder / "plain" / "people.csv", options.hot_records)
        hot.append(linked("plain", plain))
        for column in options.hot:
            hot.append(linked(column, with_hot_value(plain, folder / "hot" / "people.csv", column, options.share)))
            write_page(options.out, grown, hot)


if __name__ == "__main__":
    main()
