"""From staged rows to records, their identifiers and consents: temporary tables `PREFIX_record`, `_identifier`, `_consent`.

`PREFIX_person` keeps one row per staged row (line, record_id, every field as text and cleaned), for refused values and
suppression; `PREFIX_record` one row per record key.
"""

from __future__ import annotations

from cem_cli.base.ids import keyed_hash_sql
from cem_cli.base.sql import literal
from cem_cli.config.source import RECORD_FIELDS, Consent, Identifier, Key, SourceConfig, Value
from cem_cli.engines.duck import Connection
from cem_cli.kinds import settle_phones
from cem_cli.kinds.address import house_number_sql, street_name_sql
from cem_cli.sources.context import ImportContext
from cem_cli.sources.stage import KEY_SEPARATOR, compiler, key_parts
from cem_cli.sources.values import Compiler

FIELD_KINDS = {"kind": "category", "deleted": "boolean"}
"""Record field -> kind of value, where the two names differ."""
SIGNATURE = ("email", "phone", "given_name", "surname", "full_name", "company", "street", "postcode", "birth_date", "tax_code")
"""Fields whose normalised values are a contact's signature."""
STATUSES = ("granted", "denied", "withdrawn", "unknown")
IDENTIFIER_KINDS = {"external": "external_id"}
"""Identifier kind -> kind of value, where the two names differ."""


def record_id_sql(context: ImportContext, source: str, key: str) -> str:
    """Return SQL for the id of the record with key expression `key` in the source named `source`."""
    return keyed_hash_sql(context.key, literal("record"), literal(source), key)


def derive_records(con: Connection, source: SourceConfig, context: ImportContext, stage: str, prefix: str) -> None:
    """Create `PREFIX_person`, `_record`, `_identifier`, `_consent` from table `stage`; empty where the source maps no record."""
    compiled = compiler(source, context)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_person AS {_person_sql(source, compiled, stage)}").fetchall()
    settle(con, f"{prefix}_person", "t_phone", "phone", compiled) if "phone" in source.record else None
    _part_streets(con, source, prefix)
    _give_ids(con, source, context, prefix)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_record AS {_record_sql(source, prefix)}").fetchall()
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_identity AS {_identity_sql(source, compiled, prefix, stage)}").fetchall()
    settle(con, f"{prefix}_identity", "t_phone", "value", compiled)
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE {prefix}_identifier AS
            SELECT DISTINCT record_id, kind, value, {literal(source.name)} AS source, {literal(source.party == 'third')} AS third_party
            FROM {prefix}_identity WHERE value IS NOT NULL ORDER BY record_id, kind, value"""
    ).fetchall()
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_consent AS {_consents_sql(source, context, compiled, prefix, stage)}").fetchall()


def settle(con: Connection, table: str, text: str, cleaned: str, compiled: Compiler) -> None:
    """Fill phones the fast path left open, by one look per distinct text (`phonenumbers` is slow per call)."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE phone_text AS SELECT DISTINCT {text} AS value FROM {table} WHERE {cleaned} IS NULL AND {text} IS NOT NULL"
    ).fetchall()
    if con.execute("SELECT count(*) FROM phone_text").fetchall()[0][0] == 0:
        return
    context = compiled.kind_context(compiled.source.record.get("phone", Value(constant="")))
    if settle_phones(con, "phone_text", "phone_settled", context):
        con.execute(
            f"UPDATE {table} SET {cleaned} = s.phone FROM phone_settled s WHERE {table}.{text} = s.value AND {table}.{cleaned} IS NULL"
        ).fetchall()
    con.execute("DROP TABLE phone_settled").fetchall()


def _person_sql(source: SourceConfig, compiled: Compiler, stage: str) -> str:
    """Every mapped field twice: `t_FIELD` as delivered, `FIELD` cleaned; unmapped fields are NULL."""
    texts = "".join(f", {compiled.text(value)} AS t_{name}" for name, value in source.record.items())
    columns = []
    for name in RECORD_FIELDS:
        value = source.record.get(name)
        if value is None:
            columns.append(f"{'NULL::DATE' if name == 'birth_date' else 'NULL::BOOLEAN' if name == 'deleted' else 'NULL::VARCHAR'} AS {name}")
        else:
            columns.append(f"{compiled.cleaned(value, FIELD_KINDS.get(name, name), f't_{name}')} AS {name}")
    kept = "true" if source.record else "false"
    return f"""
        SELECT *, NULL::VARCHAR AS record_key, NULL::BIGINT AS record_id, {', '.join(columns)}
        FROM (SELECT import_id, line, row_key, effective_at, extra, {_given_key_sql(source, compiled)} AS given_key{texts}
              FROM {stage} WHERE {kept})"""


def _given_key_sql(source: SourceConfig, compiled: Compiler) -> str:
    """Return SQL for a record key declared by columns of its own."""
    if not isinstance(source.record_key, Key):
        return "NULL::VARCHAR"
    return f" || {literal(KEY_SEPARATOR)} || ".join(key_parts(source.record_key, compiled))


def _part_streets(con: Connection, source: SourceConfig, prefix: str) -> None:
    """Part the house number from the street where the silo keeps both in one cell."""
    if "street" in source.record and "house_number" not in source.record:
        con.execute(
            f"""UPDATE {prefix}_person SET house_number = {house_number_sql('street')}, street = nullif({street_name_sql('street')}, '')
                WHERE regexp_matches(street, '[0-9]')"""
        ).fetchall()


