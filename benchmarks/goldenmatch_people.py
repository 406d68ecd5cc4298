"""GoldenMatch with no configuration: CSV in, clusters CSV out. The other rival of `benchmarks/linkage.py`, where it is installed.

usage: python benchmarks/goldenmatch_people.py FILE.csv OUT.csv
Everything is left to its own choice, but that the column `id` names the row and is no evidence, as cem and Splink know, too.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    people, out = map(Path, sys.argv[1:])
    command = str(Path(sys.executable).parent / "goldenmatch")
    with tempfile.TemporaryDirectory() as folder:
        flags = ("--exclude-columns", "id", "--output-clusters", "--output-dir", folder, "--quiet", "--hide-controller")
        done = subprocess.run((command, "dedupe", str(people), *flags), capture_output=True, text=True, check=False)
        written = list(Path(folder).glob("*_clusters.csv"))
        if done.returncode or not written:
            sys.exit(f"{done.stdout}{done.stderr}"[-500:])
        with people.open(encoding="utf-8", newline="") as file:
            ids = [row["id"] for row in csv.DictReader(file)]
        with written[0].open(encoding="utf-8", newline="") as file, out.open("w", encoding="utf-8", newline="") as target:
            rows = csv.writer(target)
            rows.writerow(("id", "cluster_id"))
            rows.writerows((ids[int(row["__row_id__"])], row["__cluster_id__"]) for row in csv.DictReader(file))


if __name__ == "__main__":
    main()
