"""`Scorer` on the linkage engine: an incremental run reads only records that can meet the changed ones.

Reads `block_key`, `connected`, the view `link_record`, and the temporary tables `changed`, `reached` and `scope`. Writes the
temporary tables `near_record` (record_id: who may meet a changed record), `near_connected` (their components, as `connected`,
and the place of each row there)
and `near_living` (all these as far as they live, as `scope`); the caller stores models, edges and keys.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from cem_cli.base.errors import CemError
from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps, unplanned
from cem_cli.linkage import engine
from cem_cli.linkage.block.pairs import Pairs, combinations, combine
from cem_cli.linkage.block.rules import unmade_keys
from cem_cli.linkage.cluster.agglomerate import components
from cem_cli.linkage.compare.patterns import unpack
from cem_cli.linkage.contract import Edges, IdArray, LinkInput, LinkOptions
from cem_cli.linkage.derive.read import read
from cem_cli.linkage.derive.read_rows import RowReader, filled
from cem_cli.linkage.fields import comparisons
from cem_cli.linkage.identity.scoring import BlockKeys, Scored, StoredModel, Ties, no_edges
from cem_cli.linkage.identity.settings import alone
from cem_cli.linkage.model import Model
from cem_cli.linkage.prepare import Prepared, Reader, prepare
from cem_cli.linkage.sorting import among, distinct
from cem_cli.linkage.threads import both

SMALL = 20_000
"""Records up to which an incremental run reads all of them: cheaper than keeping their keys."""
FEW = 1000
"""Changed records up to which deriving features takes less time than planning it well."""
_NEAR = (
    Step("near_record", """
        CREATE OR REPLACE TEMP TABLE near_record AS
        SELECT record_id FROM reached UNION SELECT record_id FROM cem.block_key SEMI JOIN changed_key USING (key_hash)"""),
    Step("those connected with them, who may be looked at next", """
        CREATE OR REPLACE TEMP TABLE near_connected AS
        SELECT record_id, component, rowid AS place FROM cem.connected SEMI JOIN (
            SELECT component FROM cem.connected SEMI JOIN near_record USING (record_id)) USING (component)"""),
    Step("near_link", """
        CREATE OR REPLACE TEMP TABLE near_link AS
        SELECT * FROM link_record WHERE record_id IN (
            SELECT record_id FROM (SELECT record_id FROM near_record UNION SELECT record_id FROM near_connected)
            ANTI JOIN own_record USING (record_id))"""),
    Step("near_living", """
        CREATE OR REPLACE TEMP VIEW near_living AS
        SELECT record_id, source, entity AS kind, tax_code FROM (FROM own_record UNION ALL FROM near_link)"""),
)


@dataclass(frozen=True)
class _Met:
    """What `score_touching` read, and the pairs it found: all of every changed record, or everything would be linked."""

    ready: Prepared
    found: engine.Candidates
    changed: IdArray

    def holds(self, ids: IdArray) -> bool:
        """Return whether all of these records were read."""
        return bool(among(ids, self.ready.records.record_id).all())

    def among(self, ids: IdArray) -> tuple[Prepared, Prepared]:
        """Return these records, and those of them that did not change: only they are yet to be compared with each other."""
        ready = self.ready.only(among(self.ready.records.record_id, ids))
        return ready, ready.only(~among(ready.records.record_id, self.changed))

    def found_among(self, ids: IdArray, rest: Prepared, proposed: engine.Candidates) -> engine.Candidates:
        """Return the pairs found among these records (ascending), and those that were `proposed` among the `rest` of them."""
        inside = among(self.ready.records.record_id, ids)
        old = self.found.pairs
        kept = inside[old.l] & inside[old.r]
        place, others = np.cumsum(inside, dtype=np.int32) - 1, np.searchsorted(ids, rest.records.record_id).astype(np.int32)
        l, r = (np.append(place[mine[kept]], others[more]) for mine, more in ((old.l, proposed.pairs.l), (old.r, proposed.pairs.r)))
        pattern = np.append(self.found.pattern[kept], self.found.dense.number(proposed.dense.keys)[proposed.pattern])
        order = np.lexsort((r, l))
        pairs = Pairs(l[order], r[order], np.append(old.mask[kept], proposed.pairs.mask)[order])
        return engine.Candidates(proposed.blocking, pairs, pattern[order], self.found.dense)


class EngineScorer:
    """Scores pairs with `cem_cli.linkage.engine`."""

    def __init__(self, options: LinkOptions) -> None:
        self.options = options
        self._loaded: tuple[StoredModel, Model] | None = None
        self._met: _Met | None = None

    def misfit(self, con: Connection, given: LinkInput, model: StoredModel) -> str:
        """Return why a stored model cannot score these records: another version, other rules, or far more records than it knew."""
        try:
            known = self._load(model)
        except CemError as err:
            return err.what
        if unmade := unmade_keys(known.rules, known.present):
            return f"the stored model looks records up by '{unmade[0]}', which this version does not"
        if known.asked != self.options.rules:
            return "the blocking rules asked for changed"
        if known.records > self.options.all_pairs_below:
            return ""
        records = int(con.execute(f"SELECT count(*) FROM {given.table}").fetchall()[0][0])
        if records > 2 * self.options.all_pairs_below:
            return f"the model was trained on {known.records} records, and there are {records} now"
        return ""

    def score(self, con: Connection, given: LinkInput, model: StoredModel | None, ties: Ties) -> Scored:
        """Score all candidate pairs; without a model, train one."""
        known = self._load(model) if model else None
        try:
            ready = prepare(con, given, self.options, known)
        except CemError as err:
            if err.id != "E-LINK-COLUMNS":
                raise
            return Scored(no_edges(), None, warnings=(f"{err.what}: {err.why}",))
        found = engine.propose(ready.once(), self.options, known)
        trained, found = (known, found) if known else engine.learn(ready, found, self.options, given.labels)
        edges = self._edges(ready, found, trained, ties)
        stored = StoredModel(trained.to_json(), trained.fingerprint, {n: (t.key, t.rows) for n, t in trained.terms.items()})
        return Scored(edges, stored, _keys(ready, trained) if len(ready.records) > SMALL else None, trained.warnings)

    def score_touching(
        self, con: Connection, given: LinkInput, model: StoredModel, ids: IdArray, beside: Callable[[str], None] = lambda _: None,
    ) -> Scored:
        """Score the pairs that touch `ids`, reading only records that share a block with one of them."""
        known = self._load(model)
        narrowed, keys, reader = self._near(con, given, known, ids)
        ready = self._prepare(con, narrowed, known, len(ids), ids, reader)
        near = keys is not None
        read_more = partial(beside, "near_living") if near else lambda: None
        _, (found, edges) = both(read_more, partial(self._compare, ready, known), self.options.threads)
        self._met = _Met(ready, found, ids)
        left_out = zip(found.blocking.capped, known.capped, strict=True)
        outgrown = any(set(now) - set(then) for now, then in left_out)
        return Scored(edges, model, keys, near=near, outgrown=outgrown)

    def _compare(self, ready: Prepared, model: Model) -> tuple[engine.Candidates, Edges]:
        """Return the pairs that are proposed, and those of them worth a look."""
        options = alone(self.options, len(ready.records))
        found = engine.propose(ready, options, model)
        scored = engine.score_pairs(ready, found, model, options)
        return found, engine.edges_of(ready, found, scored, options.lowest, options.operating_point)

    def score_within(self, con: Connection, given: LinkInput, model: StoredModel, ties: Ties) -> Edges:
        """Score the pairs among the records of `given`."""
        known = self._load(model)
        ids = con.execute("SELECT record_id FROM scope ORDER BY record_id").fetchnumpy()["record_id"]
        if self._met and self._met.holds(ids):
            ready, rest = self._met.among(ids)
            found = self._met.found_among(ids, rest, engine.propose(rest, alone(self.options, len(rest.records)), known))
        else:
            ready = self._prepare(con, given, known, len(ids))
            found = engine.propose(ready, alone(self.options, len(ready.records)), known)
        return self._edges(ready, found, known, ties)

    def levels(self, model: StoredModel, pattern: IdArray) -> dict[str, IdArray]:
        """Return, per comparison, the level at which pairs of each pattern agree."""
        known = self._load(model)
        chosen = [c for c in comparisons(known.features) if c.name in known.comparisons]
        level = unpack(pattern, chosen)
        return {c.name: level[:, k].astype(np.int64) for k, c in enumerate(chosen)}

    def _prepare(
        self, con: Connection, given: LinkInput, model: Model, records: int, touching: IdArray | None = None, reader: Reader = read,
    ) -> Prepared:
        """Prepare records, a few, and those read row by row, without planning long: it takes longer than it saves."""
        with unplanned(con) if records <= FEW or reader is not read else nullcontext():
            return prepare(con, given, alone(self.options, records), model, touching, reader)

    def _load(self, model: StoredModel) -> Model:
        if self._loaded is None or self._loaded[0] is not model:
            self._loaded = (model, Model.from_json(model.model, model.terms))
        return self._loaded[1]

    def _edges(self, ready: Prepared, found: engine.Candidates, model: Model, ties: Ties) -> Edges:
        """Return the pairs inside a connected group, whatever they say, and those above the floor."""
        scored = engine.score_pairs(ready, found, model, alone(self.options, len(ready.records)))
        n, positions, speaking = len(ready.records), ready.records.positions, scored.odds > 0
        group = components(
            n, np.append(scored.l[speaking], positions(ties.record_id_l)), np.append(scored.r[speaking], positions(ties.record_id_r))
        )
        keep = (group[scored.l] == group[scored.r]) | (scored.odds >= self.options.lowest)
        kept = replace(scored, odds=np.where(keep, scored.odds, -np.inf))
        return engine.edges_of(ready, found, kept, -1e300, self.options.operating_point)

    def _near(self, con: Connection, given: LinkInput, model: Model, ids: IdArray) -> tuple[LinkInput, BlockKeys | None, Reader]:
        """Return `given` narrowed to the records that share a block with `ids`, the keys of `ids`, and who has read the latter."""
        if not con.execute("SELECT 1 FROM cem.block_key LIMIT 1").fetchall():
            return given, None, read
        oldest = con.execute("SELECT min(import_id) FROM changed WHERE alive").fetchall()[0][0]
        con.execute(f"CREATE OR REPLACE TEMP TABLE own_record AS SELECT * FROM {given.table} "
                    "SEMI JOIN changed USING (record_id) WHERE import_id >= ?", [oldest]).fetchall()
        reader = RowReader().read
        keys = _keys(self._prepare(con, filled(con, replace(given, table="own_record")), model, len(ids), reader=reader), model)
        con.register("key_arrays", {"key_hash": distinct(keys.key_hash)})
        run_steps(con, [
            Step("changed_key", "CREATE OR REPLACE TEMP TABLE changed_key AS FROM key_arrays"),
            *_NEAR,
        ])
        con.unregister("key_arrays")
        return filled(con, replace(given, table="near_link")), keys, reader


def _keys(ready: Prepared, model: Model) -> BlockKeys:
    """Return the keys of every record, record by record."""
    listed = [(number, parts) for number, one in enumerate(ready.rules) for parts in combinations([ready.keys[name] for name in one.keys])]
    shape = len(ready.records), len(listed)
    hashes, have = np.zeros(shape, np.uint32), np.zeros(shape, bool)
    for place, (number, parts) in enumerate(listed):
        key, capped = combine(list(parts)), model.capped[number]
        have[:, place] = np.logical_and.reduce([part >= 0 for part in parts])
        if capped:
            have[:, place] &= ~among(key, np.array(capped, np.int64))
        hashes[:, place] = ((key.astype(np.uint64) + np.uint64(number)) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
    return BlockKeys(hashes[have], np.repeat(ready.records.record_id, have.sum(axis=1)))
