"""Do the measures find what was planted in the sample company? Run by hand; writes PLANTED.md.

    python benchmarks/planted.py --seeds 20 --people 2000 --jobs 2

Each seed is a company of its own: generated, imported, linked, unified and measured by the project in `configs/`. The truths
and their decoys stand in `cem_cli/synth/effects.py`; a truth is found where it ranks above every decoy. `planted_scores.py`
compares scores with the latent values behind them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from cem_cli.engines.duck import Connection, connect
from cem_cli.synth.company import write_company
from cem_cli.synth.effects import EFFECTS
from planted_scores import Company, Coverage, Score, coverages, scores, spearman

CONFIGS = Path(__file__).parents[1] / "configs"
PAGE = Path(__file__).parent / "PLANTED.md"
BAR = 0.8
"""Least rank correlation of a score with what is behind it."""


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


def verdicts(con: Connection) -> Iterator[Verdict]:
    """Compare the measures of one company with what was planted."""
    yield from _frictions(con)
    yield _pairs(con)
    yield from _drivers(con)
    yield _recovery(con)


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
    yield Verdict("driver weights", rho >= BAR, f"Spearman {rho:.2f}")
    matters = {row[0]: row[4] for row in rows}
    yield Verdict("driver decoy", matters.get("courtesy") is True and not matters.get("personal_treatment"), f"{matters}")


def _recovery(con: Connection) -> Verdict:
    """How people feel after a call against after the decoy, a chat."""
    felt = dict(con.execute("SELECT action, feeling FROM cem.measure_recovery_actions").fetchall())
    call, chat = (felt.get(f"ticket_solved by {channel}") or 0.0 for channel in ("phone", "chat"))
    return Verdict("recovery after a call", call > chat, f"feeling after a call {call:.2f}, after a chat {chat:.2f}")


@dataclass(frozen=True)
class Seed:
    """What was found in one company."""

    number: int
    verdicts: tuple[Verdict, ...]
    scores: tuple[Score, ...]
    coverages: tuple[Coverage, ...]


def judged(people: int, number: int) -> Seed:
    """Generate, measure and judge the company of one seed, in a folder that is removed again."""
    with tempfile.TemporaryDirectory() as folder:
        database = measured_company(Path(folder), number, people)
        con = connect(database)
        try:
            company = Company(con, Path(folder) / "data", number, people)
            return Seed(number, tuple(verdicts(con)), tuple(scores(company)), tuple(coverages(company)))
        finally:
            con.close()


def main() -> None:
    """Judge the seeds, print what was found and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    seeds = []
    with ProcessPoolExecutor(given.jobs) as pool:
        for seed in pool.map(partial(judged, given.people), range(given.first, given.first + given.seeds)):
            seeds.append(seed)
            for verdict in seed.verdicts:
                print(f"seed {seed.number:2}  {'found ' if verdict.found else 'MISSED'}  {verdict.truth}: {verdict.figures}", flush=True)
            print(*seed.scores, *seed.coverages, sep="\n", flush=True)
    PAGE.write_text(page(seeds, given.people), encoding="utf-8")


def page(seeds: list[Seed], people: int) -> str:
    """Return the result page."""
    numbers = f"{seeds[0].number} to {seeds[-1].number}"
    return "\n".join([
        "# What was planted, and what the measures found\n",
        f"Measured by `python benchmarks/planted.py --seeds {len(seeds)} --people {people}`: {len(seeds)} companies of {people:,} people",
        f"(seeds {numbers}), each generated, imported, linked, unified and measured. Effects and decoys: `cem_cli/synth/effects.py`.\n",
        "## Truths that must rank above every decoy (bar: 95 % of the seeds)\n",
        "| truth | seeds | missed in |", "| --- | --- | --- |", *_truths(seeds),
        f"\n## Scores against the latent values behind them (bar: Spearman {BAR})\n",
        "Best possible: Bayes' rule with the true distributions, applied to the purchases in the workspace; empty where the exports hold",
        "the latent value itself, up to noise that is part of it. Mean over the seeds, and the lowest.\n",
        "| score | Spearman | lowest | best possible | lowest | bar |", "| --- | --- | --- | --- | --- | --- |", *_followed(seeds),
        "\n## 90 % intervals that hold the truth (bar: 80 to 98 %)\n",
        "| interval | held | of | share |", "| --- | --- | --- | --- |", *_held(seeds),
        "\n" + REMARK,
    ]) + "\n"


REMARK = """Whether somebody has left, and how often they will come, is not in the exports of a shop: who buys every four months looks the
same, four months after a purchase, whether gone or not. The latent value of the churn risk is the probability of having left given the
person's true rhythm and the hazard of the last purchase; that of the purchases to come is their expectation under the same. The best
judge knows the true distributions of both, and sees what the measure sees. Lifetime value is predicted from half a year before the end
of the data, and compared with what was spent since."""


def _truths(seeds: list[Seed]) -> Iterator[str]:
    found: dict[str, list[tuple[int, Verdict]]] = defaultdict(list)
    for seed in seeds:
        for verdict in seed.verdicts:
            found[verdict.truth].append((seed.number, verdict))
    for truth, told in found.items():
        missed = "; ".join(f"seed {number}: {verdict.figures}" for number, verdict in told if not verdict.found)
        yield f"| {truth} | {sum(verdict.found for _, verdict in told)} of {len(told)} | {missed} |"


def _followed(seeds: list[Seed]) -> Iterator[str]:
    for told in zip(*(seed.scores for seed in seeds), strict=True):
        reached = [score.reached for score in told]
        possible = [score.possible for score in told if score.possible is not None]
        best = f"{np.mean(possible):.3f} | {min(possible):.3f}" if possible else " | "
        close = bool(possible) and np.mean(reached) > np.mean(possible) - 0.02
        verdict = "met" if np.mean(reached) >= BAR else "nothing better possible" if close else "not met"
        yield f"| {told[0].name} | {np.mean(reached):.3f} | {min(reached):.3f} | {best} | {verdict} |"


def _held(seeds: list[Seed]) -> Iterator[str]:
    for told in zip(*(seed.coverages for seed in seeds), strict=True):
        held, of = sum(each.held for each in told), sum(each.of for each in told)
        yield f"| {told[0].name} | {held:,} | {of:,} | {100 * held / of:.1f} % |"


if __name__ == "__main__":
    main()
