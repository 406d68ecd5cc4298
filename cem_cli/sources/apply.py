"""From rows to what they mean: derived rows of changed keys are replaced; a changed mapping derives all again from `raw`.

Writes `record`, `identifier`, `consent`, `event`, `order_line` and the dimensions.
"""

from __future__ import annotations

from cem_cli.base.sql import literal
from cem_cli.config.source import SourceConfig
from cem_cli.engines.duck import Connection
from cem_cli.sources.context import ImportContext
from cem_cli.sources.derive_event import derive_events
from cem_cli.sources.derive_line import derive_dimension, derive_lines
from cem_cli.sources.derive_record import derive_records
from cem_cli.sources.header import match_header
from cem_cli.sources.issues import count_issues
from cem_cli.sources.stage import Rows, file_layout, stage

DERIVED = ("order_line", "event", "consent", "identifier", "record")


def apply_changes(con: Connection, source: SourceConfig, context: ImportContext, import_id: int) -> None:
    """Derive the rows of `stage_rows` judged `loaded`; what their keys meant before is removed first."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE changed AS
        SELECT s.* EXCLUDE (cells) FROM stage_rows s JOIN verdict v USING (import_id, line) WHERE v.verdict = 'loaded'""").fetchall()
    before = f"import_id <> {import_id} AND row_key IN (SELECT row_key FROM changed)"
    if stage_raw(con, "old_rows", source, context, before):
        if source.shares_records:
            derive_all(con, source, context)
            return
        _derive(con, source, context, "old_rows", "old")
        _delete(con, source, "old")
    _derive(con, source, context, "changed", "new")
    _delete(con, source, "new")
    _insert(con)
    derive_dimension(con, source, context, "changed")


def rederive(con: Connection, source: SourceConfig, context: ImportContext) -> int:
    """Derive a source again from `raw` where its mapping changed since; return the rows derived (0 = nothing to do)."""
    present = source.mapping_fingerprint()
    stale = con.execute(
        "SELECT count(*) FROM cem.import_file WHERE source = ? AND split_part(mapping, '.', 2) <> ?", [source.name, present]
    ).fetchall()[0][0]
    if not stale:
        return 0
    stage_raw(con, "stage_rows", source, context, "true", newest=False)
    con.execute(f"""
        UPDATE cem.raw SET row_key = s.row_key, effective_at = s.effective_at FROM stage_rows s
        WHERE raw.source = {literal(source.name)} AND raw.import_id = s.import_id AND raw.line = s.line
          AND (raw.row_key IS DISTINCT FROM s.row_key OR raw.effective_at IS DISTINCT FROM s.effective_at)""").fetchall()
    rows = derive_all(con, source, context)
    con.execute("DELETE FROM cem.field_issue WHERE source = ?", [source.name]).fetchall()
    count_issues(con, source, context)
    con.execute(
        "UPDATE cem.import_file SET mapping = split_part(mapping, '.', 1) || '.' || ? WHERE source = ?", [present, source.name]
    ).fetchall()
    return rows


