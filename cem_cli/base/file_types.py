"""Files that are no text: told by their first bytes, before anybody reads them as a table."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from cem_cli.base.errors import CemError, ExitCode

SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "open it and save the sheet as CSV (UTF-8)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "open it and save the sheet as CSV (UTF-8)"),
    (b"%PDF", "a PDF document", "export the data as CSV"),
    (b"PAR1", "a Parquet file", "export the data as CSV or NDJSON"),
    (b"SQLite format 3", "a SQLite database", "export the table as CSV"),
    (b"\x89PNG", "a picture", "export the data as CSV"),
    (b"BZh", "a bzip2 archive", "unpack it first: bunzip2 FILE"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "unpack it first: unzstd FILE"),
)
HTML = re.compile(rb"^\s*<(!doctype\s+html|html|head|body|\?xml)", re.IGNORECASE)
GZIP = b"\x1f\x8b"


def refuse_foreign(head: bytes, origin: Path, *, unmarked: bool = False) -> None:
    """Raise CemError (exit 5) where the first bytes belong to no text file; `unmarked`: it is said to be UTF-16."""
    for mark, what, fix in SIGNATURES:
        if head.startswith(mark):
            raise not_text(origin, what, fix)
    if HTML.match(head.removeprefix(codecs.BOM_UTF8)):
        raise not_text(origin, "a web page (an expired download link or a login form?)", "download the export again, signed in")
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if head and not marked and not unmarked and head.count(0) > len(head) / 5:
        raise not_text(origin, "binary, or UTF-16 without its mark (more than a fifth of its bytes are NUL)",
                        "if it is text: set reader.encoding to utf-16")


def refuse_packed(head: bytes, origin: Path) -> None:
    """Raise CemError (exit 5) for a gzip archive, where nobody unpacks it."""
    if head.startswith(GZIP):
        raise not_text(origin, "a gzip archive", "unpack it first: gunzip FILE")


def not_text(origin: Path, what: str, fix: str) -> CemError:
    """Return the refusal of a file that is `what` instead of text."""
    return CemError("E-FILE-TYPE", f"this is {what}", where=str(origin), code=ExitCode.INPUT, fix=fix)
