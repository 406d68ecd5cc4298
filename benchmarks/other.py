"""cem and Splink 5 on files that are not the usual customers: `python benchmarks/other.py --splink-python PY`. Writes OTHER.md.

cem is told nothing. Splink is configured by hand for each file (`splink_people.py`) and quoted at its best threshold. The
files come from `other_data.py`, several seeds each; quality only.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import other_data
from benchmarks.linkage import Job, Side, compared, machine

PAGE = Path(__file__).parent / "OTHER.md"
FIGURES = ("precision", "recall", "f1", "bcubed")
TOLD = {
    "companies": "companies of four registers", "songs": "songs of five sources", "papers": "papers of two libraries",
    "products": "products of two shops", "dutch": "people under Dutch headers",
}


def lines(name: str, seed: int, records: int, sides: tuple[Side, Side]) -> list[str]:
    """Return the lines of one file: each tool's figures."""
    cem, splink = sides
    rows = ((f"| {TOLD[name]} | {seed} | {records:,} | cem", cem), (f"| | | | Splink, best at {splink.threshold}", splink))
    return [f"{start} | {' | '.join(f'{side.quality[f]:.4f}' for f in FIGURES)} |" for start, side in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--splink-python", required=True, help="interpreter that has splink (extra `bench`)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    rows: list[str] = []
    with tempfile.TemporaryDirectory() as work:
        for name, make in other_data.SETS.items():
            for seed in options.seeds:
                folder, made = Path(work, f"{name}{seed}"), make(seed)
                other_data.write(folder, made)
                rows += lines(name, seed, len(made), compared(Job(name, name, folder), options.splink_python, 1, Path(work)))
                print(name, seed, "done", flush=True)
        write_page(rows, options.splink_python)


def write_page(rows: list[str], splink_python: str) -> None:
    """Write the result page."""
    head = "| file | seed | records | tool | precision | recall | F1 | B-cubed F1 |"
    text = [
        "# Files that are not the usual customers\n", machine(splink_python),
        "Written by `python benchmarks/other.py`. cem is told nothing about the files; Splink is configured by hand for each and quoted",
        "at its best threshold, which only somebody who knows the truth can choose. `other_data.py` makes the files.\n",
        head, "| --- " * 8 + "|", *rows,
    ]
    PAGE.write_text("\n".join(text) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
