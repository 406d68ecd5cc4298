"""Replacing a source system: the same people under new keys keep their customer ids.

With a crosswalk (CSV `old,new` of record keys) membership is handed over record by record. Without one the new system's
records find their customers by linkage first; then the old source can go.

Reads `record`, `meta`; writes `record` (old records deleted), `identity`, `customer`, `last_member`, `identity_log`,
`decision`, `edge`, `join_key`, `block_key` in the caller's transaction. The next link is a full one.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode, did_you_mean
from cem_cli.base.sql import Step
from cem_cli.engines.duck import Connection, run_steps
from cem_cli.linkage.identity import log
from cem_cli.linkage.identity.settings import Run


@dataclass(frozen=True)
class Rekeyed:
    """What a rekeying did."""

    moved: int
    """Records of the old source whose customer the new source's record took over, or (without crosswalk) already shared."""
    left: int
    """Records of the old source that no record of the new one replaces; they stay as they are."""


def rekey(con: Connection, old: str, new: str, crosswalk: Path, run: Run) -> Rekeyed:
    """Hand the customers of source `old` over to source `new` by a crosswalk of keys.

    Raises CemError, nothing changed: unknown sources, an unreadable file, duplicate or unknown keys with their line.
    """
    _check_sources(con, old, new)
    pairs = _read_crosswalk(crosswalk)
    con.execute("CREATE OR REPLACE TEMP TABLE crosswalk (line BIGINT, old_key VARCHAR, new_key VARCHAR)").fetchall()
    con.executemany("INSERT INTO crosswalk VALUES (?, ?, ?)", [list(pair) for pair in pairs])
    con.execute("""
        CREATE OR REPLACE TEMP TABLE handover AS
        SELECT line, o.record_id AS old_id, n.record_id AS new_id FROM crosswalk
        LEFT JOIN cem.record o ON o.record_key = old_key AND o.source = $old
        LEFT JOIN cem.record n ON n.record_key = new_key AND n.source = $new""", {"old": old, "new": new}).fetchall()
    missing = con.execute("SELECT line, old_id IS NULL FROM handover WHERE old_id IS NULL OR new_id IS NULL ORDER BY 1").fetchall()
    if missing:
        line, old_missing = missing[0]
        raise CemError("E-CROSSWALK-KEY", f"the {'old' if old_missing else 'new'} key of this line belongs to no record",
                       where=f"{crosswalk}:{line}", why=f"{len(missing)} such line(s)", code=ExitCode.INPUT,
                       fix=f"cem import {old if old_missing else new}, or correct the crosswalk")
    _hand_over(con, run)
    return _outcome(con, old, len(pairs))


