"""How good the links are, from answers: precision and recall of pairs at the operating point, with 95 % intervals.

A stratified random sample of scored pairs stands in the review queue (kind `sample`). Answered sample pairs speak for
their stratum of match probability; other answered pairs, chosen because they matter, count for themselves alone
(Horvitz-Thompson with inclusion 1). Intervals: Jeffreys posterior Beta(k + 1/2, n - k + 1/2) of every stratum's share of
matches (Brown, Cai, DasGupta 2001), propagated to both ratios by a fixed set of draws. Recall is that of scored pairs:
pairs no rule proposed are not in it.

Reads `edge`, `review`; `draw_sample` writes the temporary table `planned_sample`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cem_cli.engines.duck import Connection

ENOUGH = 30
"""Answers from which an estimate is printed."""
PER_STRATUM = 10
EVEN = 0.5
"""Match probability from which a pair speaks for a link: the operating point."""
STRATA = (0.0, 0.05, 0.2, EVEN, 0.8, 0.95, 0.999)
"""Lower ends of the strata of match probability."""
_DRAWS = 4000
_STRATUM_SQL = "list_count(list_filter($edges, lambda x: x <= least(probability, 1 - 1e-9)))"


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Quality:
    """What the answers say about links at the operating point."""

    answers: int
    precision: Share
    recall: Share


def draw_sample(con: Connection, *, drawn: bool) -> None:
    """Write `planned_sample`: the pairs of `fresh_edge` with the smallest hashes in every stratum; none unless `drawn`.

    Only full runs draw: a sample of what one import touched would not stand for the rest.
    """
    con.execute("""
        CREATE OR REPLACE TEMP TABLE planned_sample
        (record_id_l BIGINT, record_id_r BIGINT, weight DOUBLE, probability DOUBLE)""").fetchall()
    if not drawn:
        return
    con.execute(f"""
        INSERT INTO planned_sample
        SELECT unnest(arg_min(pair, md5_number_lower(pair.record_id_l || ' ' || pair.record_id_r), {PER_STRATUM}), recursive := true)
        FROM (SELECT {{'record_id_l': record_id_l, 'record_id_r': record_id_r, 'weight': weight, 'probability': probability}} AS pair,
                     {_STRATUM_SQL} AS stratum FROM fresh_edge) GROUP BY stratum""",
        {"edges": list(STRATA)}).fetchall()


def estimate(con: Connection) -> Quality | None:
    """Return precision and recall of pairs at the operating point, or None below `ENOUGH` answers."""
    rows = con.execute(f"""
        SELECT {_STRATUM_SQL} AS stratum, count(*), count(*) FILTER (state IS NULL OR r.kind = 'sample'),
               count(*) FILTER (r.kind = 'sample' AND state IS NOT NULL), count(*) FILTER (r.kind = 'sample' AND state = 'yes'),
               count(*) FILTER (r.kind != 'sample' AND state = 'yes')
        FROM cem.edge e LEFT JOIN (SELECT record_id_l, record_id_r, kind, state FROM cem.review WHERE state IN ('yes', 'no')) r
        USING (record_id_l, record_id_r) GROUP BY 1 ORDER BY 1""", {"edges": list(STRATA)}).fetchall()
    table = np.array(rows, dtype=float).reshape(-1, 6)
    stratum, pairs, unknown, asked, matched, certain = table.T
    answers = int((pairs - unknown).sum() + asked.sum())
    if answers < ENOUGH:
        return None
    above = stratum >= 1 + STRATA.index(EVEN)
    rng = np.random.Generator(np.random.PCG64(30))
    draws = rng.beta(matched + 0.5, asked - matched + 0.5, (_DRAWS, len(table)))
    point = np.where(asked > 0, matched / np.maximum(asked, 1), 0.5)
    true = np.vstack([point, draws]) * unknown + certain
    linked, everything = true[:, above].sum(axis=1), true.sum(axis=1)
    return Quality(answers, _share(linked, np.full(len(true), pairs[above].sum())), _share(linked, everything))


def _share(part: np.ndarray[tuple[int], np.dtype[np.float64]], whole: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Share:
    """Return the first ratio with the middle 95 % of the others."""
    ratio = np.divide(part, whole, out=np.ones_like(part), where=whole > 0)
    low, high = np.quantile(ratio[1:], (0.025, 0.975))
    return Share(round(float(ratio[0]), 4), round(min(float(low), float(ratio[0])), 4), round(max(float(high), float(ratio[0])), 4))
