"""From staged rows to records, their identifiers and consents: temporary tables `PREFIX_record`, `_identifier`, `_consent`.

`PREFIX_person` keeps one row per staged row (line, record_id, every field as text and cleaned), for refused values and
suppression; `PREFIX_identity` every identifier of every row; `PREFIX_record` one row per record key.
"""

from __future__ import annotations

from cem_cli.base.contacts import emails_sql, holds_emails_sql, holds_phones_sql, phones_sql
from cem_cli.base.ids import keyed_hash_sql
from cem_cli.base.sql import literal
from cem_cli.config.mapping import Consent, Identifier, Key
from cem_cli.config.source import SourceConfig
from cem_cli.config.values import RECORD_FIELDS, Value
from cem_cli.engines.duck import Connection
from cem_cli.kinds import settle_phones
from cem_cli.kinds.address import house_number_sql, street_name_sql
from cem_cli.sources.context import ImportContext
from cem_cli.sources.stage import compiler, key_sql
from cem_cli.sources.values import Compiler

FIELD_KINDS = {"kind": "category", "deleted": "boolean"}
"""Record field -> kind of value, where the two names differ."""
FIELD_TYPES = {"birth_date": "DATE", "deleted": "BOOLEAN"}
"""Record field -> SQL type; any other is text."""
SIGNATURE = ("email", "phone", "given_name", "surname", "full_name", "company", "street", "postcode", "birth_date", "tax_code")
"""Fields whose normalised values are a contact's signature."""
PARTED = {"email": (holds_emails_sql, emails_sql), "phone": (holds_phones_sql, phones_sql)}
"""Fields of which one cell may hold several values -> SQL for whether it does, and for their list."""
STATUSES = ("granted", "denied", "withdrawn", "unknown")
IDENTIFIER_KINDS = {"external": "external_id"}
"""Identifier kind -> kind of value, where the two names differ."""
CONSENT = (
    'consent_id, record_id, identifier_kind, identifier_value, channel, purpose, status, explicit, "at", expires_at, legal_basis, '
    "proof, source, import_id"
)


def record_id_sql(context: ImportContext, source: str, key: str) -> str:
    """Return SQL for the id of the record with key expression `key` in the source named `source`."""
    return keyed_hash_sql(context.key, literal("record"), literal(source), key)


