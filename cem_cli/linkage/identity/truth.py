"""How good the identities of a project are against a known truth (`source,id,entity`), in all and by pair of silos.

Reads `record`, `event`, `identity`, `edge` and the truth file; writes temporary tables. A truth id is a record's key, or
the key of a row whose person the record stands for (an order, a payment, an answer). Each record counts once: as the person
its own key stands for, else as the person most of its rows are of (somebody may use a relative's card or telephone).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection, EngineFault
from cem_cli.linkage import engine
from cem_cli.linkage.cluster.agglomerate import components
from cem_cli.linkage.contract import LinkInput
from cem_cli.linkage.evaluate import Quality, evaluate
from cem_cli.linkage.identity import persist
from cem_cli.linkage.identity.living import show_living
from cem_cli.linkage.identity.settings import LinkSettings
from cem_cli.linkage.model import Model
from cem_cli.linkage.prepare import prepare

Longs = npt.NDArray[np.int64]
_HEADER = ("source", "id", "entity")


@dataclass(frozen=True)
class SiloPair:
    """Two sources (or one twice): true pairs of records between them, and how many share a customer."""

    source_l: str
    source_r: str
    true_pairs: int
    found: int
    wrong: int
    """Pairs that share a customer and should not."""


@dataclass(frozen=True)
class Evaluation:
    """Identities against the truth."""

    quality: Quality
    by_silo: tuple[SiloPair, ...]
    unmatched: int
    """Rows of the truth that no record or event of the project answers to."""
    reachable: float
    """Share of true pairs that candidate pairs and joining identifiers connect, directly or through other records."""


def evaluate_project(con: Connection, settings: LinkSettings, truth: Path) -> Evaluation:
    """Compare `identity` with a truth file. Raises CemError (exit 5) for a file that is no truth, (exit 2) before any link."""
    unmatched = _load_truth(con, truth)
    rows = con.execute("""
        SELECT record_id, dense_rank() OVER (ORDER BY customer_id), dense_rank() OVER (ORDER BY entity)
        FROM truth_record JOIN cem.identity USING (record_id) ORDER BY record_id, entity""").fetchnumpy()
    record, customer, entity = (np.asarray(column, np.int64) for column in rows.values())
    if not len(record):
        raise CemError("E-TRUTH-EMPTY", "no row of the truth belongs to a linked record", where=str(truth),
                       why="its sources and ids must be those of the project", fix="cem link, then cem evaluate --truth FILE")
    left, right = candidates(con, settings)
    quality = evaluate(customer, entity).with_blocking(_share(record, entity, left, right, through=False))
    return Evaluation(quality, _by_silo(con), unmatched, _share(record, entity, left, right, through=True))


def _load_truth(con: Connection, truth: Path) -> int:
    """Make `truth_record` (record_id, entity, source) and return how many rows of the truth nothing answers to."""
    columns = ", ".join(f"{quote(c)}: 'VARCHAR'" for c in _HEADER).replace('"', "'")
    try:
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE truth_row AS FROM read_csv({literal(str(truth))}, header = true, delim = ',', quote = '"',
                auto_detect = false, columns = {{{columns}}})""").fetchall()
        header = truth.read_text(encoding="utf-8-sig").splitlines()[0].strip()
    except (EngineFault, OSError, UnicodeDecodeError, IndexError) as err:
        raise CemError("E-TRUTH-FILE", "the truth cannot be read", where=str(truth), why="expected a CSV file: source,id,entity",
                       code=ExitCode.INPUT, fix="cem evaluate --truth truth.csv") from err
    if header != ",".join(_HEADER):
        raise CemError("E-TRUTH-HEADER", "not a truth file", where=f"{truth}:1", why="its header must be source,id,entity",
                       code=ExitCode.INPUT, fix="cem evaluate --truth truth.csv")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE truth_place AS
        SELECT t.*, coalesce(r.record_id, e.record_id) AS record_id, r.record_id IS NOT NULL AS own FROM truth_row t
        LEFT JOIN cem.record r ON r.source = t.source AND r.record_key = t.id AND NOT coalesce(r.deleted, false)
        LEFT JOIN (SELECT source, event_key, min(record_id) AS record_id FROM cem.event GROUP BY ALL) e
          ON e.source = t.source AND e.event_key = t.id""").fetchall()
    con.execute("""
        CREATE OR REPLACE TEMP TABLE truth_record AS
        SELECT p.record_id, p.entity, r.source FROM (
            SELECT record_id, entity, bool_or(own) AS own, count(*) AS rows FROM truth_place WHERE record_id IS NOT NULL GROUP BY ALL
        ) p JOIN cem.record r USING (record_id)
        QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY own DESC, rows DESC, entity) = 1""").fetchall()
    return int(con.execute("SELECT count(*) FROM truth_place WHERE record_id IS NULL").fetchall()[0][0])


def candidates(con: Connection, settings: LinkSettings) -> tuple[Longs, Longs]:
    """Return the record ids of all pairs that are looked at: proposed by a rule under the model, or joined by an identifier."""
    stored = persist.read_model(con)
    kinds = ", ".join(literal(kind) for kind in settings.joins) or "''"
    joined = con.execute(f"""
        SELECT min(record_id) OVER (PARTITION BY kind, value) AS l, record_id AS r FROM cem.identifier WHERE kind IN ({kinds})
        ORDER BY 1, 2""").fetchnumpy()
    parts = [(np.asarray(joined["l"], np.int64), np.asarray(joined["r"], np.int64))]
    if stored is not None:
        columns = show_living(con, settings.kinds, "truth_people")
        model = Model.from_json(stored.model, stored.terms)
        ready = prepare(con, LinkInput("truth_people", columns, clean_sources=settings.clean_sources), settings.options, model)
        found = engine.propose(ready, settings.options, model)
        ids = ready.records.record_id
        parts.append((ids[found.pairs.l], ids[found.pairs.r]))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _share(record: Longs, entity: Longs, left: Longs, right: Longs, *, through: bool) -> float:
    """Return the share of true pairs that are candidates, or (`through`) that candidates connect."""
    known = np.unique(np.concatenate([record, left, right]))
    l, r = np.searchsorted(known, left), np.searchsorted(known, right)
    own = np.searchsorted(known, record)
    sizes = np.bincount(entity)
    true = int((sizes * (sizes - 1) // 2).sum())
    if not true:
        return 1.0
    if through:
        label = components(len(known), l, r)[own]
        _, cell = np.unique(label * (int(entity.max()) + 1) + entity, return_counts=True)
        return float((cell * (cell - 1) // 2).sum()) / true
    owner = np.full(len(known), -1, np.int64)
    owner[own] = entity
    pair = np.unique(np.stack([np.minimum(l, r), np.maximum(l, r)], axis=1)[l != r], axis=0)
    return float(((owner[pair[:, 0]] == owner[pair[:, 1]]) & (owner[pair[:, 0]] >= 0)).sum()) / true


def _by_silo(con: Connection) -> tuple[SiloPair, ...]:
    rows: Sequence[tuple[str, str, int, int, int]] = con.execute("""
        WITH x AS (SELECT t.*, i.customer_id FROM truth_record t JOIN cem.identity i USING (record_id)),
        true_pair AS (
            SELECT least(a.source, b.source) l, greatest(a.source, b.source) r, count(*) n,
                   count(*) FILTER (a.customer_id = b.customer_id) ok
            FROM x a JOIN x b ON a.entity = b.entity AND a.record_id < b.record_id GROUP BY ALL),
        wrong_pair AS (
            SELECT least(a.source, b.source) l, greatest(a.source, b.source) r, count(*) n
            FROM x a JOIN x b ON a.customer_id = b.customer_id AND a.record_id < b.record_id AND a.entity <> b.entity GROUP BY ALL)
        SELECT l, r, coalesce(t.n, 0), coalesce(t.ok, 0), coalesce(w.n, 0)
        FROM true_pair t FULL JOIN wrong_pair w USING (l, r) ORDER BY l, r""").fetchall()
    return tuple(SiloPair(*row) for row in rows)
