"""What the model says of one pair: what every comparison adds, and the blocking rules that propose it or nearly do.

Reads `record`, `identifier`, `match_model`, `term_frequency`; writes the temporary table `asked_record`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cem_cli.engines.duck import Connection, unplanned
from cem_cli.linkage.block.pairs import combinations, combine
from cem_cli.linkage.compare import patterns
from cem_cli.linkage.contract import ExplainedPart, Explanation, LinkInput
from cem_cli.linkage.derive.read_rows import RowReader, filled
from cem_cli.linkage.identity import persist
from cem_cli.linkage.identity.living import show_living
from cem_cli.linkage.identity.settings import LinkSettings
from cem_cli.linkage.model import Model
from cem_cli.linkage.prepare import Prepared, prepare
from cem_cli.linkage.records import Longs
from cem_cli.linkage.score import Scorer
from cem_cli.linkage.train.ladders import View, views

EVERY_PAIR = "every pair is compared"
"""Stands for the rules in a project so small that blocking is not needed."""


@dataclass(frozen=True)
class Nearest:
    """The blocking rule that came nearest to proposing a pair."""

    rule: str
    differing: tuple[str, ...]
    """Its keys in which the records differ or which one of them lacks."""
    capped: bool
    """Whether they agree on all keys, but the block is too large."""


@dataclass(frozen=True)
class Evidence:
    """What the model says of a pair."""

    explanation: Explanation
    nearest: Nearest | None


def evidence(con: Connection, settings: LinkSettings, a: int, b: int) -> Evidence | None:
    """Return the evidence on a pair under the model in force; None without a model, or for a deleted record.

    Weights add up: each is what its ladder adds to the prior and the ladders before it, so that evidence which says the
    same twice counts once. m and u are those of the level among matches and strangers, before related pairs are considered.
    """
    stored = persist.read_model(con)
    given = _two(con, settings, a, b)
    if stored is None or given is None:
        return None
    model = Model.from_json(stored.model, stored.terms)
    with unplanned(con):
        ready = prepare(con, filled(con, given), replace(settings.options, threads=1), model, reader=RowReader().read)
    rules, point = _rules(ready, model, settings), settings.options.operating_point / np.log(2.0)
    return Evidence(_explain(ready, model, rules, point), _nearest_rule(ready, model))


def _two(con: Connection, settings: LinkSettings, a: int, b: int) -> LinkInput | None:
    """Make a table of two living records; None where they are not two."""
    kinds = show_living(con, settings.kinds, "asked_living", only=(a, b))
    con.execute("CREATE OR REPLACE TEMP TABLE asked_record AS SELECT * FROM asked_living").fetchall()
    found = con.execute("SELECT count(*) FROM asked_record").fetchall()[0][0]
    return LinkInput("asked_record", kinds) if found == 2 else None


def _explain(ready: Prepared, model: Model, rules: tuple[str, ...], point: float) -> Explanation:
    """Return what speaks for and against the first two records; weights are above the operating point `point` (log2 odds)."""
    one, other = np.zeros(1, np.int32), np.ones(1, np.int32)
    level = patterns.unpack(patterns.compare(ready.records, ready.comparisons, one, other, 1), ready.comparisons)
    view = views(ready.comparisons)[0]
    ladders = _ladders(view)
    growing = np.zeros((len(ladders) + 1, len(ready.comparisons)), np.uint8)
    for row, (_, members) in enumerate(ladders, 1):
        growing[row:, members] = level[0, members]
    scorer = Scorer.of(ready, model, growing)
    bare = replace(scorer, tables=tuple(replace(table, value=np.zeros_like(table.value)) for table in scorer.tables))
    full, plain = (_bits(s, len(growing)) for s in (scorer, bare))
    added, without_terms = np.diff(full), np.diff(plain)
    shares, at = model.views[0].parameters, view.levels(level, ready.comparisons)
    parts = tuple(
        ExplainedPart(view.factors[k].name, view.factors[k].labels[at[k][0]], float(shares.m[k][at[k][0]]), float(shares.u[k][at[k][0]]),
                      round(float(added[row]), 4), round(float(added[row] - without_terms[row]), 4))
        for row, (k, members) in enumerate(ladders) if level[0, members].any()
    )
    ids = ready.records.record_id
    return Explanation(int(ids[0]), int(ids[1]), parts, round(float(full[0]) - point, 4), round(float(full[-1]) - point, 4),
                       float(1 / (1 + 2.0 ** -float(full[-1]))), rules)


def _ladders(view: View) -> list[tuple[int, list[int]]]:
    """Return the model's ladders with the comparisons that each is the first to hold: what belongs together is told together."""
    seen: set[int] = set()
    found = []
    for number, factor in enumerate(view.factors):
        members = [part for part in factor.parts if part not in seen]
        seen.update(members)
        found.append((number, members))
    return found


def _bits(scorer: Scorer, rows: int) -> npt.NDArray[np.float64]:
    """Return the log2 odds of the pair under each pattern."""
    odds = scorer.score(np.arange(rows, dtype=np.int32), np.zeros(rows, np.int32), np.ones(rows, np.int32))
    return np.asarray(odds / np.log(2.0))


def _rules(ready: Prepared, model: Model, settings: LinkSettings) -> tuple[str, ...]:
    """Return the names of the rules that propose the pair."""
    if model.records <= settings.options.all_pairs_below:
        return (EVERY_PAIR,)
    return tuple(r.name for n, r in enumerate(ready.rules) if _shared_keys(ready, n) - set(model.capped[n]))


def _nearest_rule(ready: Prepared, model: Model) -> Nearest | None:
    """Return the rule with the largest share of keys on which the records agree; ties go to the earlier rule."""
    found = []
    for number, rule in enumerate(ready.rules):
        shared = _shared_keys(ready, number)
        differing = tuple(name for name in rule.keys if not _held(ready.keys[name], 0) & _held(ready.keys[name], 1))
        found.append(Nearest(rule.name, differing, bool(shared) and shared <= set(model.capped[number])))
    share = [len(near.differing) / len(rule.keys) for near, rule in zip(found, ready.rules, strict=True)]
    return found[int(np.argmin(share))] if found else None


def _shared_keys(ready: Prepared, number: int) -> set[int]:
    """Return the combined keys of a rule that both records hold."""
    listed = combinations([ready.keys[name] for name in ready.rules[number].keys])
    return set.intersection(*(
        {int(combine([part[at : at + 1] for part in parts])[0]) for parts in listed if all(part[at] >= 0 for part in parts)}
        for at in (0, 1)
    ))


def _held(key: Longs, at: int) -> set[int]:
    """Return the values of a key that a record has."""
    return {value for value in np.atleast_1d(key[at]).tolist() if value >= 0}
