"""An independent count of a file's records: numpy over bytes, no parser involved.

Whoever loads the file must arrive at the same number; where the two disagree the fast path is not believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

BLOCK = 8 << 20
NEWLINE, RETURN, SPACE = 10, 13, 32


@dataclass(frozen=True)
class Scan:
    """What a file's bytes say about its lines from `start` on."""

    records: int
    """Lines that are not blank and begin outside quotes."""
    lines: int
    """Physical lines, blank ones included."""
    blank: int
    quoted_newlines: int
    """Line ends inside quotes: cells of several lines."""
    longest: int
    """Bytes of the longest record."""
    open_quote: bool
    """An odd number of quotes: somewhere one never closes."""
    nul: bool
    final_newline: bool


def scan_file(path: Path, start: int = 0, quote: str = "") -> Scan:
    """Count the records of `path` from byte `start`; `quote` empty = line ends always end a record."""
    mark = ord(quote) if quote else -1
    lines = blank = inside = longest = ended = 0
    parity, nul, last = 0, False, NEWLINE
    record_start, visible = start, False
    """Where the record under way began, and whether a byte other than white space was seen on it."""
    offset = start
    with path.open("rb") as file:
        file.seek(start)
        while block := file.read(BLOCK):
            data = np.frombuffer(block, np.uint8)
            ends = np.flatnonzero(data == NEWLINE)
            if mark >= 0:
                marks = np.flatnonzero(data == mark)
                outside = (np.searchsorted(marks, ends) + parity) & 1 == 0
                parity = (len(marks) + parity) & 1
            else:
                outside = np.ones(len(ends), bool)
            inside += int((~outside).sum())
            lines += len(ends)
            stops = ends[outside]
            if len(stops):
                ended += len(stops)
                seen = _inked(data, stops)
                seen[0] |= visible
                blank += int((~seen).sum())
                lengths = np.diff(stops + offset, prepend=record_start - 1)
                longest = max(longest, int(lengths.max()))
                record_start = offset + int(stops[-1]) + 1
                visible = bool((data[stops[-1] + 1 :] > SPACE).any())
            else:
                visible = visible or bool((data > SPACE).any())
            longest = max(longest, offset + len(block) - record_start)
            nul = nul or bool((data == 0).any())
            last = int(data[-1])
            offset += len(block)
    unfinished = last != NEWLINE
    lines += unfinished
    tail = record_start < offset
    blank += tail and not visible
    return Scan(ended + tail - blank, lines, blank, inside, longest, parity == 1, nul, not unfinished)


def _inked(data: npt.NDArray[np.uint8], stops: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which of the pieces that end at `stops` hold a byte other than white space; mostly the first one tells."""
    starts = np.append(0, stops[:-1] + 1)
    seen = data[starts] > SPACE
    doubtful = np.flatnonzero(~seen)
    if len(doubtful):
        seen[doubtful] = np.maximum.reduceat(data, np.stack([starts, stops], 1)[doubtful].ravel())[::2] > SPACE
    return np.asarray(seen)
