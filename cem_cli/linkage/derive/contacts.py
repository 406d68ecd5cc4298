"""E-mail addresses and phones of records, of which one may have several: in columns of their own, or in one cell.

Reads the table to see whether cells hold several; writes nothing. Everything else is SQL text over folded cells, as in `cleaning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cem_cli.base.contacts import emails_sql, holds_emails_sql, holds_phones_sql, phones_sql
from cem_cli.base.sql import quote
from cem_cli.engines.duck import Connection
from cem_cli.linkage.derive import cleaning as d
from cem_cli.linkage.derive.cells import FeatureSpec

MOST_IN_CELL = 3
"""Values of one cell that are looked at."""


@dataclass(frozen=True)
class _Value:
    """One value that a record may have."""

    number: int
    """1: the first of its kind."""
    sql: str
    """Its folded text."""
    helpers: tuple[tuple[str, str], ...]
    """What `sql` needs, as in `FeatureSpec`."""

    @property
    def suffix(self) -> str:
        """Return what tells its features and helpers from those of the first value."""
        return f" {self.number}" if self.number > 1 else ""


def contact_features(con: Connection, table: str, columns: Mapping[str, tuple[str, ...]]) -> list[FeatureSpec]:
    """Return the features of the e-mail addresses and phones in the columns of these kinds: the first ones, and further ones."""
    several = _several(con, table, columns)
    addresses = [spec for value in _values("email", columns, several) for spec in _address(value)]
    return addresses + [_phone(value) for value in _values("phone", columns, several)]


def _address(value: _Value) -> list[FeatureSpec]:
    bare = "bare address" + value.suffix
    helpers = (*value.helpers, (bare, d.address_sql(value.sql)))
    return [
        _further(value, FeatureSpec("email", d.email_sql(quote(bare)), text=True, helpers=helpers)),
        _further(value, FeatureSpec("user", d.email_user_sql(quote(bare)), text=True, helpers=helpers)),
    ]


def _phone(value: _Value) -> FeatureSpec:
    digits = "digits phone" + value.suffix
    helpers = (*value.helpers, (digits, d.digits_sql(value.sql)))
    return _further(value, FeatureSpec("phone", d.phone_sql(quote(digits)), text=False, helpers=helpers, rare=True))


def _further(value: _Value, spec: FeatureSpec) -> FeatureSpec:
    return replace(spec, name=spec.name + value.suffix, further_of=spec.name) if value.suffix else spec


def _values(kind: str, columns: Mapping[str, tuple[str, ...]], several: frozenset[str]) -> list[_Value]:
    """Return every value of a kind that a record may have."""
    found: list[_Value] = []
    for column in columns.get(kind, ()):
        if column not in several:
            found.append(_Value(len(found) + 1, quote(column), ()))
            continue
        listed = f"values of {column}"
        split = emails_sql(quote(column)) if kind == "email" else phones_sql(quote(column))
        for place in range(1, MOST_IN_CELL + 1):
            found.append(_Value(len(found) + 1, f"{quote(listed)}[{place}]", ((listed, split),)))
    return found


def _several(con: Connection, table: str, columns: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the columns of which some cells hold several values."""
    tests = {c: holds_emails_sql(f"{quote(c)}::VARCHAR") for c in columns.get("email", ())}
    tests |= {c: holds_phones_sql(f"{quote(c)}::VARCHAR") for c in columns.get("phone", ())}
    if not tests:
        return frozenset()
    found = con.execute(f"SELECT {', '.join(f'coalesce(bool_or({test}), false)' for test in tests.values())} FROM {table}").fetchall()[0]
    return frozenset(column for column, held in zip(tests, found, strict=True) if held)
