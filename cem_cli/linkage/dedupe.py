"""`cem dedupe`: files in, clusters out, without configuration and without a workspace."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cem_cli.base.errors import CemError, ExitCode, did_you_mean
from cem_cli.base.files import atomic_path
from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection, connect_memory, usable_cores
from cem_cli.kinds import KINDS
from cem_cli.kinds.detect import PERSONAL, Detection, detect_kinds
from cem_cli.linkage import engine, fields
from cem_cli.linkage.contract import LinkInput, LinkOptions
from cem_cli.linkage.dates import lowest_ids_sql
from cem_cli.linkage.engine import LinkResult
from cem_cli.linkage.evaluate import Quality, blocking_recall, evaluate
from cem_cli.linkage.label_file import read_labels
from cem_cli.linkage.memory import share_heap
from cem_cli.linkage.read import ascending, hash_sql
from cem_cli.linkage.records import Longs
from cem_cli.linkage.tables import find_layout, load_table, read_table

SAMPLE = 4000
TURN = 5e-4
"""Seconds after which a thread that is busy in Python lets one in that only needs it between two arrays: with ten times as
much, as Python has it, the training waits 0.05 s for mailboxes that are rewritten beside it."""
NOT_EVIDENCE = frozenset({"source", "sources", "system", "origin", "file", "batch", "silo", "dataset"})
"""Headers that say where a record is from, not whose it is."""


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
class ColumnUse:
    """What one column was taken for."""

    column: str
    kind: str
    confidence: float
    reason: str
    used: bool


@dataclass(frozen=True)
class DedupeResult:
    """The outcome of a run."""

    records: int
    clusters: int
    linked_records: int
    """Records that share a cluster with another one."""
    columns: tuple[ColumnUse, ...]
    link: LinkResult | None
    """None where there is only one record."""
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
    columns = load_files(con, files, options)
    uses = choose_kinds(con, columns, options)
    kinds = {u.column: u.kind for u in uses if u.used}
    total = int(con.execute("SELECT count(*) FROM link_people").fetchall()[0][0])
    if total == 0:
        raise CemError("E-DEDUPE-EMPTY", "the files hold no rows", code=ExitCode.INPUT, fix="export them again")
    if not kinds:
        raise _no_columns(uses)
    labels = read_labels(con, options.labels) if options.labels else None
    given = LinkInput("link_people", kinds, clean_sources=options.clean_sources, labels=labels, shared=True)
    with ThreadPoolExecutor(1) as beside:  # sorting ids takes a tenth of a second at a million records, which numpy leaves to it
        kept: list[Future[Longs]] = []
        linked = engine.link(con, given, options.link, after_reading=lambda: kept.append(beside.submit(keep_ids, con)))
    number = np.cumsum(linked.label == np.arange(total))
    if options.output:
        write_clusters(con, number[linked.label], kept[0].result(), options.output)
    quality = measure(con, options.truth, linked) if options.truth else None
    alone = int((np.bincount(linked.label) == 1).sum())
    return DedupeResult(total, int(number[-1]), total - alone, uses, linked, quality, options.output)


def _no_columns(uses: Sequence[ColumnUse]) -> CemError:
    seen = ", ".join(f"{u.column}: {u.kind}" for u in uses[:12]) or "no columns"
    return CemError(
        "E-LINK-COLUMNS", "no column can be compared", why=f"taken for {seen}", code=ExitCode.INPUT,
        fix="say what a column is: --map COLUMN=KIND (for example --map name=full_name)",
    )


def load_files(con: Connection, files: Sequence[Path], options: DedupeOptions) -> tuple[str, ...]:
    """Create the view `link_people` (record_id, source, link_id, columns ...) of all files; return the columns.

    `record_id` is a hash of source and id, or of the row itself where there is no id: it does not depend on row order.
    """
    if len({f.stem for f in files}) != len(files):
        raise CemError("E-DEDUPE-NAMES", "two files have the same name", why="the name is the source", fix="rename one of them")
    parts, columns = [], dict[str, str]()
    for number, path in enumerate(files):
        table, layout = f"link_file_{number}", find_layout(path)
        key = _id_column(layout.header, options.id_column, path)
        others = [c for c in layout.header if c != key]
        columns = {**{c.lower(): c for c in others}, **columns}  # the engine unites them whatever their case
        cells = "".join(f", {quote(c)} AS {quote(own_name(c))}" for c in others)
        if key is None:
            load_table(con, path, layout, "link_raw")
            con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {_row_ids_sql(path.stem, others)}{cells} FROM link_raw").fetchall()
            con.execute("DROP TABLE link_raw").fetchall()
        else:
            ids = f"{_record_id_sql(path.stem, quote(key))} AS record_id, {quote(key)} AS link_id"
            load_table(con, path, layout, table, ids + cells)
            _check_ids(con, table, key, path.stem)
        parts.append(f"SELECT *, {literal(path.stem)} AS source FROM {table}")
    listed = tuple(columns.values())
    con.execute(f"CREATE OR REPLACE VIEW link_people AS {' UNION ALL BY NAME '.join(parts)}").fetchall()
    return listed


def keep_ids(con: Connection) -> Longs:
    """Reduce `link_people` to record_id, source and link_id, as they are written: nobody asks for the cells again.

    Returns the rows of `link_id`, in which order the record ids ascend.
    """
    con.execute(
        "CREATE OR REPLACE TABLE link_id AS SELECT record_id, source, link_id FROM link_people ORDER BY source, link_id"
    ).fetchall()
    con.execute("CREATE OR REPLACE VIEW link_people AS SELECT * FROM link_id").fetchall()
    for (table,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE starts_with(table_name, 'link_file_')").fetchall():
        con.execute(f"DROP TABLE {quote(table)}").fetchall()
    return ascending(con.execute("SELECT record_id FROM link_id").fetchnumpy()["record_id"].astype(np.uint64))


def _id_column(header: Sequence[str], wanted: str | None, path: Path) -> str | None:
    by_name = {c.lower(): c for c in header}
    if wanted is not None:
        if wanted.lower() not in by_name:
            raise CemError(
                "E-DEDUPE-ID", f"there is no column '{wanted}'", where=str(path), why=did_you_mean(wanted, header), fix="--id COLUMN"
            )
        return by_name[wanted.lower()]
    return by_name.get("id") or by_name.get("record_id")


def _record_id_sql(stem: str, seed: str) -> str:
    return f"({hash_sql([literal(stem), seed])} >> 1)::BIGINT"


def _row_ids_sql(stem: str, columns: Sequence[str]) -> str:
    """Return SQL for record_id and link_id of rows without an id: their cells, numbered where rows are equal; their place."""
    row = hash_sql([f"coalesce({quote(c)}, chr(31))" for c in columns]) if columns else "0"
    seed = f"({row}::VARCHAR || '-' || (row_number() OVER (PARTITION BY {row} ORDER BY rowid))::VARCHAR)"
    return f"{_record_id_sql(stem, seed)} AS record_id, (rowid + 1)::VARCHAR AS link_id"


def _check_ids(con: Connection, table: str, key: str, stem: str) -> None:
    """Raise CemError where ids repeat or are missing; numbers are compared first, because texts are many times dearer."""
    ids = np.sort(con.execute(f"SELECT record_id FROM {table}").fetchnumpy()["record_id"])
    missing = con.execute(f"SELECT count(*) - count(link_id) FROM {table}").fetchall()[0][0]
    if not missing and (ids[1:] != ids[:-1]).all():
        return
    repeated = con.execute(f"SELECT count(*) - count(DISTINCT link_id) FROM {table}").fetchall()[0][0]
    raise CemError(
        "E-LINK-IDS", f"the ids in column '{key}' are not unique", where=stem, why=f"{repeated} rows repeat an id or have none",
        code=ExitCode.INPUT, fix="name another column with --id, or remove the repeated rows",
    )


def own_name(column: str) -> str:
    """Return the column's name inside `link_people`, where some names are taken: it gets a space at its end."""
    return column + " " if column.lower() in {"record_id", "source", "link_id", "link_key"} else column


