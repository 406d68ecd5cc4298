"""JSON, lines of JSON and Parquet as rows of text, for work without a workspace. Creates nothing.

Objects inside objects become columns of their own (`address.city`), lists one text, of a list of objects the first counts. Records
may stand in the one list of a single object (`{"customers": [...]}`), as interfaces of shops and CRMs deliver them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection, EngineFault

PARQUET = b"PAR1"
JSON = re.compile(rb"^(\xef\xbb\xbf)?\s*[\[{]")
TEXT_ENDINGS = frozenset({".csv", ".tsv", ".txt"})
_PLACE = re.compile(r"at byte \d+ in [a-z/]+ \d+")


@dataclass(frozen=True)
class Rows:
    """The rows of a file with structure."""

    header: tuple[str, ...]
    sql: str
    """A SELECT that gives them, every column as text, nothing as NULL."""


def structured_rows(con: Connection, path: Path, head: bytes) -> Rows | None:
    """Return the rows of a file that begins with `head`; None where it is neither JSON nor Parquet.

    Raises CemError (exit 5) for one that is broken.
    """
    if head.startswith(PARQUET):
        return _rows(con, path, f"read_parquet({literal(str(path))})")
    if path.suffix.lower() not in TEXT_ENDINGS and JSON.match(head):
        return _rows(con, path, f"read_json({literal(str(path))}, sample_size = -1, maximum_object_size = {1 << 28})")
    return None


def _rows(con: Connection, path: Path, source: str) -> Rows:
    try:
        source = _records_inside(con, source)
        found = con.sql(f"SELECT * FROM {source}")
        columns = [c for name, type_ in zip(found.columns, found.types, strict=True) for c in _flat(name, quote(name), type_)]
    except EngineFault as err:
        raise broken(path, err) from err
    listed = ", ".join(f"nullif(({cell})::VARCHAR, '') AS {quote(name)}" for name, cell in columns)
    return Rows(tuple(name for name, _ in columns), f"SELECT {listed} FROM {source}")


def broken(path: Path, err: EngineFault) -> CemError:
    """Return the refusal of a file that the engine cannot read, with the place, and nothing of its contents."""
    place = _PLACE.search(str(err))
    return CemError("E-FILE-BROKEN", "the file is broken", where=str(path), why=place.group() if place else "", code=ExitCode.INPUT,
                    fix="export it again")


def _records_inside(con: Connection, source: str) -> str:
    """Return the list of objects inside a file's only object as the source of its rows; else the source itself."""
    found = con.sql(f"SELECT * FROM {source}")
    lists = [name for name, type_ in zip(found.columns, found.types, strict=True) if _holds_objects(type_)]
    if len(lists) != 1 or len(con.execute(f"SELECT 1 FROM {source} LIMIT 2").fetchall()) != 1:
        return source
    return f"(SELECT unnest(record) FROM (SELECT unnest({quote(lists[0])}) AS record FROM {source}))"


def _holds_objects(type_: Any) -> bool:
    return bool(type_.id == "list" and dict(type_.children)["child"].id == "struct")


def _flat(name: str, cell: str, type_: Any) -> Iterator[tuple[str, str]]:
    """Yield name and SQL of the columns that a value of some type becomes."""
    if type_.id == "struct":
        for part, inner in type_.children:
            yield from _flat(f"{name}.{part}", f"{cell}.{quote(part)}", inner)
    elif _holds_objects(type_):
        yield from _flat(name, f"({cell})[1]", dict(type_.children)["child"])
    else:
        yield name, f"array_to_string({cell}, '; ')" if type_.id == "list" else cell