def derive_records(con: Connection, source: SourceConfig, context: ImportContext, stage: str, prefix: str) -> None:
    """Create `PREFIX_person`, `_identity`, `_record`, `_identifier`, `_consent` from table `stage`; empty without `record:`."""
    compiled = compiler(source, context)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_person AS {_person_sql(compiled, stage)}").fetchall()
    if "phone" in source.record:
        settle(con, f"{prefix}_person", "t_phone", "phone", compiled)
    _part_streets(con, source, prefix)
    _give_ids(con, source, context, prefix)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_record AS {_record_sql(source, prefix)}").fetchall()
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_identity AS {_identity_sql(compiled, prefix, stage)}").fetchall()
    settle(con, f"{prefix}_identity", "t_phone", "value", compiled)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE {prefix}_identifier AS
        SELECT DISTINCT record_id, kind, value, {literal(source.name)} AS source, {literal(source.party == 'third')} AS third_party
        FROM {prefix}_identity WHERE value IS NOT NULL ORDER BY record_id, kind, value""").fetchall()
    con.execute(f"CREATE OR REPLACE TEMP TABLE {prefix}_consent AS {_consents_sql(compiled, prefix, stage)}").fetchall()


def settle(con: Connection, table: str, text: str, cleaned: str, compiled: Compiler) -> None:
    """Fill phones the fast path left open, by one look per distinct text (`phonenumbers` is slow per call)."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE phone_text AS
        SELECT DISTINCT {text} AS value FROM {table} WHERE {cleaned} IS NULL AND {text} IS NOT NULL""").fetchall()
    if con.execute("SELECT count(*) FROM phone_text").fetchall()[0][0] == 0:
        return
    if settle_phones(con, "phone_text", "phone_settled", compiled.kind_context(Value(constant=""))):
        con.execute(f"""
            UPDATE {table} SET {cleaned} = s.phone FROM phone_settled s
            WHERE {table}.{text} = s.value AND {table}.{cleaned} IS NULL""").fetchall()
    con.execute("DROP TABLE phone_settled").fetchall()


def _person_sql(compiled: Compiler, stage: str) -> str:
    """Every mapped field twice: `t_FIELD` as delivered, `FIELD` cleaned; unmapped fields are NULL."""
    mapped = compiled.source.record
    texts = "".join(f", {compiled.text(value)} AS t_{name}" for name, value in mapped.items())
    key = compiled.source.record_key
    given_key = key_sql(key, compiled) if isinstance(key, Key) else "NULL::VARCHAR"
    columns = []
    for name in RECORD_FIELDS:
        nothing = f"NULL::{FIELD_TYPES.get(name, 'VARCHAR')}"
        cleaned = compiled.cleaned(mapped[name], FIELD_KINDS.get(name, name), f"t_{name}") if name in mapped else nothing
        columns.append(f"{cleaned} AS {name}")
    return f"""
        SELECT *, NULL::VARCHAR AS record_key, NULL::BIGINT AS record_id, {', '.join(columns)}
        FROM (SELECT import_id, line, row_key, effective_at, extra, {given_key} AS given_key{texts}
              FROM {stage} WHERE {literal(bool(mapped))})"""


def _part_streets(con: Connection, source: SourceConfig, prefix: str) -> None:
    """Part the house number from the street where the silo keeps both in one cell."""
    if "street" in source.record and "house_number" not in source.record:
        con.execute(f"""
            UPDATE {prefix}_person SET house_number = {house_number_sql('street')}, street = nullif({street_name_sql('street')}, '')
            WHERE regexp_matches(street, '[0-9]')""").fetchall()


def _give_ids(con: Connection, source: SourceConfig, context: ImportContext, prefix: str) -> None:
    """Set record_key and record_id: the row's key, columns of its own, or the hash of the contact's signature (none if empty)."""
    if not source.record:
        return
    parts = [f"lower({name}::VARCHAR)" for name in SIGNATURE]
    hashed = f"'k' || printf('%016x', {keyed_hash_sql(context.key, *parts)})"
    signature = f"CASE WHEN coalesce({', '.join(parts)}) IS NOT NULL THEN {hashed} END"
    key = {"row": "row_key", "contact": signature}.get(str(source.record_key), "given_key")
    con.execute(f"UPDATE {prefix}_person SET record_key = {key}").fetchall()
    record_id = record_id_sql(context, source.name, "record_key")
    con.execute(f"UPDATE {prefix}_person SET record_id = {record_id} WHERE record_key IS NOT NULL").fetchall()


def _record_sql(source: SourceConfig, prefix: str) -> str:
    """Return every record as its newest row tells it; its import is the newest that told anything, an identifier of an older row, too."""
    fields = ", ".join(name for name in RECORD_FIELDS if name not in ("kind", "deleted"))
    return f"""
        SELECT record_id, {literal(source.name)} AS source, record_key, max(p.import_id) OVER (PARTITION BY record_id) AS import_id, line,
               effective_at,
               CASE WHEN kind IN ('organisation', 'organization', 'company') THEN 'organisation' ELSE 'person' END AS kind,
               {literal(source.party == 'third')} AS third_party, {fields}, extra::JSON AS extra, coalesce(deleted, false) AS deleted
        FROM {prefix}_person p WHERE record_id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY effective_at DESC, p.import_id DESC, line) = 1
        ORDER BY record_id"""


def _identity_sql(compiled: Compiler, prefix: str, stage: str) -> str:
    """Return every identifier of every staged row; `t_phone` holds a phone's text where it may still be settled."""
    source = compiled.source
    nobody = "NULL::VARCHAR AS value, NULL::VARCHAR AS t_phone"
    rows = [f"SELECT 0::BIGINT AS import_id, 0::BIGINT AS line, 0::BIGINT AS record_id, '' AS kind, {nobody} WHERE false"]
    rows += [
        f"SELECT import_id, line, record_id, {literal(kind)} AS kind, {kind} AS value, NULL::VARCHAR AS t_phone FROM {prefix}_person"
        for kind in ("email", "phone", "tax_code") if kind in source.record
    ]
    rows += [_listed_sql(kind, compiled, prefix) for kind in PARTED if kind in source.record]
    rows += [_declared_sql(identifier, compiled, prefix, stage) for identifier in (*source.identifiers, *_further(source))]
    told = "record_id IS NOT NULL AND (value IS NOT NULL OR t_phone IS NOT NULL)"
    return f"SELECT * FROM ({' UNION ALL '.join(rows)}) WHERE {told}"


