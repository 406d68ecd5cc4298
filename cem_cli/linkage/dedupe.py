"""`cem dedupe`: files in, clusters out, without configuration and without a workspace."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.files import atomic_path
from cem_cli.base.sql import literal
from cem_cli.engines.duck import Connection, Turns, connect_memory, usable_cores
from cem_cli.engines.memory import share_heap
from cem_cli.linkage.contract import Labels, LinkInput, LinkOptions
from cem_cli.linkage.derive.files import keep_ids, load_files, sort_ids
from cem_cli.linkage.derive.tables import read_table
from cem_cli.linkage.records import Longs

if TYPE_CHECKING:
    from cem_cli.linkage.derive.beside import ColumnUse
    from cem_cli.linkage.engine import LinkResult
    from cem_cli.linkage.evaluate import Quality

TURN = 5e-4
"""Seconds after which a thread that is busy in Python lets one in that only needs it between two arrays: with ten times as
much, as Python has it, the training waits 0.05 s for mailboxes that are rewritten beside it."""


@dataclass(frozen=True)
class DedupeOptions:
    """What the user may say; nothing has to be said."""

    id_column: str | None = None
    """Column that identifies a row within its file."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Column -> kind, over what is detected (`ignore` leaves a column out)."""
    truth: Path | None = None
    """File with source, id, entity to measure against."""
    output: Path | None = None
    """Where `source,id,cluster_id` is written."""
    clean_sources: frozenset[str] = frozenset()
    """File stems without inner duplicates."""
    threads: int | None = None
    labels: Path | None = None
    """File with kind, a, b: pairs that people judged, to train with."""
    link: LinkOptions = field(default_factory=LinkOptions)


@dataclass(frozen=True)
class DedupeResult:
    """The outcome of a run."""

    records: int
    clusters: int
    linked_records: int
    """Records that share a cluster with another one."""
    columns: tuple[ColumnUse, ...]
    link: LinkResult
    quality: Quality | None
    """Agreement with the truth, if one was given."""
    output: Path | None


def dedupe(files: Sequence[Path], options: DedupeOptions = DedupeOptions()) -> DedupeResult:
    """Link the records of one or several files; raises CemError (exit 2 or 5) where the input does not allow it."""
    options = replace(options, link=replace(options.link, threads=options.threads or usable_cores()))
    share_heap()
    sys.setswitchinterval(TURN)
    with TemporaryDirectory(prefix="cem-") as spill:
        con = connect_memory(options.link.threads, Path(spill))
        con.execute("SET allocator_background_threads = true").fetchall()  # what it frees goes back while numpy works
        try:
            return _dedupe(con, files, options)
        finally:
            con.close()


def _dedupe(con: Connection, files: Sequence[Path], options: DedupeOptions) -> DedupeResult:
    with Turns(con, 2) as turns:
        loading = turns.begin(load_files, files, options.id_column)
        # what works on them is imported while files are read
        import cem_cli.linkage.train.train  # noqa: F401
        from cem_cli.linkage import engine
        from cem_cli.linkage.derive.columns import choose_kinds

        columns = loading.result()
        written = turns.begin(sort_ids, files)  # a tenth of a second at a million records; telling kinds keeps one core busy
        uses = turns.begin(choose_kinds, columns, options.kinds).result()
        row = written.result()
    kinds = {u.column: u.kind for u in uses if u.used}
    total = len(row)
    if total == 0:
        raise CemError("E-DEDUPE-EMPTY", "the files hold no rows", code=ExitCode.INPUT, fix="export them again")
    if not kinds:
        raise _no_columns(uses)
    labels = _labels(con, options.labels) if options.labels else None
    given = LinkInput("link_people", kinds, clean_sources=options.clean_sources, labels=labels, shared=True)
    linked = engine.link(con, given, options.link, after_reading=partial(keep_ids, con))
    number = np.cumsum(linked.label == np.arange(total))
    if options.output:
        write_clusters(con, number[linked.label], row, options.output)
    quality = measure(con, options.truth, linked) if options.truth else None
    alone = int((np.bincount(linked.label) == 1).sum())
    return DedupeResult(total, int(number[-1]), total - alone, uses, linked, quality, options.output)


def _labels(con: Connection, file: Path) -> Labels:
    from cem_cli.linkage.train.label_file import read_labels

    return read_labels(con, file)


def _no_columns(uses: Sequence[ColumnUse]) -> CemError:
    seen = ", ".join(f"{u.column}: {u.kind}" for u in uses[:12]) or "no columns"
    return CemError(
        "E-LINK-COLUMNS", "no column can be compared", why=f"taken for {seen}", code=ExitCode.INPUT,
        fix="say what a column is: --map COLUMN=KIND (for example --map name=full_name)",
    )


def write_clusters(con: Connection, cluster: Longs, row: Longs, output: Path) -> None:
    """Write `source,id,cluster_id`, whole or not at all; `cluster` and `row` (of `link_id`) in the order of the record ids."""
    as_written = np.empty_like(cluster)
    as_written[row] = cluster
    con.register("link_label", {"cluster_id": as_written})
    with atomic_path(output) as temporary:
        con.execute(
            "COPY (SELECT source, link_id AS id, cluster_id FROM link_id POSITIONAL JOIN link_label) "
            f"TO {literal(str(temporary))} (FORMAT csv, HEADER)"
        ).fetchall()
    con.unregister("link_label")


def measure(con: Connection, truth: Path, linked: LinkResult) -> Quality:
    """Compare the clusters with a truth file (source, id, entity); records it does not name are left out."""
    from cem_cli.linkage.evaluate import blocking_recall, evaluate

    header = read_table(con, truth, "link_truth").header
    missing = {"source", "id", "entity"} - {c.lower() for c in header}
    if missing:
        raise CemError(
            "E-TRUTH-COLUMNS", "the truth file lacks a column", where=str(truth), why=", ".join(sorted(missing)), code=ExitCode.INPUT,
            fix="its header must be source,id,entity",
        )
    got = con.execute(
        "SELECT p.record_id, hash(t.entity) AS entity FROM link_people p JOIN link_truth t ON t.source = p.source AND t.id = p.link_id"
    ).fetchnumpy()
    ids = np.asarray(got["record_id"], np.int64)
    if len(ids) == 0:
        raise CemError(
            "E-TRUTH-MATCH", "no record is in the truth file", where=str(truth), why="source is the file's name without its ending",
            code=ExitCode.INPUT, fix="check the columns source and id",
        )
    order = np.argsort(ids)
    entity = np.asarray(got["entity"])[order]
    at = np.searchsorted(linked.record_id, ids[order])
    quality = evaluate(linked.cluster[at], entity)
    place = np.full(len(linked.record_id), -1, np.int64)
    place[at] = np.arange(len(at))
    l, r = place[linked.candidates[0]], place[linked.candidates[1]]
    known = (l >= 0) & (r >= 0)
    return quality.with_blocking(blocking_recall(l[known], r[known], entity))