def retire_source(con: Connection, old: str, new: str) -> Rekeyed:
    """Let source `old` go after linkage found its people in `new`: records whose customer has one of `new` are deleted.

    The customers keep their ids, because they keep a member. Raises CemError where `new` has not been linked yet.
    """
    _check_sources(con, old, new)
    waiting = con.execute("""
        SELECT count(*) FROM cem.record WHERE source = ? AND NOT coalesce(deleted, false)
        AND record_id NOT IN (SELECT record_id FROM cem.identity)""", [new]).fetchall()[0][0]
    if waiting:
        raise CemError("E-REKEY-LINK", f"{waiting} record(s) of {new} have not been linked yet", fix="cem link")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE covered AS SELECT r.record_id FROM cem.record r JOIN cem.identity i USING (record_id)
        WHERE r.source = $old AND i.customer_id IN (
            SELECT customer_id FROM cem.identity JOIN cem.record USING (record_id) WHERE source = $new)""",
        {"old": old, "new": new}).fetchall()
    con.execute("UPDATE cem.record SET deleted = true WHERE record_id IN (SELECT record_id FROM covered)").fetchall()
    return _outcome(con, old, int(con.execute("SELECT count(*) FROM covered").fetchall()[0][0]))


def _outcome(con: Connection, old: str, moved: int) -> Rekeyed:
    left = con.execute("SELECT count(*) FROM cem.record WHERE source = ? AND NOT coalesce(deleted, false)", [old]).fetchall()[0][0]
    return Rekeyed(moved, int(left))


def _check_sources(con: Connection, old: str, new: str) -> None:
    known = [row[0] for row in con.execute("SELECT DISTINCT source FROM cem.record ORDER BY 1").fetchall()]
    for name in (old, new):
        if name not in known:
            raise CemError("E-SOURCE-UNKNOWN", f"no record is of source '{name}'; {did_you_mean(name, known)}", fix="cem status")


def _read_crosswalk(path: Path) -> list[tuple[int, str, str]]:
    """Return (line, old key, new key); every key may appear once."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = {"old", "new"} - set(reader.fieldnames or ())
            if missing:
                raise CemError("E-CROSSWALK-HEADER", f"columns missing: {', '.join(sorted(missing))}", where=f"{path}:1",
                               fix="write a header line: old,new", code=ExitCode.INPUT)
            rows = [(reader.line_num, (row["old"] or "").strip(), (row["new"] or "").strip()) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise CemError("E-CROSSWALK-FILE", "the crosswalk cannot be read", where=str(path), why=type(err).__name__,
                       fix="write a UTF-8 CSV file with the columns old,new", code=ExitCode.INPUT) from err
    for column, name in ((1, "old"), (2, "new")):
        seen: dict[str, int] = {}
        for row in rows:
            key = str(row[column])
            if not key or key in seen:
                why = f"the same {name} key stands in line {seen[key]}" if key else f"the {name} key is empty"
                raise CemError("E-CROSSWALK-DUPLICATE", "a crosswalk names every key once", where=f"{path}:{row[0]}", why=why,
                               fix="decide which line is right", code=ExitCode.INPUT)
            seen[key] = row[0]
    return rows


def _hand_over(con: Connection, run: Run) -> None:
    """Plan the new identity as a link would, apply it through the log, and let decisions follow the records."""
    run_steps(con, [
        Step("planned", """
            CREATE OR REPLACE TEMP TABLE planned AS
            WITH whole AS (
                SELECT i.record_id, i.customer_id FROM cem.identity i SEMI JOIN (
                    SELECT customer_id FROM cem.identity SEMI JOIN (
                        SELECT unnest([old_id, new_id]) AS record_id FROM handover) USING (record_id)) USING (customer_id)
                UNION SELECT new_id, NULL FROM handover WHERE new_id NOT IN (SELECT record_id FROM cem.identity))
            SELECT w.record_id, w.record_id AS cluster,
                   CASE WHEN w.record_id IN (SELECT old_id FROM handover) THEN NULL
                        ELSE coalesce(o.customer_id, w.customer_id) END AS customer_id, w.customer_id AS old_id
            FROM whole w LEFT JOIN handover h ON h.new_id = w.record_id LEFT JOIN cem.identity o ON o.record_id = h.old_id"""),
        Step("cause", """
            CREATE OR REPLACE TEMP TABLE cause AS
            SELECT new_id AS record_id, 0 AS rank, 'rekey' AS cause, '{}' AS detail FROM handover"""),
        Step("scope_edge", "CREATE OR REPLACE TEMP TABLE scope_edge AS SELECT * FROM cem.edge WHERE false"),
        Step("customer_before", """
            CREATE OR REPLACE TEMP TABLE customer_before AS SELECT customer_id, created_run, retired_run FROM cem.customer"""),
    ])
    log.plan_log(con, "rekey")
    log.apply(con, run.run_id)
    run_steps(con, _FOLLOW)
    con.execute("""
        INSERT INTO cem.decision
        SELECT (SELECT max(decision_id) FROM cem.decision) + row_number() OVER (ORDER BY decision_id), kind,
               CASE WHEN kind = 'freeze' THEN l ELSE least(l, r) END, CASE WHEN kind = 'freeze' THEN r ELSE greatest(l, r) END,
               who, "at", why, NULL, NULL FROM followed""").fetchall()
    con.execute("""
        UPDATE cem.decision SET undone_at = $at, undone_by = 'rekey'
        WHERE decision_id IN (SELECT decision_id FROM followed)""", {"at": run.as_of.replace(tzinfo=None)}).fetchall()


_FOLLOW = (
    Step("last members", "UPDATE cem.last_member m SET record_id = h.new_id FROM handover h WHERE h.old_id = m.record_id"),
    Step("founders", "UPDATE cem.customer c SET founding_record_id = h.new_id FROM handover h WHERE h.old_id = c.founding_record_id"),
    Step("old records", "UPDATE cem.record SET deleted = true WHERE record_id IN (SELECT old_id FROM handover)"),
    *(Step(f"stale {table}", f"DELETE FROM cem.{table} WHERE record_id IN (SELECT old_id FROM handover)")
      for table in ("join_key", "block_key")),
    Step("stale edges", """
        DELETE FROM cem.edge WHERE record_id_l IN (SELECT old_id FROM handover) OR record_id_r IN (SELECT old_id FROM handover)"""),
    Step("link everything next", "DELETE FROM cem.meta WHERE key = 'link_settings'"),
    Step("followed", """
        CREATE OR REPLACE TEMP TABLE followed AS
        SELECT d.* EXCLUDE (record_id_l, record_id_r), coalesce(l.new_id, d.record_id_l) AS l, coalesce(r.new_id, d.record_id_r) AS r
        FROM cem.decision d LEFT JOIN handover l ON l.old_id = d.record_id_l LEFT JOIN handover r ON r.old_id = d.record_id_r
        WHERE d.undone_at IS NULL AND (l.new_id IS NOT NULL OR r.new_id IS NOT NULL)"""),
)