def choose_kinds(con: Connection, columns: Sequence[str], options: DedupeOptions) -> tuple[ColumnUse, ...]:
    """Return the kind of each column: the user's word, else what header and values say. Raises CemError for unknown ones."""
    named = {c.lower(): c for c in columns}
    for column, kind in options.kinds.items():
        if column.lower() not in named:
            raise CemError("E-MAP-COLUMN", f"there is no column '{column}'", why=did_you_mean(column, columns), fix="--map COLUMN=KIND")
        if kind not in KINDS:
            raise CemError("E-MAP-KIND", f"there is no kind '{kind}'", why=did_you_mean(kind, KINDS), fix="--map COLUMN=KIND")
    wanted = {named[c.lower()]: k for c, k in options.kinds.items()}
    con.execute(
        f"CREATE OR REPLACE TABLE link_sample AS SELECT * FROM link_people WHERE {lowest_ids_sql(con, 'link_people', SAMPLE)} "
        "ORDER BY record_id"
    ).fetchall()
    found = detect_kinds(con, "link_sample", [own_name(c) for c in columns])
    return _find_towns(con, _without_amounts(tuple(_use(c, found[own_name(c)], wanted.get(c)) for c in columns)))


def _without_amounts(uses: tuple[ColumnUse, ...]) -> tuple[ColumnUse, ...]:
    """Leave amounts out where people have names: what somebody paid says nothing about who it is; a thing has its price."""
    if PERSONAL.isdisjoint(u.kind for u in uses if u.used):
        return uses
    reason = "amounts change from one record of a person to the next"
    return tuple(replace(u, used=False, reason=reason) if u.kind == "amount" and u.confidence < 1 else u for u in uses)


