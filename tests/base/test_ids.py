"""Ids are the same in SQL and Python, depend on the key, and keep parts apart."""

from cem_cli.base.ids import customer_id, customer_id_sql, keyed_hash, keyed_hash_sql


def test_sql_and_python_agree(con) -> None:
    row = con.execute(f"SELECT {keyed_hash_sql('key', 'a', 'b')}, {customer_id_sql('42')} FROM (SELECT 'crm' a, 'ò1' b)").fetchall()[0]
    assert row == (keyed_hash("key", "crm", "ò1"), customer_id(42))
    assert customer_id(42) == "C000000000000002a"


def test_null_counts_as_empty(con) -> None:
    assert con.execute(f"SELECT {keyed_hash_sql('key', 'NULL', chr(39) * 2)}").fetchall() == [(keyed_hash("key", "", ""),)]


def test_parts_and_keys_are_kept_apart() -> None:
    numbers = {keyed_hash("k", "ab", "c"), keyed_hash("k", "a", "bc"), keyed_hash("k2", "ab", "c")}
    assert len(numbers) == 3
    assert all(0 <= number < 2**63 for number in numbers)
