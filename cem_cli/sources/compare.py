"""A verdict for every staged row: loaded, unchanged, superseded, suppressed, quarantined. Adds up, always.

Rows are judged per key against the newest rows of that key in `raw`: equal content is unchanged, an older instant never
overwrites a newer one, and of several rows of one key in a file the newest (then the last) stands.
"""

from __future__ import annotations

from cem_cli.base.ids import suppression_hash_sql
from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.config.values import IDENTIFIER_KINDS
from cem_cli.engines.duck import Connection
from cem_cli.sources.context import ImportContext
from cem_cli.sources.derive_event import derive_events
from cem_cli.sources.derive_record import derive_records
from cem_cli.sources.stage import compiler

VERDICTS = ("loaded", "unchanged", "superseded", "suppressed", "quarantined")


def judge(con: Connection, source: SourceConfig, context: ImportContext, stage: str) -> None:
    """Create temporary table `verdict` (import_id, line, verdict, reason) for the rows of `stage`."""
    _known_rows(con, source, stage)
    compiled = compiler(source, context)
    dropped = " OR ".join(compiled.where((condition,)) for condition in source.drop_rows) or "false"
    order = "effective_at DESC, line DESC"
    nth = f"row_number() OVER (PARTITION BY row_key, refused IS NULL ORDER BY {order})" if source.rows == "one" else "1"
    whole = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
    hashes = f"list(row_hash) OVER (PARTITION BY row_key, refused IS NULL ORDER BY line {whole})"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE verdict AS
        WITH told AS (SELECT *, CASE WHEN {dropped} THEN 'test_row' WHEN row_key IS NULL THEN 'no_key' END AS refused FROM {stage}),
             placed AS (SELECT import_id, line, row_key, effective_at, refused, {nth} AS nth,
                               {hashes if source.rows == 'many' else '[row_hash]'} AS hashes FROM told)
        SELECT p.import_id, p.line, p.refused AS reason,
               CASE WHEN refused IS NOT NULL THEN 'quarantined' WHEN nth > 1 THEN 'superseded' WHEN k.hashes = p.hashes THEN 'unchanged'
                    WHEN p.effective_at < k.effective_at THEN 'superseded' ELSE 'loaded' END AS verdict
        FROM placed p LEFT JOIN known k ON k.row_key = p.row_key""").fetchall()
    _suppress(con, source, context, stage)


def _known_rows(con: Connection, source: SourceConfig, stage: str) -> None:
    """Create temporary table `known`: for the stage's keys their newest instant and content in `raw`."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE known AS
        SELECT row_key, effective_at, {'list(row_hash ORDER BY line)' if source.rows == 'many' else '[max_by(row_hash, line)]'} AS hashes
        FROM cem.raw WHERE source = {literal(source.name)} AND row_key IN (SELECT row_key FROM {stage})
        GROUP BY row_key, effective_at, import_id
        QUALIFY row_number() OVER (PARTITION BY row_key ORDER BY effective_at DESC, import_id DESC) = 1""").fetchall()


def _suppress(con: Connection, source: SourceConfig, context: ImportContext, stage: str) -> None:
    """Turn the verdict of rows that hold a suppressed identifier; costs nothing while nobody was erased."""
    if con.execute("SELECT count(*) FROM cem.suppression WHERE scope = 'return'").fetchall()[0][0] == 0:
        return
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE seen AS
        SELECT s.* FROM {stage} s JOIN verdict v USING (import_id, line) WHERE v.verdict IN ('loaded', 'superseded')""").fetchall()
    derive_records(con, source, context, "seen", "seen")
    derive_events(con, source, context, "seen", "seen")
    hashed = " ".join(f"WHEN {literal(kind)} THEN {suppression_hash_sql(context.key, kind, 'value')}" for kind in IDENTIFIER_KINDS)
    con.execute(f"""
        UPDATE verdict SET verdict = 'suppressed' FROM (
            SELECT DISTINCT import_id, line FROM (
                SELECT import_id, line, kind, value FROM seen_identity
                UNION ALL SELECT import_id, line, 'external', {literal(source.name + ':')} || record_key FROM seen_person
                UNION ALL SELECT import_id, line, split_part(ref_kind, '@', 1), ref_value FROM seen_act
                UNION ALL SELECT import_id, line, 'external', replace(ref_kind, 'record:', '') || ':' || ref_value FROM seen_act) i
            JOIN (SELECT kind, hash FROM cem.suppression WHERE scope = 'return') s
              ON s.kind = i.kind AND s.hash = CASE i.kind {hashed} END) hit
        WHERE verdict.import_id = hit.import_id AND verdict.line = hit.line""").fetchall()