def _find_towns(con: Connection, uses: tuple[ColumnUse, ...]) -> tuple[ColumnUse, ...]:
    """Take a category that goes with the postcode's district for a town, where no column is called so."""
    kinds = {u.kind: u.column for u in uses if u.used}
    if "postcode" not in kinds or "city" in kinds:
        return uses
    return tuple(
        replace(u, kind="city", reason="its values go with the postcode, as towns do")
        if u.kind == "category" and u.used and u.confidence < 1 and _goes_with(con, kinds["postcode"], u.column) else u
        for u in uses
    )


def _goes_with(con: Connection, postcode: str, column: str) -> bool:
    """Return whether a district's postcodes mostly share one value of the column, far beyond how common the value is."""
    p, c = quote(postcode), quote(column)
    row = con.execute(f"""
        WITH x AS (
            SELECT left(replace({p}, ' ', ''), greatest(length(replace({p}, ' ', '')) - 3, 3)) AS d, {p} AS p, lower({c}) AS v
            FROM link_people WHERE {p} IS NOT NULL AND {c} IS NOT NULL),
        g AS (SELECT d, v, count(DISTINCT p) AS n FROM x GROUP BY ALL),
        h AS (SELECT max(n) AS most, sum(n) AS total FROM g GROUP BY d HAVING sum(n) >= 5)
        SELECT (SELECT sum(most) / sum(total) FROM h),
               (SELECT sum(n * n) FROM (SELECT count(*) / (SELECT count(*) FROM x) AS n FROM x GROUP BY v))
    """).fetchall()[0]
    share, chance = float(row[0] or 0), float(row[1] or 1)
    return share >= 0.4 and share >= 20 * chance


def _use(column: str, found: Detection, wanted: str | None) -> ColumnUse:
    name = own_name(column)
    if wanted is not None:
        return ColumnUse(name, wanted, 1.0, "said with --map", wanted in fields.USED_KINDS)
    if column.strip().lower() in NOT_EVIDENCE:
        return ColumnUse(name, "ignore", 0.9, "says where a record is from, not whose it is", used=False)
    kind = {"date": "category", "handle": "external_id"}.get(found.kind, found.kind)
    return ColumnUse(name, kind, found.confidence, found.reason, kind in fields.USED_KINDS and found.fill > 0)


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
