"""What is kept of a file as delivered: its new rows in `raw`, its refused records in `quarantine`, its counts in `import_file`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.engines.duck import Connection
from cem_cli.sources.context import ImportContext
from cem_cli.sources.intake import Intake
from cem_cli.sources.staged import Staged

MOJIBAKE_SHARE = 0.001
"""Garbled places per row from which a file is suspected of UTF-8 read twice."""


@dataclass(frozen=True)
class Arrival:
    """One file under way: what it is, its rows, its number."""

    import_id: int
    intake: Intake
    staged: Staged
    effective_at: datetime | None
    """When its rows became true, where the flag or its name says so."""

    def warnings(self, source: SourceConfig) -> list[str]:
        """Return what should be known about the file although it was loaded."""
        found = [*self.staged.header.warnings, *self.staged.warnings]
        if self.intake.mojibake > MOJIBAKE_SHARE * max(1, self.staged.records):
            found.append(f"{self.intake.mojibake} places look like UTF-8 read twice (Ã¨ for è): check the encoding of the export")
        if source.effective_at is None and self.effective_at is None and source.record:
            found.append("nothing says when the rows became true: the import's order decides (declare effective_at, or --effective-at)")
        return found


def keep_raw(con: Connection, source: SourceConfig) -> None:
    """Append loaded and superseded rows to `raw`; a superseded row that is there already is not kept twice."""
    con.execute(f"""
        INSERT INTO cem.raw BY NAME
        SELECT s.import_id, {literal(source.name)} AS source, s.line, s.row_key, s.row_hash, s.effective_at, s.cells
        FROM stage_rows s JOIN verdict v USING (import_id, line)
        WHERE v.verdict = 'loaded' OR (v.verdict = 'superseded' AND (s.row_key, s.row_hash) NOT IN (
            SELECT row_key, row_hash FROM cem.raw WHERE source = {literal(source.name)} AND row_key IN (SELECT row_key FROM known)))
        ORDER BY s.line""").fetchall()


def forget_reading(con: Connection, source: SourceConfig, sha256: str) -> bool:
    """Remove what an earlier reading of the same bytes, under other reader options, left behind; return whether there was one."""
    found = con.execute("SELECT import_id FROM cem.import_file WHERE source = ? AND sha256 = ?", [source.name, sha256]).fetchall()
    for table in ("raw", "quarantine", "field_issue", "import_file"):
        for (import_id,) in found:
            con.execute(f"DELETE FROM cem.{table} WHERE import_id = ?", [import_id]).fetchall()
    return bool(found)


def keep_refused(con: Connection, source: SourceConfig, arrival: Arrival, *, readable: bool = True) -> None:
    """Write refused records to `quarantine`: the reader's with their bytes, and (`readable`) those refused by their content.

    A refused load leaves its records under a number that no import has; the next attempt replaces them.
    """
    name = literal(source.name)
    con.execute(f"DELETE FROM cem.quarantine WHERE source = {name} AND import_id NOT IN (SELECT import_id FROM cem.import_file)").fetchall()
    origin = f"{arrival.import_id}::BIGINT AS import_id, {name} AS source"
    if arrival.staged.bad_sql:
        con.execute(f"""
            INSERT INTO cem.quarantine BY NAME
            SELECT {origin}, line, byte_start, byte_end, reason, raw FROM {arrival.staged.bad_sql} ORDER BY line""").fetchall()
    if readable:
        joined = f"encode(array_to_string(s.cells, {literal(source.reader.delimiter)}))"
        con.execute(f"""
            INSERT INTO cem.quarantine BY NAME SELECT {origin}, line, v.reason, {joined} AS raw
            FROM stage_rows s JOIN verdict v USING (import_id, line) WHERE v.verdict = 'quarantined' ORDER BY line""").fetchall()


def write_ledger(
    con: Connection, source: SourceConfig, context: ImportContext, arrival: Arrival, told: tuple[dict[str, int], tuple[str, ...]]
) -> None:
    """Write the file's row of `import_file` (counts and warnings in `told`) and read it back: its numbers must add up."""
    counts, warnings = told
    instant = arrival.effective_at or context.as_of.replace(tzinfo=None)
    intake, staged = arrival.intake, arrival.staged
    con.execute(
        "INSERT INTO cem.import_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [arrival.import_id, context.run_id, source.name, intake.origin.name, intake.sha256, intake.bytes, source.fingerprint(),
         list(staged.header.names), instant, staged.records, counts["loaded"], counts["unchanged"], counts["superseded"],
         counts["suppressed"], counts["quarantined"], json.dumps(warnings, ensure_ascii=False)],
    ).fetchall()
    added = con.execute(
        "SELECT rows_read = loaded + unchanged + superseded + suppressed + quarantined FROM cem.import_file WHERE import_id = ?",
        [arrival.import_id],
    ).fetchall()
    if added != [(True,)]:
        raise CemError("E-CONSERVATION", "the ledger's counts do not add up", where=intake.origin.name, code=ExitCode.INTERNAL,
                       fix="report it as a bug of cem, with the shape of the file")
