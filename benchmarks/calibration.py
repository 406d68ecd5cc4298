"""How true the match probabilities of `cem dedupe` are: `python benchmarks/calibration.py [--data FOLDER]`.

Writes benchmarks/CALIBRATION.md: the scored pairs of labelled files, by probability, beside the share that is true.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cem_cli.engines.duck import connect_memory
from cem_cli.linkage.dedupe import dedupe
from cem_cli.linkage.derive.files import load_files
from cem_cli.synth.flat import write_flat
from linkage import machine_of

EDGES = (0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 1.0)
PAGE = Path(__file__).parent / "CALIBRATION.md"


def calibration(folder: Path) -> list[tuple[int, float, float]]:
    """Return per bin of `EDGES` (pairs, mean probability, share that is true) of a folder's people.csv and truth.csv."""
    people = folder / "people.csv"
    found = dedupe([people]).link
    assert found is not None
    with connect_memory() as con:
        load_files(con, [people])
        truth = f"read_csv('{folder / 'truth.csv'}', all_varchar = true)"
        got = con.execute(f"SELECT record_id, hash(entity) AS entity FROM link_people JOIN {truth} t ON t.id = link_id").fetchnumpy()
    entity = dict(zip(got["record_id"].tolist(), got["entity"].tolist(), strict=True))
    pairs = zip(found.edges.record_id_l.tolist(), found.edges.record_id_r.tolist(), strict=True)
    true = np.array([a in entity and entity[a] == entity.get(b) for a, b in pairs])
    place = np.searchsorted(EDGES, found.edges.probability, side="right")
    rows = []
    for k in range(1, len(EDGES)):
        here = place == k
        mean, share = (float(x[here].mean()) if here.any() else float("nan") for x in (found.edges.probability, true))
        rows.append((int(here.sum()), mean, share))
    return rows


def main() -> None:
    """Measure every file and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with fake_1000/ and historical_50k/ (people.csv, truth.csv)")
    options = parser.parse_args()
    lines = [
        "# How true the probabilities are\n", f"{machine_of()}.\n",
        "Written by `python benchmarks/calibration.py`: pairs of labelled files with a match probability of 0.05 and more, told",
        "nothing about them, and the share of each row that is true.\n",
        "| file | probability | pairs | mean probability | share true |", "| --- | --- | ---: | ---: | ---: |",
    ]
    with TemporaryDirectory() as work:
        files = {}
        made = (("synthetic, 10,000", 10_000, 0.2), ("synthetic, 100,000", 100_000, 0.2), ("60 % in households", 10_000, 0.6))
        for name, size, homes in made:
            files[name] = Path(work) / name
            write_flat(files[name], 0, 1, homes, records=size)
        if options.data:
            files |= {name: options.data / name for name in ("fake_1000", "historical_50k")}
        for name, folder in files.items():
            for low, high, (pairs, mean, true) in zip(EDGES, EDGES[1:], calibration(folder), strict=False):
                lines.append(f"| {name} | {low} to {high} | {pairs:,} | {mean:.3f} | {true:.3f} |")
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
