"""Linkage end to end: `link(con, LinkInput, LinkOptions, model)` -> clusters, edges, model, plan."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cem_cli.base.clock import stopwatch
from cem_cli.engines.duck import Connection
from cem_cli.linkage import block as blocking
from cem_cli.linkage import fields, patterns
from cem_cli.linkage.cluster import agglomerate
from cem_cli.linkage.contract import LinkInput, LinkOptions
from cem_cli.linkage.derive import derive
from cem_cli.linkage.ladders import views
from cem_cli.linkage.records import Records, load
from cem_cli.linkage.score import class_rho, score, term_tables, view_scores
from cem_cli.linkage.train import Population, train


@dataclass
class Debug:
    laps: dict[str, float] = field(default_factory=dict)
    data: dict[str, object] = field(default_factory=dict)


def link(con: Connection, given: LinkInput, options: LinkOptions = LinkOptions()):
    t = [stopwatch()]
    dbg = Debug()

    def lap(name):
        dbg.laps[name] = round(stopwatch() - t[0], 3)
        t[0] = stopwatch()

    kinds = {c: k for c, k in given.kinds.items() if k != "ignore"}
    specs = fields.features(con, given.table, kinds)
    derive(con, given.table, sorted(kinds), specs)
    lap("derive")
    records = load(con, specs)
    lap("load")
    clean = np.array([s in given.clean_sources for s in records.sources], bool)
    comparisons = fields.comparisons(records)
    keys = fields.keys(records)
    rules = fields.rules(records, keys, options)
    lap("keys")
    found = blocking.block(records, keys, rules, options, clean)
    pairs = found.pairs
    n = len(records)
    total = n * (n - 1) / 2
    if clean.any():
        c = np.bincount(records.source, minlength=len(clean))[clean].astype(float)
        total -= (c * (c - 1) / 2).sum()
    if n <= options.all_pairs_below:
        pairs = blocking.all_pairs(records, clean, pairs)
    lap("block")
    packed = patterns.compare(records, comparisons, pairs.l, pairs.r, options.threads)
    lap("compare")
    dense = patterns.Dense.empty()
    pid = dense.number(packed)
    rng = np.random.Generator(np.random.PCG64(20260101))
    if n > options.all_pairs_below:
        i, j = rng.integers(0, n, (2, options.random_pairs))
        ok = i != j
        if clean.any():
            ok &= ~((records.source[i] == records.source[j]) & clean[records.source[i]])
        lo, hi = np.minimum(i, j)[ok].astype(np.int32), np.maximum(i, j)[ok].astype(np.int32)
        mine = (pairs.l.astype(np.int64) << 32) | pairs.r
        here = (lo.astype(np.int64) << 32) | hi
        if len(mine):
            at = np.minimum(np.searchsorted(mine, here), len(mine) - 1)
            fresh = mine[at] != here
            lo, hi = lo[fresh], hi[fresh]
        rp = dense.number(patterns.compare(records, comparisons, lo, hi, options.threads))
    else:
        rp = np.empty(0, np.int32)
    P = len(dense.keys)
    lev = patterns.unpack(dense.keys, comparisons)
    cand = np.bincount(pid, minlength=P).astype(float)
    rnd = np.bincount(rp, minlength=P).astype(float) * ((total - len(pairs)) / max(len(rp), 1))
    by_rule = np.stack([np.bincount(pid[(pairs.mask >> k) & 1 == 1], minlength=P) for k in range(len(rules))]).astype(float)
    pop = Population(lev, cand, rnd, by_rule, n, total)
    lap("patterns")
    shares = {f.name: f.counts / max(f.filled, 1) for f in records.features.values()}
    tables = term_tables(records, comparisons, lev, shares)
    sums = np.zeros((len(tables), P))
    for k, table in enumerate(tables):
        w = np.nonzero(table.applies[pid])[0]
        sums[k] = np.bincount(pid[w], weights=table.of(records, pairs.l[w], pairs.r[w]), minlength=P)
    lap("terms")
    vs = []
    for view in views(comparisons):
        tr = train(view, comparisons, rules, pop, options)
        rho = class_rho(view, comparisons, tr.parameters, pop, tables, sums)
        vs.append(view_scores(view, comparisons, tr.parameters, lev, rho))
        dbg.data[view.name] = tr
    lap("train")
    odds = score(records, tables, vs, pid, pairs.l, pairs.r)
    lap("score")
    label = agglomerate(n, pairs.l, pairs.r, odds, options)
    lap("cluster")
    dbg.data |= dict(records=records, comparisons=comparisons, pairs=pairs, odds=odds, counts=found.counts, P=P, pid=pid, lev=lev, pop=pop, rules=rules)
    return records.record_id, records.record_id[label], dbg
