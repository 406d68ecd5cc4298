"""Finding records and customers by what people type: one form for every command.

A record is `source:key` or its record id; a customer is `C` and 16 hex digits, retired ids included, or an unambiguous
beginning of at least four characters. Reads `record`, `identity`, `customer`, `profile`, `last_member`, `identity_log`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cem_cli.base.errors import CemError, did_you_mean
from cem_cli.engines.duck import Connection

_CUSTOMER = re.compile(r"C[0-9a-f]{3,16}")
_LENGTH = 17
_CLOSEST_SQL = """
    SELECT record_key FROM cem.record
    WHERE source = $source AND NOT contains(record_key, '@') AND jaro_winkler_similarity(record_key, $key) >= 0.8
    ORDER BY jaro_winkler_similarity(record_key, $key) DESC, record_key LIMIT 3"""


def is_customer(text: str) -> bool:
    """Tell whether `text` is written as a customer id or the beginning of one."""
    return _CUSTOMER.fullmatch(text) is not None


def resolve_record(con: Connection, text: str) -> int:
    """Return the record id of `source:key` (or of a record id). Raises CemError with the nearest known ones."""
    if text.isdigit() and int(text) < 2**63:
        rows = con.execute("SELECT record_id FROM cem.record WHERE record_id = ?", [int(text)]).fetchall()
        if rows:
            return int(rows[0][0])
    source, colon, key = text.partition(":")
    if colon:
        rows = con.execute("SELECT record_id FROM cem.record WHERE record_key = ? AND source = ?", [key, source]).fetchall()
        if rows:
            return int(rows[0][0])
    if not colon and text.startswith("C"):
        raise _unknown_customer(con, text)
    raise _unknown_record(con, source if colon else "", key)


def resolve_customer(con: Connection, text: str) -> str:
    """Return the living customer id behind `text`: redirects followed, or the customer of a record.

    Raises CemError for an unknown id or an ambiguous beginning, and for a customer that retired without a successor.
    """
    if not is_customer(text):
        record_id = resolve_record(con, text)
        rows = con.execute("SELECT customer_id FROM cem.identity WHERE record_id = ?", [record_id]).fetchall()
        if not rows:
            raise CemError("E-NOT-LINKED", "this record has not been linked yet", fix="cem link")
        return str(rows[0][0])
    customer_id: str | None = _whole_id(con, text)
    while customer_id:
        rows = con.execute("SELECT retired_run, redirect_to FROM cem.customer WHERE customer_id = ?", [customer_id]).fetchall()
        if not rows or rows[0][0] is None:  # without a row it is a visitor known by a device alone
            return customer_id
        customer_id = rows[0][1]
    raise CemError("E-CUSTOMER-RETIRED", f"customer {text} has no record left and no successor",
                   why="its records were deleted", fix="cem sql \"SELECT * FROM identity_history\" tells when")


def _whole_id(con: Connection, text: str) -> str:
    """Return the customer id that is or begins with `text`, retired ids included."""
    fits = "customer_id = $1" if len(text) == _LENGTH else "starts_with(customer_id, $1)"
    rows = con.execute(f"""
        SELECT DISTINCT customer_id FROM (
            SELECT customer_id FROM cem.customer WHERE {fits} UNION ALL SELECT customer_id FROM cem.profile WHERE {fits})
        ORDER BY 1 LIMIT 3""", [text]).fetchall()
    if len(rows) > 1:
        raise CemError("E-CUSTOMER-AMBIGUOUS", f"more than one customer id begins with {text}",
                       why="among them " + " and ".join(row[0] for row in rows), fix="give more of the id")
    if not rows:
        raise _unknown_customer(con, text)
    return str(rows[0][0])


def member_records(con: Connection, text: str) -> tuple[int, ...]:
    """Return the records named by `text`, ascending: one for a record; for a customer its members (its last, if retired)."""
    if not is_customer(text):
        return (resolve_record(con, text),)
    customer_id = _whole_id(con, text)
    rows = con.execute(
        """SELECT record_id FROM (SELECT * FROM cem.identity WHERE customer_id = $id UNION ALL
           SELECT record_id, customer_id FROM cem.last_member WHERE customer_id = $id) SEMI JOIN cem.record USING (record_id)
           ORDER BY record_id""", {"id": customer_id}).fetchall()
    if not rows:
        resolve_customer(con, text)
        raise CemError("E-CUSTOMER-RETIRED", f"customer {text} has no record left", fix=f"cem show {text}")
    return tuple(int(row[0]) for row in rows)


def name_records(con: Connection, record_ids: Iterable[int]) -> dict[int, str]:
    """Return `source:key` per record id; the id itself where the record is gone."""
    wanted = sorted(set(record_ids))
    rows = con.execute(
        "SELECT record_id, source || ':' || record_key FROM cem.record WHERE record_id IN (SELECT unnest($1))", [wanted]).fetchall()
    return {record: str(record) for record in wanted} | dict(rows)


def ever_members(con: Connection, text: str) -> tuple[int, ...]:
    """Return the records named by `text` as `member_records`, a customer's former ones included."""
    if not is_customer(text):
        return (resolve_record(con, text),)
    rows = con.execute(
        "SELECT DISTINCT record_id FROM cem.identity_log WHERE act = 'joined' AND customer_id = ? ORDER BY 1",
        [_whole_id(con, text)]).fetchall()
    return tuple(int(row[0]) for row in rows)


def _unknown_record(con: Connection, source: str, key: str) -> CemError:
    sources = [row[0] for row in con.execute("SELECT DISTINCT source FROM cem.record ORDER BY 1").fetchall()]
    if source not in sources:
        return CemError("E-RECORD-UNKNOWN", "no such record", why=f"source: {did_you_mean(source, sources)}",
                        fix="name it SOURCE:KEY (cem find TEXT lists both)")
    close = [row[0] for row in con.execute(_CLOSEST_SQL, {"source": source, "key": key}).fetchall()]
    hint = "did you mean " + " or ".join(f"'{source}:{k}'" for k in close) + "?" if close else f"no key of {source} is like it"
    return CemError("E-RECORD-UNKNOWN", f"source '{source}' has no record with this key", why=hint, fix="cem find TEXT")


def _unknown_customer(con: Connection, text: str) -> CemError:
    rows = con.execute(
        """SELECT customer_id FROM cem.customer WHERE levenshtein(customer_id, $id) <= 3
           ORDER BY levenshtein(customer_id, $id), customer_id LIMIT 3""", {"id": text}).fetchall()
    hint = "did you mean " + " or ".join(row[0] for row in rows) + "?" if rows else "no id is like it"
    return CemError("E-CUSTOMER-UNKNOWN", f"no customer was ever called {text}", why=hint, fix="cem find TEXT")
