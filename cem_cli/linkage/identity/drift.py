"""Has the data moved away from the model? What a training saw among linked pairs, against what new records bring.

Reads `fresh_edge`, `changed`, `meta`; `keep` writes the keys `link_seen` and `link_drift` of `meta`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from cem_cli.engines.duck import Connection
from cem_cli.linkage.contract import IdArray
from cem_cli.linkage.identity.scoring import Scorer, StoredModel
from cem_cli.store.meta import write_meta

ENOUGH = 200
"""Changed records, and linked pairs, below which chance explains any difference."""
RATE = 0.15
"""Difference of match rates that is told."""
LEVELS = 0.15
"""Share of linked pairs that moved to other levels of one comparison, from which it is told."""


@dataclass(frozen=True)
class Seen:
    """What linked pairs looked like."""

    records: int
    match_rate: float
    """Share of records with at least one linked pair."""
    pairs: int
    levels: Mapping[str, list[float]]
    """Per comparison: share of linked pairs at each level."""


def observe(con: Connection, scorer: Scorer, model: StoredModel | None, *, learned_from: bool) -> Seen:
    """Return what the changed records and the linked pairs of `fresh_edge` that touch them look like.

    Of fewer records than are told about, which nobody learns from, only how many found a partner.
    """
    records, matched = con.execute("""
        SELECT count(*), count(*) FILTER (record_id IN (
            SELECT unnest([record_id_l, record_id_r]) FROM fresh_edge WHERE weight > 0)) FROM changed WHERE alive""").fetchall()[0]
    if records < ENOUGH and not learned_from:
        return Seen(int(records), matched / max(records, 1), 0, {})
    found = con.execute("""
        SELECT pattern, count(*) AS pairs FROM fresh_edge
        WHERE weight > 0 AND (record_id_l IN (SELECT record_id FROM changed) OR record_id_r IN (SELECT record_id FROM changed))
        GROUP BY pattern ORDER BY pattern""").fetchnumpy()
    pairs = int(found["pairs"].sum())
    level = scorer.levels(model, found["pattern"]) if model and pairs else {}
    return Seen(int(records), matched / max(records, 1), pairs, {name: _shares(codes, found["pairs"]) for name, codes in level.items()})


def keep(con: Connection, seen: Seen, *, full: bool) -> None:
    """Remember how far this run's records moved and, of a full run, what it saw."""
    values = {"link_drift": repr(0.0 if full else rate_moved(con, seen))}
    if full:
        values["link_seen"] = json.dumps(asdict(seen), sort_keys=True)
    write_meta(con, values)


def rate_moved(con: Connection, now: Seen) -> float:
    """Return how far the match rate is from the last full run's; 0 where there are too few records to tell."""
    then = _then(con) if now.records >= ENOUGH else None
    return abs(now.match_rate - then.match_rate) if then else 0.0


def warnings(con: Connection, now: Seen) -> tuple[str, ...]:
    """Return sentences on how new records differ from those of the last full run; none where there are too few to tell."""
    then = _then(con) if now.records >= ENOUGH else None
    if then is None:
        return ()
    told = []
    if rate_moved(con, now) > RATE:
        told.append(f"{now.match_rate:.0%} of the new records found a partner, {then.match_rate:.0%} did when everything was linked: "
                    "consider cem link --retrain")
    if now.pairs >= ENOUGH:
        told += [
            f"{_moved(then.levels[name], shares):.0%} of the linked pairs compare differently in '{name}' than when everything was linked: "
            "consider cem link --retrain"
            for name, shares in now.levels.items() if name in then.levels and _moved(then.levels[name], shares) > LEVELS
        ]
    return tuple(told)


def _then(con: Connection) -> Seen | None:
    rows = con.execute("SELECT value FROM cem.meta WHERE key = 'link_seen'").fetchall()
    return Seen(**json.loads(rows[0][0])) if rows else None


def _shares(codes: IdArray, pairs: IdArray) -> list[float]:
    counts = np.bincount(codes, weights=pairs)
    return [round(float(share), 6) for share in counts / counts.sum()]


def _moved(then: list[float], now: list[float]) -> float:
    """Return half the sum of absolute differences (total variation)."""
    size = max(len(then), len(now))
    padded = [np.pad(np.array(shares), (0, size - len(shares))) for shares in (then, now)]
    return float(np.abs(padded[0] - padded[1]).sum() / 2)
