"""Clusters of the records in scope: certain joins first, then evidence, within what decisions and guards forbid.

Reads `decision` and the temporary tables of `guards`, `joins` and `scope`; writes the temporary table `part`
(record_id, cluster: the cluster's smallest record).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cem_cli.engines.duck import Connection
from cem_cli.linkage.cluster.agglomerate import Constraints, Scored, agglomerate
from cem_cli.linkage.identity.constrained import Joins, Limits, accepted
from cem_cli.linkage.identity.settings import LinkSettings, alone

IntArray = npt.NDArray[np.int64]

_RECORDS_SQL = """
    SELECT r.record_id, CASE WHEN r.tax_code IS NULL THEN -1 ELSE (hash(r.tax_code) >> 1)::BIGINT END AS tax_code, r.source,
           (coalesce(r.kind, 'person') = 'organisation')::TINYINT AS organisation, coalesce(f.anchor, -1) AS frozen
    FROM scope r LEFT JOIN (
        SELECT record_id_r AS record_id, min(record_id_l) AS anchor FROM cem.decision
        WHERE kind = 'freeze' AND undone_at IS NULL GROUP BY ALL) f USING (record_id)
    ORDER BY r.record_id"""
_DECISIONS_SQL = """
    SELECT record_id_l, record_id_r, kind = 'separate' AS apart FROM (
        SELECT decision_id, kind, record_id_l, record_id_r FROM cem.decision WHERE undone_at IS NULL
        UNION ALL SELECT decision_id, 'separate', record_id_l, record_id_r FROM guard_decision)
    WHERE record_id_l != record_id_r ORDER BY decision_id"""


@dataclass(frozen=True)
class Refused:
    """Two records whose join a limit refused, and why."""

    record_id_l: int
    record_id_r: int
    reason: str


@dataclass(frozen=True)
class _Scope:
    """The records in scope by position, and what limits their groups."""

    record_id: IntArray
    frozen: IntArray
    organisation: IntArray
    limits: Limits
    reasons: tuple[str, ...] = ()
    """Why each array of `limits.single` keeps records apart."""

    def positions(self, ids: IntArray) -> IntArray:
        """Return the positions of record ids; -1 for those out of scope."""
        found = np.searchsorted(self.record_id, ids).astype(np.int64)
        found[found == len(self.record_id)] = 0
        found[self.record_id[found] != ids] = -1
        return found

    def separate_worlds(self, left: IntArray, right: IntArray) -> npt.NDArray[np.bool_]:
        """Return which pairs no evidence may join: over a frozen customer's border, a person with an organisation."""
        return np.asarray((self.frozen[left] != self.frozen[right]) | (self.organisation[left] != self.organisation[right]), bool)


def partition(con: Connection, settings: LinkSettings) -> list[Refused]:
    """Write `part` for the records of `scope` and return the joins that limits refused."""
    if not con.execute("SELECT count(*) FROM scope").fetchall()[0][0]:
        con.execute("CREATE OR REPLACE TEMP TABLE part (record_id BIGINT, cluster BIGINT)").fetchall()
        return []
    decided = con.execute(_DECISIONS_SQL).fetchnumpy()
    scope = _read_scope(con, settings, decided)
    joins = _read_joins(con, scope, decided)
    keep = accepted(len(scope.record_id), joins, scope.limits)
    edge = con.execute("SELECT record_id_l, record_id_r, weight FROM scope_edge").fetchnumpy()
    left, right = scope.positions(edge["record_id_l"]), scope.positions(edge["record_id_r"])
    open_pair = ~scope.separate_worlds(left, right)
    scored = Scored(left[open_pair], right[open_pair], edge["weight"][open_pair] * np.log(2.0))
    options = replace(alone(settings.options, len(scope.record_id)), largest_cluster=settings.max_cluster)
    found = agglomerate(len(scope.record_id), scored, options, _constraints(scope, joins.left[keep], joins.right[keep]))
    con.register("part_arrays", {"record_id": scope.record_id, "cluster": scope.record_id[found.label]})
    con.execute("CREATE OR REPLACE TEMP TABLE part AS SELECT record_id, cluster FROM part_arrays").fetchall()
    con.unregister("part_arrays")
    refused = [(joins.left[j], joins.right[j], "identifiers contradict each other") for j in np.flatnonzero(~keep)]
    refused += [(b.first, b.second, b.reason) for b in found.blocked]
    return [Refused(int(scope.record_id[a]), int(scope.record_id[b]), why) for a, b, why in refused]


def _read_scope(con: Connection, settings: LinkSettings, decided: dict[str, IntArray]) -> _Scope:
    rows = con.execute(_RECORDS_SQL).fetchnumpy()
    ids = rows["record_id"]
    single = [rows["tax_code"], rows["organisation"].astype(np.int64)]
    source = np.asarray(rows["source"])
    single += [np.where(source == name, np.arange(len(ids)), -1) for name in sorted(settings.clean_sources)]
    reasons = ("two tax codes", "a person and an organisation", *("one record per clean source" for _ in settings.clean_sources))
    bare = _Scope(ids, rows["frozen"], rows["organisation"], Limits((), single, settings.max_cluster), reasons)
    away = decided["apart"].astype(bool)
    left, right = bare.positions(decided["record_id_l"][away]), bare.positions(decided["record_id_r"][away])
    inside = (left >= 0) & (right >= 0)
    apart = list(zip(left[inside].tolist(), right[inside].tolist(), strict=True))
    return replace(bare, limits=replace(bare.limits, apart=apart))


def _read_joins(con: Connection, scope: _Scope, decided: dict[str, IntArray]) -> Joins:
    link = ~decided["apart"].astype(bool)
    sure_l, sure_r = scope.positions(decided["record_id_l"][link]), scope.positions(decided["record_id_r"][link])
    sure = (sure_l >= 0) & (sure_r >= 0)
    pair = con.execute("SELECT record_id_l, record_id_r FROM join_pair").fetchnumpy()
    left, right = scope.positions(pair["record_id_l"]), scope.positions(pair["record_id_r"])
    inside = (left >= 0) & (right >= 0)
    inside[inside] = ~scope.separate_worlds(left[inside], right[inside])
    return Joins(
        np.concatenate([sure_l[sure], left[inside]]), np.concatenate([sure_r[sure], right[inside]]), int(sure.sum()),
    )


def _constraints(scope: _Scope, must_l: IntArray, must_r: IntArray) -> Constraints:
    apart = np.array(scope.limits.apart, dtype=np.int64).reshape(-1, 2)
    exclusive = tuple(zip(scope.reasons, scope.limits.single, strict=True))
    return Constraints((must_l, must_r), (apart[:, 0], apart[:, 1]), exclusive)