def _give_ids(con: Connection, source: SourceConfig, context: ImportContext, prefix: str) -> None:
    """Set record_key and record_id: the row's key, or the hash of the contact's signature (none where it is empty)."""
    if not source.record:
        return
    parts = [f"lower({name}::VARCHAR)" for name in SIGNATURE]
    signature = f"CASE WHEN coalesce({', '.join(parts)}) IS NOT NULL THEN 'k' || printf('%016x', {keyed_hash_sql(context.key, *parts)}) END"
    key = {"row": "row_key", "contact": signature}.get(str(source.record_key), "given_key")
    con.execute(f"UPDATE {prefix}_person SET record_key = {key}").fetchall()
    con.execute(
        f"UPDATE {prefix}_person SET record_id = {record_id_sql(context, source.name, 'record_key')} WHERE record_key IS NOT NULL"
    ).fetchall()


def _record_sql(source: SourceConfig, prefix: str) -> str:
    fields = ", ".join(name for name in RECORD_FIELDS if name not in ("kind", "deleted"))
    return f"""
        SELECT record_id, {literal(source.name)} AS source, record_key, import_id, line, effective_at,
               CASE WHEN kind IN ('organisation', 'organization', 'company') THEN 'organisation' ELSE 'person' END AS kind,
               {literal(source.party == 'third')} AS third_party, {fields}, extra::JSON AS extra, coalesce(deleted, false) AS deleted
        FROM {prefix}_person WHERE record_id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY effective_at DESC, import_id DESC, line) = 1
        ORDER BY record_id"""


def _identity_sql(source: SourceConfig, compiled: Compiler, prefix: str, stage: str) -> str:
    """Return every identifier of every staged row; `t_phone` holds a phone's text where it may still be settled."""
    rows = [
        f"SELECT import_id, line, record_id, {literal(kind)} AS kind, {kind}::VARCHAR AS value, NULL::VARCHAR AS t_phone FROM {prefix}_person"
        for kind in ("email", "phone", "tax_code") if kind in source.record
    ]
    rows += [_declared_sql(identifier, compiled, prefix, stage) for identifier in source.identifiers]
    nothing = "SELECT 0::BIGINT AS import_id, 0::BIGINT AS line, 0::BIGINT AS record_id, '' AS kind, '' AS value, '' AS t_phone WHERE false"
    return f"SELECT * FROM ({' UNION ALL '.join(rows) or nothing}) WHERE record_id IS NOT NULL AND (value IS NOT NULL OR t_phone IS NOT NULL)"


def _declared_sql(identifier: Identifier, compiled: Compiler, prefix: str, stage: str) -> str:
    kind = IDENTIFIER_KINDS.get(identifier.kind, identifier.kind)
    text = "t" if kind == "phone" else "NULL::VARCHAR"
    cleaned = compiled.cleaned(identifier.value, kind, "t")
    return f"""
        SELECT import_id, line, record_id, {literal(identifier.kind)} AS kind, {cleaned}::VARCHAR AS value, {text} AS t_phone
        FROM (SELECT import_id, line, {compiled.text(identifier.value)} AS t FROM {stage}) JOIN {prefix}_person USING (import_id, line)"""


def _consents_sql(source: SourceConfig, context: ImportContext, compiled: Compiler, prefix: str, stage: str) -> str:
    rows = [_consent_sql(consent, source, context, compiled) for consent in source.consents]
    nothing = "SELECT * FROM cem.consent WHERE false"
    joined = f"{stage} s JOIN {prefix}_person r USING (import_id, line)"
    selects = [f"SELECT {columns} FROM {joined} WHERE r.record_id IS NOT NULL AND {where}" for columns, where in rows]
    named = ("consent_id, record_id, identifier_kind, identifier_value, channel, purpose, status, explicit, \"at\", expires_at, "
             "legal_basis, proof, source, import_id")
    if not selects:
        return nothing
    return f"""
        SELECT {named} FROM ({' UNION ALL '.join(selects)}) WHERE status IN {STATUSES}
        QUALIFY row_number() OVER (PARTITION BY consent_id ORDER BY import_id, proof) = 1 ORDER BY consent_id"""


def _consent_sql(consent: Consent, source: SourceConfig, context: ImportContext, compiled: Compiler) -> tuple[str, str]:
    dated = compiled.clean(consent.at, "timestamp") if consent.at else "NULL::TIMESTAMP"  # a state as of the file is no act of the person
    proof = compiled.text(consent.proof) if consent.proof else "NULL::VARCHAR"
    status = compiled.text(consent.status)
    value = f"r.{consent.identifier}" if consent.identifier else "NULL::VARCHAR"
    kind = f"CASE WHEN {value} IS NOT NULL THEN {literal(consent.identifier)} END"
    told = ("record_key", literal(consent.channel), literal(consent.purpose), status, f"({dated})::VARCHAR")
    identity = keyed_hash_sql(context.key, literal("consent"), literal(source.name), *told)
    columns = (
        f"{identity} AS consent_id, r.record_id, {kind} AS identifier_kind, {value} AS identifier_value, {literal(consent.channel)} AS channel, "
        f"{literal(consent.purpose)} AS purpose, {status} AS status, {dated} IS NOT NULL AS explicit, "
        f"coalesce({dated}, s.effective_at) AS \"at\", NULL::TIMESTAMP AS expires_at, "
        f"{literal(consent.legal_basis)}::VARCHAR AS legal_basis, {proof} AS proof, {literal(source.name)} AS source, s.import_id AS import_id"
    )
    return columns, compiled.where(consent.where)