def _listed_sql(kind: str, compiled: Compiler, prefix: str) -> str:
    """Return the values of cells that hold several, of which the record shows one."""
    holds_several, parts = (sql(f"t_{kind}") for sql in PARTED[kind])
    cleaned = compiled.cleaned(compiled.source.record[kind], kind, "t")
    return f"""
        SELECT import_id, line, record_id, {literal(kind)} AS kind, {cleaned} AS value, {_open_sql(kind)} AS t_phone
        FROM (SELECT import_id, line, record_id, trim(unnest({parts})) AS t FROM {prefix}_person WHERE {holds_several})"""


def _open_sql(kind: str) -> str:
    """Return SQL for a text `t` that may still be settled, as a phone."""
    return "t" if kind == "phone" else "NULL::VARCHAR"


def _further(source: SourceConfig) -> list[Identifier]:
    """Return the identifiers in the columns of an e-mail or a phone mapped to several: the record shows the first, it has all."""
    mapped = {kind: source.record[kind] for kind in ("email", "phone") if kind in source.record}
    return [
        Identifier(kind=kind, value=value.model_copy(update={"column": column, "columns": ()}))
        for kind, value in mapped.items() if len(value.columns) > 1 for column in value.columns
    ]


def _declared_sql(identifier: Identifier, compiled: Compiler, prefix: str, stage: str) -> str:
    kind = IDENTIFIER_KINDS.get(identifier.kind, identifier.kind)
    cleaned = compiled.cleaned(identifier.value, kind, "t")
    return f"""
        SELECT import_id, line, record_id, {literal(identifier.kind)} AS kind, {cleaned}::VARCHAR AS value, {_open_sql(kind)} AS t_phone
        FROM (SELECT import_id, line, {compiled.text(identifier.value)} AS t FROM {stage}) JOIN {prefix}_person USING (import_id, line)"""


def _consents_sql(compiled: Compiler, prefix: str, stage: str) -> str:
    rows = f"{stage} s JOIN {prefix}_person r USING (import_id, line)"
    selects = [_consent_sql(consent, compiled, rows) for consent in compiled.source.consents]
    if not selects:
        return "SELECT * FROM cem.consent WHERE false"
    return f"""
        SELECT {CONSENT} FROM ({' UNION ALL '.join(selects)}) WHERE status IN {STATUSES}
        QUALIFY row_number() OVER (PARTITION BY consent_id ORDER BY import_id, proof) = 1 ORDER BY consent_id"""


def _consent_sql(consent: Consent, compiled: Compiler, rows: str) -> str:
    """Return the statements of one kind; one without a date is a state as of the file, no explicit act of the person."""
    source, context = compiled.source, compiled.context
    dated = compiled.clean(consent.at, "timestamp") if consent.at else "NULL::TIMESTAMP"
    status = compiled.text(consent.status)
    value = f"r.{consent.identifier}" if consent.identifier else "NULL::VARCHAR"
    told = ("record_key", literal(consent.channel), literal(consent.purpose), "status", "dated::VARCHAR")
    return f"""
        SELECT {keyed_hash_sql(context.key, literal("consent"), literal(source.name), *told)} AS consent_id, record_id,
               CASE WHEN value IS NOT NULL THEN {literal(consent.identifier)}::VARCHAR END AS identifier_kind, value AS identifier_value,
               {literal(consent.channel)} AS channel, {literal(consent.purpose)} AS purpose, status, dated IS NOT NULL AS explicit,
               coalesce(dated, effective_at) AS "at", NULL::TIMESTAMP AS expires_at, {literal(consent.legal_basis)}::VARCHAR AS legal_basis,
               proof, {literal(source.name)} AS source, import_id
        FROM (SELECT record_id, record_key, {value} AS value, {status} AS status, {dated} AS dated, s.effective_at, import_id,
                     {compiled.text(consent.proof) if consent.proof else 'NULL::VARCHAR'} AS proof
              FROM {rows} WHERE record_id IS NOT NULL AND {compiled.where(consent.where)})"""
