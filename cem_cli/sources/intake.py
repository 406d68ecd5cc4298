"""From a delivered file to a private UTF-8 copy: gzip, byte order marks, encodings, and files that are not what they seem.

The copy is what everything later reads: no glob in a path, no change while reading, no encoding the engine decodes to
garbage without an error. Byte ranges in the quarantine count in this copy (the file's own bytes where it is plain UTF-8).
"""

from __future__ import annotations

import codecs
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cem_cli.base.errors import CemError, ExitCode
from cem_cli.base.file_types import not_text, refuse_foreign
from cem_cli.config.source import Reader

BLOCK = 1 << 20
MAX_RATIO, RATIO_FROM = 200, 50 << 20
MAX_UNPACKED = 64 << 30
"""A gzip file may unpack to 200 times its size (checked from 50 MiB on), and to 64 GiB."""

MOJIBAKE = re.compile(rb"\xc3\x83\xc2[\x80-\xbf]|\xc3\xa2\xe2\x82\xac")
"""UTF-8 read as Latin-1 and written as UTF-8 again: an accented letter, a typographic quote."""
CODECS = {"utf-8": "utf-8", "utf-16": "utf-16", "cp1252": "cp1252", "latin-1": "latin-1"}


@dataclass(frozen=True)
class Intake:
    """A file taken in."""

    origin: Path
    path: Path
    """The private copy: UTF-8 without a mark, whole, unpacked."""
    sha256: str
    """Of the file as delivered."""
    bytes: int
    encoding: str
    mojibake: int
    """Places that look like UTF-8 read twice."""
    bad_bytes: bool
    """Bytes that are no UTF-8 are in the copy; the records that hold them go to quarantine."""


def take_in(origin: Path, reader: Reader, spill: Path) -> Intake:
    """Copy a file into `spill` as UTF-8. Raises CemError (exit 5) for what is no text file in the declared encoding."""
    digest = hashlib.sha256()
    target = spill / f"intake-{hashlib.sha256(str(origin).encode()).hexdigest()[:12]}.txt"
    try:
        with origin.open("rb") as file:
            size = origin.stat().st_size
            blocks = _unpacked(_digested(file, digest), size, origin)
            head = next(blocks, b"")
            refuse_foreign(head, origin, unmarked=reader.encoding == "utf-16")
            encoding = _encoding(head, reader, origin)
            copied = _copy(_chained(head, blocks), encoding, target, origin, reader)
    except FileNotFoundError as err:
        raise CemError("E-FILE-MISSING", "the file does not exist", where=str(origin), code=ExitCode.INPUT,
                       fix="check the path, and `files:` of the source") from err
    except OSError as err:
        raise CemError("E-FILE-READ", "the file cannot be read", where=str(origin), why=err.strerror or type(err).__name__,
                       code=ExitCode.INPUT, fix="check its permissions") from err
    return Intake(origin, target, digest.hexdigest(), size, encoding, copied[0], copied[1])


def _digested(file: BinaryIO, digest: hashlib._Hash) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        digest.update(block)
        yield block


def _unpacked(blocks: Iterator[bytes], size: int, origin: Path) -> Iterator[bytes]:
    """Yield blocks as they are, or unpacked where the file is gzip; stops at a bomb before it fills the disk."""
    first = next(blocks, b"")
    if not first.startswith(b"\x1f\x8b"):
        yield from _chained(first, blocks)
        return
    inflater, produced = zlib.decompressobj(wbits=31), 0
    for block in _chained(first, blocks):
        pending = block
        while pending:
            try:
                piece = inflater.decompress(pending, BLOCK)
            except zlib.error as err:
                raise _bad_gzip(origin, "the gzip data is damaged") from err
            produced += len(piece)
            if produced > MAX_UNPACKED or (produced > RATIO_FROM and produced > MAX_RATIO * size):
                raise _bad_gzip(origin, f"it unpacks to more than {MAX_RATIO} times its size")
            if piece:
                yield piece
            pending = inflater.unconsumed_tail
            if inflater.eof and inflater.unused_data:
                pending, inflater = inflater.unused_data, zlib.decompressobj(wbits=31)
    if not inflater.eof:
        raise _bad_gzip(origin, "the gzip data ends too early: the delivery was cut")


def _bad_gzip(origin: Path, what: str) -> CemError:
    return CemError("E-FILE-GZIP", what, where=str(origin), code=ExitCode.INPUT, fix="ask for the file again")


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _encoding(head: bytes, reader: Reader, origin: Path) -> str:
    """Return the encoding: a byte order mark decides, else what the source declares."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if reader.encoding == "utf-16":
        raise not_text(origin, "UTF-16 without its mark, or not UTF-16 at all", "set reader.encoding to utf-8 or cp1252")
    return reader.encoding


def _copy(blocks: Iterator[bytes], encoding: str, target: Path, origin: Path, reader: Reader) -> tuple[int, bool]:
    """Write the blocks as UTF-8; return (mojibake places, whether bad bytes were kept)."""
    keep = encoding == "utf-8" and reader.on_bad_bytes == "quarantine"
    decoder = codecs.getincrementaldecoder(CODECS[encoding])(errors="surrogateescape" if keep else "strict")
    mojibake, bad, first, lines = 0, False, True, 0
    lone_cr: bool | None = None
    with target.open("wb") as out:
        target.chmod(0o600)
        for block in _with_end(blocks):
            try:
                text = decoder.decode(block or b"", final=block is None)
            except UnicodeDecodeError as err:
                raise _bad_encoding(origin, encoding, lines + err.object[: err.start].count(b"\n") + 1) from err
            if first:
                text, first = text.removeprefix("\ufeff"), False
            if lone_cr is None and text:
                lone_cr = "\r" in text[:-1] and "\n" not in text
            copy = (text.replace("\r", "\n") if lone_cr else text).encode("utf-8", "surrogateescape")
            bad = bad or (keep and not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text))
            mojibake += len(MOJIBAKE.findall(copy))
            lines += copy.count(b"\n")
            out.write(copy)
    return mojibake, bad


def _with_end(blocks: Iterator[bytes]) -> Iterator[bytes | None]:
    yield from blocks
    yield None


def _bad_encoding(origin: Path, encoding: str, line: int) -> CemError:
    places = bad_lines(origin, encoding, 3) or [line]
    guess = "cp1252" if encoding == "utf-8" else "utf-8"
    return CemError(
        "E-FILE-ENCODING", f"the file is not {encoding}: it looks like {guess}", where=f"{origin}:{places[0]}", code=ExitCode.INPUT,
        why="bytes that do not belong there on line " + ", ".join(map(str, places)),
        fix=f"set reader.encoding to {guess}, or reader.on_bad_bytes to quarantine for single bad records",
    )


def bad_lines(origin: Path, encoding: str, most: int) -> list[int]:
    """Return the first lines of a plain file that hold bytes foreign to `encoding`."""
    found: list[int] = []
    with origin.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(BLOCK), b""), start=1):
            try:
                raw.decode(CODECS[encoding])
            except UnicodeDecodeError:
                found.append(number)
                if len(found) == most:
                    break
    return found
