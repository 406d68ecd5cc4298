"""Instants: ISO, epoch numbers or the declared format, in the source's zone, told in UTC."""

from __future__ import annotations

from cem_cli.base.sql import literal
from cem_cli.kinds.dates import FIRST_YEAR, LAST_YEAR, parsed_date_sql
from cem_cli.kinds.kind import JUNK, Context, Kind, let_sql, phrases

_OFFSET = r".*\d{1,2}:\d{2}.*?(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)$"
_ISO = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
_TIME = r"(\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d{1,6})?)?)( ?[AaPp]\.?[Mm]\.?)?$"


def _with_offset_sql(expr: str) -> str:
    tidy = rf"regexp_replace(regexp_replace({expr}, ' ?(UTC|GMT|z)$', 'Z'), ' ?([+-]\d{{2}}):?(\d{{2}})$', '\1:\2')"
    return f"timezone('UTC', TRY_CAST({tidy} AS TIMESTAMPTZ))"


def _epoch_sql(expr: str) -> str:
    return (
        f"CASE length({expr}) WHEN 10 THEN make_timestamp({expr}::BIGINT * 1000000) "
        f"WHEN 13 THEN make_timestamp({expr}::BIGINT * 1000) WHEN 16 THEN make_timestamp({expr}::BIGINT) "
        f"WHEN 14 THEN TRY_STRPTIME({expr}, '%Y%m%d%H%M%S') END"
    )


def _local_sql(expr: str, context: Context) -> str:
    """Return SQL for a TIMESTAMP in the source's own zone: a day in any form `parsed_date_sql` reads, and a time of day."""
    clock = rf"regexp_extract({expr}, '{_TIME}', 1)"
    half = rf"upper(regexp_extract({expr}, '{_TIME}', 4))"
    time = (
        "CASE WHEN h LIKE '%P%' THEN TRY_STRPTIME(split_part(c, '.', 1) || ' PM', ['%I:%M:%S %p', '%I:%M %p'])::TIME "
        "WHEN h LIKE '%A%' THEN TRY_STRPTIME(split_part(c, '.', 1) || ' AM', ['%I:%M:%S %p', '%I:%M %p'])::TIME "
        "WHEN c = '' THEN TIME '00:00:00' ELSE TRY_CAST(lpad(replace(c, ',', '.'), greatest(length(c), 5)::INTEGER, '0') AS TIME) END"
    )
    moment = f"{parsed_date_sql(expr, context)} + {let_sql(clock, 'c', let_sql(half, 'h', time))}"
    iso = f"CASE WHEN regexp_full_match({expr}, '{_ISO}') THEN TRY_CAST({expr} AS TIMESTAMP) END"
    tries = [iso]
    if context.date_format:
        tries.append(f"TRY_STRPTIME({expr}, {literal(context.date_format)})")
    tries.append(moment)
    return f"coalesce({', '.join(tries)})"


def parsed_timestamp_sql(expr: str, context: Context) -> str:
    """Return SQL for a TIMESTAMP in UTC from a squeezed text; an offset in the text wins over the context's zone."""
    local = _local_sql(expr, context)
    in_utc = local if context.time_zone == "UTC" else f"timezone('UTC', timezone({literal(context.time_zone)}, {local}))"
    return (
        rf"CASE WHEN regexp_full_match({expr}, '\d{{10}}|\d{{13}}|\d{{14}}|\d{{16}}') THEN {_epoch_sql(expr)} "
        rf"WHEN regexp_full_match({expr}, '{_OFFSET}') THEN {_with_offset_sql(expr)} ELSE {in_utc} END"
    )


def _clean_timestamp_sql(expr: str, context: Context) -> str:
    text = "replace(strftime(t, '%Y-%m-%dT%H:%M:%S.%fZ'), '.000000Z', 'Z')"
    return let_sql(parsed_timestamp_sql(expr, context), "t", f"CASE WHEN year(t) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {text} END")


def _is_timestamp_sql(expr: str) -> str:
    return rf"regexp_full_match({expr}, '(\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{2,4}})[T ,]+\d{{1,2}}[:.]\d{{2}}.*')"


TIMESTAMP = Kind(
    "timestamp", "date and time", "ISO 8601 in UTC, ending in `Z`.", _clean_timestamp_sql, fits=_is_timestamp_sql,
    junk=JUNK | {"0000-00-00 00:00:00"}, sql_type="TIMESTAMP",
    faults=(("impossible_timestamp", _is_timestamp_sql),),
    headers=phrases("""
        timestamp, datetime, date time, created at, createdat, createddate, created date, created, updated at, updatedat, modified at,
        last modified date, lastmodifieddate, created time, event time, event timestamp, occurred at, paid at, ordered at, sent at,
        received at, closed at, cancelled at, fulfilled at, start date utc, submit date utc, create date, signup date, data ora, data
        e ora, data creazione, data ordine, data acquisto, order date, purchase date, zeitstempel, horodatage, fecha y hora, last
        changed, optin time, confirm time, processed at, date created, date added
    """),
)