def stage_raw(
    con: Connection, table: str, source: SourceConfig, context: ImportContext, where: str, *, newest: bool = True
) -> int:
    """Stage rows of `raw` that meet `where` (of each key its newest state, or all) into `table`; return how many.

    Where there is none, `table` is left as it was. Raises CemError where the mapping reads a column the files did not have.
    """
    partition = "PARTITION BY row_key ORDER BY effective_at DESC, import_id DESC"
    state = f"rank() OVER ({partition})" if source.rows == "many" else f"row_number() OVER ({partition}, line DESC)"
    chosen = f"QUALIFY {state} = 1" if newest else ""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE raw_chosen AS SELECT import_id, line, cells, row_key AS known_key FROM cem.raw
        WHERE source = {literal(source.name)} AND row_key IS NOT NULL AND {where} {chosen}""").fetchall()
    files = con.execute(
        """SELECT file_name, header, list(import_id ORDER BY import_id) FROM cem.import_file
           WHERE import_id IN (SELECT DISTINCT import_id FROM raw_chosen) GROUP BY file_name, header ORDER BY min(import_id)"""
    ).fetchall()
    stage(con, table, source, context, [_raw_part(source, *file) for file in files])
    return int(con.execute("SELECT count(*) FROM raw_chosen").fetchall()[0][0])


def _raw_part(source: SourceConfig, file_name: str, header: list[str], imports: list[int]) -> Rows:
    rows = f"""
        (SELECT import_id, line, cells, f.effective_at AS fallback_at, known_key FROM raw_chosen JOIN cem.import_file f USING (import_id)
         WHERE import_id IN ({', '.join(map(str, imports))}))"""
    return Rows(rows, file_layout(source, match_header(header, source, file_name).names, file_name))


def derive_all(con: Connection, source: SourceConfig, context: ImportContext) -> int:
    """Remove all that a source meant and derive it from the newest state in `raw`; return the rows derived."""
    rows = stage_raw(con, "changed", source, context, "true")
    for table in DERIVED:
        con.execute(f"DELETE FROM cem.{table} WHERE source = ?", [source.name]).fetchall()
    if rows:
        _derive(con, source, context, "changed", "new")
        _insert(con)
        derive_dimension(con, source, context, "changed")
    return rows


def _derive(con: Connection, source: SourceConfig, context: ImportContext, stage_table: str, prefix: str) -> None:
    derive_records(con, source, context, stage_table, prefix)
    derive_events(con, source, context, stage_table, prefix)
    derive_lines(con, source, context, stage_table, prefix)


def _delete(con: Connection, source: SourceConfig, prefix: str) -> None:
    """Remove what the staged keys meant. Where rows share records, what other rows said of a record stays."""
    own = f"source = {literal(source.name)}"
    for table in ("order_line", "event"):
        con.execute(f"DELETE FROM cem.{table} WHERE {own} AND event_id IN (SELECT event_id FROM {prefix}_event)").fetchall()
    if source.shares_records:
        con.execute("""
            UPDATE cem.record r SET import_id = n.import_id FROM new_record n
            WHERE r.record_id = n.record_id AND r.effective_at > n.effective_at""").fetchall()
        con.execute("""
            DELETE FROM new_record n USING cem.record r
            WHERE r.record_id = n.record_id AND r.effective_at > n.effective_at""").fetchall()
        con.execute(f"DELETE FROM cem.consent WHERE {own} AND consent_id IN (SELECT consent_id FROM new_consent)").fetchall()
        con.execute(f"""
            DELETE FROM cem.identifier i USING new_identifier n
            WHERE i.{own} AND i.record_id = n.record_id AND i.kind = n.kind AND i.value = n.value""").fetchall()
    else:
        for table in ("consent", "identifier"):
            con.execute(f"DELETE FROM cem.{table} WHERE {own} AND record_id IN (SELECT record_id FROM {prefix}_record)").fetchall()
    con.execute(f"DELETE FROM cem.record WHERE {own} AND record_id IN (SELECT record_id FROM {prefix}_record)").fetchall()


def _insert(con: Connection) -> None:
    con.execute("INSERT INTO cem.record BY NAME SELECT * EXCLUDE (line) FROM new_record ORDER BY record_id").fetchall()
    con.execute("INSERT INTO cem.identifier BY NAME SELECT * FROM new_identifier ORDER BY record_id, kind, value").fetchall()
    con.execute("INSERT INTO cem.consent BY NAME SELECT * FROM new_consent ORDER BY consent_id").fetchall()
    con.execute("INSERT INTO cem.event BY NAME SELECT * EXCLUDE (line) FROM new_event ORDER BY event_id").fetchall()
    con.execute("INSERT INTO cem.order_line BY NAME SELECT * FROM new_line ORDER BY line_id").fetchall()
