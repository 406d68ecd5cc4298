"""Do the measures find what was planted in the sample company? Run by hand; prints one line per truth over all seeds.

    python benchmarks/planted.py --seeds 20 --people 2000

Each seed is a company of its own: generated, imported, linked, unified and measured by the project in `configs/`. The truths
and their decoys stand in `cem_cli/synth/effects.py`; a truth is found where it ranks above every decoy.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from cem_cli.engines.duck import Connection, connect
from cem_cli.synth.company import write_company
from cem_cli.synth.effects import EFFECTS

CONFIGS = Path(__file__).parents[1] / "configs"


@dataclass(frozen=True)
class Verdict:
    """One truth in one company."""

    truth: str
    found: bool
    figures: str
    """What was measured, for people."""


def measured_company(folder: Path, seed: int, people: int) -> Path:
    """Generate and measure a company in `folder`; return its database."""
    shutil.copytree(CONFIGS, folder, dirs_exist_ok=True)
    write_company(folder / "data", people, seed)
    run = [sys.executable, "-m", "cem_cli", "run", "--to", "insight", "--quiet"]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return next(folder.glob("*.duckdb"))


def verdicts(database: Path, data: Path) -> Iterator[Verdict]:
    """Compare the measures of one company with what was planted."""
    con = connect(database, read_only=True)
    try:
        yield from _frictions(con)
        yield _pairs(con)
        yield from _drivers(con)
        yield _recovery(con)
        yield _texts(con, data)
    finally:
        con.close()


def _frictions(con: Connection) -> Iterator[Verdict]:
    """Every planted cell ranks above the decoy cells of all kinds (a decoy without a hit ranks last)."""
    checkout, delivery, stores, products = EFFECTS.checkout, EFFECTS.delivery, EFFECTS.stores, EFFECTS.products
    planted = {
        "slow region": ("slow_delivery", "region", delivery.slow_region, delivery.decoy_region),
        "broken checkout week": ("checkout_error", "week", checkout.broken_week, checkout.busy_week),
        "unhappy store": ("complaint", "store", stores.unhappy_store, stores.decoy_store),
        "returned product": ("returned", "product", products.returned_sku, products.decoy_sku),
    }
    rows = con.execute("SELECT kind, dimension, value, rank, score FROM cem.measure_friction").fetchall()
    place = {(kind, dimension, value): (rank, score) for kind, dimension, value, rank, score in rows}
    last = (len(rows) + 1, 0.0)
    best_decoy = min(place.get((kind, dimension, decoy), last)[0] for kind, dimension, _, decoy in planted.values())
    for truth, (kind, dimension, value, decoy) in planted.items():
        rank, score = place.get((kind, dimension, value), last)
        other = place.get((kind, dimension, decoy), last)
        figures = f"rank {rank} (score {score}), its decoy {other[0]} ({other[1]}), best decoy {best_decoy}"
        yield Verdict(truth, rank < best_decoy, figures)


def _pairs(con: Connection) -> Verdict:
    rank = {(a, b): place for a, b, place in con.execute("SELECT sku, other_sku, rank FROM cem.measure_crosssell").fetchall()}
    places = [rank.get(pair, 10**6) for pair in EFFECTS.products.pairs]
    decoy = rank.get(EFFECTS.products.decoy_pair, 10**6 + 1)
    return Verdict("cross-sold pairs", max(places) < decoy, f"ranks {places}, decoy {decoy}")


def _drivers(con: Connection) -> Iterator[Verdict]:
    """Weights against the planted ones; the aspect that only goes with courtesy must not matter."""
    rows = con.execute("SELECT driver, weight, weight_low, weight_high, matters FROM cem.measure_drivers ORDER BY driver").fetchall()
    weights = dict(EFFECTS.drivers.weights)
    rho = spearman([weights[row[0]] for row in rows], [row[1] for row in rows]) if rows else 0.0
    covered = sum(row[2] <= weights[row[0]] <= row[3] for row in rows)
    yield Verdict("driver weights", rho >= 0.8, f"Spearman {rho:.2f}, intervals cover {covered} of {len(rows)}")
    matters = {row[0]: row[4] for row in rows}
    yield Verdict("driver decoy", matters.get("courtesy") is True and not matters.get("personal_treatment"), f"{matters}")


def _recovery(con: Connection) -> Verdict:
    shares = dict(con.execute("SELECT action, share FROM cem.measure_recovery_actions").fetchall())
    call, chat = (shares.get(f"ticket_solved by {channel}") or 0.0 for channel in ("phone", "chat"))
    return Verdict("recovery after a call", call > chat, f"call {call:.2f}, chat {chat:.2f}")


def _texts(con: Connection, data: Path) -> Verdict:
    with (data / "planted_texts.csv").open(encoding="utf-8", newline="") as lines:
        latent = {(row["source"], row["id"]): float(row["latent"]) for row in csv.DictReader(lines)}
    rows = con.execute("""
        SELECT e.source, e.event_key, s.score FROM cem.measure_sentiment s JOIN cem.event e USING (event_id)
        WHERE s.type <> 'ticket_rating' ORDER BY s.event_id""").fetchall()
    told = [(latent[source, key], score) for source, key, score in rows if (source, key) in latent]
    rho = spearman([a for a, _ in told], [b for _, b in told]) if told else 0.0
    return Verdict("sentiment of texts", rho >= 0.8, f"Spearman {rho:.3f} over {len(told)} of {len(latent)} texts")


def spearman(a: list[float], b: list[float]) -> float:
    """Return the rank correlation."""
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def main() -> None:
    """Run the seeds and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--people", type=int, default=2000)
    given = parser.parse_args()
    found: dict[str, list[bool]] = defaultdict(list)
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory() as folder:
            for verdict in verdicts(measured_company(Path(folder), seed, given.people), Path(folder) / "data"):
                found[verdict.truth].append(verdict.found)
                print(f"seed {seed:2}  {'found ' if verdict.found else 'MISSED'}  {verdict.truth}: {verdict.figures}", flush=True)
    for truth, seeds in found.items():
        print(f"{truth}: {sum(seeds)} of {len(seeds)} seeds")


if __name__ == "__main__":
    main()
