"""Ids are what SHA-256 says, depend on the key, and keep parts apart."""

import hashlib

from cem_cli.base.ids import customer_id_sql, keyed_hash_sql


def keyed_hash(key: str, *parts: str) -> int:
    """The number computed independently: the first 63 bits after the sign of SHA-256."""
    digest = hashlib.sha256("\x1f".join([key, *parts]).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def test_ids_are_the_first_bits_of_a_keyed_digest(con) -> None:
    row = con.execute(f"SELECT {keyed_hash_sql('key', 'a', 'b')}, {customer_id_sql('42')} FROM (SELECT 'crm' a, 'ò1' b)").fetchall()[0]
    assert row == (keyed_hash("key", "crm", "ò1"), "C000000000000002a")


def test_null_counts_as_empty(con) -> None:
    assert con.execute(f"SELECT {keyed_hash_sql('key', 'NULL', chr(39) * 2)}").fetchall() == [(keyed_hash("key", "", ""),)]


def test_parts_and_keys_are_kept_apart(con) -> None:
    asked = ("k", "'ab'", "'c'"), ("k", "'a'", "'bc'"), ("k2", "'ab'", "'c'")
    numbers = con.execute("SELECT " + ", ".join(keyed_hash_sql(*parts) for parts in asked)).fetchall()[0]
    assert len(set(numbers)) == 3
    assert all(0 <= number < 2**63 for number in numbers)
