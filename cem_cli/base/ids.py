"""Stable ids: keyed 63-bit hashes, in SQL, so that the same history gives the same ids on any machine.

DuckDB's `hash()` promises nothing across versions; SHA-256 does. The key is the project's own (`cem.key`), so ids
cannot be recomputed by somebody who only knows an e-mail address.
"""

from __future__ import annotations

from cem_cli.base.sql import literal

SEPARATOR = "\x1f"


def keyed_hash_sql(key: str, *parts: str) -> str:
    """Return SQL for a non-negative BIGINT from text expressions `parts` (NULL counts as empty), keyed by `key`."""
    sep = literal(SEPARATOR)
    joined = f" || {sep} || ".join([literal(key), *(f"coalesce({p}, '')" for p in parts)])
    return f"(('0x' || left(sha256({joined}), 16))::ubigint >> 1)::bigint"


def customer_id_sql(number: str) -> str:
    """Return SQL for the text form of a customer number (`C` and 16 hex digits): safe in JSON, sortable, greppable."""
    return f"('C' || lower(printf('%016x', {number})))"


def suppression_hash_sql(key: str, kind: str, value: str) -> str:
    """Return SQL for the keyed hash (64 hex digits) under which an identifier is remembered without being kept."""
    return f"sha256({literal(key + SEPARATOR + kind + SEPARATOR)} || {value})"
