"""Files as tables, for work without a workspace: encoding, delimiter and header are found, everything is text.

Creates a table per file. Nothing is skipped: a line that does not fit is an error.
"""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.file_types import not_text, refuse_foreign, refuse_packed
from cem_cli.base.sql import literal, quote
from cem_cli.engines.duck import Connection, EngineFault
from cem_cli.linkage.derive.structured import broken, structured_rows

HEAD = 1 << 16
DELIMITERS = ",;\t|"
LONGEST_LINE = 1 << 24
"""Bytes of a line. The engine's threads read a buffer each, by itself sixteen lines long: one thread would read most files."""


@dataclass(frozen=True)
class Layout:
    """How a text file is written."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: str = ""
    """Of JSON and Parquet: a SELECT that gives the rows."""


def find_layout(con: Connection, path: Path) -> Layout:
    """Return encoding, delimiter and header of a file. Raises CemError (exit 5) for a missing or empty file and for what is no table."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as err:
        raise CemError(
            "E-FILE-MISSING", "the file cannot be read", where=str(path), why=err.strerror or "", code=ExitCode.INPUT,
            fix="check the path",
        ) from err
    if not head.strip():
        raise CemError("E-FILE-EMPTY", "the file is empty", where=str(path), code=ExitCode.INPUT, fix="export it again")
    if structured := structured_rows(con, path, head):
        return Layout("utf-8", "", structured.header, structured.sql)
    refuse_foreign(head, path)
    refuse_packed(head, path)
    encoding = _encoding(head)
    if encoding != "utf-16" and 0 in head:
        raise not_text(path, "no text: it holds NUL bytes", "export it again as CSV (UTF-8)")
    text = head.decode(encoding, errors="ignore")
    lines = text.splitlines()[:50]
    delimiter = max(DELIMITERS, key=lambda d: (_fields(lines, d), -DELIMITERS.index(d)))
    header = next(csv.reader(io.StringIO(text), delimiter=delimiter))
    names: list[str] = []
    for number, name in enumerate(header, start=1):
        clean = name.strip() or f"column {number}"
        names.append(clean if clean.lower() not in {n.lower() for n in names} else f"{clean} ({number})")
    return Layout(encoding, delimiter, tuple(names))


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        head[: head.rfind(b"\n") + 1 or len(head)].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _fields(lines: list[str], delimiter: str) -> int:
    """Return the number of fields of the header where most lines agree with it, else 0."""
    counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    if not counts:
        return 0
    return counts[0] if sum(c == counts[0] for c in counts) >= 0.8 * len(counts) else 1


def read_table(con: Connection, path: Path, name: str) -> Layout:
    """Create the table `name` with the file's columns as VARCHAR; empty cells are NULL."""
    layout = find_layout(con, path)
    load_table(con, path, layout, name)
    return layout


def load_table(con: Connection, path: Path, layout: Layout, name: str, listed: str = "*") -> None:
    """Create the table `name` of what is listed: SQL over the file's columns, which are VARCHAR."""
    into = f"CREATE OR REPLACE TABLE {quote(name)} AS SELECT {listed}"
    if layout.rows:
        _create_structured(con, path, into, layout)
    elif layout.encoding in {"utf-8", "utf-8-sig"}:
        try:
            _create(con, path, into, layout)
        except UnicodeError:
            _create_recoded(con, path, into, replace(layout, encoding="cp1252"))
    else:
        _create_recoded(con, path, into, layout)


def _create_structured(con: Connection, path: Path, into: str, layout: Layout) -> None:
    try:
        con.execute(f"{into} FROM ({layout.rows})").fetchall()
    except EngineFault as err:
        raise broken(path, err) from err


def _create_recoded(con: Connection, path: Path, into: str, layout: Layout) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "recoded.csv"
        with (
            path.open("r", encoding=layout.encoding, errors="replace", newline="") as source,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            while block := source.read(1 << 20):
                target.write(block)
        _create(con, copy, into, layout)


def _create(con: Connection, path: Path, into: str, layout: Layout) -> None:
    columns = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in layout.header)
    try:
        con.execute(
            f"{into} FROM read_csv({literal(str(path))}, auto_detect = false, "
            f"header = true, delim = {literal(layout.delimiter)}, quote = '\"', escape = '\"', strict_mode = true, "
            f"null_padding = false, columns = {{{columns}}}, max_line_size = {LONGEST_LINE}, buffer_size = {LONGEST_LINE})"
        ).fetchall()
    except EngineFault as err:
        if "utf-8" in str(err).lower() or "unicode" in str(err).lower():
            raise UnicodeError(str(path)) from err
        raise CemError(
            "E-FILE-LINES", "a line does not fit the header", where=str(path),
            why=f"{len(layout.header)} columns separated by {layout.delimiter!r} expected", code=ExitCode.INPUT,
            fix="cem inspect FILE says which line; cem import sets bad lines aside",
        ) from err
