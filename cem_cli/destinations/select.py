"""Who may go out and what is written of them, as SQL.

Reads `profile`, `segment_member`, `processable`, `contactable`, `household`, `profile_lineage` and the tables of the columns; makes
the temporary table `export_candidate` (customer_id, reason: NULL = goes out). What has no row in a gate does not pass it.
"""

from __future__ import annotations

from collections.abc import Sequence

from cem_cli.base.sql import Step, literal, quote
from cem_cli.destinations.spec import ExportColumn, ExportSpec

FLAG_COLUMN = "third_party_fields"
"""The last column of an export with profile fields: which of the row's values a third party supplied."""
LIST_SEPARATOR = "|"


ONE_OF_HOUSEHOLD = """
    SELECT customer_id, CASE WHEN x.reason IS NULL AND row_number() OVER (
        PARTITION BY coalesce(h.household_id, x.customer_id), x.reason IS NULL  -- who has no household is one alone
        ORDER BY p.kind IS DISTINCT FROM 'customer', p.first_seen_at NULLS LAST, customer_id) > 1
        THEN 'household' ELSE x.reason END AS reason
    FROM ({candidates}) x JOIN cem.profile p USING (customer_id) LEFT JOIN cem.household h USING (customer_id)"""
"""Of those in a household who may go out: a buyer before the others, then who was seen first."""


def candidate_step(spec: ExportSpec) -> Step:
    """Return the step that decides for every candidate of an export."""
    member = "true"
    params: dict[str, object] = {}
    if spec.of != "profiles":
        member = "p.customer_id IN (SELECT customer_id FROM cem.segment_member WHERE segment = $segment AND left_run IS NULL)"
        params["segment"] = spec.of
    contact, refused = "", ""
    if spec.channel:
        contact = (
            "LEFT JOIN cem.contactable c ON c.customer_id = p.customer_id AND c.channel = $channel AND c.purpose = $purpose"
        )
        refused = "WHEN NOT coalesce(c.allowed, false) THEN coalesce(c.reason, 'no_consent')"
        params |= {"channel": spec.channel, "purpose": spec.purpose}
    candidates = f"""
        SELECT p.customer_id,
               CASE WHEN NOT coalesce(g.allowed, false) THEN coalesce(g.reason, 'not_assessed') {refused} END AS reason
        FROM cem.profile p LEFT JOIN cem.processable g USING (customer_id) {contact}
        WHERE {member}"""
    if spec.one_per:
        candidates = ONE_OF_HOUSEHOLD.format(candidates=candidates)
    return Step("export_candidate", f"CREATE OR REPLACE TEMP TABLE export_candidate AS {candidates}", params)


def rows_sql(spec: ExportSpec, columns: Sequence[ExportColumn]) -> str:
    """Return the SELECT of the export's file, by customer id."""
    tables = sorted({c.table for c in columns} - {"profile"})
    joins = [f"LEFT JOIN cem.{quote(table)} AS {quote(table)} USING (customer_id)" for table in tables]
    shown = [f"{_shown_sql(spec, f'{quote(c.table)}.{quote(c.column)}', c.type)} AS {quote(c.name)}" for c in columns]
    if flagged := lineage_columns(columns):
        joins.append(f"LEFT JOIN ({_third_party_sql(flagged)}) AS third_party USING (customer_id)")
        shown.append(f"{_shown_sql(spec, 'coalesce(third_party.fields, [])', 'VARCHAR[]')} AS {FLAG_COLUMN}")
    return (
        f"SELECT {', '.join(shown)} FROM (SELECT customer_id FROM temp.export_candidate WHERE reason IS NULL) AS going "
        f'JOIN cem.profile AS "profile" USING (customer_id) {" ".join(joins)} ORDER BY going.customer_id'
    )


def third_party_counts_sql(columns: Sequence[ExportColumn]) -> str:
    """Return a SELECT of (column, values from third parties) over the rows that go out."""
    return (
        f"SELECT unnest(fields) AS field, count(*) FROM ({_third_party_sql(lineage_columns(columns))}) "
        "SEMI JOIN (SELECT customer_id FROM temp.export_candidate WHERE reason IS NULL) USING (customer_id) GROUP BY 1 ORDER BY 1"
    )


def lineage_columns(columns: Sequence[ExportColumn]) -> dict[str, str]:
    """Return the columns whose values have a lineage: column of `profile` -> name in the export."""
    return {c.column: c.name for c in columns if c.table == "profile" and c.column != "customer_id"}


def _third_party_sql(flagged: dict[str, str]) -> str:
    pairs = ", ".join(f"({literal(column)}, {literal(name)})" for column, name in flagged.items())
    return (
        "SELECT l.customer_id, list(n.name ORDER BY n.name) AS fields FROM cem.profile_lineage l "
        f"JOIN (VALUES {pairs or '(NULL, NULL)'}) n(field, name) USING (field) WHERE l.third_party GROUP BY l.customer_id"
    )


def _shown_sql(spec: ExportSpec, value: str, column_type: str) -> str:
    """Return a column as the format writes it: instants say their zone, a cell of csv holds a list as one text."""
    plain = column_type.strip().upper()
    if spec.format == "parquet":
        return value
    if plain.startswith("TIMESTAMP"):
        return f"strftime({value}, '%Y-%m-%dT%H:%M:%SZ')"
    if spec.format != "csv":
        return value
    if plain.endswith("[]"):
        value = f"array_to_string({value}, {literal(LIST_SEPARATOR)})"
    elif plain != "VARCHAR":
        return value
    return neutral_sql(value) if spec.profile == "spreadsheet" else value


def neutral_sql(value: str) -> str:
    """Return SQL that puts an apostrophe before a text that a spreadsheet might run, or that has one already.

    Such texts start, after white space, quotes and invisible characters, with one of = + - @ (also full-width), or hold a
    tab or carriage return in front. Taking one leading apostrophe off gives every text back (step `strip_apostrophe`).
    """
    risky = r"""^'|^[\s\p{Cc}\p{Cf}\p{Z}"'«»“”‘’]*[=+\-@＝＋－−＠﹢﹣﹦﹫]|^[\t\r\n]"""  # OWASP CSV injection, CWE-1236
    return f"CASE WHEN regexp_matches({value}, {literal(risky)}) THEN '''' || {value} ELSE {value} END"
